"""From a table of cells, of whatever kind of file, to raw answers by report and field. Pure."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reporting.sheets.columns import ANSWERS, INPUTS, Column, Key, letter


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, as text; `problem` is why it cannot be taken for what it shows."""

    text: str = ""
    problem: str = ""


class FileRefused(Exception):
    """The file as a whole cannot be read. `code` is that of a message in reporting.queries.words."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(slots=True)
class Row:
    """One row under the header that says something: its key, its unit as its holder saw it, its filled inputs by part,
    and by part what is wrong with a cell."""

    sheet: str
    number: int
    key: str = ""
    unit: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Header:
    """Where the columns of one sheet are: part → letter of the column."""

    sheet: str
    letters: dict[str, str]
    notes: list[str] = field(default_factory=list)  # names of columns that are not ours


def read_header(sheet: str, cells: Sequence[Cell]) -> tuple[Header, dict[int, Column]]:
    """The columns by index. Raises FileRefused when the key column is missing or a column stands twice."""
    found: dict[int, Column] = {}
    unknown = []
    known = {_plain(column): column for column in Column}
    for index, cell in enumerate(cells):
        name = _plain(cell.text)
        column = known.get(name)
        if column is None:
            if name:
                unknown.append(cell.text.strip()[:60])
            continue
        if column in found.values():
            raise FileRefused("duplicate_header", column=str(column), cell=f"{letter(index)}1")
        found[index] = column
    if Column.KEY not in found.values():
        raise FileRefused("header_missing", column=str(Column.KEY))
    letters = {INPUTS.get(column, column.name.lower()): letter(index) for index, column in found.items()}
    return Header(sheet, letters, unknown), found


def read_rows(sheet: str, columns: Mapping[int, Column], rows: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[Row]:
    """The rows that have a key or say something."""
    width = max(columns) + 1
    for number, cells in rows:
        row = Row(sheet, number)
        for index, column in columns.items():
            cell = cells[index] if index < len(cells) else Cell()
            if column is Column.KEY:
                row.key = cell.text.strip()
            elif column is Column.UNIT:
                row.unit = cell.text.strip()
            elif column in INPUTS and (cell.text.strip() or cell.problem):
                _take(row, column, cell)
        if any(cell.text.strip() for cell in cells[width:]):
            row.problems["key"] = "ragged_row"
        if row.parts and not row.key:
            row.problems["key"] = "no_key"
        if row.key or row.problems:
            yield row


def _take(row: Row, column: Column, cell: Cell) -> None:
    part = INPUTS[column]
    if cell.problem:
        row.problems[part] = cell.problem
        return
    text = cell.text
    if part == "answer":
        text = ANSWERS.get(_plain(text), text.strip())
    row.parts[part] = text


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().strip("\ufeff")


Raw = dict[str, dict[str, str]]


@dataclass
class Said:
    """What a file says of one report: raw answers by field and part, the narrative by section, and where each of its
    rows stands: (field, domain or section) → (sheet, row)."""

    answers: Raw = field(default_factory=dict)
    narrative: dict[str, str] = field(default_factory=dict)
    places: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """Something that keeps the file from being accepted, in a cell."""

    sheet: str
    cell: str
    code: str
    about: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


class Collected:
    """All reports of a file. `faults` are those that show without knowing what was asked."""

    def __init__(self) -> None:
        self.headers: dict[str, Header] = {}
        self.reports: dict[str, Said] = {}
        self.faults: list[Fault] = []

    def take(self, row: Row) -> None:
        for part, code in row.problems.items():
            self.faults.append(Fault(row.sheet, self.cell(row.sheet, row.number, part), code, row.key))
        if "key" in row.problems:
            return
        key = Key.parse(row.key)
        if key is None:
            self.faults.append(Fault(row.sheet, self.cell(row.sheet, row.number, "key"), "unknown_key", row.key[:80]))
            return
        said = self.reports.setdefault(key.report, Said())
        if (key.field, key.part) in said.places:
            code = "duplicate_key"
            self.faults.append(Fault(row.sheet, self.cell(row.sheet, row.number, "key"), code, row.key))
            return
        said.places[key.field, key.part] = (row.sheet, row.number)
        if key.field == "narrative":
            said.narrative |= {key.part: row.parts["text"]} if "text" in row.parts else {}
            self._unexpected(row, row.parts.keys() - {"text"})
            return
        if row.unit:
            said.units[key.field] = row.unit
        if not row.parts:
            return
        answer = said.answers.setdefault(key.field, {})
        if not key.part:
            answer |= row.parts
        else:
            # Of a technology domain there is a value and no more.
            answer |= {f"domain.{key.part}": row.parts["value"]} if "value" in row.parts else {}
            self._unexpected(row, row.parts.keys() - {"value", "answer"})
            if row.parts.get("answer", "value") != "value":
                self._unexpected(row, {"answer"})

    def _unexpected(self, row: Row, parts: Iterable[str]) -> None:
        for part in sorted(parts):
            self.faults.append(Fault(row.sheet, self.cell(row.sheet, row.number, part), "unexpected", row.key))

    def cell(self, sheet: str, number: int, part: str) -> str:
        """The address of a part in a row: "K12"; of the row when the file has no such column."""
        header = self.headers.get(sheet)
        return f"{header.letters.get(part, 'A') if header else 'A'}{number}"

    def place(self, report: str, field_: str, part: str) -> tuple[str, str]:
        """(sheet, cell) of an answer as the rules name it: field and part, or "narrative" and section."""
        said = self.reports[report]
        domain = part.removeprefix("domain.") if part.startswith("domain.") else ""
        where = said.places.get((field_, part if field_ == "narrative" else domain))
        if where is None:
            where = said.places.get((field_, "")) or next(iter(said.places.values()), ("", 1))
        column = "text" if field_ == "narrative" else "value" if domain else part
        return where[0], self.cell(*where, column)
