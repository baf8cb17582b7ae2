"""試算 "what if those who are missing report": a national figure that nobody reported, its range, and how it would be
judged. Nothing is written, and nothing of it is ever shown as a figure.

Only for who sees every agency: in a nation of few, what the others came to could be read off it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from agencies import access
from agencies.access import Actor, Scope
from agencies.models import Agency, in_force
from indicators.aggregation import KINDS, Amount, Assumption, Missing, Over, Scenario, Share, scenario
from indicators.models import AssignedIndicator
from indicators.quantities import QuantityError, parse_quantity, unit_named
from reporting.domain.evaluation import Inputs, evaluate, exact_text
from reporting.models import Rollup
from reporting.queries.desk.loading import load_one
from reporting.queries.desk.national import National, nationals
from reporting.queries.rollups import yearly

MOST_TYPED = 50  # fields of a page; a program may send more
COUNT = unit_named("件")  # what the parts of a ratio are read as


@dataclass(frozen=True)
class Asked:
    """`typed` by agency, as typed: a value, or of a ratio its parts, "120 / 400"."""

    assumption: Assumption = Assumption.AS_THE_OTHERS
    year: int | None = None
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class End:
    """One of the three numbers, and the official class the year would get by it; None where that year is not judged."""

    value: Decimal | None
    cls: str | None


@dataclass(frozen=True)
class ScenarioPage:
    figure: National
    asked: Asked
    year: int
    years: tuple[int, ...]
    found: Scenario
    now: End
    point: End
    low: End
    high: End
    missing: tuple[Agency, ...]
    here: int  # agencies that are in
    problems: Mapping[str, str]  # by agency: why what was typed cannot be read


def scenario_page(
    *, actor: Actor, code: str, asked: Asked, now: datetime, as_of: int | None = None
) -> ScenarioPage | None:
    """None for an indicator that is not there, or for an actor who does not see every agency. Nine queries at most."""
    if actor.scope is not Scope.ALL:
        return None
    loaded = load_one(actor=actor, indicator=code, as_of=as_of, nation_only=True)
    if loaded is None:
        return None
    figure = nationals(loaded, now=now)[0]
    years = tuple(range(figure.series.first_year, figure.series.last_year + 1))
    year = asked.year if asked.year in years else (figure.judged or years[0])
    entered = AssignedIndicator.objects.filter(in_force(as_of), indicator=code).select_related("agency")
    agencies = {row.agency_id: row.agency for row in access.visible(entered, actor).order_by("agency")}
    shares, last = _shares(actor, figure, agencies, year, as_of)
    there = {share.agency for share in shares if share.answer is not None}
    missing = [agency for code_, agency in agencies.items() if code_ not in there]
    weights = figure.definition.weights
    typed, problems = _typed(figure, asked.typed)
    found = scenario(
        KINDS[figure.definition.aggregation],
        [share for share in shares if share.agency in there],
        [Missing(m.code, Decimal(weights.get(m.code, "1")), last.get(m.code)) for m in missing],
        asked.assumption,
        typed,
    )

    def end(value: Decimal | None, *, whole: bool) -> End:
        return End(value, _class_of(figure, year, value, whole=whole))

    return ScenarioPage(
        figure=figure,
        asked=asked,
        year=year,
        years=years,
        found=found,
        now=end(found.value, whole=not missing),
        point=end(found.point, whole=found.complete),
        low=end(found.low, whole=found.complete),
        high=end(found.high, whole=found.complete),
        missing=tuple(missing),
        here=len(there),
        problems=problems,
    )


def _shares(
    actor: Actor, figure: National, agencies: Mapping[str, Agency], year: int, as_of: int | None
) -> tuple[list[Share], dict[str, Amount]]:
    """What each agency has brought to the year, and what it said a year before."""
    rows = yearly(
        actor=actor, indicators=[figure.indicator.code], years=[f"FY{year}", f"FY{year - 1}"],
        agencies=list(agencies), as_of=as_of,
    )  # fmt: skip
    weights = figure.definition.weights
    shares, last = list[Share](), dict[str, Amount]()
    for row in rows:
        if row.scope != "agency" or row.agency_id is None or row.agency_id not in agencies:
            continue
        if row.period == f"FY{year}":
            weight = Decimal(weights.get(row.agency_id, "1"))
            shares.append(
                Share(
                    row.agency_id, weight=weight, answer=_answer(row), complete=bool(row.complete),
                    carried=bool(row.carried), amount=row.value, numerator=row.numerator, denominator=row.denominator,
                )
            )  # fmt: skip
        elif row.value is not None:
            last[row.agency_id] = Amount(row.value, row.numerator, row.denominator)
    return shares, last


def _answer(row: Rollup) -> str | None:
    if not row.answered:
        return None
    return "value" if row.with_value else "nothing" if row.nothing else "not_measurable"


def _typed(figure: National, typed: Mapping[str, str]) -> tuple[dict[str, Amount], dict[str, str]]:
    """What was typed, read by the one parser, and what could not be read."""
    of_parts = KINDS[figure.definition.aggregation].over is Over.RATIO
    read, problems = dict[str, Amount](), dict[str, str]()
    for agency, raw in typed.items():
        if not raw.strip():
            continue
        try:
            if not of_parts:
                read[agency] = Amount(parse_quantity(raw, figure.unit))
                continue
            parts = [parse_quantity(part, COUNT) for part in raw.split("/")]
        except QuantityError as error:
            problems[agency] = str(error.reason)
            continue
        if len(parts) != 2:
            problems[agency] = "two_parts_wanted"
        elif not parts[1]:
            problems[agency] = "zero_denominator"
        else:
            read[agency] = Amount(numerator=parts[0], denominator=parts[1])
    return read, problems


def _class_of(figure: National, year: int, value: Decimal | None, *, whole: bool) -> str | None:
    """The official class after the year, if this were its figure."""
    inputs = figure.inputs
    if inputs is None or value is None or not any(row["period"] == f"FY{year}" for row in inputs["periods"]):
        return None
    return evaluate(_with(inputs, f"FY{year}", value, whole=whole)).by_period[f"FY{year}"]


def _with(inputs: Inputs, period: str, value: Decimal, *, whole: bool) -> Inputs:
    """The inputs with another figure of one period: complete, and of a running total counted on in the later ones."""
    total, rows = inputs["kind"] == "cumulative", list[dict[str, object]]()
    more = Decimal(0)
    for row in inputs["periods"]:
        new = dict(row)
        if row["period"] == period:
            if total:
                more = value - Decimal(row["flow"] or 0)
                new |= {"flow": exact_text(value)}
            else:
                new |= {"observed": exact_text(value), "age": 0, "provisional": False}
            if whole:
                new |= {"coverage": "1", "lower_bound": False, "provisional": False}
        if total and more:
            new |= {"observed": exact_text(Decimal(str(new["observed"] or 0)) + more)}
        rows.append(new)
    return {**inputs, "periods": rows}


def read_asked(said: Mapping[str, str]) -> Asked:
    """From the query of an address, `value.JST=120` being what was typed for an agency; what is not understood asks for
    nothing special."""
    assumption, year = said.get("assumption", ""), said.get("year", "").removeprefix("FY")
    named = {name.removeprefix("value."): said[name][:100] for name in said if name.startswith("value.")}
    typed = {agency: value for agency, value in named.items() if value.strip()}
    return Asked(
        Assumption(assumption) if assumption in list(Assumption) else Assumption.AS_THE_OTHERS,
        int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
        typed,
    )


ASSUMPTIONS = {
    Assumption.AS_THE_OTHERS: _("Each reports what those who are in came to, by its weight"),
    Assumption.LAST_YEAR: _("Each reports what it reported a year ago"),
    Assumption.TYPED: _("Each reports what is typed below"),
}
