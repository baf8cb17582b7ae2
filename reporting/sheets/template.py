"""What a template holds, as whoever fills it in sees it; and the whole of it as one table of text.

Apart from `workbook`, which imports openpyxl: every process that starts would load that for a third of a second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from reporting.sheets.columns import ANSWERS, CSV_COLUMNS, INPUTS, NUMBERS, Column, Key


@dataclass(frozen=True)
class Line:
    """A row of a template: its key, its labels, which parts may be filled in, and what they hold already."""

    key: Key
    labels: Mapping[Column, str | Decimal]
    inputs: frozenset[str]
    said: Mapping[str, str] = field(default_factory=dict)

    def at(self, column: Column) -> str | Decimal:
        """What stands in a column: a number where it is one."""
        if column is Column.KEY:
            return str(self.key)
        part = INPUTS.get(column)
        if part is None:
            return self.labels.get(column, "")
        text = self.said.get(part, "")
        if part == "answer":
            return next((word for word, answer in ANSWERS.items() if answer == text), "")
        return Decimal(text) if part in NUMBERS and text and not text.isalpha() else text


@dataclass(frozen=True)
class Template:
    """All that goes into a file. `guide`: rows of 記入要領, of one or two cells; `stamp`: of the hidden sheet."""

    figures: Sequence[Line]
    narrative: Sequence[Line]
    guide: Sequence[Sequence[str | int]]
    stamp: Mapping[str, str]


def csv_table(template: Template) -> list[list[str]]:
    """The same as one table of text, the narrative below the figures."""
    table = [[str(column) for column in CSV_COLUMNS]]
    for line in [*template.figures, *template.narrative]:
        table.append([_plain(line.at(column)) for column in CSV_COLUMNS])
    return table


def _plain(value: str | Decimal) -> str:
    return format(value, "f") if isinstance(value, Decimal) else value
