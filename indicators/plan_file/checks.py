"""The checks of a plan file: which figures must fit each other, and what is odd against those of before.

    checks:
    - at_most: IND-07                       # this figure is at most that one
    - sum_of: [IND-02, IND-03]              # this figure is the sum of those
    - never_falls: year                     # or plan; with `asks: true` an explanation will do
    - share: true                           # the numerator is at most the denominator
    - history: {points: 5, times: 4, floor: 0.3, least: 5}

`default_checks` of the file are those of every indicator of a kind: ratio, or else the kind of its unit (count, money,
percent, rank, stage, binary). An indicator's own check takes the place of a default of the same name.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from indicators.plan_file.facts import text_of
from indicators.plan_file.lines import Lined, PlanFileError
from indicators.quantities import UnitKind, unit_named

KINDS = frozenset({"at_most", "sum_of", "never_falls", "share", "history"})
LINEAR = frozenset({UnitKind.COUNT, UnitKind.MONEY, UnitKind.PERCENT})
SHORTEST = 4  # figures from which a line and a spread say anything
Check = dict[str, Any]


def checks_of(row: Lined, defaults: Lined, unit_name: str, aggregation: str) -> list[Check]:
    """The checks of one indicator, resolved, as its definition holds them. Raises PlanFileError."""
    unit = unit_named(unit_name)
    usual = defaults.rows("ratio" if aggregation == "ratio_of_sums" else str(unit.kind))
    own = row.rows("checks")
    named = {_kind(check) for check in own}
    checks = [check for check in usual if _kind(check) not in named] + own
    return [_resolved(check, unit.kind, aggregation, unit.shown_in) for check in checks]


def must_name_known(checks: Iterable[tuple[Lined, str, Check]], units: Mapping[str, str]) -> None:
    """Each other figure is one of the plan, of the same kind of unit, and another one. `units` is by field; each check
    comes with the row it stands in and its indicator. Raises PlanFileError."""
    for row, indicator, check in checks:
        for other in check.get("others", ()):
            if other not in units:
                raise PlanFileError(row.line, f"unknown figure {other!r} in the checks of {indicator}")
            if other.partition("/")[0] == indicator:
                raise PlanFileError(row.line, f"{indicator} is checked against itself")
            if unit_named(units[other]).kind is not unit_named(units[indicator]).kind:
                raise PlanFileError(row.line, f"{indicator} and {other} cannot be compared: their units differ")


def _kind(check: Lined) -> str:
    found = [name for name in check if name in KINDS]
    unknown = set(check) - KINDS - {"asks"}
    if len(found) != 1 or unknown:
        raise PlanFileError(check.line, f"not a check: {sorted(check)}")
    return found[0]


def _resolved(check: Lined, kind: UnitKind, aggregation: str, shown_in: Decimal) -> Check:
    name = _kind(check)
    asks = {"asks": True} if check.get("asks") is True else {}
    match name:
        case "at_most":
            return {"kind": name, "others": [check.need(name)], **asks}
        case "sum_of":
            others = check.need(name, list)
            if len(others) < 2 or not all(isinstance(other, str) for other in others):
                raise PlanFileError(check.line, "'sum_of' names at least two figures")
            return {"kind": name, "others": others, **asks}
        case "never_falls":
            if check.need(name) not in ("year", "plan"):
                raise PlanFileError(check.line, f"'never_falls' is within the year or the plan, not {check[name]!r}")
            return {"kind": name, "within": check[name], **asks}
        case "share":
            if check[name] is not True or aggregation != "ratio_of_sums":
                raise PlanFileError(check.line, "'share' is true, and for a ratio")
            return {"kind": name, **asks}
        case _:
            return _history(check.need(name, Lined), kind, shown_in)


def _history(said: Lined, kind: UnitKind, shown_in: Decimal) -> Check:
    if kind not in LINEAR:
        raise PlanFileError(said.line, f"a {kind} has no band to lie in")
    points = said.need("points", int)
    numbers = {name: said.number(name) for name in ("times", "floor", "least")}
    if points < SHORTEST or any(number is None or number < 0 for number in numbers.values()):
        raise PlanFileError(
            said.line, f"'history' takes points (from {SHORTEST}), times, floor and least, none below 0"
        )
    numbers["least"] = (numbers["least"] or Decimal(0)) * shown_in
    return {"kind": "history", "points": points, **{name: text_of(number) for name, number in numbers.items()}}
