"""An edition as a paper: for PDF and for a workbook."""

from datetime import datetime
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext

from indicators.quantities import UnitKind, show
from reporting.papers.editions.content import Content, Entry
from reporting.papers.editions.pages import moment_shown
from reporting.papers.editions.words import Said, said_of, title_of
from reporting.papers.paper import Block, Cell, Column, Facts, Heading, Number, Paper, Picture, StandsFor, Table, Text


def paper_of(content: Content, language: str) -> Paper:
    with translation.override(language):
        said = said_of(content, language)
        sources = dict.fromkeys(value for one in said for name, value in one.facts if name == gettext("Source"))
        return Paper(
            title=title_of(content, language),
            subtitle=content.plan.name_ja if language == "ja" else content.plan.name_en,
            language=language,
            stands_for=StandsFor(content.edition.position, content.edition.moment, str(content.head["root"])),
            sources=tuple(sources),
            blocks=tuple(_blocks(content, said)),
            indicators=frozenset(entry.code for entry in content.entries),
        )


def _blocks(content: Content, said: list[Said]) -> list[Block]:
    edition = content.edition
    blocks: list[Block] = [Heading(gettext("Overview"))]
    if content.sample:
        blocks.append(Text(gettext("Sample data (見本). These are not the nation's figures."), strong=True))
    if edition.note:
        blocks.append(Text(edition.note))
    blocks += [
        Text(gettext("Do not judge by the figure of a single year."), strong=True),
        Facts(tuple(_facts(content, edition.moment))),
        Table(
            gettext("Indicators"),
            (
                Column(gettext("Indicator"), share=3),
                Column(gettext("Newest value"), "right", 2),
                Column(gettext("Fiscal year"), share=1),
                Column(gettext("Target"), "right", 2),
                Column(gettext("By when"), share=2),
                Column(gettext("Standing"), share=2),
            ),
            tuple(
                (one.name, one.newest or "–", one.newest_year, one.target, one.by_when, one.standing) for one in said
            ),
            (gettext("Indicators of the plan that are not public: %(number)d") % {"number": content.not_public},),
        ),
    ]
    for one, entry in zip(said, content.entries, strict=True):
        blocks += _indicator(one, entry)
    return blocks


def _facts(content: Content, moment: datetime) -> list[tuple[str, Cell]]:
    edition = content.edition
    return [
        (gettext("Edition"), str(edition.number)),
        (gettext("As known on"), moment_shown(moment)),
        (gettext("Record of the log"), str(edition.position)),
        (gettext("Seal"), str(content.head["root"])),
    ]


def _indicator(one: Said, entry: Entry) -> list[Block]:
    blocks: list[Block] = [
        Heading(f"{one.code} {one.name}", new_page=True),
        Facts(((gettext("Standing"), one.standing), *((name, value) for name, value in one.facts if value))),
        Picture(one.chart, one.name, one.spoken),
    ]
    if one.years:
        columns = (
            Column(gettext("Fiscal year")),
            Column(gettext("Value"), "right"),
            Column(gettext("Expected by then"), "right"),
            Column(gettext("Share of planned progress"), "right"),
            Column(gettext("Answered/expected"), "right"),
            Column(gettext("Remarks")),
        )
        rows = tuple(
            (year.year, _number(row.value, year.value, entry), year.expected or "–", year.attainment or "–",
             year.coverage, year.marks or "–")
            for year, row in zip(one.years, entry.rows, strict=True)
        )  # fmt: skip
        blocks.append(Table(gettext("Year by year"), columns, rows))
    else:
        blocks.append(Text(gettext("No approved figure yet.")))
    return blocks


def _number(value: Decimal | None, shown: str, entry: Entry) -> Cell:
    """Counts, money and shares can be counted on in a workbook; a stage or a rank is read."""
    if value is None or entry.figure.unit.kind not in (UnitKind.COUNT, UnitKind.MONEY, UnitKind.PERCENT):
        return shown
    number = show(value, entry.figure.unit)
    return Number(shown, number, "#,##0" if number == number.to_integral_value() else "#,##0.00####")
