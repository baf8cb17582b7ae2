"""A template as an XLSX file: for people to fill in offline, for machines to read without guessing.

By the rules for machine-readable data of the Ministry of Internal Affairs: one datum a cell, no merged cells, numbers
as numbers, units in a column of their own, western years beside eras. Labels are locked and inputs are not, without a
password. Text is written as text, so that nothing in it is ever a formula.
"""

import re
from collections.abc import Iterable, Sequence
from copy import copy
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill, Protection
from openpyxl.worksheet.datavalidation import DataValidation

from reporting.sheets.columns import (
    ANSWERS,
    CHOICES,
    FIGURE_COLUMNS,
    FIGURES,
    GUIDE,
    INPUTS,
    NARRATIVE,
    NARRATIVE_COLUMNS,
    NUMBERS,
    STAMP,
    Column,
    letter,
    unit_label,
)
from reporting.sheets.template import Line, Template

WIDTHS: Final = {
    Column.NODE: 12, Column.NODE_NAME: 28, Column.INDICATOR: 12, Column.NAME: 34, Column.COMPONENT: 22,
    Column.DEFINITION: 40, Column.UNIT: 8, Column.PREVIOUS: 14, Column.LAST_YEAR: 14, Column.ANSWER: 10,
    Column.VALUE: 16, Column.NUMERATOR: 14, Column.DENOMINATOR: 14, Column.ELSEWHERE: 14, Column.REASON: 30,
    Column.EXPLANATION: 30, Column.TEXT: 80,
}  # fmt: skip
# What XML cannot hold.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LIKE_A_FORMULA: Final = re.compile(r"[\s\u3000]*[=+\-@＝＋－＠]|[\t\r\n]")
MAX_TEXT: Final = 32_767  # of a cell of Excel


def write_xlsx(template: Template) -> bytes:
    book = Workbook(write_only=True)
    for style in _styles():
        book.add_named_style(style)
    _guide(book, template.guide)
    _sheet(book, FIGURES, FIGURE_COLUMNS, template.figures)
    _sheet(book, NARRATIVE, NARRATIVE_COLUMNS, template.narrative)
    hidden = book.create_sheet(STAMP)
    hidden.sheet_state = "hidden"
    hidden.protection.sheet = True
    for name, value in template.stamp.items():
        hidden.append([_text(hidden, name, "sh-label"), _text(hidden, value, "sh-label")])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _styles() -> Iterable[NamedStyle]:
    locked, open_ = Protection(locked=True), Protection(locked=False)
    wrapped = Alignment(vertical="top", wrap_text=True)
    yield NamedStyle(
        "sh-header", font=Font(bold=True), fill=PatternFill("solid", fgColor="D9E1F2"), protection=locked,
        alignment=wrapped,
    )  # fmt: skip
    yield NamedStyle("sh-label", protection=locked, alignment=wrapped)
    yield NamedStyle("sh-shut", fill=PatternFill("solid", fgColor="E7E6E6"), protection=locked)
    yellow = PatternFill("solid", fgColor="FFF8DC")
    yield NamedStyle("sh-input", fill=yellow, protection=open_, alignment=Alignment(vertical="top"))
    # As text, so that Excel makes no date, number or formula of what is typed.
    yield NamedStyle("sh-words", fill=yellow, protection=open_, alignment=wrapped, number_format="@")


def _guide(book: Workbook, rows: Sequence[Sequence[str | int]]) -> None:
    sheet = book.create_sheet(GUIDE)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 90
    sheet.protection.sheet = True
    for row in rows:
        cells = [_text(sheet, str(row[0]), "sh-header" if len(row) > 1 else "sh-label")]
        for value in row[1:]:
            cells.append(
                _number(sheet, Decimal(value), "sh-label")
                if isinstance(value, int)
                else _text(sheet, value, "sh-label")
            )
        sheet.append(cells)


def _sheet(book: Workbook, name: str, columns: Sequence[Column], lines: Sequence[Line]) -> None:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for index, column in enumerate(columns):
        dimension = sheet.column_dimensions[letter(index)]
        dimension.width = WIDTHS.get(column, 12)
        dimension.hidden = column is Column.KEY
    sheet.protection.sheet = True
    # False: what stays allowed.
    sheet.protection.formatColumns = sheet.protection.formatRows = sheet.protection.autoFilter = False
    sheet.auto_filter.ref = f"A1:{letter(len(columns) - 1)}{len(lines) + 1}"
    if Column.ANSWER in columns and lines:
        choice = DataValidation("list", formula1='"' + ",".join(ANSWERS) + '"', allow_blank=True, showErrorMessage=True)
        choice.error, choice.errorTitle = "値・該当なし・未測定のいずれかを選んでください。", "回答"
        at = letter(columns.index(Column.ANSWER))
        choice.add(f"{at}2:{at}{len(lines) + 1}")
        sheet.data_validations.append(choice)
    if Column.VALUE in columns:
        for choice in _choices(columns, lines):
            sheet.data_validations.append(choice)
    sheet.append([_text(sheet, column, "sh-header") for column in columns])
    for line in lines:
        sheet.append([_cell(sheet, line, column) for column in columns])


def _choices(columns: Sequence[Column], lines: Sequence[Line]) -> list[DataValidation]:
    """Lists for the values that are one of a few: a stage, yes or no, a rating."""
    letter_ = letter(columns.index(Column.VALUE))
    found = []
    for unit, choices in CHOICES.items():
        rows = [n for n, line in enumerate(lines, start=2) if line.labels.get(Column.UNIT) == unit_label(unit)]
        if rows:
            choice = DataValidation("list", formula1=f'"{choices}"', allow_blank=True, showErrorMessage=True)
            choice.error, choice.errorTitle = f"{choices.replace(',', '・')}のいずれかを選んでください。", "値"
            for row in rows:
                choice.add(f"{letter_}{row}")
            found.append(choice)
    return found


def _cell(sheet: Any, line: Line, column: Column) -> Any:
    part = INPUTS.get(column)
    style = "sh-label"
    if part is not None:
        style = (
            ("sh-input" if part in NUMBERS or part == "answer" else "sh-words") if part in line.inputs else "sh-shut"
        )
    value = line.at(column)
    return _number(sheet, value, style) if isinstance(value, Decimal) else _text(sheet, value, style)


def _number(sheet: Any, value: Decimal, style: str) -> Any:
    # More than 15 digits Excel does not hold: they stay text, to be read as typed.
    if len(value.as_tuple().digits) > 15:
        return _text(sheet, format(value, "f"), style)
    return _styled(sheet, int(value) if value == value.to_integral_value() else value, style)


def writable(text: str) -> str:
    """As much of a text as a cell can hold."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)[:MAX_TEXT]


def keep_text(cell: Any) -> None:
    """What a cell holds is text, whatever it begins with, and stays text when somebody edits it."""
    cell.data_type = "s"
    if _LIKE_A_FORMULA.match(cell.value):
        cell._style = copy(cell._style)
        cell.quotePrefix = True


def _text(sheet: Any, text: str, style: str) -> Any:
    text = writable(str(text))
    if not text:
        return None if style == "sh-label" else _styled(sheet, None, style)
    cell = _styled(sheet, text, style)
    keep_text(cell)
    return cell


def _styled(sheet: Any, value: Any, style: str) -> Any:
    """A cell in a named style, which is looked up once a sheet: to look it up for each cell takes half of all time."""
    known = sheet.__dict__.setdefault("sh_styles", {})
    if style not in known:
        first: Any = WriteOnlyCell(sheet)
        first.style = style
        known[style] = first._style
    cell: Any = WriteOnlyCell(sheet, value)
    cell._style = known[style]
    return cell
