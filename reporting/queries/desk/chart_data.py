"""An indicator's national figures as a chart."""

import math
from fractions import Fraction

from django.utils.translation import gettext

from indicators.quantities import UnitKind
from indicators.trajectory import Exact, exact
from reporting.queries.charts import ChartData, Points
from reporting.queries.desk.national import National, YearRow
from reporting.queries.desk.shown import name_shown, quantity_shown, unit_shown

MOST_YEARS = 30


def chart_data(figure: National) -> ChartData:
    """In the active language. Running totals as totals; what is not final, or not approved, as provisional."""
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
    path = _path(figure)
    places = [place for place, _ in (*final, *provisional, *path, *([goal] if goal else []), *([base] if base else []))]
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
        steps=target is None,
        whole_numbers=unit.kind in (UnitKind.STAGE, UnitKind.BINARY, UnitKind.RANK),
    )


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
    first, last = path.starts_at, path.ends_at
    inside = range(math.floor(first) + 1, min(math.ceil(last), math.floor(first) + MOST_YEARS))
    times = [first, *(Fraction(year) for year in inside), last]
    if figure.target is None:  # stairs: a step at each due day
        times = [Fraction(figure.series.first_year), *(time for time, _ in getattr(path, "points", ())), last]
    moved = Fraction(figure.window_from - 1) if figure.cumulative else Fraction(0)
    # A running total begins at nothing at the start of its window.
    return [(time + moved, path.expected(time)) for time in dict.fromkeys(times)]


def _years(figure: National, places: list[Fraction]) -> tuple[tuple[float, str], ...]:
    if not places:
        return ()
    first, last = math.floor(min(places)), math.ceil(max(places))
    words = gettext("FY%(year)s")
    if figure.definition.observation_offset_years:
        words = "%(year)s"  # a window of years about this one, not a fiscal year
    elif figure.target is None and figure.milestones:
        words = gettext("Apr %(year)s")
    return tuple((float(year), words % {"year": year}) for year in range(first, min(last, first + MOST_YEARS) + 1))


def _target_label(figure: National, goal: tuple[Fraction, Exact] | None) -> str:
    if goal is None:
        return ""
    value = quantity_shown(exact(goal[1]), figure.unit)
    approximate = figure.target is not None and figure.target.approximate
    return gettext("about %(value)s") % {"value": value} if approximate else value
