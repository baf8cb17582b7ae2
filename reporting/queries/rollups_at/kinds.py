"""The table of indicators.aggregation.kinds, as SQL can ask it."""

from collections.abc import Callable

from indicators.aggregation import FREQUENCY_OF_GRAIN, KINDS, PARTS_OF_A_YEAR, PLACES, Kind, Over
from indicators.periods import Grain


def of_kinds(that: Callable[[Kind], bool]) -> str:
    """The names of the kinds for which it holds, for an IN of SQL."""
    return "(" + ", ".join(f"'{name}'" for name, kind in KINDS.items() if that(kind)) + ")"


TAKES_LATEST, CARRIES = of_kinds(lambda kind: kind.takes_latest), of_kinds(lambda kind: kind.carries)
LESS_ELSEWHERE, ADDITIVE = of_kinds(lambda kind: kind.less_elsewhere), of_kinds(lambda kind: kind.additive)
RATIO, MEAN = of_kinds(lambda kind: kind.over is Over.RATIO), of_kinds(lambda kind: kind.over is Over.MEAN)
LOWEST, HIGHEST = of_kinds(lambda kind: kind.over is Over.LOWEST), of_kinds(lambda kind: kind.over is Over.HIGHEST)
PARTS = " ".join(f"WHEN '{frequency}' THEN {parts}" for frequency, parts in PARTS_OF_A_YEAR.items())


# A period that is a part of a year is one of a quarter, a half or a month by its spelling.
GRAINS = {Grain.QUARTER: "'%%Q%%'", Grain.HALF: "'%%H%%'", Grain.MONTH: "'%%-%%'"}


def by_grain(period: str, whole: str, parts: Callable[[str], str]) -> str:
    """A CASE of `period`: `whole` of a fiscal year, else `parts` of the frequency that reports by such periods."""
    cases = " ".join(
        f"WHEN {period} LIKE {like} THEN {parts(FREQUENCY_OF_GRAIN[grain])}" for grain, like in GRAINS.items()
    )
    return f"CASE {cases} ELSE {whole} END"


def is_expected(frequency: str, period: str) -> str:
    """Whether who reports this often (null: is not asked) is expected in a cell of the period."""
    reports_so = by_grain(period, "true", lambda named: f"{frequency} = '{named}'")
    return f"({frequency} IS NOT NULL AND {reports_so})"


def exactly(numerator: str, denominator: str) -> str:
    """A quotient of decimals, rounded once: half up at the last place kept. PostgreSQL's own division rounds too."""
    up, down = f"({numerator})", f"({denominator})"
    scaled = f"div(2 * abs{up} * 10::numeric ^ {PLACES} + abs{down}, 2 * abs{down})"
    return f"CASE WHEN {down} <> 0 THEN round(sign{up} * sign{down} * {scaled} / 10::numeric ^ {PLACES}, {PLACES}) END"


def added_up(amount: str, by_kind: str = "aggregation") -> str:
    """An aggregate over shares, by their kind: what adds up, or the one that counts for all."""
    return f"""CASE
                WHEN {by_kind} IN {LOWEST} THEN min({amount})
                WHEN {by_kind} IN {HIGHEST} THEN max({amount})
                ELSE sum({amount})
            END"""


def comes_to(pending: str) -> str:
    """What the sums of a cell come to, by its kind; `pending`: "" or "_pending"."""
    return f"""CASE
            WHEN aggregation IN {RATIO} THEN {exactly(f"100 * numerator{pending}", f"denominator{pending}")}
            WHEN aggregation IN {MEAN} THEN {exactly(f"amount{pending}", f"weighed{pending}")}
            ELSE amount{pending}
        END"""
