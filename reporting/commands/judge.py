"""The clock comes in by the same door as a person: it judges every target, and what it finds is a fact."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import connection

from agencies import access
from indicators.assessment import METHOD_VERSION, Assessment, Evidence, EvidenceError, assess
from indicators.trajectory import TrajectoryError
from reporting import event_store
from reporting.domain.events import standing_stream
from reporting.domain.standing import fact_of
from reporting.event_store import NewEvent
from reporting.models import Standing
from reporting.projections import standings as projection
from reporting.projections import to_judge
from reporting.queries.series import Series, all_series, evidence_of

SIX = Decimal("0.000001")
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
            old = in_force.get(series.key)
            try:
                event = _judge_one(series, old.cls if old else None, now, chosen.position)
            except (EvidenceError, TrajectoryError) as error:
                error.add_note(str(series.key))
                failed.append(error)
                of_failed.add(series.key[0])
                continue
            if event:
                events.append(event)
        still = to_judge.settle(chosen, failed=of_failed)
        events = [event for event in events if event.data["indicator"] in still]
        recorded = event_store.append(events)
        projection.apply(events, recorded)
    if failed:
        raise ExceptionGroup("these series cannot be judged; the others were", failed)
    return len(events)


def _judge_one(series: Series, old: str | None, now: datetime, position: int) -> NewEvent | None:
    evidence, year = evidence_of(series, now)
    found = assess(evidence)
    type_ = fact_of(old, str(found.cls))
    if type_ is None:
        return None
    indicator, agency, domain = series.key
    return NewEvent(
        stream=standing_stream(indicator, agency, domain),
        type=type_,
        data={
            "indicator": indicator,
            "agency": agency,
            "domain": domain,
            "class": str(found.cls),
            "previous": old,
            "period": f"FY{year}" if year else "",
            "evidence": explain(evidence, found) | {"position": position},
        },
        meta=CLOCK.as_meta(),
        occurred_at=now,
    )


def explain(evidence: Evidence, found: Assessment) -> dict[str, Any]:
    """The inputs and numbers of a judgement, exact as text, so that it can be read and repeated."""
    numbers = {
        "observed": evidence.observed, "observed_at": evidence.observed_at, "coverage": evidence.coverage,
        "target": evidence.target and evidence.target.value, "target_at": evidence.target and evidence.target.time,
        "baseline": evidence.baseline and evidence.baseline.value, "expected": found.expected,
        "attainment": found.attainment, "shortfall": found.shortfall, "needed_pace": found.needed_pace,
        "elapsed_years": found.elapsed_years, "earned_years": found.earned_years,
    }  # fmt: skip
    return {name: _text(number) for name, number in numbers.items() if number is not None} | {
        "reason": found.reason,
        "thresholds": [[name, _text(edge)] for name, edge in found.table.edges],
        "table": found.table.name,
        "lower_bound": found.lower_bound,
        "method": METHOD_VERSION,
    }


def _text(number: Any) -> str:
    """At most six decimals, for reading; the inputs stand beside it, from which anyone can compute the rest."""
    value = Fraction(number)
    return format((Decimal(value.numerator) / Decimal(value.denominator)).quantize(SIX).normalize(), "f")
