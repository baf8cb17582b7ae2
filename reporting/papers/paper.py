"""A paper before it is a file: titles, texts, tables and charts in order. Frozen data, the same for PDF and XLSX."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from django.utils.formats import date_format
from django.utils.translation import gettext

from indicators.periods import JST
from reporting.queries.charts import ChartData, Size

Align = Literal["left", "right"]


@dataclass(frozen=True)
class Number:
    """A number in a cell: as it is read, and for a workbook as it is counted, with the format that shows it so."""

    shown: str
    value: Decimal
    format: str = "#,##0"


Cell = str | Number


@dataclass(frozen=True)
class Column:
    """`share`: of the width that is left, beside columns that take what they need (0)."""

    name: str
    align: Align = "left"
    share: int = 1


@dataclass(frozen=True)
class Heading:
    """`level` 1 begins a sheet of its own in a workbook. `new_page`: on paper it begins one too."""

    text: str
    level: Literal[1, 2] = 1
    new_page: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph. `strong`: what nobody may miss, in a frame; `small`: a remark."""

    text: str
    strong: bool = False
    small: bool = False


@dataclass(frozen=True)
class Facts:
    """What something is, and its value: pairs, read downwards."""

    pairs: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True)
class Table:
    """`title` may be empty under a heading that says it. `notes` stand under it."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A chart, drawn in the form that a file needs. `caption` says what it shows, `facts` the numbers beside it; who
    cannot see it hears `spoken`, which names the table that says the same."""

    chart: ChartData
    caption: str
    spoken: str
    facts: tuple[tuple[str, str], ...] = ()
    size: Size = "large"


@dataclass(frozen=True)
class Pictures:
    """Small charts side by side, two a row; a large one alone."""

    pictures: tuple[Picture, ...]


Block = Heading | Text | Facts | Table | Picture | Pictures


@dataclass(frozen=True)
class StandsFor:
    """The position of the log that all numbers of a paper stand for, when that was, what to ask the pages as of to see
    the same, and the hash of the first tree head that covers it, if there is one."""

    position: int
    moment: datetime
    asked: str = ""
    head: str = ""


@dataclass(frozen=True)
class Paper:
    title: str
    subtitle: str
    language: str
    stands_for: StandsFor
    sources: tuple[str, ...]
    blocks: tuple[Block, ...]
    indicators: frozenset[str] = field(default=frozenset())  # the codes of those it tells of


def day_shown(moment: datetime) -> str:
    """The day in Tokyo, in the active language: 2027年5月1日."""
    return date_format(moment.astimezone(JST), "DATE_FORMAT")


def basis(stands_for: StandsFor) -> str:
    """What a paper stands for, as its footer says it, in the active language."""
    words = {"position": f"{stands_for.position:,}", "day": day_shown(stands_for.moment)}
    return gettext("Basis: position %(position)s, as of %(day)s") % words


def origin(sources: tuple[str, ...]) -> str:
    """Where the numbers come from, as the footer says it, in the active language."""
    return gettext("Sources: %(sources)s") % {"sources": gettext(", ").join(sources)} if sources else ""
