"""An indicator's national figures as a chart."""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext

from indicators.assessment import Evidence, course_ahead
from indicators.models import Target
from indicators.periods import JST
from indicators.quantities import Unit, UnitKind
from indicators.trajectory import Exact, Trajectory, TrajectoryError, exact
from reporting.queries.charts import ChartData, Earlier, Points
from reporting.queries.desk.national import National, YearRow
from reporting.queries.desk.target_history import Revision
from reporting.queries.series import path_to
from reporting.queries.shown import name_shown, quantity_shown, unit_shown

MOST_YEARS = 30
MOST_EARLIER = 3  # targets of before in one chart; the list beside it has them all


def chart_data(figure: National, revisions: Sequence[Revision] = ()) -> ChartData:
    """In the active language. Running totals as totals; what is not final, or not approved, as provisional; of
    `revisions`, newest first, those no longer in force as what was wanted before."""
    unit, target = figure.unit, figure.target
    rows = [row for row in figure.rows if row.rollup is not None]
    final = [(_place(figure, row), row.value) for row in rows if row.value is not None and row.final]
    open_rows = [row for row in rows if not row.final and not _part_of_a_flow(figure, row)]
    # With what still waits: the newest knowledge.
    newest_of = [(row, row.value if row.with_pending is None else row.with_pending) for row in open_rows]
    provisional = [(_place(figure, row), value) for row, value in newest_of if value is not None]
    goal: tuple[Fraction, Exact] | None = None
    if target is not None:
        goal = (Fraction(target.year), target.value)
    elif figure.evidence is not None and figure.evidence.target is not None:
        goal = (exact(figure.evidence.target.time), figure.evidence.target.value)
    base: tuple[Fraction, Exact] | None = None
    if target is not None and not figure.cumulative and target.baseline_value is not None and target.baseline_year:
        base = (Fraction(target.baseline_year), target.baseline_value)
    band = _band(figure)
    path = [] if band else _path(figure)
    if band:
        goal = None  # its two ends are drawn
    interim = _interim(figure)
    before = _earlier(figure, revisions)
    shift = Fraction(figure.window_from - 1 if figure.cumulative else 0)
    ahead, low, high = ahead_of(figure.evidence, shift)
    drawn = [*final, *provisional, *path, *interim, *([goal] if goal else []), *([base] if base else [])]
    drawn += [point for edge in (*band, ahead) for point in edge]
    drawn += [point for _, points, end in before for point in (*points, end)]
    places = [place for place, _ in drawn]
    newest = max((*final, *provisional), default=None)

    def shown(points: list[tuple[Fraction, Exact]]) -> Points:
        return tuple((float(place), float(exact(value) / Fraction(unit.shown_in))) for place, value in points)

    return ChartData(
        title=name_shown(figure.indicator),
        unit="" if unit.kind is UnitKind.STAGE else unit_shown(unit),
        years=_years(figure, places),
        actual=shown([*final]),
        provisional=shown([*provisional]),
        path=shown(path),
        target=shown([goal])[0] if goal else None,
        baseline=shown([base])[0] if base else None,
        labels=tuple((*shown([newest])[0], quantity_shown(exact(newest[1]), unit)) for _ in (0,) if newest),
        target_label=_target_label(figure, goal),
        rank=unit.kind is UnitKind.RANK,
        steps=target is None or _stepped(target),
        interim=shown([*interim]),
        band=tuple(shown([*edge]) for edge in band),
        earlier=tuple(
            Earlier(
                label=_until(revision, revisions),
                path=shown(points),
                target=shown([end])[0],
                steps=_stepped(revision.target),
            )
            for revision, points, end in before
        ),
        ahead=shown(ahead),
        ahead_low=shown(low),
        ahead_high=shown(high),
        ahead_label=ahead_label(ahead, unit),
        whole_numbers=unit.kind in (UnitKind.STAGE, UnitKind.BINARY, UnitKind.RANK),
    )


Line = list[tuple[Fraction, Exact]]


def ahead_of(evidence: Evidence | None, shift: Fraction) -> tuple[Line, Line, Line]:
    """The forecast from the newest value on, and the two ends of what holds it: empty where there is none."""
    course = course_ahead(evidence) if evidence is not None else ()
    if evidence is None or evidence.observed is None or not course:
        return [], [], []
    here = (exact(evidence.observed_at) + shift, exact(evidence.observed))
    low = [(ahead.time + shift, ahead.low) for ahead in course if ahead.low is not None]
    high = [(ahead.time + shift, ahead.high) for ahead in course if ahead.high is not None]
    return (
        [here, *((ahead.time + shift, ahead.value) for ahead in course)],
        [here, *low] if low else [],
        [here, *high] if high else [],
    )


def ahead_label(ahead: Line, unit: Unit) -> str:
    if not ahead:
        return ""
    _, value = ahead[-1]
    return f"{gettext('Outlook')}\n{quantity_shown(exact(value), unit)}"


def _part_of_a_flow(figure: National, row: YearRow) -> bool:
    """A few months of a yearly flow beside whole years would look like a fall."""
    flow = figure.definition.aggregation.startswith("sum_of_flows")
    return flow and (figure.judged is None or row.year > figure.judged)


def _place(figure: National, row: YearRow) -> Fraction:
    """Where a row stands on the axis of years: a running total at the year it runs up to."""
    return row.at + figure.window_from - 1 if figure.cumulative else row.at


def _path(figure: National) -> list[tuple[Fraction, Exact]]:
    path = figure.path
    if path is None:
        return []
    if figure.target is not None:
        return _points(path, figure.target)
    last = path.ends_at
    # Stairs: a step at each due day.
    times = [Fraction(figure.series.first_year), *(time for time, _ in getattr(path, "points", ())), last]
    return [(time, path.expected(time)) for time in dict.fromkeys(times)]


def _points(path: Trajectory, target: Target) -> list[tuple[Fraction, Exact]]:
    """Its value at its ends, at each year, and at its interim targets. A running total begins at nothing at the start
    of its window."""
    first, last = path.starts_at, path.ends_at
    inside = range(math.floor(first) + 1, min(math.ceil(last), math.floor(first) + MOST_YEARS))
    times = [first, *(Fraction(year) for year in inside), last]
    moved = Fraction((target.window_from or target.year) - 1) if target.kind == "cumulative" else Fraction(0)
    return [(time + moved, path.expected(time)) for time in dict.fromkeys(times)]


def _band(figure: National) -> tuple[list[tuple[Fraction, Exact]], ...]:
    """The two edges of what is to be kept between, as lines."""
    target = figure.target
    if target is None or target.trajectory.get("shape") != "band":
        return ()
    start = target.baseline_year if target.baseline_year is not None else figure.series.first_year
    ends = (Fraction(start), Fraction(target.year))
    return tuple([(end, Decimal(target.trajectory[edge])) for end in ends] for edge in ("low", "high"))


def _interim(figure: National) -> list[tuple[Fraction, Exact]]:
    if figure.target is None:
        return []
    return [(Fraction(step["year"]), Decimal(step["value"])) for step in figure.target.trajectory.get("interim", ())]


def _earlier(
    figure: National, revisions: Sequence[Revision]
) -> list[tuple[Revision, list[tuple[Fraction, Exact]], tuple[Fraction, Exact]]]:
    """What was wanted before, in the unit of now; what was wanted in another unit is not to be drawn beside it."""
    found = []
    for revision in [r for r in revisions if not r.in_force and r.unit == figure.unit][:MOST_EARLIER]:
        target = revision.target
        try:
            path = path_to(target, figure.series.first_year)
        except TrajectoryError:
            path = None
        points = [] if path is None or target.trajectory.get("shape") == "band" else _points(path, target)
        end: tuple[Fraction, Exact] = (Fraction(target.year), target.value)
        found.append((revision, points, end))
    return found


def _until(revision: Revision, revisions: Sequence[Revision]) -> str:
    """When it ceased to hold: when the next one was set."""
    after = [r.who.at for r in revisions if r.target.from_position > revision.target.from_position and r.who.at]
    day = min(after).astimezone(JST).date().isoformat() if after else ""
    return gettext("Wanted until %(day)s") % {"day": day}


def _stepped(target: Target) -> bool:
    return bool(target.trajectory.get("stepped"))


def _years(figure: National, places: list[Fraction]) -> tuple[tuple[float, str], ...]:
    staged = figure.target is None and bool(figure.milestones)
    return year_labels(places, window=bool(figure.definition.observation_offset_years), staged=staged)


def year_labels(places: Sequence[Fraction], *, window: bool, staged: bool) -> tuple[tuple[float, str], ...]:
    """The years from the first place to the last, on whole numbers. `window`: a value is of some years about its own;
    `staged`: what is drawn happens on days."""
    if not places:
        return ()
    first, last = math.floor(min(places)), math.ceil(max(places))
    words = "%(year)s" if window else gettext("Apr %(year)s") if staged else gettext("FY%(year)s")
    return tuple((float(year), words % {"year": year}) for year in range(first, min(last, first + MOST_YEARS) + 1))


def _target_label(figure: National, goal: tuple[Fraction, Exact] | None) -> str:
    if goal is None:
        return ""
    value = quantity_shown(exact(goal[1]), figure.unit)
    approximate = figure.target is not None and figure.target.approximate
    return gettext("about %(value)s") % {"value": value} if approximate else value
