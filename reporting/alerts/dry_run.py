"""What would be told today, to whom and why: by the rules that would tell it, in a transaction that is taken back.
Nothing is sent, queued or appended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from agencies import access
from agencies.models import Person
from indicators.periods import JST, HolidayTest
from reporting.alerts import days
from reporting.alerts.rounds import round as rounds
from reporting.domain.alerts import life as rules
from reporting.domain.alerts.life import State
from reporting.domain.alerts.telling import Decision
from reporting.event_store import NewEvent, Recorded, head
from reporting.models import ActionPlan, Alert, AlertChange, MailHold, OutboxMail, Telling
from reporting.projections.alerts import live
from reporting.queries.as_of import AsOf
from reporting.queries.calendar import calendar_of
from reporting.queries.lives import FIELDS, life_of

What = AlertChange.What
ANEW = frozenset({What.FIRED, What.REOPENED, What.WORSE, What.LAPSED, What.ACTION_OVERDUE})
OPENS = frozenset({What.FIRED, What.REOPENED})


@dataclass(frozen=True)
class Found:
    """Each thing that would be told or not, with its mail if there is one; holds that keep all mails back."""

    tellings: Sequence[Telling]
    people: Mapping[int | None, str]  # by number
    holds: Sequence[MailHold]


def preview(*, now: datetime, as_of: AsOf | None = None) -> Found:
    """If `now` were now: with what is known, or with what was known then. Silences, holds, ladders and choices are
    today's, and so are the figures in the words of a mail."""
    with access.following():
        closed = calendar_of(agencies=[]).is_holiday
        if as_of is not None and as_of.position is not None:
            _go_back(as_of.moment, closed)
        while days.look(now, _append_nothing) == days.PAGE:
            pass
        while rounds.write(now, timedelta())[1]:
            pass
        rows = list(
            Telling.objects.filter(decided_at=now).select_related("mail", "indicator", "unit").order_by("mail", "pk")
        )
        who = Person.objects.filter(pk__in={row.person_id for row in rows if row.person_id})
        people: dict[int | None, str] = {
            pk: name or username for pk, name, username in who.values_list("pk", "name", "username")
        }
        found = Found(rows, people, list(MailHold.objects.filter(decision="")))
        transaction.set_rollback(True)
    return found


def _append_nothing(events: Sequence[NewEvent]) -> list[Recorded]:
    at = head()
    return [
        Recorded(event.event_id, event.stream, at.position + n, 0, event.occurred_at, repeated=False)
        for n, event in enumerate(events, start=1)
    ]


def _go_back(then: datetime, closed: HolidayTest) -> None:
    """The rows as they were, by their history. In a transaction that is taken back."""
    changes: dict[int, list[AlertChange]] = {}
    for change in AlertChange.objects.filter(at__lte=then).order_by("pk"):
        changes.setdefault(change.alert_id, []).append(change)
    plans = {(plan.alert_id, plan.number): plan for plan in ActionPlan.objects.all()}
    rows = list(Alert.objects.order_by("pk").select_for_update())
    # First all have ended: what is open now may not be at a time with what was open then.
    for row in rows:
        row.state, row.resolved_at = State.CLOSED.value, then
    fields = [*FIELDS, "opened_at", "changed_at", "resolved_at", "looked_on"]
    Alert.objects.bulk_update(rows, fields, batch_size=500)
    for row in rows:
        if row.pk in changes:
            _as_it_was(row, changes[row.pk], plans, closed)
            row.looked_on = min(filter(None, [row.looked_on, then.astimezone(JST).date()]), default=None)
    Alert.objects.bulk_update(rows, fields, batch_size=500)
    waited = Telling.objects.filter(at__lte=then, decided_at__gt=then)
    waited.update(decision=Decision.WAITING.value, decided_at=None, mail=None)
    Telling.objects.filter(at__gt=then).update(decision=Decision.OVER.value, decided_at=then, mail=None)
    # What was written later is not there yet, and gives its key to what would be written now.
    OutboxMail.objects.filter(kind=OutboxMail.Kind.LAG, business_time__gt=then).update(
        state=OutboxMail.State.CANCELLED, key=Concat(Value("-"), Substr("key", 2))
    )


def _as_it_was(
    row: Alert, changes: Sequence[AlertChange], plans: dict[tuple[int, int], ActionPlan], closed: HolidayTest
) -> None:
    last = changes[-1]
    anew = next((change for change in reversed(changes) if change.what in ANEW), None)
    opened = next((change for change in reversed(changes) if change.what in OPENS), None)
    since = changes[changes.index(anew) :] if anew else []
    levels = [int(change.detail["level"]) for change in since if change.what == What.ESCALATED]
    life: dict[str, Any] = vars(life_of(row)) | {
        "state": State(last.state),
        "severity": last.severity,
        "seq": last.seq,
        "clock_from": rules.day_zero(anew.at, closed) if anew else None,
        "told_level": max(levels, default=0),
        "due_on": None,
    }
    seen = next((change for change in since if change.what in (What.ACKNOWLEDGED, What.PLAN_SUBMITTED)), None)
    if life["state"] is State.IN_ACTION:
        accepted = next(change for change in reversed(since) if change.what == What.PLAN_ACCEPTED)
        life["due_on"] = plans[row.pk, accepted.detail["plan"]].due_on
    elif seen is not None:
        life["due_on"] = rules.plan_until(seen.at.astimezone(JST).date(), closed)
    row.resolved_at = None
    live(row, rules.Life(**life), last.at)
    row.opened_at = opened.at if opened else changes[0].at
