"""One indicator as a paper: where it stands, its course, why, since when, what it is made of."""

from collections.abc import Sequence

from django.utils.translation import get_language, gettext

from agencies.access import Actor
from agencies.models import Agency
from reporting.papers.paper import Block, Cell, Column, Facts, Heading, Paper, Table, Text, day_shown
from reporting.papers.words import (
    NONE,
    Maker,
    about,
    caution,
    class_shown,
    expected_of,
    named,
    newest_of,
    picture,
    quantity,
    reason_shown,
    responsible_shown,
    share,
    standing_shown,
    stands_for,
    target_of,
    value_shown,
)
from reporting.queries.as_of import AsOf
from reporting.queries.desk import IndicatorPage, indicator_page, missing_in
from reporting.queries.desk.national import YearRow
from reporting.queries.desk.target_words import ASSUMED, baseline_shown, decision_shown, source_shown
from reporting.queries.shown import AGGREGATIONS, SHAPES, name_shown, period_shown, unit_shown
from reporting.queries.words import reason_words


def indicator(*, actor: Actor, code: str, maker: Maker, at: AsOf) -> Paper | None:
    """None for one that is not there. Eleven queries."""
    page = indicator_page(actor=actor, code=code, now=at.moment, as_of=at.position)
    if page is None:
        return None
    figure = page.figure
    basis = stands_for(at)
    name = name_shown(figure.indicator)
    return Paper(
        title=f"{figure.indicator.code} {name}",
        subtitle=gettext("%(what)s, as of %(day)s") % {"what": name_shown(figure.plan), "day": day_shown(at.moment)},
        language=get_language() or "ja",
        stands_for=basis,
        sources=tuple(filter(None, (source_shown(figure.definition), decision_shown(figure.definition)))),
        blocks=(
            caution(),
            Heading(gettext("Where it stands"), 1),
            *_now(page),
            Heading(gettext("Course"), 1),
            *_course(page),
            Heading(gettext("Why this standing"), 1),
            *_why(page),
            *_parts(page),
            *_agencies(page, missing_in(actor=actor, figure=figure, as_of=at.position)),
            Heading(gettext("Definition"), 1),
            _definition(page),
            *about(basis, maker),
        ),
        indicators=frozenset({figure.indicator.code}),
    )


def _now(page: IndicatorPage) -> list[Block]:
    figure = page.figure
    newest = newest_of(figure)
    since = gettext("since %(day)s") % {"day": day_shown(figure.since)} if figure.since else ""
    pairs: list[tuple[str, Cell]] = [
        (gettext("Standing"), f"{standing_shown(figure)} {since}".strip()),
        (gettext("Newest value"), value_shown(newest, figure.unit)),
        (gettext("Expected by the trajectory"), expected_of(figure)),
        (gettext("Target"), target_of(figure)),
    ]
    if figure.target is not None and (base := baseline_shown(figure.target, figure.unit)):
        pairs.append((gettext("Baseline"), base))
    if newest:
        of = {"answered": newest.answered, "expected": newest.expected}
        pairs.append((gettext("Coverage"), gettext("%(answered)s of %(expected)s agencies") % of))
    pairs.append((gettext("Responsible ministry"), responsible_shown(figure)))
    schedule = page.explanation.schedule() if page.explanation else ""
    return [Facts(tuple(pairs)), *([Text(schedule)] if schedule else [])]


def _course(page: IndicatorPage) -> list[Block]:
    figure = page.figure
    table = gettext("Values by year")
    approved = gettext("Total, approved") if figure.cumulative else gettext("Approved value")
    columns = [
        Column(gettext("Fiscal year"), share=3),
        *([Column(gettext("In the year"), "right", 0)] if figure.cumulative else []),
        Column(approved, "right", 2),
        Column(gettext("With what waits for approval"), "right", 2),
        Column(gettext("Expected"), "right", 2),
        Column(gettext("Planned progress"), "right", 2),
        Column(gettext("Coverage"), "right", 0),
    ]
    blocks: list[Block] = []
    if figure.newest or figure.later or figure.found:
        blocks.append(picture(figure, "large", table))
    blocks.append(Table(table, tuple(columns), tuple(_year(page, row) for row in figure.rows)))
    return blocks


def _year(page: IndicatorPage, row: YearRow) -> tuple[Cell, ...]:
    figure, unit = page.figure, page.figure.unit
    year = period_shown(f"FY{row.year}")
    if row.running:
        year += f" [{gettext('year not over')}]"
    elif row.rollup and not row.final:
        year += f" [{gettext('provisional')}]"
    return (
        year,
        *([quantity(row.flow, unit)] if figure.cumulative else []),
        quantity(row.value, unit),
        quantity(row.with_pending if row.with_pending is not None else row.value, unit),
        quantity(row.target_path, unit),
        share(row.attainment),
        f"{row.rollup.answered}/{row.rollup.expected}" if row.rollup else NONE,
    )


def _why(page: IndicatorPage) -> list[Block]:
    if page.explanation is None:
        return [Text(reason_shown(page.figure))]
    blocks: list[Block] = [Facts(tuple(page.explanation.lines()))]
    columns = (
        Column(gettext("Since"), share=0), Column(gettext("Standing"), share=2), Column(gettext("Before"), share=2),
        Column(gettext("By the figures of"), share=2), Column(gettext("Why"), share=6),
    )  # fmt: skip
    rows = tuple(
        (
            day_shown(row.standing.since),
            class_shown(row.standing.cls),
            class_shown(row.previous) if row.previous else NONE,
            period_shown(row.standing.period) if row.standing.period else NONE,
            gettext(reason_words(row.reason)) if row.reason else NONE,
        )
        for row in page.history
    )
    if rows:
        blocks.append(Table(gettext("Standings until now"), columns, rows))
    return blocks


def _parts(page: IndicatorPage) -> list[Block]:
    unit = page.figure.unit
    blocks: list[Block] = []
    if page.components:
        columns = (
            Column(gettext("Component"), share=4), Column(gettext("Total so far"), "right", 2),
            Column(gettext("Newest year"), "right", 2), Column(gettext("Target"), "right", 2),
        )  # fmt: skip
        components = tuple(
            (
                f"　{part.name}" if part.inside else part.name,
                quantity(part.total, unit),
                quantity(part.newest.value if part.newest else None, unit),
                quantity(part.target.value if part.target else None, unit),
            )
            for part in page.components
        )
        blocks += [Heading(gettext("Components"), 1), Table("", columns, components)]
    if page.domains:
        columns = (
            Column(gettext("Technology domain"), share=4), Column(gettext("Newest value"), "right", 2),
            Column(gettext("Target"), share=3), Column(gettext("Standing"), share=3),
        )  # fmt: skip
        domains = tuple(
            (
                name_shown(part.domain),
                quantity(value.shown if (value := newest_of(part)) else None, part.unit),
                target_of(part),
                standing_shown(part),
            )
            for part in page.domains
        )
        note = gettext("What is not attributed to a domain is in the total only.")
        blocks += [Heading(gettext("By technology domain"), 1), Table("", columns, domains, (note,))]
    return blocks


def _agencies(page: IndicatorPage, missing: Sequence[Agency]) -> list[Block]:
    """Those the reader may see, in the order of their codes: there is no ranking of agencies."""
    if not page.agencies and not missing:
        return []
    blocks: list[Block] = [Heading(gettext("Your agencies' figures"), 1)]
    if page.agencies:
        columns = (
            Column(gettext("Agency"), share=3), Column(gettext("Fiscal year"), share=2),
            Column(gettext("Approved value"), "right", 2), Column(gettext("With what waits for approval"), "right", 2),
        )  # fmt: skip
        unit = page.figure.unit
        rows = tuple(
            (
                name_shown(row.agency),
                period_shown(rollup.period) + ("" if rollup.final else f" [{gettext('provisional')}]"),
                quantity(rollup.value, unit),
                quantity(rollup.pending_value, unit),
            )
            for row in page.agencies
            for rollup in row.rollups
        )
        blocks.append(Table("", columns, rows))
    if missing:
        year = period_shown(f"FY{page.figure.judged}")
        words = gettext("%(year)s: no approved answer yet from %(n)s:") % {"year": year, "n": len(missing)}
        blocks.append(Text(f"{words} {named(missing)}"))
    return blocks


def _definition(page: IndicatorPage) -> Facts:
    figure, definition = page.figure, page.figure.definition
    better = gettext("Higher is better") if definition.higher_is_better else gettext("Lower is better")
    pairs = [
        (gettext("Unit"), unit_shown(figure.unit)),
        (gettext("Direction"), better),
        (gettext("Aggregation"), gettext(AGGREGATIONS.get(definition.aggregation, definition.aggregation))),
        (gettext("Source"), source_shown(definition)),
        (gettext("Decision that set it"), decision_shown(definition)),
        (gettext("Trajectory"), gettext(SHAPES.get(figure.shape, figure.shape)) if figure.shape else ""),
        (gettext("Reason of the target"), figure.target.reason if figure.target else ""),
        (
            gettext("Our assumption"),
            gettext(", ").join(gettext(ASSUMED.get(name, name)) for name in definition.assumed),
        ),
    ]
    return Facts(tuple((name, text) for name, text in pairs if text))
