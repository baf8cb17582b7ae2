"""The process that reads what strangers send: `python -m reporting.sheets.child xlsx|csv < file`.

It limits itself before it looks at a byte, and says what it found as lines of JSON: {"rows": how many so far},
{"stamp": {…}}, {"header": […]}, {"row": […]}, and last {"done": true} or {"refused": code, "params": {…}}.
"""

import json
import resource
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

MEMORY: Final = 512 * 1024 * 1024
SECONDS: Final = 100  # of computing; whoever waits for it waits no longer by the clock on the wall
_EVERY: Final = 2_000  # rows between two words of progress


def limit() -> None:
    """No more memory, time, files or processes than reading one file takes; no core that would hold its content."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(kind: str, content: bytes) -> Iterator[dict[str, Any]]:
    """What the file holds, line by line. Raises FileRefused."""
    # Imported under the limits: what is imported counts.
    if kind == "csv":
        from reporting.sheets import delimited

        yield from _sheet(delimited.SHEET, delimited.rows(content))
        return
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl takes it where it is, for half of all the loading
    from reporting.sheets.excel import open_book

    book = open_book(content)
    yield {"stamp": book.stamp}
    for name, rows in book.sheets:
        yield from _sheet(name, rows())


def _sheet(name: str, rows: Iterator[tuple[int, Sequence[Any]]]) -> Iterator[dict[str, Any]]:
    from reporting.sheets.table import FileRefused, read_header, read_rows

    _number, first = next(rows, (1, []))
    header, columns = read_header(name, first)
    if len(columns) == 1:
        raise FileRefused("header_missing", column="値")
    yield {"header": [name, header.letters, header.notes]}
    for row in read_rows(name, columns, rows):
        if row.number % _EVERY == 0:
            yield {"rows": row.number}
        yield {"row": [row.number, row.key, row.unit, row.parts, row.problems]}


def main() -> None:
    limit()
    from reporting.sheets.table import FileRefused

    kind, content = sys.argv[1], sys.stdin.buffer.read()
    out = sys.stdout
    try:
        for line in read(kind, content):
            out.write(json.dumps(line, ensure_ascii=True) + "\n")
        out.write('{"done": true}\n')
    except FileRefused as refusal:
        out.write(json.dumps({"refused": refusal.code, "params": refusal.params}) + "\n")
    except MemoryError:
        out.write('{"refused": "too_much_inside", "params": {}}\n')
    out.flush()


if __name__ == "__main__":
    main()
