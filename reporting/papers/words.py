"""Parts that several papers are made of: a standing, a value, the rows of an indicator, what a paper rests on."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.utils.translation import gettext

from indicators.periods import JST
from indicators.quantities import Unit, UnitKind
from reporting.domain.as_of import again
from reporting.domain.distribution import Distribution
from reporting.domain.standing import NAMES
from reporting.models import TreeHead
from reporting.papers.paper import Block, Cell, Facts, Heading, Number, Picture, StandsFor, Text, basis, day_shown
from reporting.queries.as_of import AsOf
from reporting.queries.charts import Size
from reporting.queries.desk.chart_data import chart_data
from reporting.queries.desk.national import National, Value
from reporting.queries.desk.target_words import target_shown, years_shown
from reporting.queries.shown import SYMBOLS, name_shown, period_shown, quantity_shown, share_shown, unit_shown
from reporting.queries.standings.explanation import CAUTION
from reporting.queries.words import reason_words

NONE = "–"
COUNTED = (UnitKind.COUNT, UnitKind.MONEY, UnitKind.PERCENT, UnitKind.RANK)  # of the others a cell says the word
PLACES = Decimal("0.000001")


@dataclass(frozen=True)
class Maker:
    """Who asked for a paper, and when."""

    name: str
    agency: str
    asked_at: datetime


def stands_for(at: AsOf) -> StandsFor:
    """One query: the hash of the first tree head that covers the position."""
    position = at.position or 0
    roots = TreeHead.objects.filter(size__gte=position).order_by("size").values_list("root", flat=True)
    root = roots.first()
    return StandsFor(position, at.moment, again(at.text, at.moment), bytes(root).hex() if root else "")


def class_shown(cls: str) -> str:
    """ "△ 要注意"."""
    short = {"no_target": gettext("No target set")}  # in a table there is no room for more
    name = short.get(cls) or (gettext(NAMES[cls]) if cls in NAMES else gettext("Not judged yet"))
    return f"{SYMBOLS.get(cls, '…')} {name}"


def standing_shown(figure: National) -> str:
    """As the pages show it: what a person has set with the computed one beside it, and what waits."""
    said = class_shown(figure.cls)
    if figure.by_hand and figure.shown:
        said += f" [{gettext('set by hand')}; {gettext('Computed standing')}: {class_shown(figure.shown.computed)}]"
    evidence = figure.standing.evidence if figure.standing else {}
    if held := (evidence.get("held") or {}).get("class"):
        said += f" [{gettext('waits for the next year')}: {class_shown(held)}]"
    if provisional := evidence.get("provisional"):
        said += f" [{gettext('by provisional figures')}: {class_shown(provisional)}]"
    return said


def reason_shown(figure: National) -> str:
    return gettext(reason_words(figure.found.reason)) if figure.found else gettext(reason_words("no_target"))


def quantity(value: Decimal | Fraction | None, unit: Unit) -> Cell:
    """As it is read, and for a workbook the number itself in the unit that is shown."""
    if value is None:
        return NONE
    shown = quantity_shown(value, unit)
    if unit.kind not in COUNTED:
        return shown
    exact = Fraction(value) / Fraction(unit.shown_in)
    number = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(PLACES, ROUND_HALF_UP).normalize()
    digits = {UnitKind.PERCENT: "0.0", UnitKind.MONEY: "#,##0.0#"}.get(unit.kind, "#,##0")
    # A name with a quotation mark would end the text of the format.
    name = unit_shown(unit).replace('"', "")
    return Number(shown, number, f'{digits}"{name}"')


def share(value: Decimal | Fraction | None) -> Cell:
    if value is None:
        return NONE
    exact = Fraction(value)
    number = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(PLACES, ROUND_HALF_UP)
    return Number(share_shown(value), number, "0.0%")


def years_of(value: Value) -> str:
    """Of which year, or years, and how sure."""
    newest = period_shown(f"FY{value.year}")
    if value.first_year != value.year:
        years = {"from": period_shown(f"FY{value.first_year}"), "to": newest}
        newest = gettext("%(from)s to %(to)s, total") % years
    marks = [gettext("provisional")] * value.provisional + [gettext("lower bound")] * value.lower_bound
    return " ".join([newest, *(f"[{mark}]" for mark in marks)])


def value_shown(value: Value | None, unit: Unit) -> str:
    if value is None:
        return gettext("No approved value yet")
    return f"{quantity_shown(value.shown, unit)} ({years_of(value)})"


def coverage_shown(value: Value | None) -> str:
    return f"{value.answered}/{value.expected}" if value else NONE


def assumed(names: Sequence[str], name: str) -> str:
    """The mark 仮定 behind what is our proposal and not the document's."""
    return f" [{gettext('assumed')}]" if name in names else ""


def indicator_shown(figure: National) -> str:
    return name_shown(figure.indicator) + assumed(figure.definition.assumed, "indicator")


def responsible_shown(figure: National) -> str:
    name = name_shown(figure.responsible)
    return name + assumed(figure.definition.assumed, "responsible") if name else NONE


def target_of(figure: National) -> str:
    if figure.target is not None:
        value = target_shown(figure.target, figure.unit) + assumed(figure.target.assumed, "value")
        return f"{value} ({years_shown(figure.target)})"
    if figure.evidence is not None and figure.evidence.target is not None:
        due = figure.milestones[-1].due_on if figure.milestones else None
        reached = quantity_shown(figure.evidence.target.value, figure.unit)
        return f"{reached} ({due.isoformat()})" if due else reached
    return gettext("No target set")


def expected_of(figure: National) -> Cell:
    return quantity(figure.found.expected if figure.found else None, figure.unit)


def newest_of(figure: National) -> Value | None:
    return figure.newest or figure.later


def picture(figure: National, size: Size, table: str) -> Picture:
    """The chart of an indicator with what it comes to; `table`: which one holds the same numbers."""
    name = name_shown(figure.indicator)
    facts = [
        (gettext("Standing"), standing_shown(figure)),
        (gettext("Newest value"), value_shown(newest_of(figure), figure.unit)),
        (gettext("Expected"), shown(expected_of(figure))),
        (gettext("Target"), target_of(figure)),
    ]
    spoken = gettext("Chart of %(name)s. The table “%(table)s” holds the same numbers.")
    said = spoken % {"name": name, "table": table}
    if size == "large":  # which is drawn with its name, and stands beside the facts
        return Picture(chart_data(figure), "", said, size=size)
    return Picture(chart_data(figure), name, said, tuple(facts), size)


def shown(cell: Cell) -> str:
    return cell.shown if isinstance(cell, Number) else cell


def counts_shown(found: Distribution) -> str:
    """ "× 遅れ 1、○ 順調 4、目標未設定 3"."""
    parts = [f"{class_shown(cls)} {n}" for cls, n in found.shown]
    if found.without_target:
        parts.append(gettext("no target %(n)s") % {"n": found.without_target})
    return gettext(", ").join(parts) or NONE


def caution() -> Text:
    """The rule of the Cabinet Office that stands before every number."""
    return Text(gettext(CAUTION), strong=True)


def about(stands_for: StandsFor, maker: Maker) -> tuple[Block, ...]:
    """The last part: what the numbers rest on, what is assumed, and who had them printed."""
    at = maker.asked_at.astimezone(JST)
    pairs = [
        (gettext("Basis of the numbers"), basis(stands_for)),
        (gettext("As of, for the same on the pages"), stands_for.asked),
        # In groups, so that a line can end between them.
        (gettext("Hash of the log"), " ".join(re.findall(".{8}", stands_for.head)) or NONE),
        (gettext("Made by"), f"{maker.name} ({maker.agency}) {day_shown(at)} {at:%H:%M}"),
        (f"[{gettext('assumed')}]", gettext("Not said in the plan document: our proposal, to be confirmed.")),
    ]
    return (Heading(gettext("About this paper"), 2), Facts(tuple(pairs)))


def named(things: Iterable[object]) -> str:
    return gettext(", ").join(name_shown(thing) for thing in things) or NONE  # type: ignore[arg-type]
