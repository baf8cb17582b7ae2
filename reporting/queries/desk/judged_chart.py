"""A chart of what was judged, from the evidence of the judgement alone: the numbers it speaks of and no others."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from indicators.assessment import METHOD_VERSION, EvidenceError, SeriesKind
from indicators.models import IndicatorDefinition
from indicators.quantities import UnitKind, unit_named
from indicators.trajectory import Exact, Trajectory, TrajectoryError, exact
from reporting.domain.evaluation import evaluate, trajectory_of
from reporting.queries.charts import ChartData, Points
from reporting.queries.desk.chart_data import MOST_YEARS, Line, ahead_label, ahead_of, year_labels
from reporting.queries.shown import name_shown, quantity_shown, unit_shown

Place = tuple[Fraction, Exact]
WHOLE = (UnitKind.STAGE, UnitKind.BINARY, UnitKind.RANK)


def judged_chart(evidence: Mapping[str, Any], definition: IndicatorDefinition) -> ChartData | None:
    """In the active language; None where the evidence keeps no inputs, or they hold nothing to draw."""
    inputs = evidence.get("inputs")
    if not inputs:
        return None
    unit, kind = unit_named(definition.unit), SeriesKind(inputs["kind"])
    shift = _shift(inputs, kind)
    final, provisional = _observed(inputs, shift)
    if not final and not provisional:
        return None
    band = _band(inputs) if kind is SeriesKind.BAND else ()
    path = [] if band else [(time + shift, value) for time, value in _path(inputs)]
    goal, base = (_point(inputs.get(name), shift) for name in ("target", "baseline"))
    if band:
        goal = None  # its two ends are drawn
    ends = [point for point in (goal, base) if point]
    ahead, low, high = _ahead(evidence, shift)
    drawn = [*final, *provisional, *path, *ends, *ahead, *(point for edge in band for point in edge)]
    newest = max((*final, *provisional), key=lambda point: point[0])

    def shown(points: list[Place]) -> Points:
        return tuple((float(place), float(exact(value) / Fraction(unit.shown_in))) for place, value in points)

    [label] = shown([newest])
    return ChartData(
        title=name_shown(definition.indicator),
        unit="" if unit.kind is UnitKind.STAGE else unit_shown(unit),
        years=year_labels(
            [place for place, _ in drawn],
            window=bool(definition.observation_offset_years),
            staged=kind is SeriesKind.STAGE,
        ),
        actual=shown(final),
        provisional=shown(provisional),
        path=shown(path),
        target=shown([goal])[0] if goal else None,
        baseline=shown([base])[0] if base else None,
        labels=((*label, quantity_shown(exact(newest[1]), unit)),),
        target_label=quantity_shown(exact(goal[1]), unit) if goal else "",
        rank=unit.kind is UnitKind.RANK,
        steps=kind is SeriesKind.STAGE or bool((inputs["trajectory"] or {}).get("stepped")),
        band=tuple(shown(edge) for edge in band),
        whole_numbers=unit.kind in WHOLE,
        ahead=shown(ahead),
        ahead_low=shown(low),
        ahead_high=shown(high),
        ahead_label=ahead_label(ahead, unit),
    )


def _ahead(evidence: Mapping[str, Any], shift: Fraction) -> tuple[Line, Line, Line]:
    """The way to the forecast that the evidence speaks of. Another method would find another one."""
    inputs = evidence["inputs"]
    if inputs["method"] != METHOD_VERSION or "at_target" not in (evidence.get("outlook") or ()):
        return [], [], []
    try:
        return ahead_of(evaluate(inputs).today.evidence, shift)
    except (EvidenceError, TrajectoryError):
        return [], [], []


def _shift(inputs: Mapping[str, Any], kind: SeriesKind) -> Fraction:
    """A running total counts the years of its window; it is drawn on years."""
    if kind is not SeriesKind.CUMULATIVE or not inputs["periods"]:
        return Fraction(0)
    first = inputs["periods"][0]
    return int(first["period"].removeprefix("FY")) - _number(first["time"])


def _observed(inputs: Mapping[str, Any], shift: Fraction) -> tuple[list[Place], list[Place]]:
    """What is final, and what is not or misses a part. A year whose value is that of an earlier one adds no point."""
    final: dict[Fraction, Exact] = {}
    provisional: dict[Fraction, Exact] = {}
    for row in inputs["periods"]:
        if row["observed"] is not None and not row["age"]:
            open_ = row["provisional"] or row["lower_bound"]
            (provisional if open_ else final)[_number(row["time"]) + shift] = _number(row["observed"])
    return sorted(final.items()), sorted(provisional.items())


def _path(inputs: Mapping[str, Any]) -> list[Place]:
    """Its value at its ends, at each year between, and at the points it is made of."""
    try:
        path = trajectory_of(inputs)
    except TrajectoryError:  # of a method that is gone
        return []
    if path is None:
        return []
    first, last = path.starts_at, path.ends_at
    years = range(math.floor(first) + 1, min(math.ceil(last), math.floor(first) + MOST_YEARS))
    times = {first, last, *map(Fraction, years), *_turns(path)}
    return [(time, path.expected(time)) for time in sorted(times)]


def _turns(path: Trajectory) -> set[Fraction]:
    return {time for time, _ in getattr(path, "points", ())}


def _band(inputs: Mapping[str, Any]) -> tuple[list[Place], ...]:
    band = inputs["trajectory"] or {}
    if "low" not in band:
        return ()
    times = [_number(band[end]) for end in ("from_time", "to_time")]
    return tuple([(time, _number(band[edge])) for time in times] for edge in ("low", "high"))


def _point(data: Mapping[str, Any] | None, shift: Fraction) -> Place | None:
    return None if data is None else (_number(data["time"]) + shift, _number(data["value"]))


def _number(text: str) -> Fraction:
    """Decimal text, or "1/3" where there is no such."""
    return Fraction(text)
