"""What stands in the cells of an XLSX file, row by row, as the people who filled it in see it.

Runs in the child process. openpyxl reads the workbook, its styles and shared texts; the sheets themselves are streamed
through expat, in a twelfth of the time, so that whatever a file says of its size, one row at a time is held.
"""

import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import Any, Final
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from defusedxml.common import DefusedXmlException
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.exceptions import InvalidFileException

from reporting.sheets.columns import FIGURES, GUIDE, NARRATIVE, STAMP
from reporting.sheets.table import Cell, FileRefused

MAX_ROWS: Final = 200_001
MAX_COLUMNS: Final = 200
_CHUNK: Final = 1 << 17
_ADDRESS: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

# What a file that is not what it seems raises on its way through the readers.
UNREADABLE: Final = (
    zipfile.BadZipFile, ParseError, expat.ExpatError, InvalidFileException, InvalidOperation, KeyError, ValueError,
    TypeError, AttributeError, IndexError, OverflowError, EOFError, NotImplementedError,
)  # fmt: skip

Rows = Iterator[tuple[int, Sequence[Cell]]]


@dataclass(frozen=True)
class Book:
    """`stamp` is what the hidden sheet says of the template; `sheets` the ones that are read, by name."""

    stamp: dict[str, str]
    sheets: list[tuple[str, Callable[[], Rows]]]


@dataclass(frozen=True)
class _Look:
    """How the cells of a workbook look: its shared texts, and the styles that make a number a date or a percentage."""

    texts: Sequence[str]
    dates: frozenset[int]
    percents: frozenset[int]


def open_book(content: bytes) -> Book:
    """Raises FileRefused. Rows are read when they are asked for, and may raise it too."""
    try:
        reader = ExcelReader(BytesIO(content), read_only=True, keep_links=False)
        reader.read_manifest()
        reader.read_strings()
        reader.read_workbook()
        book: Any = reader.wb
        apply_stylesheet(reader.archive, book)
        look = _Look(reader.shared_strings, frozenset(book._date_formats), frozenset(_percents(book)))
        paths = {sheet.name: rel.target for sheet, rel in reader.parser.find_sheets()}
        wanted = [name for name in paths if name in (FIGURES, NARRATIVE)]
        if not wanted:  # somebody copied the table into a file of their own
            wanted = [name for name in paths if name not in (GUIDE, STAMP)][:1]
        stamp: dict[str, str] = {}
        if STAMP in paths:
            for _number, cells in _rows(reader.archive, STAMP, paths[STAMP], look):
                if len(cells) > 1 and len(stamp) < 20:
                    stamp[cells[0].text] = cells[1].text
    except DefusedXmlException as error:
        raise FileRefused("hostile") from error
    except UNREADABLE as error:
        raise FileRefused("damaged") from error
    if not wanted:
        raise FileRefused("not_a_spreadsheet")
    return Book(stamp, [(name, _later(reader.archive, name, paths[name], look)) for name in wanted])


def _later(archive: zipfile.ZipFile, name: str, path: str, look: _Look) -> Callable[[], Rows]:
    def rows() -> Rows:
        try:
            yield from _rows(archive, name, path, look)
        except UNREADABLE as error:
            raise FileRefused("damaged") from error

    return rows


def _percents(book: Any) -> Iterator[int]:
    for index, style in enumerate(book._cell_styles):
        number = style.numFmtId
        own = number - 164
        format_ = book._number_formats[own] if 0 <= own < len(book._number_formats) else BUILTIN_FORMATS.get(number, "")
        if "%" in format_:
            yield index


def _rows(archive: zipfile.ZipFile, name: str, path: str, look: _Look) -> Rows:
    sheet = _Sheet(look)
    with archive.open(path) as part:
        while chunk := part.read(_CHUNK):
            sheet.parser.Parse(chunk, False)
            yield from sheet.taken()
        sheet.parser.Parse(b"", True)
        yield from sheet.taken()
    if sheet.merged:
        raise FileRefused("merged_cells", sheet=name, cells=", ".join(sheet.merged[:5]))


class _Sheet:
    """One sheet, pushed through expat: rows of cells with something in them."""

    def __init__(self, look: _Look) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.merged: list[str] = []
        self._look = look
        self._names: dict[str, str] = {}
        self._done: list[tuple[int, Sequence[Cell]]] = []
        self._cells: list[Cell] = []
        self._number = self._column = self._style = 0
        self._type = ""
        self._text: list[str] = []
        self._formula = self._value = self._phonetic = False

    def taken(self) -> list[tuple[int, Sequence[Cell]]]:
        done, self._done = self._done, []
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match self._names.get(name) or self._short(name):
            case "c":
                found = _ADDRESS.fullmatch(attributes.get("r", ""))
                self._column = _index(found[1]) if found else len(self._cells)
                self._type, self._style = attributes.get("t", "n"), int(attributes.get("s", 0))
                self._formula = self._value = False
                self._text = []
            case "v" | "t":
                if not self._phonetic:
                    self._value = True
                    self.parser.CharacterDataHandler = self._text.append
            case "f":
                self._formula = True
            case "row":
                self._number = int(attributes.get("r", self._number + 1))
                if self._number > MAX_ROWS:
                    raise FileRefused("too_many_rows", limit=f"{MAX_ROWS - 1:,}")
                self._cells = []
            case "rPh":  # how a name is read, not what it says
                self._phonetic = True
            case "mergeCell":
                self.merged.append(attributes.get("ref", "")[:40])

    def _end(self, name: str) -> None:
        match self._names[name]:
            case "c":
                if self._column < MAX_COLUMNS and (self._value or self._formula):
                    missing = self._column - len(self._cells)
                    if missing > 0:
                        self._cells += [_EMPTY] * missing
                    if missing >= 0:
                        self._cells.append(self._cell())
            case "v" | "t":
                self.parser.CharacterDataHandler = None
            case "rPh":
                self._phonetic = False
            case "row":
                if self._cells:
                    self._done.append((self._number, self._cells))

    def _short(self, name: str) -> str:
        return self._names.setdefault(name, name.rpartition(":")[2])

    def _doctype(self, *_: Any) -> None:
        raise FileRefused("hostile")

    def _cell(self) -> Cell:
        text = "".join(self._text)
        match self._type:
            case "s":
                return Cell(self._look.texts[int(text)])
            case "inlineStr" | "str":
                return Cell(text)
            case "e":
                return Cell(text, "cell_error")
            case "b":
                return Cell("TRUE" if text.strip() == "1" else "FALSE")
            case "d":
                return Cell(text, "is_a_date")
        if not text:
            return Cell(problem="formula_without_value") if self._formula else _EMPTY
        if self._style in self._look.dates:
            return Cell(text, "is_a_date")
        return Cell(_number(text, self._style in self._look.percents))


_EMPTY: Final = Cell()


def _index(letters: str) -> int:
    index = 0
    for character in letters:
        index = index * 26 + ord(character) - 64
    return index - 1


def _number(text: str, percent: bool) -> str:
    """As Excel shows it: at most 15 digits where it computed in binary, and a percentage as one."""
    if not percent and text.isdecimal() and text.isascii():
        return text
    number = Decimal(text)
    if not number.is_finite():
        raise InvalidOperation(text)
    if "." in text or "E" in text.upper():
        number = Decimal(f"{float(text):.15g}")
    number = number * 100 if percent else number
    plain = format(number.normalize() if number else Decimal(0), "f")
    return plain + "%" if percent else plain
