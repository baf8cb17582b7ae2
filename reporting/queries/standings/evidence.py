"""What a standing's event says of itself, in words. Events are for ever and methods are not, so this takes what it
finds: a key it knows is shown as what it is, any other by its name, and one that is missing not at all.

A method that says more has its keys added to KNOWN.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from indicators.quantities import Unit
from reporting.queries.shown import THRESHOLDS, quantity_shown, rounded, share_shown
from reporting.queries.words import reason_words

Evidence = Mapping[str, Any]


@dataclass(frozen=True)
class Fact:
    """One thing an event says: what it is, its value in words, and whether we know it."""

    name: str
    value: str
    known: bool = True


def number_in(data: Mapping[str, Any], key: str) -> Decimal | None:
    """The number under a key, if there is one."""
    return _number(data[key]) if data.get(key) is not None else None


def _number(value: Any) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _quantity(value: Any, unit: Unit) -> str:
    number = _number(value)
    return str(value) if number is None else quantity_shown(number, unit, places=3)


def _share(value: Any, unit: Unit) -> str:
    number = _number(value)
    return str(value) if number is None else share_shown(number)


def _years(value: Any, unit: Unit) -> str:
    number = _number(value)
    return str(value) if number is None else rounded(number, 2)


def _year(value: Any, unit: Unit) -> str:
    """A year, or years since a window began: without commas."""
    number = _number(value)
    return str(value) if number is None else format(number.normalize(), "f")


def _yes(value: Any, unit: Unit) -> str:
    return gettext("yes") if value else gettext("no")


def _plain(value: Any, unit: Unit) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _reason(value: Any, unit: Unit) -> str:
    return gettext(reason_words(str(value)))


# In the order they are shown: what a key is, and how its value is read.
KNOWN: dict[str, tuple[str, Callable[[Any, Unit], str]]] = {
    "reason": (_("Why"), _reason),
    "observed": (_("value observed"), _quantity),
    "observed_at": (_("observed at (year)"), _year),
    "expected": (_("value expected by then"), _quantity),
    "baseline": (_("value of the baseline"), _quantity),
    "target": (_("value of the target"), _quantity),
    "target_at": (_("due at (year)"), _year),
    "attainment": (_("share of planned progress made"), _share),
    "shortfall": (_("shortfall"), _quantity),
    "noise": (_("shortfall in standard deviations of the noise"), _years),
    "needed_pace": (_("pace needed"), _quantity),
    "to_complete": (_("what is left ÷ what was planned for the rest"), _years),
    "elapsed_years": (_("years gone by"), _years),
    "earned_years": (_("years of progress made"), _years),
    "coverage": (_("share of agencies that reported"), _share),
    "lower_bound": (_("lower bound only"), _yes),
    "table": (_("table of judgement"), _plain),
    "method": (_("version of the method"), _plain),
    "position": (_("position"), _plain),
    "digest": (_("SHA-256 of the inputs"), _plain),
}
# What an explanation says in sentences and tables of its own.
BY_THEMSELVES = frozenset(
    {"thresholds", "class", "how", "held", "provisional", "known", "unguarded", "needs_confirmation", "outlook",
     "periods", "inputs", "judged_at"}
)  # fmt: skip


def facts_of(evidence: Evidence, unit: Unit) -> list[Fact]:
    """Everything but the thresholds: what we know in its order, then the rest by its own names, flat."""
    known = [
        Fact(gettext(name), shown(evidence[key], unit))
        for key, (name, shown) in KNOWN.items()
        if evidence.get(key) is not None and evidence[key] != ""
    ]
    rest = {key: value for key, value in evidence.items() if key not in KNOWN and key not in BY_THEMSELVES}
    return known + [Fact(name, value, known=False) for name, value in _flat(rest)]


def _flat(data: Mapping[str, Any], path: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in sorted(data.items()):
        if isinstance(value, Mapping):
            found += _flat(value, f"{path}{key} › ")
        elif value is not None and value not in ("", []):
            found.append((path + key, _plain(value, Unit)))  # type: ignore[arg-type]
    return found


def thresholds_of(evidence: Evidence) -> list[tuple[str, str]]:
    """The edges it was judged by, as they were: [name, edge], whatever else stands in their place."""
    found = []
    for edge in evidence.get("thresholds") or ():
        if not isinstance(edge, Sequence) or isinstance(edge, str) or len(edge) != 2:
            continue
        name, value = str(edge[0]), edge[1]
        number = _number(value)
        if number is None:
            shown = str(value)
        elif name == "off_track_overdue_years":
            shown = gettext("90 days") if number == Decimal("0.246575") else rounded(number, 2)
        else:
            shown = share_shown(number) if name in SHARES else rounded(number, 2)
        found.append((gettext(THRESHOLDS.get(name, name)), shown))
    return found


SHARES = ("on_track_from", "off_track_below")
LEVEL = _("Planned progress = (value − baseline) ÷ (expected − baseline)")
CUMULATIVE = _("Planned progress = total so far ÷ total expected by now")
RANK = _("Places behind = rank − allowed rank")
STAGE = _("Stages behind = planned stage − reported stage")
BAND = _("Out of the band by = the distance from the value to the nearer end of the band")
FORMULAS = {
    "B1_level": LEVEL, "B2_cumulative": CUMULATIVE, "B3_rank": RANK, "B4_stage": STAGE, "B4_band": BAND,
}  # fmt: skip


def formula_of(evidence: Evidence, unit: Unit) -> tuple[str, str]:
    """The formula in words, and with the numbers of the event in it; empty where it does not say enough."""
    table = str(evidence.get("table", ""))
    words = gettext(FORMULAS[table]) if table in FORMULAS else ""
    y, expected, base = (_number(evidence.get(key)) for key in ("observed", "expected", "baseline"))
    if not words or y is None or expected is None:
        return words, ""

    def n(value: Decimal) -> str:
        return quantity_shown(value, unit, places=3)

    made = _number(evidence.get("attainment"))
    if table == "B1_level" and base is not None and made is not None:
        return words, f"({n(y)} − {n(base)}) ÷ ({n(expected)} − {n(base)}) = {share_shown(made)}"
    if table == "B2_cumulative" and made is not None:
        return words, f"{n(y)} ÷ {n(expected)} = {share_shown(made)}"
    if table == "B3_rank":
        return words, f"{n(y)} − {n(expected)} = {rounded(y - expected, 0)}"
    if table == "B4_band":
        return words, f"|{n(y)} − {n(expected)}| = {n(abs(y - expected))}"
    if table == "B4_stage":
        return words, f"{rounded(expected, 0)} − {rounded(y, 0)} = {rounded(expected - y, 0)}"
    return words, ""
