"""The columns of a template and of its CSV, by the words people see; and the key of a row.

A key says which answer its row is about, whatever has been moved or renamed around it:
`assignment@period|field|domain` for a figure, `assignment@period|narrative|summary` for a part of the narrative.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# What a changed file format is told apart by; the content has a stamp of its own.
TEMPLATE_VERSION: Final = "1"
FIGURES, NARRATIVE, GUIDE, STAMP = "実績", "記述", "記入要領", "_様式"
PARTS_OF_NARRATIVE: Final = {"summary": "進捗の概要", "issues": "課題", "plans": "今後の取組"}


class Column(StrEnum):
    KEY = "キー"
    NODE = "施策番号"
    NODE_NAME = "施策名"
    INDICATOR = "指標番号"
    NAME = "指標名"
    COMPONENT = "内訳・技術領域"
    DEFINITION = "定義"
    UNIT = "単位"
    PREVIOUS = "前期の値"
    LAST_YEAR = "前年同期の値"
    ANSWER = "回答"
    VALUE = "値"
    NUMERATOR = "分子"
    DENOMINATOR = "分母"
    ELSEWHERE = "他機関計上分"
    REASON = "理由"
    EXPLANATION = "説明"
    TEXT = "記述"


# The columns that are read as answers, with the part each is.
INPUTS: Final = {
    Column.ANSWER: "answer",
    Column.VALUE: "value",
    Column.NUMERATOR: "numerator",
    Column.DENOMINATOR: "denominator",
    Column.ELSEWHERE: "counted_elsewhere",
    Column.REASON: "reason",
    Column.EXPLANATION: "explanation",
    Column.TEXT: "text",
}
NUMBERS: Final = frozenset({"value", "numerator", "denominator", "counted_elsewhere"})
FIGURE_COLUMNS: Final = tuple(column for column in Column if column is not Column.TEXT)
NARRATIVE_COLUMNS: Final = (Column.KEY, Column.NODE, Column.NODE_NAME, Column.NAME, Column.TEXT)
CSV_COLUMNS: Final = tuple(Column)

ANSWERS: Final = {"値": "value", "該当なし": "nothing", "未測定": "not_measurable"}

# Units whose name is for programs: what people read in their place, and what they may choose from.
UNIT_LABELS: Final = {"stages_0_4": "段階（0～4）", "binary": "済1・未0", "self_rating": "S・A・B・C・D"}
CHOICES: Final = {"stages_0_4": "0,1,2,3,4", "binary": "0,1", "self_rating": "S,A,B,C,D"}


def unit_label(name: str) -> str:
    return UNIT_LABELS.get(name, name)


@dataclass(frozen=True)
class Key:
    """`report` is "JST.P1.A1@FY2026Q1"; `field` the question's, or "narrative"; `part` a domain, or the section."""

    report: str
    field: str
    part: str = ""

    def __str__(self) -> str:
        return f"{self.report}|{self.field}|{self.part}"

    @classmethod
    def parse(cls, text: str) -> "Key | None":
        pieces = text.strip().split("|")
        if len(pieces) != 3 or not pieces[0] or not pieces[1] or "@" not in pieces[0]:
            return None
        return cls(*pieces)


def letter(index: int) -> str:
    """The letters of a column: 0 is A, 26 is AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
