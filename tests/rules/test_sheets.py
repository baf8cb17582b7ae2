"""Spreadsheets as files: encodings, cells, keys, formulas that must not be. No database."""

import csv
import io
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from reporting.sheets import delimited
from reporting.sheets.columns import Column, Key, letter
from reporting.sheets.delimited import inert, rows, shown, written
from reporting.sheets.process import Reading, read_file
from reporting.sheets.table import FileRefused
from reporting.sheets.template import Line, Template, csv_table
from reporting.sheets.workbook import write_xlsx

KEY = Key("JST.P1.A1@FY2026Q1", "IND-02")
SAID = "～髙①ー−—∥￠￡￢"  # what Japan's code pages disagree on
DANGEROUS = [
    "=1+1",
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋1",
    "－1+1",
    "＠x",
    "  =1",
    "\u3000=1",
    "'=1",
]


def line(key: Key = KEY, **said: str) -> Line:
    labels: dict[Column, str | Decimal] = {Column.NAME: "=指標", Column.UNIT: "件", Column.PREVIOUS: Decimal("12.5")}
    return Line(key, labels, frozenset({"answer", "value", "reason"}), said)


def template(*lines: Line) -> Template:
    told = Line(Key(KEY.report, "narrative", "summary"), {}, frozenset({"text"}), {"text": "進捗"})
    return Template(lines or (line(value="350"),), (told,), [["題"], ["年度（西暦）", 2026]], {"version": "1"})


def table(**cells: str) -> str:
    header = [Column.KEY, Column.UNIT, Column.ANSWER, Column.VALUE, Column.REASON]
    row = [str(KEY), "件", cells.get("answer", ""), cells.get("value", ""), cells.get("reason", "")]
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([header, row])
    return out.getvalue()


def answers(reading: Reading) -> dict[str, str]:
    return reading.collected.reports[KEY.report].answers["IND-02"]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("UTF-8", "utf-8"), ("with BOM", "utf-8-sig"), ("Excel in Japan", "cp932"), ("UTF-16", "utf-16"),
     ("without BOM", "utf-16-le"), ("the other way round", "utf-16-be")],
)  # fmt: skip
def test_every_encoding_reads_the_same(name: str, encoding: str) -> None:
    said = "髙①～の影響" if encoding == "cp932" else SAID
    content = table(answer="該当なし", reason=said).encode(encoding)
    assert answers(read_file("csv", content)) == {"answer": "nothing", "reason": said}


def test_excel_s_unicode_text_has_tabs() -> None:
    content = table(value="350").replace(",", "\t").encode("utf-16")
    assert answers(read_file("csv", content)) == {"value": "350"}


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("empty_file", b""),
        ("nul_inside", table(reason="a\x00b").encode()),
        ("unknown_encoding", table(reason="x").encode() + b"\x81\xff\xff\xa0"),
        ("duplicate_header", table().replace(str(Column.REASON), str(Column.VALUE)).encode()),
        ("header_missing", b"a,b,c\r\n1,2,3\r\n"),
        ("header_missing", table().replace(",", "，").encode()),
        ("broken_csv", table(reason="x").encode() + b'"never closed'),
        ("broken_csv", table(reason="x" * 50_000).encode()),
        ("too_many_columns", b"," * 1_000_000),
    ],
)
def test_a_csv_that_cannot_be_read_is_refused_with_the_reason(code: str, content: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        read_file("csv", content)
    assert refused.value.code == code


def test_a_ragged_row_and_a_row_without_key_are_faults_in_their_cells() -> None:
    content = (table(value="350") + f"{KEY.report}|IND-03|,件,,1,,surplus\r\n,件,,5,\r\n").encode()
    faults = read_file("csv", content).collected.faults
    assert [(fault.cell, fault.code) for fault in faults] == [("A3", "ragged_row"), ("A4", "no_key")]


def test_a_row_that_stands_twice_is_a_fault_of_the_second() -> None:
    content = table(value="350") + table(value="360").split("\r\n")[1] + "\r\n"
    reading = read_file("csv", content.encode())
    assert [(fault.cell, fault.code) for fault in reading.collected.faults] == [("A3", "duplicate_key")]
    assert answers(reading) == {"value": "350"}


def test_what_is_written_is_read_back_by_both_doors() -> None:
    mine = template(line(answer="value", value="350.25", reason="=1+1"))
    by_csv = read_file("csv", written(csv_table(mine)))
    by_xlsx = read_file("xlsx", write_xlsx(mine))
    assert answers(by_csv) == answers(by_xlsx) == {"answer": "value", "value": "350.25", "reason": "=1+1"}
    assert by_csv.collected.reports[KEY.report].narrative == {"summary": "進捗"}
    assert by_xlsx.collected.reports[KEY.report].narrative == {"summary": "進捗"}
    assert by_xlsx.stamp == {"version": "1"}
    assert by_xlsx.collected.place(KEY.report, "IND-02", "value") == ("実績", "L2")


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_would_be_a_formula_is_inert_in_every_export(text: str) -> None:
    book = load_workbook(BytesIO(write_xlsx(template(line(answer="nothing", reason=text)))))
    cell = next(c for row in book["実績"].iter_rows(min_row=2) for c in row if c.value == text.replace("\r", "\n"))
    assert cell.data_type == "s"
    assert cell.quotePrefix or text.startswith("'")
    assert not any(c.data_type == "f" for sheet in book for row in sheet.iter_rows() for c in row)
    plain = written(csv_table(template(line(answer="nothing", reason=text)))).decode("utf-8-sig")
    [found] = [value for row in csv.reader(io.StringIO(plain, newline="")) for value in row if value.endswith(text)]
    assert found == "'" + text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_what_is_made_inert_reads_as_it_was(text: str) -> None:
    assert shown(inert(text)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**14), max_value=10**14, places=6))
def test_numbers_stay_numbers_in_a_csv(number: Decimal) -> None:
    text = format(number, "f")
    assert next(iter(rows(written([[text]]))))[1][0].text == text


def test_labels_are_locked_inputs_are_not_and_the_choice_is_a_list() -> None:
    sheet = load_workbook(BytesIO(write_xlsx(template())))["実績"]
    letters = {cell.value: cell.column_letter for cell in sheet[1]}
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert sheet[f"{letters['単位']}2"].protection.locked
    assert not sheet[f"{letters['値']}2"].protection.locked
    assert sheet[f"{letters['分子']}2"].protection.locked  # not asked of this figure
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].hidden
    [choice] = sheet.data_validations.dataValidation
    assert (choice.formula1, str(choice.sqref)) == ('"値,該当なし,未測定"', f"{letters['回答']}2")
    assert sheet[f"{letters['前期の値']}2"].value == 12.5
    assert not sheet.merged_cells.ranges
    assert load_workbook(BytesIO(write_xlsx(template())))["_様式"].sheet_state == "hidden"


def filled(value: Any, format_: str = "General") -> bytes:
    book = load_workbook(BytesIO(write_xlsx(template())))
    book["実績"]["L2"] = value
    book["実績"]["L2"].number_format = format_
    out = BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("value", "format_", "text"),
    [(350, "General", "350"), (0.1 + 0.2, "General", "0.3"), (1e-7, "General", "0.0000001"), (-5, "#,##0", "-5"),
     (0.322, "0.0%", "32.2%"), (True, "General", "TRUE"), ("１２３", "@", "１２３"), (0, "General", "0"),
     (123456789012345, "General", "123456789012345")],
)  # fmt: skip
def test_a_cell_is_read_as_its_people_see_it(value: Any, format_: str, text: str) -> None:
    assert answers(read_file("xlsx", filled(value, format_)))["value"] == text


@pytest.mark.parametrize(
    ("value", "format_", "code"),
    [
        ("=A1+1", "General", "formula_without_value"),
        (46113, "yyyy-mm-dd", "is_a_date"),
        ("#N/A", "General", "cell_error"),
    ],
)
def test_a_cell_that_holds_no_answer_is_a_fault(value: Any, format_: str, code: str) -> None:
    faults = read_file("xlsx", filled(value, format_)).collected.faults
    assert [(fault.cell, fault.code) for fault in faults] == [("L2", code)]


def test_a_table_copied_into_a_book_of_one_s_own_is_read_by_its_header() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in csv.reader(io.StringIO(table(value="350"))):
        sheet.append(row)
    out = BytesIO()
    book.save(out)
    assert answers(read_file("xlsx", out.getvalue()))["value"] == "350"


def test_columns_have_letters() -> None:
    assert [letter(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@pytest.mark.parametrize("text", ["", "|", "a|b|c", "JST.P1@FY2026Q1|", "JST.P1@FY2026Q1||x", "=1"])
def test_what_is_no_key_is_none(text: str) -> None:
    assert Key.parse(text) is None


def test_a_gigabyte_in_one_cell_is_never_taken_in() -> None:
    with pytest.raises(FileRefused, match="too_large"):
        read_file("csv", b"x" * (delimited.MAX_CELL + 21 * 1024 * 1024))
