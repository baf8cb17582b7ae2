"""手動判定: a named person sets a standing for a time; the clock ends it, or a person before."""

from datetime import date, datetime
from uuid import UUID

from django.db import connection

from agencies import access
from agencies.access import Actor, Deed
from reporting import event_store
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.texts import Texts
from reporting.domain import overrides as rules
from reporting.domain.errors import NotAllowed, NotFound
from reporting.domain.events import standing_stream
from reporting.domain.report import Fact
from reporting.event_store import NewEvent, Recorded
from reporting.models import Standing, StandingOverride
from reporting.projections import overrides as projection
from reporting.queries.overrides import Scope, reports_it, rule_of, scope_of
from reporting.queries.standings import find_standing

# They are few: whoever sets, withdraws or ends one waits for the other, and looks after that. Judging waits for none.
LOCK = "SELECT pg_advisory_xact_lock(7307020271)"
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(7307020271)"
CLOCK = access.system("clock")


def override_standing(
    *, actor: Actor, standing: UUID, cls: str, until: date, reason: str, now: datetime, once: Once | None = None
) -> Recorded:
    """Show `cls` in place of the standing of that event until the end of `until`. Raises a Refusal."""
    if not actor.may(Deed.OVERRIDE):
        raise NotAllowed()
    with command(actor, once) as done:
        _one_at_a_time()
        looked_at = find_standing(actor, standing)
        if looked_at is None:
            raise NotFound()
        scope = scope_of(looked_at)
        facts = rules.override(
            _computed(actor, scope),
            rule_of(_in_force(actor, scope)),
            looked_at=looked_at.to_position is None,
            cls=cls,
            until=until,
            reason=reason,
            own=reports_it(actor, scope[0], scope[1]),
            now=now,
        )
        texts = Texts({"reason": reason}, scope[1])
        *before, fact = facts
        said = {"standing": str(standing), "texts": texts.commitments()}
        events = [_event(CLOCK, scope, earlier, now) for earlier in before]
        events.append(_event(actor, scope, Fact(fact.type, fact.data | said), now))
        recorded = event_store.append(events)
        projection.apply(events, recorded)
        texts.keep(events[-1].event_id)
        return done(recorded[-1])


def withdraw_override(
    *, actor: Actor, override: UUID, reason: str, now: datetime, once: Once | None = None
) -> Recorded:
    """Show the computed standing again, before the day. Raises a Refusal."""
    if not actor.may(Deed.OVERRIDE):
        raise NotAllowed()
    with command(actor, once) as done:
        _one_at_a_time()
        row = access.visible(StandingOverride.objects.filter(event_id=override), actor).first()
        if row is None:
            raise NotFound()
        scope = scope_of(row)
        fact = rules.withdraw(
            _computed(actor, scope) or "unknown",
            rule_of(row) if row.to_position is None else None,
            override=str(override),
            reason=reason,
            own=reports_it(actor, scope[0], scope[1]),
        )
        texts = Texts({"reason": reason}, scope[1])
        event = _event(actor, scope, Fact(fact.type, fact.data | {"texts": texts.commitments()}), now)
        recorded = event_store.append([event])
        projection.apply([event], recorded)
        texts.keep(event.event_id)
        return done(recorded[0])


def expire_overrides(*, now: datetime) -> int:
    """End those whose last day is over. Returns how many. May run twice or at once: each ends once."""
    with access.following():
        with connection.cursor() as cursor:
            cursor.execute(TRY_LOCK)
            if not cursor.fetchone()[0]:
                return 0  # somebody is at it; the next sweep looks again
        events = []
        for row in StandingOverride.objects.filter(to_position=None).order_by("from_position"):
            computed = _computed(CLOCK, scope_of(row)) or "unknown"
            if fact := rules.expire(computed, rule_of(row), now=now):
                events.append(_event(CLOCK, scope_of(row), fact, now))
        projection.apply(events, event_store.append(events))
    return len(events)


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def _event(actor: Actor, scope: Scope, fact: Fact, now: datetime) -> NewEvent:
    indicator, agency, domain = scope
    return NewEvent(
        stream=standing_stream(indicator, agency, domain),
        type=fact.type,
        data={"indicator": indicator, "agency": agency, "domain": domain, **fact.data},
        meta=actor.as_meta(),
        occurred_at=now,
    )


def _computed(actor: Actor, scope: Scope) -> str | None:
    rows = Standing.objects.filter(to_position=None, indicator=scope[0], agency=scope[1], domain=scope[2])
    return access.visible(rows, actor).values_list("cls", flat=True).first()


def _in_force(actor: Actor, scope: Scope) -> StandingOverride | None:
    rows = StandingOverride.objects.filter(to_position=None, indicator=scope[0], agency=scope[1], domain=scope[2])
    return access.visible(rows, actor).first()
