"""Keeping the mails of an alert back for a time: what stays red stays red, and the days of escalation go on."""

from datetime import date, datetime, timedelta

from agencies.access import Actor, Deed
from reporting.commands.alerts.opened import locked, said, today
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.texts import Texts
from reporting.domain.alerts import answering as rules
from reporting.domain.errors import NotAllowed
from reporting.event_store import Recorded
from reporting.models import Alert, AlertChange, Silence
from reporting.projections.alerts import answered
from reporting.queries.lives import life_of

What = AlertChange.What
# What begins so soon after another ended goes on with it.
IN_A_ROW = timedelta(days=14)


def silence_alert(
    *, actor: Actor, alert: int, until: date, reason: str, now: datetime, once: Once | None = None
) -> Recorded:
    """No mails of it until the end of that day. Raises a Refusal."""
    with command(actor, once) as done:
        row = locked(actor, alert)
        _may(actor, row)
        on = today(now)
        before = _in_force(row, on)
        fact = rules.silence(
            life_of(row),
            national=row.agency_id is None,
            before=_rule(before),
            renewals=_renewals(row, on),
            until=until,
            reason=reason,
            today=on,
        )
        event, recorded = said(actor, row, fact, Texts({"reason": reason}, row.responsible_id), now)
        answered(row, life_of(row), event, recorded.position, What.SILENCED, until=until.isoformat())
        assert actor.person_id is not None
        Silence.objects.create(
            alert=row,
            agency_id=row.responsible_id,
            event_id=event.event_id,
            since=now,
            until=until,
            renewals=fact.data["renewals"],
            waits=fact.data["waits"],
            asked_by_id=actor.person_id,
            asked_name=actor.name,
        )
        return done(recorded)


def approve_silence(*, actor: Actor, alert: int, now: datetime, once: Once | None = None) -> Recorded:
    """A second person agrees. Raises a Refusal."""
    if not actor.may(Deed.APPROVE_SILENCE):
        raise NotAllowed()
    with command(actor, once) as done:
        row = locked(actor, alert)
        waiting = _in_force(row, today(now))
        fact = rules.approve_silence(_rule(waiting), by=actor.person_id, today=today(now))
        assert waiting is not None
        fact.data["silence"] = str(waiting.event_id)
        event, recorded = said(actor, row, fact, Texts({}, row.responsible_id), now)
        answered(row, life_of(row), event, recorded.position, What.SILENCE_APPROVED, until=str(waiting.until))
        waiting.waits, waiting.approved_name = False, actor.name
        waiting.save(update_fields=["waits", "approved_name"])
        return done(recorded)


def end_silence(*, actor: Actor, alert: int, now: datetime, once: Once | None = None) -> Recorded:
    """Mails go out again, or what was asked for is taken back. Raises a Refusal."""
    with command(actor, once) as done:
        row = locked(actor, alert)
        _may(actor, row)
        silent = _in_force(row, today(now))
        fact = rules.end_silence(_rule(silent))
        assert silent is not None
        fact.data["silence"] = str(silent.event_id)
        event, recorded = said(actor, row, fact, Texts({}, row.responsible_id), now)
        answered(row, life_of(row), event, recorded.position, What.SILENCE_ENDED)
        silent.ended_at, silent.ended_name = now, actor.name
        silent.save(update_fields=["ended_at", "ended_name"])
        return done(recorded)


def _may(actor: Actor, row: Alert) -> None:
    """The secretariat, and who is responsible."""
    own = actor.may(Deed.ANSWER_ALERT) and actor.agency == row.responsible_id
    if not (own or actor.may(Deed.APPROVE_SILENCE)):
        raise NotAllowed()


def _in_force(row: Alert, on: date) -> Silence | None:
    """The one that is in force or waits for a second person."""
    rows = Silence.objects.filter(alert=row, ended_at=None, until__gte=on)
    return rows.select_for_update().order_by("-pk").first()


def _rule(row: Silence | None) -> rules.Silence | None:
    return rules.Silence(row.until, row.waits, row.asked_by_id, row.renewals) if row else None


def _renewals(row: Alert, on: date) -> int:
    """How often it was silent before without a break."""
    last = Silence.objects.filter(alert=row, waits=False, until__gte=on - IN_A_ROW).order_by("-pk").first()
    return last.renewals + 1 if last else 0
