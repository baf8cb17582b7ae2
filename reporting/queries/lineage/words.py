"""How a number is computed, in words and with its numbers; and why a figure is not in it."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from indicators.aggregation import Kind, Over, Through
from indicators.quantities import Unit, UnitKind, show
from reporting.domain.lineage import Place
from reporting.models import Figure
from reporting.queries.lineage.number import Contribution, NumberPage, Part
from reporting.queries.shown import exactly, number_shown, period_shown, quantity_shown

MOST_TERMS = 8  # more than these cannot be read

OVER = {
    Over.SUM: _("Over agencies: what each brings is added up."),
    Over.RATIO: _(
        "Over agencies: numerators and denominators are each added up and then divided. Percentages are never averaged."
    ),
    Over.MEAN: _("Over agencies: the mean of those with a value, each by its weight in the definition."),
    Over.LOWEST: _("Over agencies: the lowest counts, for the whole is as far as its last part."),
    Over.HIGHEST: _("Over agencies: one value from outside counts; of several the highest."),
}
THROUGH = {
    Through.SUM: _(
        "Through a fiscal year: its parts are added up, until the year's own figure is approved; then that one counts "
        "alone."
    ),
    Through.LATEST: _(
        "Through a fiscal year: the newest part counts, until the year's own figure is approved; then that one counts "
        "alone."
    ),
}
LESS_ELSEWHERE = _("What an agency marks as counted elsewhere is taken off, so that nothing counts twice.")
CARRIES = _("Who has not answered counts with its value of the reporting period before: once, and marked.")
TOTAL = _("The fiscal years of the window are added up.")
MISSING = _("Who is missing is never counted as zero.")

YEAR_STATES = {
    "complete": _("complete"),
    "part": _("in part"),
    "waits": _("waits for approval"),
    "carried": _("carried over"),
    "missing": _("missing"),
    "open": _("not due yet"),
}
AGENCY_KINDS = {
    "ministry": _("Ministries"),
    "agency": _("Agencies of ministries"),
    "cabinet_secretariat": _("Cabinet Secretariat"),
    "council": _("Councils"),
    "funding_agency": _("Funding agencies"),
    "institute": _("National research institutes"),
    "university": _("Universities"),
}

PLACES = {
    Place.COUNTS: _("counts"),
    Place.CARRIED: _("carried over: counts in place of an answer that is missing"),
    Place.WAITS: _("not counted: waits for approval"),
    Place.YEAR_COUNTS: _("not counted: the fiscal year's own figure has taken its place"),
    Place.LATER_COUNTS: _("not counted: a newer figure has taken its place"),
    Place.NOT_MEASURED: _("not counted: not measurable yet, which takes no older figure away"),
}


def rules(page: NumberPage) -> list[str]:
    """How it is computed; sentences."""
    kind = page.kind
    said = [OVER[kind.over]] if page.which.scope != "agency" else []
    said.append(THROUGH[kind.through])
    said += [LESS_ELSEWHERE] if kind.less_elsewhere else []
    said += [CARRIES] if kind.carries else []
    said += [TOTAL] if page.total else []
    return [gettext(words) for words in [*said, MISSING]]


def formula(page: NumberPage) -> str:
    """With the numbers of those the reader may see; "" where that is not all of it."""
    if page.value is None or not page.sees_all or page.pages > 1 or not page.agrees:
        return ""
    if page.total:
        named = [
            f"{period_shown(part.which.period.code)} {_term(part.amount, page.unit)}"
            for part in page.parts
            if part.amount is not None
        ]
        return _equal(_joined(named), page.value, page.unit)
    return _of_part(page.parts[0], page.kind, page.unit, page.value)


def _of_part(part: Part, kind: Kind, unit: Unit, value: Decimal) -> str:
    given = [c for c in part.contributions if c.amount is not None or c.share.numerator is not None]
    if kind.over is Over.RATIO:
        ups, downs = (
            [plain(n) for c in given for n in _of_rows(c, name) if n is not None]
            for name in ("numerator", "denominator")
        )
        return _equal(f"100 × ({_joined(ups)}) ÷ ({_joined(downs)})", value, unit)
    if part.which.scope == "agency" and kind.through is Through.SUM:
        return _equal(_joined([_term(a, unit) for c in given for a in _amounts(c, kind)]), value, unit)
    terms = [(c.share.weight, c.amount) for c in given if c.amount is not None]
    if kind.over is Over.MEAN:
        weighed = _joined([f"{plain(weight)} × {_term(amount, unit)}" for weight, amount in terms])
        return _equal(f"({weighed}) ÷ ({_joined([plain(weight) for weight, _amount in terms])})", value, unit)
    if kind.over is Over.SUM:
        return _equal(_joined([_term(amount, unit) for _weight, amount in terms]), value, unit)
    said = {"terms": gettext(", ").join(_first([quantity_shown(a, unit) for _weight, a in terms])),
            "value": quantity_shown(value, unit)}  # fmt: skip
    if kind.over is Over.LOWEST:
        return gettext("The lowest of %(terms)s: %(value)s") % said
    return gettext("The highest of %(terms)s: %(value)s") % said


def _of_rows(contribution: Contribution, name: str) -> list[Decimal | None]:
    return [getattr(row.figure, name) for row in contribution.rows if row.counts]


def _amounts(contribution: Contribution, kind: Kind) -> list[Decimal]:
    rows = [row.figure for row in contribution.rows if row.counts and row.figure.value is not None]
    return [(f.value or Decimal(0)) - (f.counted_elsewhere if kind.less_elsewhere else 0) for f in rows]


def _first(terms: Sequence[str]) -> list[str]:
    """As many as can be read, and how many more there are."""
    if len(terms) <= MOST_TERMS:
        return list(terms)
    return [*terms[: MOST_TERMS - 1], gettext("… (%(n)s more)") % {"n": len(terms) - MOST_TERMS + 1}]


def _joined(terms: Sequence[str]) -> str:
    return " + ".join(_first(terms))


def _equal(left: str, value: Decimal, unit: Unit) -> str:
    return f"{left} = {quantity_shown(value, unit, places=None if unit.kind is not UnitKind.PERCENT else 3)}"


def _term(amount: Decimal | None, unit: Unit) -> str:
    """With all its digits, so that the sum can be checked by hand."""
    if amount is None:
        return "–"
    if unit.kind in (UnitKind.COUNT, UnitKind.MONEY, UnitKind.PERCENT):
        return plain(show(amount, unit))
    return number_shown(amount, unit)


def plain(number: Decimal | None) -> str:
    """All digits, and no more."""
    if number is None:
        return "–"
    return f"{number.normalize():,f}"


def figure_said(figure: Figure, unit: Unit) -> str:
    """One figure as it was reported, with what a sum of it needs."""
    if figure.value is None:
        return gettext("Nothing to report") if figure.answer == "nothing" else gettext("Not measurable yet")
    beside = ""
    if figure.denominator is not None:
        beside = f" ({plain(figure.numerator)} ÷ {plain(figure.denominator)})"
    elif figure.counted_elsewhere:
        elsewhere = {"value": exactly(figure.counted_elsewhere, unit)}
        beside = " " + gettext("(of these counted elsewhere: %(value)s)") % elsewhere
    return exactly(figure.value, unit) + beside
