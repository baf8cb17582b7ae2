"""CSV as Excel, and others, write it: which encoding it is in is found out, and any of them reads the same."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from reporting.sheets.table import Cell, FileRefused

SHEET: Final = "CSV"
MAX_ROWS: Final = 200_001
MAX_COLUMNS: Final = 200
MAX_CELL: Final = 40_000
# What a spreadsheet takes for a formula, or for what hides one.
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def decode(content: bytes) -> str:
    """UTF-8 with or without BOM, UTF-16 with BOM or plainly so, cp932 (what Excel writes). Raises FileRefused."""
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise FileRefused("nul_inside", line=str(text[: text.index("\x00")].count("\n") + 1))
        return text.removeprefix("\ufeff")
    raise FileRefused("unknown_encoding")


def _encodings(content: bytes) -> tuple[str, ...]:
    if content.startswith(b"\xef\xbb\xbf"):
        return ("utf-8-sig",)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    start = content[:400]
    # Without a BOM: the ASCII of commas and line ends has a zero byte on one side.
    if start.count(b"\x00") > max(len(start) // 20, 8):
        return ("utf-16-le",) if start[1::2].count(0) >= start[::2].count(0) else ("utf-16-be",)
    return ("utf-8", "cp932")


def rows(content: bytes) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Each record with the number of its row, as a spreadsheet would count it. Raises FileRefused."""
    text = decode(content)
    first = text.split("\n", 1)[0]
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, start=1):
            if number > MAX_ROWS:
                raise FileRefused("too_many_rows", limit=f"{MAX_ROWS - 1:,}")
            if len(record) > MAX_COLUMNS:
                raise FileRefused("too_many_columns", limit=str(MAX_COLUMNS))
            yield number, [Cell(shown(value)) for value in record]
    except csv.Error as error:
        raise FileRefused("broken_csv", line=str(number + 1)) from error


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula: with an apostrophe before it where it could be one."""
    return "'" + text if text.lstrip(" \u3000\xa0").startswith(_DANGEROUS) or text.startswith("'") else text


def shown(text: str) -> str:
    """The way back: without the apostrophe that `inert` has put before it."""
    return text[1:] if text.startswith("'") and inert(text[1:]) == text else text


def written(table: Sequence[Sequence[str]]) -> bytes:
    """As Excel opens it by a double click: UTF-8 with BOM, CRLF. Every cell that is no number is made inert."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([inert(cell) if not _number(cell) else cell for cell in row] for row in table)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def _number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal() and text.isascii()
