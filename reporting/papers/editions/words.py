"""What an edition says, in the active language: the same words for its pages and its papers."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from reporting.domain.standing import NAMES
from reporting.papers.editions.content import Content, Entry
from reporting.queries.charts import ChartData
from reporting.queries.desk.target_words import baseline_shown, decision_shown, source_shown, target_shown, years_shown
from reporting.queries.shown import name_shown, period_shown, quantity_shown, share_shown


@dataclass(frozen=True)
class YearSaid:
    year: str
    value: str
    expected: str
    attainment: str
    coverage: str
    marks: str  # 速報, 下限, 据置: in words


@dataclass(frozen=True)
class Said:
    """An indicator in words."""

    code: str
    name: str
    cls: str
    standing: str
    newest: str
    newest_year: str
    target: str
    by_when: str
    baseline: str
    unit_note: str
    facts: tuple[tuple[str, str], ...]
    years: tuple[YearSaid, ...]
    chart: ChartData
    spoken: str  # the chart, for who does not see it


def title_of(content: Content, language: str) -> str:
    return content.edition.title_ja if language == "ja" else content.edition.title_en


def said_of(content: Content, language: str) -> list[Said]:
    return [_said(entry, language) for entry in content.entries]


def standing_shown(cls: str) -> str:
    return gettext(NAMES[cls]) if cls in NAMES else gettext("Not judged yet")


def _said(entry: Entry, language: str) -> Said:
    figure, rows = entry.figure, entry.rows
    target, unit = figure.target, figure.unit
    newest = rows[-1] if rows else None
    name = name_shown(figure.indicator)
    standing = standing_shown(figure.cls)
    if figure.by_hand:
        standing = gettext("%(standing)s (set by hand)") % {"standing": standing}
    shown = quantity_shown(newest.value, unit) if newest else ""
    year = period_shown(f"FY{newest.year}") if newest else ""
    aim = target_shown(target, unit) if target else gettext("No target (trend only)")
    return Said(
        code=entry.code,
        name=name,
        cls=figure.cls,
        standing=standing,
        newest=shown,
        newest_year=year,
        target=aim,
        by_when=years_shown(target) if target else "",
        baseline=baseline_shown(target, unit) if target else "",
        unit_note=gettext("Running total") if figure.cumulative else "",
        facts=tuple(_facts(entry, aim)),
        years=tuple(_years(entry)),
        chart=entry.charts[language],
        spoken=gettext("%(name)s: %(value)s in %(year)s; target %(target)s. The table says the same.")
        % {"name": name, "value": shown or "–", "year": year or "–", "target": aim},
    )


def _facts(entry: Entry, aim: str) -> Iterator[tuple[str, str]]:
    figure = entry.figure
    target, definition = figure.target, figure.definition
    yield gettext("Target"), aim
    if target:
        yield gettext("By when"), years_shown(target)
        yield gettext("Baseline"), baseline_shown(target, figure.unit)
    yield gettext("Source"), source_shown(definition)
    yield gettext("Decision that set it"), decision_shown(definition)
    if figure.responsible:
        yield (
            gettext("Responsible ministry"),
            _assumed(name_shown(figure.responsible), "responsible" in definition.assumed),
        )
    if figure.standing is not None and figure.cls in NAMES and figure.cls != "no_target":
        yield gettext("Standing of"), period_shown(figure.standing.period) if figure.standing.period else "–"


def _assumed(text: str, assumed: bool) -> str:
    return gettext("%(text)s (assumed)") % {"text": text} if assumed else text


def _years(entry: Entry) -> Iterator[YearSaid]:
    for row in entry.rows:
        rollup = row.rollup
        assert rollup is not None
        marks = [
            "" if row.final else gettext("provisional"),
            gettext("lower bound") if rollup.lower_bound else "",
            gettext("%(number)d carried over") % {"number": rollup.carried} if rollup.carried else "",
        ]
        yield YearSaid(
            year=period_shown(f"FY{row.year}"),
            value=quantity_shown(row.value, entry.figure.unit),
            expected=quantity_shown(row.target_path, entry.figure.unit),
            attainment=share_shown(row.attainment),
            coverage=f"{rollup.answered}/{rollup.expected}",
            marks=gettext(", ").join(mark for mark in marks if mark),
        )
