"""The front page as a paper: what needs attention first, then the headline indicators, then the measures by pillar;
and one pillar of it."""

from collections.abc import Iterable, Sequence

from django.utils.translation import get_language, gettext

from agencies.access import Actor
from reporting.papers.paper import Block, Cell, Column, Heading, Paper, Pictures, Table, Text, day_shown
from reporting.papers.words import (
    NONE,
    Maker,
    about,
    caution,
    class_shown,
    counts_shown,
    coverage_shown,
    expected_of,
    indicator_shown,
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
    years_of,
)
from reporting.queries.as_of import AsOf
from reporting.queries.desk import FrontPage, front_page
from reporting.queries.desk.front import MeasureRow, PillarPart
from reporting.queries.desk.national import National
from reporting.queries.shown import name_shown


def national(*, actor: Actor, maker: Maker, at: AsOf) -> Paper | None:
    """None before a plan has been loaded. Eleven queries."""
    page = front_page(actor=actor, now=at.moment, as_of=at.position)
    if page is None:
        return None
    table = gettext("Headline indicators")
    blocks: list[Block] = [
        caution(),
        Heading(gettext("What needs attention"), 1),
        *_attention(page.attention),
        Heading(table, 1, new_page=True),
        Text(counts_shown(page.standings)),
        Pictures(tuple(picture(figure, "small", table) for figure in page.headlines)),
        _indicators(table, page.headlines),
    ]
    for pillar in page.pillars:
        rows = [row for area in pillar.areas for row in area.rows]
        blocks += [
            Heading(f"{pillar.node.code} {name_shown(pillar.node)}", 1),
            Text(counts_shown(pillar.standings)),
            _measures("", rows),
        ]
    blocks += [
        Heading(gettext("By programme and technology domain"), 1),
        _counted(gettext("By programme"), gettext("Programme"), page.programmes),
        _counted(gettext("By technology domain"), gettext("Technology domain"), page.domains),
    ]
    title = gettext("%(plan)s: progress") % {"plan": name_shown(page.plan)}
    return _paper(title, gettext("The nation"), page, blocks, maker, at, _figures(page))


def pillar(*, actor: Actor, code: str, maker: Maker, at: AsOf) -> Paper | None:
    """One pillar of the front page; None for one that is not there. Eleven queries."""
    page = front_page(actor=actor, now=at.moment, as_of=at.position)
    part = next((p for p in page.pillars if p.node.code == code), None) if page else None
    if page is None or part is None:
        return None
    figures = _of_pillar(part, page)
    inside = {figure.indicator.code for figure in figures}
    table = gettext("Headline indicators")
    headlines = [figure for figure in figures if figure.indicator.headline]
    blocks: list[Block] = [
        caution(),
        Text(counts_shown(part.standings)),
        Heading(gettext("What needs attention"), 1),
        *_attention([figure for figure in page.attention if figure.indicator.code in inside]),
    ]
    if headlines:
        blocks += [
            Heading(table, 1),
            Pictures(tuple(picture(figure, "small", table) for figure in headlines)),
            _indicators(table, headlines),
        ]
    blocks.append(Heading(gettext("Measures of the plan"), 1))
    for area in part.areas:
        blocks.append(_measures(f"{area.node.code} {name_shown(area.node)}", area.rows))
    title = f"{part.node.code} {name_shown(part.node)}"
    return _paper(title, name_shown(page.plan), page, blocks, maker, at, figures)


def _paper(
    title: str,
    about_what: str,
    page: FrontPage,
    blocks: Sequence[Block],
    maker: Maker,
    at: AsOf,
    figures: Iterable[National],
) -> Paper:
    basis = stands_for(at)
    return Paper(
        title=title,
        subtitle=gettext("%(what)s, as of %(day)s") % {"what": about_what, "day": day_shown(at.moment)},
        language=get_language() or "ja",
        stands_for=basis,
        sources=(name_shown(page.plan), gettext("Reports of the agencies")),
        blocks=(*blocks, *about(basis, maker)),
        indicators=frozenset(figure.indicator.code for figure in figures),
    )


def _figures(page: FrontPage) -> list[National]:
    return [*page.headlines, *(f for pillar in page.pillars for f in _of_pillar(pillar, page))]


def _of_pillar(part: PillarPart, page: FrontPage) -> list[National]:
    """What tracks its measures, and the headline indicators that hang in it; each once, in the order of the plan."""
    followed = [figure for area in part.areas for row in area.rows for figure in row.figures]
    codes, inside = {f.indicator.code for f in followed}, f"{part.node.code}."
    found = [f for f in page.headlines if f.indicator.code in codes or f"{f.indicator.node_id}.".startswith(inside)]
    return list({f.indicator.code: f for f in [*found, *followed]}.values())


def _attention(figures: Sequence[National]) -> list[Block]:
    if not figures:
        return [Text(gettext("Nothing is at risk or off track."))]
    columns = (
        Column(gettext("Indicator"), share=5), Column(gettext("Standing"), share=3),
        Column(gettext("Newest value"), "right", 0), Column(gettext("Expected"), "right", 0),
        Column(gettext("Why"), share=5), Column(gettext("Responsible"), share=4),
    )  # fmt: skip
    rows = tuple(
        (
            indicator_shown(figure),
            standing_shown(figure),
            _newest(figure),
            expected_of(figure),
            reason_shown(figure),
            responsible_shown(figure),
        )
        for figure in figures
    )
    return [Table("", columns, rows)]


def _indicators(title: str, figures: Sequence[National]) -> Table:
    columns = (
        Column(gettext("Indicator"), share=4), Column(gettext("Standing"), share=3),
        Column(gettext("Newest value"), "right", 0), Column(gettext("Fiscal year"), share=3),
        Column(gettext("Expected"), "right", 0), Column(gettext("Planned progress"), "right", 0),
        Column(gettext("Target"), share=3), Column(gettext("Coverage"), "right", 0),
    )  # fmt: skip
    rows = tuple(
        (
            indicator_shown(figure),
            standing_shown(figure),
            _newest(figure),
            _year(figure),
            expected_of(figure),
            share(figure.found.attainment if figure.found else None),
            target_of(figure),
            coverage_shown(newest_of(figure)),
        )
        for figure in figures
    )
    return Table(title, columns, rows)


def _measures(title: str, rows: Iterable[MeasureRow]) -> Table:
    """A line for each indicator of a measure, and one for a measure that has none."""
    columns = (
        Column(gettext("Measure"), share=6), Column(gettext("Lead"), share=4), Column(gettext("Indicator"), share=5),
        Column(gettext("Newest value"), "right", 0), Column(gettext("Fiscal year"), share=3),
        Column(gettext("Coverage"), "right", 0), Column(gettext("Standing"), share=3),
    )  # fmt: skip
    lines: list[tuple[Cell, ...]] = []
    for row in rows:
        measure = f"{row.node.code} {name_shown(row.node)}"
        responsible = [row.figures[0].responsible] if row.figures and row.figures[0].responsible else []
        leads = named(row.leads or responsible)
        if not row.figures:
            lines.append((measure, leads, NONE, NONE, NONE, NONE, class_shown("no_target")))
        for figure in row.figures:
            name = indicator_shown(figure)
            lines.append(
                (
                    measure,
                    leads,
                    f"{name} [{gettext('headline')}]" if row.linked else name,
                    _newest(figure),
                    _year(figure),
                    coverage_shown(newest_of(figure)),
                    standing_shown(figure),
                )
            )
    return Table(title, columns, tuple(lines))


def _counted(title: str, what: str, found: Iterable[tuple[object, object]]) -> Table:
    columns = (Column(what, share=3), Column(gettext("Standing"), share=4))
    return Table(title, columns, tuple((name_shown(one), counts_shown(of)) for one, of in found))  # type: ignore[arg-type]


def _newest(figure: National) -> Cell:
    value = newest_of(figure)
    return quantity(value.shown if value else None, figure.unit)


def _year(figure: National) -> str:
    value = newest_of(figure)
    return years_of(value) if value else NONE
