"""Looking forward: the pace of late beside the pace that is needed, and where the trend ends.

A level is carried on along its Theil–Sen line. A running total is carried on by its yearly flows: of a total that is to
grow faster every year, a line through the totals themselves would always fall short.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from indicators.assessment.evidence import Direction, Evidence, SeriesKind
from indicators.statistics import Forecast, forecast, forecast_sum, theil_sen
from indicators.trajectory.exact import exact

LEVEL, TOTAL = SeriesKind.LEVEL, SeriesKind.CUMULATIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Numbers of the trend, each None where there is none.

    `pace` is the change a year of late, and `pace_index` that over the needed pace: 1 is enough, below 0 goes away.
    `at_target` is where the trend ends at the target's time, `damped` the same losing a tenth of its pace every year;
    `low` and `high` hold it in four of five cases, and are missing when `reference_only` (参考): fewer than four
    values. `share…` are the same as shares of the way from the baseline to the target; `share_high` is of the better
    end.
    """

    pace: Fraction
    points: int
    pace_index: Fraction | None = None
    at_target: Fraction | None = None
    damped: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    reference_only: bool = True
    share: Fraction | None = None
    share_low: Fraction | None = None
    share_high: Fraction | None = None
    share_damped: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """The forecast for one time ahead; `low` and `high` hold it in four of five cases, None from too few values."""

    time: Fraction
    value: Fraction
    low: Fraction | None
    high: Fraction | None


def outlook_of(evidence: Evidence, *, origin: Fraction, observed: Fraction, needed: Fraction | None) -> Outlook | None:
    """The outlook of a level or a running total with a target; None before there are two values. `origin` is what the
    way to the target begins with, `needed` the pace still needed."""
    target = evidence.target
    if target is None:
        return None
    t, end = exact(evidence.observed_at), exact(target.time)
    total = evidence.kind is TOTAL
    points = _points(evidence, observed)
    if len(points) < 2:
        return None
    up = evidence.direction is Direction.UP
    line = theil_sen(points)
    # A total's pace is the flow of a year, as the trend has it now.
    pace = line.at(points[-1][0]) if total else line.slope
    if end <= t:
        return Outlook(pace=pace, points=len(points))
    index = pace / needed if needed else None
    found = _forecast(evidence, points, observed, end)
    if found is None:
        return Outlook(pace=pace, points=len(points), pace_index=index)
    so_far = observed if total else Fraction(0)
    way = exact(target.value) - origin
    forward = way > 0 if up else way < 0

    def at_end(number: object) -> Fraction | None:
        return None if number is None else so_far + exact(number)

    def share(number: object) -> Fraction | None:
        at = at_end(number)
        return (at - origin) / way if at is not None and forward else None

    worse, better = (found.low, found.high) if up else (found.high, found.low)
    return Outlook(
        pace=pace,
        points=len(points),
        pace_index=index,
        at_target=at_end(found.value),
        damped=at_end(found.damped),
        low=at_end(found.low),
        high=at_end(found.high),
        reference_only=found.reference_only,
        share=share(found.value),
        share_low=share(worse),
        share_high=share(better),
        share_damped=share(found.damped),
    )


def course_ahead(evidence: Evidence) -> tuple[Ahead, ...]:
    """The way to where the trend ends: the forecast for each year ahead, the last that of `Outlook` for the target's
    time. Nothing where there is no outlook."""
    if evidence.target is None or evidence.observed is None or evidence.kind not in (LEVEL, TOTAL):
        return ()
    if evidence.lower_bound or evidence.age_in_periods:  # as for the outlook itself
        return ()
    t, end, observed = exact(evidence.observed_at), exact(evidence.target.time), exact(evidence.observed)
    points = _points(evidence, observed)
    if len(points) < 2:
        return ()
    so_far = observed if evidence.kind is TOTAL else Fraction(0)
    course = []
    for time in dict.fromkeys((*(t + k for k in range(1, ceil(end - t))), end)):
        found = _forecast(evidence, points, observed, time) if time > t else None
        if found is not None:
            ends = [None if number is None else so_far + exact(number) for number in (found.low, found.high)]
            course.append(Ahead(time, so_far + exact(found.value), *ends))
    return tuple(course)


def _points(evidence: Evidence, observed: Fraction) -> list[tuple[Fraction, Fraction]]:
    """What the trend is drawn through: of a level with its baseline and the value of now, of a running total flows."""
    points = [(exact(point.time), exact(point.value)) for point in evidence.history]
    if evidence.kind is not TOTAL:
        t = exact(evidence.observed_at)
        before = [evidence.baseline] if evidence.baseline is not None else []
        points = [(exact(point.time), exact(point.value)) for point in before] + points
        points = [(time, value) for time, value in points if time < t] + [(t, observed)]
    return points[-evidence.pace_window :]


def _forecast(
    evidence: Evidence, points: list[tuple[Fraction, Fraction]], observed: Fraction, end: Fraction
) -> Forecast | None:
    """Of a running total what is still to come until `end`, in whole years; None where no year is left."""
    if evidence.kind is TOTAL:
        ahead = [points[-1][0] + k for k in range(1, int(end - exact(evidence.observed_at)) + 1)]
        if not ahead:
            return None
        return forecast_sum(points, ahead, sigma=evidence.noise_sigma, floor_value=points[-1][1], lowest=0)
    up, limit = evidence.direction is Direction.UP, evidence.natural_limit
    return forecast(
        points, end, sigma=evidence.noise_sigma, floor_value=observed, lowest=None if up else limit,
        highest=limit if up else None,
    )  # fmt: skip
