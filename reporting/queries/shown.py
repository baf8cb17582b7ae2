"""How numbers, periods and codes are shown on the desk: rounded for reading, in the active language."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Protocol

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from indicators.periods import Grain, Period, PeriodError
from indicators.quantities import Unit, UnitKind, as_typed, format_quantity, show
from reporting.domain.standing import NAMES

Number = Decimal | Fraction | int


class Named(Protocol):
    @property
    def name_ja(self) -> Any: ...
    @property
    def name_en(self) -> Any: ...


# English names of the counters the plan uses. A unit is plan data, so this is not a translation of ours.
UNITS_EN = {
    "人": "people", "件": "cases", "制度": "schemes", "回": "times", "大学": "universities", "拠点": "sites",
    "社": "companies", "億円": "hundred million yen", "兆円": "trillion yen", "百万円": "million yen",
}  # fmt: skip
# A letter beside the word, so that no standing is told by colour alone: the marks of any Japanese report.
SYMBOLS = {"achieved": "◎", "on_track": "○", "at_risk": "△", "off_track": "×", "unknown": "？", "no_target": "－"}
STAGES = (_("Not begun"), _("Under study"), _("Draft made"), _("Decided"), _("In effect"))
BINARY = (_("Not yet"), _("Done"))
# From the best to the worst. No document of the plan says what they mean: B is what was planned, as where national
# research and development agencies are evaluated.
RATING_WORDS = {
    "S": _("far beyond the plan"),
    "A": _("beyond the plan"),
    "B": _("as planned"),
    "C": _("somewhat short of the plan"),
    "D": _("far short of the plan"),
}

AGGREGATIONS = {
    "sum_of_flows": _("Sum of what all agencies report for the year. An agency that is missing never counts as zero."),
    "sum_of_flows_dedup": _("Sum over all agencies, less what an agency marks as counted elsewhere."),
    "cumulative_sum": _("Running total since the start of the window. With a part missing it is a lower bound."),
    "ratio_of_sums": _("Sum of the numerators divided by the sum of the denominators, over all agencies."),
    "weighted_mean": _("Weighted mean over all agencies."),
    "stock_latest_sum": _("Sum of each agency's newest value, not older than one reporting period."),
    "stock_latest_sum_dedup": _(
        "Sum of each agency's newest value, not older than one reporting period, less what is marked as counted"
        " elsewhere."
    ),
    "external_rank": _("One value from an outside statistic. It is never added up over agencies."),
    "binary_all": _("Done when all assigned bodies have done it."),
    "stages_0_4": _("The lowest stage that any assigned body stands at."),
    "self_rating": _("The lowest that any assigned body rates itself."),
}
SHAPES = {
    "linear": _("A straight line from the baseline to the target"),
    "ramp": _("A total of yearly flows that grow evenly up to the target"),
    "cumulative": _("A total that grows by the same amount every year"),
    "rank": _("A straight line on the rank, rounded up to the allowed rank"),
    "geometric": _("The same growth every year, by a factor"),
    "band": _("To be kept between two values"),
    "milestones": _("Steps: each stage from its due day on"),
    "steps": _("Steps: each interim target from its year on"),
}
THRESHOLDS = {
    "on_track_from": _("On track from this share of the planned progress"),
    "off_track_below": _("Off track below this share of the planned progress"),
    "off_track_above_allowed": _("Off track when behind the allowed rank by more places than"),
    "off_track_beyond_sigma": _("Off track when out of the band by more standard deviations of the noise than"),
    "off_track_stages": _("Off track when behind by this many stages"),
    "off_track_overdue_years": _("Off track when a milestone is overdue by more years than"),
}
KINDS = {
    "cabinet_secretariat": _("Cabinet Secretariat"),
    "council": _("council"),
    "ministry": _("ministry"),
    "agency": _("government agency"),
    "funding_agency": _("funding agency"),
    "institute": _("research institute"),
    "university": _("university"),
    "group": _("group of agencies"),
}
ACCEPTED, DECLINED = _("accepted"), _("declined")
ROLES = {"lead": _("Lead"), "contributor": _("Contributor")}


def rounded(value: Number, places: int) -> str:
    """With commas; no decimals where there are none. Exact numbers in, text out, half rounds up."""
    exact = Fraction(value)
    decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    if decimal == decimal.to_integral_value():
        places = 0
    return f"{decimal.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):,f}"


def number_shown(value: Number | None, unit: Unit, *, places: int | None = None) -> str:
    """A stored value without its unit: money in the shown unit, a stage as its number."""
    if value is None:
        return ""
    if unit.kind is UnitKind.MONEY:
        value = Fraction(value) / Fraction(unit.shown_in)
    if places is None:
        small_money = unit.shown_in >= 1_000_000
        places = {UnitKind.PERCENT: 1, UnitKind.MONEY: 2 if small_money else 1}.get(unit.kind, 0)
    return rounded(value, places)


def quantity_shown(value: Number | None, unit: Unit, *, places: int | None = None) -> str:
    """ "16,800人", "41.7%", "4.67兆円", "2（案策定）"; in English "16,800 people"."""
    if value is None:
        return ""
    number = number_shown(value, unit, places=places)
    if unit.kind is UnitKind.STAGE:
        name = gettext(STAGES[min(max(int(value), 0), 4)])
        return gettext("%(number)s (%(stage)s)") % {"number": number, "stage": name}
    if unit.kind is UnitKind.BINARY:
        return gettext(BINARY[value >= 1])
    if unit.kind is UnitKind.RATING:
        return as_typed(Decimal(int(value)), unit)
    if unit.kind is UnitKind.PERCENT:
        return f"{number}%"
    if _japanese():
        return number + unit.name
    if unit.kind is UnitKind.RANK:
        return f"rank {number}"
    return f"{number} {unit_shown(unit)}"


def exactly(value: Decimal, unit: Unit) -> str:
    """All digits of a stored value: "15,744人", "32.2%"; in English "15,744 people"."""
    if _japanese() or unit.kind is UnitKind.PERCENT or unit.kind not in (UnitKind.COUNT, UnitKind.MONEY, UnitKind.RANK):
        return format_quantity(value, unit)
    number = f"{show(value, unit):,f}"
    return f"rank {number}" if unit.kind is UnitKind.RANK else f"{number} {unit_shown(unit)}"


def unit_shown(unit: Unit) -> str:
    if unit.kind is UnitKind.STAGE:
        return gettext("stage 0–4")
    if unit.kind is UnitKind.BINARY:
        return gettext("0 or 1")
    if unit.kind is UnitKind.RATING:
        return gettext("S, A, B, C or D")
    return unit.name if _japanese() else UNITS_EN.get(unit.name, {"位": "rank"}.get(unit.name, unit.name))


def share_shown(value: Number | None) -> str:
    """A share of one as a percentage: 49.6%."""
    return "" if value is None else f"{rounded(Fraction(value) * 100, 1)}%"


def period_shown(code: str) -> str:
    """2028年度, 2028年度 第2四半期; a code that is no period of ours ("2021-2023", "CY2023") as the source has it."""
    if code.startswith("CY") and code[2:].isdigit():
        return gettext("calendar year %(year)s") % {"year": code[2:]}
    try:
        period = Period.parse(code)
    except PeriodError:
        return code
    words = {
        Grain.YEAR: gettext("FY%(year)s"),
        Grain.HALF: gettext("FY%(year)s half %(number)s"),
        Grain.QUARTER: gettext("FY%(year)s quarter %(number)s"),
        Grain.MONTH: gettext("FY%(year)s month %(number)s"),
    }
    return words[period.grain] % {"year": period.fiscal_year, "number": period.number}


def name_shown(thing: Named | None) -> str:
    if thing is None:
        return ""
    return str(thing.name_ja if _japanese() or not thing.name_en else thing.name_en)


def kind_shown(kind: str) -> str:
    """Of an agency; a kind we have no word for as the plan has it."""
    return gettext(KINDS.get(kind, kind))


def class_shown(cls: str) -> str:
    """Of a standing."""
    return gettext(NAMES[cls]) if cls in NAMES else gettext("Not judged yet")


def component_name(component: Mapping[str, str], of: str = "") -> str:
    """Of a part of an indicator; with `of`, of what it is a part of itself."""
    japanese = component[f"{of}name_ja"]
    return japanese if _japanese() else component.get(f"{of}name_en") or japanese


def _japanese() -> bool:
    return (get_language() or "ja").startswith("ja")
