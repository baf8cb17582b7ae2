"""Files made to hurt: refused before they are unpacked, or read by a child that can do no harm."""

import resource
import struct
import time
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest

from reporting.sheets import process
from reporting.sheets.process import read_file
from reporting.sheets.table import FileRefused
from reporting.sheets.workbook import write_xlsx
from tests.rules.test_sheets import filled, template

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PARTS = ["xl/worksheets/sheet2.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"]
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9))
    + "]>"
)
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def refused(content: bytes, kind: str = "xlsx") -> str:
    with pytest.raises(FileRefused) as refusal:
        read_file(kind, content)
    return refusal.value.code


def changed(change: Callable[[str, bytes], bytes | None], *extra: tuple[str, bytes]) -> bytes:
    """A template with its parts changed, and others beside them."""
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(write_xlsx(template()))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in extra:
            new.writestr(name, content)
    return out.getvalue()


def as_it_is(name: str, content: bytes) -> bytes:
    return content


def sheet(content: str) -> bytes:
    """A template whose table of figures is this XML."""
    return changed(lambda name, old: content.encode() if name == "xl/worksheets/sheet2.xml" else old)


def test_a_zip_bomb_of_300_kb_is_refused_within_a_second_unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = changed(as_it_is, ("xl/worksheets/sheet9.xml", b"\0" * 300 * 1024 * 1024))
    assert 250_000 < len(bomb) < 400_000
    monkeypatch.setattr(process.subprocess, "Popen", None)  # nobody is asked to open it
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    assert refused(bomb) == "too_much_inside"
    assert time.monotonic() - began < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_a_bomb_that_understates_its_size_is_stopped_by_what_it_declares() -> None:
    content = bytearray(changed(as_it_is, ("xl/worksheets/sheet9.xml", b"\0" * 40 * 1024 * 1024)))
    true, small = struct.pack("<L", 40 * 1024 * 1024), struct.pack("<L", 1_000)
    assert refused(bytes(content)) == "too_much_inside"
    read_file("xlsx", bytes(content.replace(true, small)))  # a sheet nobody reads: it stays packed


def test_a_sheet_that_declares_17_billion_cells_holds_the_few_that_are_there() -> None:
    huge = changed(
        lambda name, old: (
            old.replace(b"<sheetViews>", b'<dimension ref="A1:XFD1048576"/><sheetViews>')
            if name == "xl/worksheets/sheet2.xml"
            else old
        )
    )
    began = time.monotonic()
    assert read_file("xlsx", huge).collected.reports
    assert time.monotonic() - began < 5


def test_a_cell_far_down_is_too_many_rows() -> None:
    row = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    content = f'<worksheet xmlns="{MAIN}"><sheetData>{row}</sheetData></worksheet>'
    assert refused(sheet(content)) == "too_many_rows"


@pytest.mark.parametrize("declared", [LAUGHS, FILE], ids=["billion laughs", "external entity"])
@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet2.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"]
)
def test_declared_entities_are_refused_in_every_part(part: str, declared: str) -> None:
    def with_doctype(name: str, old: bytes) -> bytes:
        if name != part:
            return old
        start = old.index(b"?>") + 2 if old.startswith(b"<?xml") else 0
        return old[:start] + declared.encode() + old[start:]

    assert refused(changed(with_doctype)) == "hostile"


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "C:/x", "xl/../../x", "..\\..\\x"])
def test_names_that_lead_out_of_the_archive_are_refused(name: str) -> None:
    assert refused(changed(as_it_is, (name, b"x"))) == "hostile"


def test_a_hundred_thousand_entries_are_refused_by_their_list() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for i in range(60_000):
            archive.writestr(f"x{i}", b"")
    began = time.monotonic()
    assert refused(out.getvalue()) == "too_much_inside"
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("name", "code"),
    [("xl/vbaProject.bin", "macros"), ("xl/macrosheets/sheet1.xml", "macros"), ("xl/embeddings/x.bin", "macros"),
     ("xl/externalLinks/externalLink1.xml", "external_links"), ("xl/connections.xml", "external_links")],
)  # fmt: skip
def test_macros_and_links_to_elsewhere_are_refused(name: str, code: str) -> None:
    assert refused(changed(as_it_is, (name, b"x"))) == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old file, or one with a password", "old_or_encrypted"),
        (b"<html>", "not_a_spreadsheet"),
        (write_xlsx(template())[:-200], "damaged"),
        (changed(lambda name, old: None if name == "xl/workbook.xml" else old), "not_a_spreadsheet"),
        (changed(lambda name, old: b"<a" if name.startswith("xl/worksheets") else old), "damaged"),
        (changed(lambda name, old: b"x" if name == "xl/styles.xml" else old), "damaged"),
    ],
)
def test_what_is_no_xlsx_file_is_refused(content: bytes, code: str) -> None:
    assert refused(content) == code


def test_merged_cells_are_refused_with_their_addresses() -> None:
    merged = changed(
        lambda name, old: (
            old.replace(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A2:C9"/></mergeCells>')
            if name == "xl/worksheets/sheet2.xml"
            else old
        )
    )
    with pytest.raises(FileRefused) as refusal:
        read_file("xlsx", merged)
    assert (refusal.value.code, refusal.value.params["cells"]) == ("merged_cells", "A2:C9")


def test_a_child_that_wants_too_much_memory_dies_alone() -> None:
    # Within the limits of an archive, beyond those of the child: one text of 300 MB.
    text = b"".join(b"%020x" % (i * 7919**3) + b"x" * 1_000 for i in range(300_000))
    part = b'<worksheet xmlns="%b"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>%b</t></is></c></row>' % (
        MAIN.encode(),
        text,
    )
    big = changed(lambda name, old: part + b"</sheetData></worksheet>" if name == "xl/worksheets/sheet2.xml" else old)
    assert refused(big) == "too_much_inside"


def test_a_child_that_takes_too_long_is_ended() -> None:
    with pytest.raises(FileRefused) as refusal:
        read_file("xlsx", filled(1), seconds=0.01)
    assert refusal.value.code == "unreadable"
