"""A paper as a workbook: numbers as numbers, text as text and never a formula, each table on a sheet of its own, set up
to be printed on A4 with the same header and footer as the PDF."""

import re
import unicodedata
from io import BytesIO
from typing import Any, Final

from django.utils import translation
from openpyxl import Workbook
from openpyxl.drawing.image import Image
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from reporting.papers.paper import (
    Block,
    Cell,
    Facts,
    Heading,
    Number,
    Paper,
    Picture,
    Pictures,
    Table,
    Text,
    basis,
    origin,
)
from reporting.queries import charts
from reporting.sheets.workbook import keep_text, writable

A4: Final = "9"
NARROWEST, WIDEST, WITHOUT_TABLE = 9, 44, (24, 44)  # in characters of the font, of which a Japanese one takes two
MANY_COLUMNS = 6  # from here on a sheet is printed across
LINE = 15.0  # points
PIXELS = {"small": (360, 197), "large": (645, 315)}  # of a chart as it is shown
ROW_PIXELS = 20
MOST_OF_A_FOOTER = 100  # characters of each of its parts: Excel takes 255 in all
_NOT_IN_A_NAME: Final = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
MAX_NAME = 31

BOLD, TITLE, QUIET = Font(bold=True), Font(bold=True, size=14), Font(color="555558", size=9)
WRAPPED = Alignment(wrap_text=True, vertical="top")
TO_THE_RIGHT = Alignment(horizontal="right", vertical="top")
HEADER = PatternFill("solid", fgColor="E8EAF0")
RULE = Border(bottom=Side("thin", color="B3B3B8"))


def xlsx(paper: Paper) -> bytes:
    """The paper as one file."""
    with translation.override(paper.language):
        book = Workbook()
        book.remove(book.active)  # type: ignore[arg-type]  # the one it begins with
        book.properties.title, book.properties.creator = writable(paper.title), ""
        _Writing(book, paper).all()
        out = BytesIO()
        book.save(out)
    return out.getvalue()


class _Writing:
    """Block after block, downwards; a sheet begins at each heading of a section, and before a second table."""

    def __init__(self, book: Workbook, paper: Paper) -> None:
        self.book, self.paper = book, paper
        self.sheet: Any = None
        self.row = 1
        self.has_table = False

    def all(self) -> None:
        for number, block in enumerate(self.paper.blocks):
            new_section = isinstance(block, Heading) and (block.level == 1 or self.has_table)
            if number == 0 or new_section or (isinstance(block, Table) and self.has_table):
                self._begin(self._name(block))
            self._write(block)

    def _name(self, block: Block) -> str:
        if isinstance(block, Heading):
            return block.text
        return (block.title if isinstance(block, Table) else "") or (
            self.sheet.title if self.sheet else self.paper.title
        )

    def _begin(self, name: str) -> None:
        self.sheet = sheet = self.book.create_sheet(_named(name, {title.lower() for title in self.book.sheetnames}))
        self.row, self.has_table = 1, False
        sheet.page_setup.paperSize = A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_options.horizontalCentered = False
        sheet.oddHeader.left.text = _for_the_margin(self.paper.title)
        sheet.oddHeader.right.text = _for_the_margin(self.paper.subtitle)
        sheet.oddFooter.left.text = _for_the_margin(f"{basis(self.paper.stands_for)}\n{origin(self.paper.sources)}")
        sheet.oddFooter.right.text = "&P / &N"
        for index, width in enumerate(WITHOUT_TABLE, start=1):
            sheet.column_dimensions[get_column_letter(index)].width = width
        if len(self.book.sheetnames) == 1:
            self._put(self.paper.title, font=TITLE)
            self._put(self.paper.subtitle, font=QUIET)
        # Where it can be read without printing it, too.
        self._put(basis(self.paper.stands_for), font=QUIET)
        self.row += 1

    def _write(self, block: Block) -> None:
        match block:
            case Heading():
                self._put(block.text, font=TITLE if block.level == 1 else BOLD)
            case Text():
                self._paragraph(block.text, BOLD if block.strong else QUIET if block.small else Font())
            case Facts():
                for name, value in block.pairs:
                    self._cell(1, name, WRAPPED, QUIET)
                    self._cell(2, value, WRAPPED)
                    self.row += 1
                self.row += 1
            case Table():
                self._table(block)
            case Picture():
                self._picture(block)
            case Pictures():
                for picture in block.pictures:
                    self._picture(picture)

    def _put(self, text: str, font: Font) -> None:
        self._cell(1, text, Alignment(vertical="top"), font)
        self.row += 1

    def _paragraph(self, text: str, font: Font) -> None:
        """Over two columns, which together are as wide as a line of reading."""
        self._cell(1, text, WRAPPED, font)
        self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=1, end_column=2)
        lines = sum(-(-max(_width(line), 1) // sum(WITHOUT_TABLE)) for line in text.split("\n"))
        self.sheet.row_dimensions[self.row].height = LINE * lines
        self.row += 1

    def _table(self, table: Table) -> None:
        self.has_table = True
        if table.title and table.title != self.sheet.title:
            self._put(table.title, font=BOLD)
        header = self.row
        for index, column in enumerate(table.columns, start=1):
            cell = self._cell(index, column.name, WRAPPED, BOLD)
            cell.fill, cell.border = HEADER, RULE
        for cells in table.rows:
            self.row += 1
            for index, (value, column) in enumerate(zip(cells, table.columns, strict=True), start=1):
                self._cell(index, value, TO_THE_RIGHT if column.align == "right" else WRAPPED).border = RULE
        last = get_column_letter(len(table.columns))
        self.sheet.print_title_rows = f"{header}:{header}"
        self.sheet.auto_filter.ref = f"A{header}:{last}{self.row}"
        if len(table.columns) >= MANY_COLUMNS:
            self.sheet.page_setup.orientation = "landscape"
        for index, column in enumerate(table.columns):
            shown = [column.name, *(_shown(row[index]) for row in table.rows)]
            widest = max(_width(line) for text in shown for line in text.split("\n")) + 2
            letter = get_column_letter(index + 1)
            self.sheet.column_dimensions[letter].width = min(max(widest, NARROWEST), WIDEST)
        self.row += 1
        for note in table.notes:
            self._put(note, font=QUIET)
        self.row += 1

    def _picture(self, picture: Picture) -> None:
        if picture.caption:
            self._put(picture.caption, font=BOLD)
        image = Image(BytesIO(charts.draw_png(picture.chart, self.paper.language, picture.size)))
        image.width, image.height = PIXELS[picture.size]
        self.sheet.add_image(image, f"A{self.row}")
        self.row += -(-int(image.height) // ROW_PIXELS) + 1
        self._write(Facts(picture.facts))

    def _cell(self, column: int, value: Cell, alignment: Alignment, font: Font | None = None) -> Any:
        cell = self.sheet.cell(row=self.row, column=column)
        if isinstance(value, Number):
            cell.value, cell.number_format = value.value, value.format
        elif value:
            cell.value = writable(value)
        cell.alignment = alignment
        if font is not None:
            cell.font = font
        if not isinstance(value, Number) and value:
            keep_text(cell)
        return cell


def _shown(cell: Cell) -> str:
    return cell.shown if isinstance(cell, Number) else cell


def _width(text: str) -> int:
    """In half-width characters."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def _named(name: str, taken: set[str]) -> str:
    """A name Excel takes, that no other sheet has."""
    name = _NOT_IN_A_NAME.sub(" ", writable(name)).strip()[:MAX_NAME] or "1"
    number, free = 1, name
    while free.lower() in taken:
        number += 1
        free = f"{name[: MAX_NAME - 4]} {number}"
    return free


def _for_the_margin(text: str) -> str:
    """For a header or a footer, where "&" begins a code."""
    return writable(text)[:MOST_OF_A_FOOTER].replace("&", "&&")
