"""A paper as PDF and as XLSX: A4, its font inside, a footer on every page; and what it says is text, whatever it looks
like."""

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from reporting.papers.paper import (
    Column,
    Facts,
    Heading,
    Number,
    Paper,
    Picture,
    Pictures,
    StandsFor,
    Table,
    Text,
)
from reporting.papers.pdf import pdf
from reporting.papers.xlsx import xlsx
from reporting.queries.charts import ChartData

A4 = (595, 842)  # points
HOSTILE = [
    '#eval("1+1")', "*太字* _斜体_ `code`", "=1+1", "+SUM(A1)", "@ref <label>", "$x^2$", "// 消える", "#pagebreak()",
    '"} ]); panic("x")', "\\u{41}", "#sys.inputs.paper", "= 見出しではない", "[リンク](https://example.jp/)",
]  # fmt: skip
BASIS, SOURCES = "基準: 位置 1,234、2027年5月1日時点", "出典: 第7期基本計画、各府省の報告"
CHART = ChartData(
    title="研究者数", unit="人", years=((2026.0, "2026年度"), (2027.0, "2027年度")),
    actual=((2026.0, 3.0), (2027.0, 5.0)), path=((2026.0, 2.0), (2027.0, 6.0)),
)  # fmt: skip
PAPER = Paper(
    title="第7期基本計画の進捗 R&D",
    subtitle="全国",
    language="ja",
    stands_for=StandsFor(1234, datetime(2027, 5, 1, 3, tzinfo=UTC)),
    sources=("第7期基本計画", "各府省の報告"),
    blocks=(
        Text("単年度の値だけで判断しない。", strong=True),
        Heading("注意を要するもの"),
        *(Text(text) for text in HOSTILE),
        Facts((("最新値", "16,800人"), ("目標", Number("20,000人", Decimal(20000), '#,##0"人"')), ("=2+2", "=3+3"))),
        Picture(CHART, "研究者数", "研究者数の図。下の表が同じ数を示す。", (("最新値", "16,800人"),)),
        Pictures((Picture(CHART, "小さな図", "小さな図", size="small"),) * 3),
        Heading("施策: 一/二"),
        Table(
            "第1章",
            (Column("施策", share=3), Column("値", "right", 0), Column("判定", share=0)),
            tuple((f"施策{n}", Number(f"{n:,}件", Decimal(n), '#,##0"件"'), "○ 順調") for n in range(90)),
            ("=注",),
        ),
        Table("第2章", (Column("施策"),), (("=1+1",),)),
    ),
)


@pytest.fixture(scope="module")
def made() -> bytes:
    return pdf(PAPER)


@pytest.fixture(scope="module")
def pages(made: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(made)).pages]


@pytest.fixture(scope="module")
def book() -> Any:
    return openpyxl.load_workbook(BytesIO(xlsx(PAPER)))


def fonts(made: bytes) -> Iterator[Any]:
    for page in PdfReader(BytesIO(made)).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            yield font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]


def test_every_page_is_a4_and_says_what_it_stands_for_and_which_page_it_is(made: bytes, pages: list[str]) -> None:
    assert len(pages) > 2
    for number, (page, text) in enumerate(zip(PdfReader(BytesIO(made)).pages, pages, strict=True), start=1):
        assert (round(page.mediabox.width), round(page.mediabox.height)) == A4
        assert BASIS in text
        assert SOURCES in text
        assert f"{number} / {len(pages)}" in text
    assert all(PAPER.title in text for text in pages)


def test_all_it_says_is_there_in_japanese_and_its_font_is_inside(made: bytes, pages: list[str]) -> None:
    said = "\n".join(pages)
    for words in ("単年度の値だけで判断しない。", "16,800人", "20,000人", "施策89", "○ 順調", "第2章"):
        assert words in said
    found = list(fonts(made))
    assert found
    for font in found:
        assert "IPAexGothic" in font["/FontName"]
        assert "+" in font["/FontName"]  # a part of it: only what is used
        assert {"/FontFile2", "/FontFile3"} & set(font)


def test_the_header_of_a_table_stands_on_each_of_its_pages(pages: list[str]) -> None:
    of_the_table = [text for text in pages if "件 ○" in text]
    assert len(of_the_table) > 1
    assert all("施策 値 判定" in text for text in of_the_table)


def test_it_is_tagged_for_those_who_hear_it(made: bytes) -> None:
    root: Any = PdfReader(BytesIO(made)).trailer["/Root"]
    assert bool(root["/MarkInfo"]["/Marked"])
    assert root["/Lang"] == "ja"
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    assert "研究者数の図。下の表が同じ数を示す。" in str(spoken(root["/StructTreeRoot"]))


def spoken(node: Any) -> list[str]:
    """Every /Alt of a tree of tags."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [text for child in node for text in spoken(child)]
    if not isinstance(node, dict):
        return []
    return [str(node[key]) for key in ("/Alt",) if key in node] + (spoken(node["/K"]) if "/K" in node else [])


def test_the_same_paper_gives_the_same_bytes(made: bytes) -> None:
    assert pdf(PAPER) == made
    assert pdf(replace(PAPER, subtitle="別")) != made


def test_text_that_looks_like_markup_stays_text(pages: list[str]) -> None:
    said = "\n".join(pages)
    for text in HOSTILE:
        assert text in said


def test_in_a_workbook_no_text_is_a_formula_and_numbers_are_numbers(book: Any) -> None:
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    texts = {cell.value: cell for cell in cells}
    for text in (*HOSTILE, "=2+2", "=3+3", "=注"):
        assert texts[text].data_type == "s"
    assert texts["=1+1"].quotePrefix
    assert (texts[20000].data_type, texts[20000].number_format) == ("n", '#,##0"人"')


def test_a_workbook_has_a_sheet_for_each_table_and_prints_on_a4_with_the_same_footer(book: Any) -> None:
    assert book.sheetnames == ["第7期基本計画の進捗 R&D", "注意を要するもの", "施策  一 二", "第2章"]
    for sheet in book:
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (9, 1, 0)
        assert BASIS in sheet.oddFooter.left.text
        assert SOURCES in sheet.oddFooter.left.text
        assert sheet.oddHeader.left.text == "第7期基本計画の進捗 R&&D"
    table = book["施策  一 二"]
    header = next(row[0].row for row in table.iter_rows() if [c.value for c in row][:3] == ["施策", "値", "判定"])
    assert table.print_title_rows == f"${header}:${header}"
    assert [cell.value for cell in table[header + 90][:3]] == ["施策89", 89, "○ 順調"]


def test_charts_are_pictures_in_a_workbook(book: Any) -> None:
    assert len(book["注意を要するもの"]._images) == 4
    with zipfile.ZipFile(BytesIO(xlsx(PAPER))) as archive:
        pictures = [name for name in archive.namelist() if name.startswith("xl/media/")]
    assert len(pictures) == 4
