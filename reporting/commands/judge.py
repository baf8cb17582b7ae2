"""The clock comes in by the same door as a person: it judges every target, and what it finds is a fact."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from agencies import access
from indicators.assessment import EvidenceError
from indicators.trajectory import TrajectoryError
from reporting import event_store
from reporting.domain.evaluation import evaluate, explained
from reporting.domain.events import EVENTS, standing_stream
from reporting.domain.found import Recorded, cause_of, facts_of
from reporting.event_store import NewEvent
from reporting.models import Standing
from reporting.projections import standings as projection
from reporting.projections import to_judge
from reporting.queries.series import Series, all_series, inputs_of

CLOCK = access.system("clock")


def judge(*, now: datetime, indicators: Iterable[str] | None = None) -> int:
    """Judge as of now the targets in force of those indicators that need it (or of `indicators`, whether they need it
    or not). Returns how many standings changed.

    Only one judgement runs at a time; another leaves at once. Of an indicator with an open cell nothing is said before
    that is computed. A series that contradicts itself stops no other: it is written down where operators look.
    """
    failed: list[Exception] = []
    of_failed: set[str] = set()
    events: list[NewEvent] = []
    with access.following():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(7307020262)")
            if not cursor.fetchone()[0]:
                return 0
        chosen = to_judge.choose(now=now, indicators=indicators)
        if chosen is None:
            return 0
        in_force = {
            (s.indicator_id, s.agency_id, s.domain_id): s for s in Standing.objects.filter(to_position__isnull=True)
        }
        for series in all_series(actor=CLOCK, indicators=chosen.indicators):
            try:
                events += _judge_one(series, in_force.get(series.key), now, chosen.position)
            except (EvidenceError, TrajectoryError) as error:
                error.add_note(str(series.key))
                failed.append(error)
                of_failed.add(series.key[0])
        still = to_judge.settle(chosen, failed=of_failed)
        events = [event for event in events if event.data["indicator"] in still]
        recorded = event_store.append(events)
        projection.apply(events, recorded)
    if failed:
        raise ExceptionGroup("these series cannot be judged; the others were", failed)
    return len(events)


def _judge_one(series: Series, old: Standing | None, now: datetime, position: int) -> list[NewEvent]:
    inputs, year = inputs_of(series, now)
    evaluation = evaluate(inputs)
    before = Recorded.of(old.cls, old.evidence) if old else None
    indicator, agency, domain = series.key
    # What was said of earlier years first: it is from there that the newest class follows.
    return [
        NewEvent(
            stream=standing_stream(indicator, agency, domain),
            type=fact.type,
            schema_version=EVENTS[fact.type],
            data={
                "indicator": indicator,
                "agency": agency,
                "domain": domain,
                "class": fact.cls,
                "previous": before.cls if before else None,
                "period": f"FY{year}" if year else "",
                "cause": cause_of(before, inputs, evaluation),
                "restated": fact.restated,
                # Since when the class is what it is, however often that was said again.
                "since": (old.since if old and old.cls == fact.cls else now).isoformat(),
                "evidence": explained(evaluation, inputs) | {"position": position, "judged_at": now.isoformat()},
            },
            meta=CLOCK.as_meta(),
            occurred_at=now,
        )
        for fact in facts_of(before, inputs, evaluation)
    ]
