"""Which files and links may stand beside a report: by name and by content, front and back."""

import io
import zipfile

import pytest

from reporting.domain.attachments import MEDIA_TYPES, NotAttached, check_file, check_link
from tests.evidence import CSV, DOCX, JPEG, PDF, PNG, PPTX, TXT, XLSX, office, zipped

SOUND = {
    "報告書.pdf": PDF, "図1.png": PNG, "写真.jpg": JPEG, "写真2.JPEG": JPEG, "集計.xlsx": XLSX, "別紙.docx": DOCX,
    "概要.pptx": PPTX, "一覧.csv": CSV, "メモ.txt": TXT, "cp932.csv": "番号,名称\r\n①,髙橋\r\n".encode("cp932"),
    "utf16.txt": "日本語".encode("utf-16"), "bom.csv": b"\xef\xbb\xbf" + CSV, "報告書 ver1.2（案）.pdf": PDF,
    "R8.4.1時点.pdf": PDF, "camera.jpg": JPEG + b"\0" * 100,
}  # fmt: skip


def refused(name: str, content: bytes, limit: int = 20) -> str:
    with pytest.raises(NotAttached) as said:
        check_file(name, io.BytesIO(content), limit=limit)
    return said.value.reason


@pytest.mark.parametrize("name", SOUND)
def test_what_an_office_has_may_be_attached(name: str) -> None:
    own, kind, size = check_file(name, io.BytesIO(SOUND[name]), limit=20)
    assert (own, size) == (name, len(SOUND[name]))
    assert kind in MEDIA_TYPES


def test_every_kind_that_is_accepted_is_among_them() -> None:
    assert {name.rpartition(".")[2].lower() for name in SOUND} == set(MEDIA_TYPES)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096
PROGRAM = b"MZ\x90\x00\x03" + b"\0" * 200
BOMB = zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b"", **{f"xl/{n}.xml": b"" for n in range(5001)}})
ENCRYPTED_ENTRY = bytearray(zipped({"[Content_Types].xml": b"x", "xl/workbook.xml": b"y"}))
for marker, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
    at = ENCRYPTED_ENTRY.find(marker)
    while at >= 0:
        ENCRYPTED_ENTRY[at + offset] |= 1
        at = ENCRYPTED_ENTRY.find(marker, at + 1)

HOSTILE = {
    "HTML named .pdf": ("報告.pdf", HTML, "content"),
    "HTML named .txt": ("報告.txt", b"\n <HTML><body>", "content"),
    "HTML named .csv": ("報告.csv", HTML, "content"),
    "SVG with a script": ("図.svg", SVG, "kind"),
    "SVG named .png": ("図.png", SVG, "content"),
    "SVG named .txt": ("図.txt", SVG, "content"),
    "a program": ("setup.exe", PROGRAM, "kind"),
    "a program named .pdf": ("setup.pdf", PROGRAM, "content"),
    "a program named .txt": ("setup.txt", PROGRAM, "content"),
    "a program in double": ("報告.pdf.exe", PROGRAM, "kind"),
    "a double extension": ("報告.exe.pdf", PDF, "double"),
    "a double extension of a page": ("報告.HTML.pdf", PDF, "double"),
    "PDF and ZIP at once": ("報告.pdf", PDF + zipped({"a": b"b"}) + b"\n%%EOF", "two_things"),
    "ZIP with a PDF before it": ("集計.xlsx", PDF + XLSX, "content"),
    "XLSX with something before": ("集計.xlsx", b"PK\x03\x04junk" + XLSX, "two_things"),
    "XLSX with something behind": ("集計.xlsx", XLSX + HTML, "two_things"),
    "PNG with a page behind": ("図.png", PNG + HTML, "two_things"),
    "JPEG with a ZIP behind": ("写真.jpg", JPEG + zipped({"a": b"b"}), "two_things"),
    "GIF named .png": ("図.png", b"GIF89a" + b"\0" * 50, "content"),
    "PNG named .pdf": ("図.pdf", PNG, "content"),
    "DOCX named .xlsx": ("集計.xlsx", DOCX, "content"),
    "a bare ZIP named .docx": ("別紙.docx", zipped({"a": b"b"}), "content"),
    "a bare ZIP": ("別紙.zip", zipped({"a": b"b"}), "kind"),
    "a ZIP with a password": ("別紙.docx", OLE, "locked"),
    "an XLSX with a password": ("集計.xlsx", OLE, "locked"),
    "an encrypted entry": ("集計.xlsx", bytes(ENCRYPTED_ENTRY), "locked"),
    "a PDF with a password": ("報告.pdf", PDF.replace(b"/Root", b"/Encrypt 5 0 R /Root"), "locked"),
    "macros": ("集計.xlsx", office("xl/workbook.xml", **{"xl/vbaProject.bin": b"x"}), "macros"),
    "a path inside": ("集計.xlsx", office("xl/workbook.xml", **{"../../etc/cron.d/x": b"x"}), "content"),
    "too many entries": ("集計.xlsx", BOMB, "too_much_inside"),
    "a broken ZIP": ("集計.xlsx", XLSX[:200], "content"),
    "0 bytes": ("空.pdf", b"", "empty"),
    "too large": ("大.txt", b"a" * ((1 << 20) + 1), "too_large"),
    "a name that turns round": ("報告\u202efdp.exe.pdf", PDF, "name"),
    "a name with NUL": ("a\0.pdf", PDF, "name"),
    "a name with a line": ("a\r\nSet-Cookie: x.pdf", PDF, "name"),
    "a name of dots": ("..", PDF, "name"),
    "no name": ("", PDF, "name"),
    "a very long name": ("長" * 300 + ".pdf", PDF, "name"),
    "no extension": ("報告", PDF, "kind"),
    "bytes that are no text": ("メモ.txt", bytes(range(256)), "content"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_not_what_it_seems_is_refused_with_the_reason(what: str) -> None:
    name, content, reason = HOSTILE[what]
    assert refused(name, content, limit=1) == reason


@pytest.mark.parametrize("name", ["../../etc/passwd.txt", "C:\\Users\\hanako\\passwd.txt", "/tmp/passwd.txt"])
def test_of_a_path_only_the_file_s_own_name_is_kept(name: str) -> None:
    assert check_file(name, io.BytesIO(TXT), limit=1)[0] == "passwd.txt"


def test_a_file_that_says_it_unpacks_to_a_gigabyte_is_refused_without_unpacking() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", b"x")
        archive.writestr("xl/workbook.xml", b"x")
        with archive.open("xl/sheet.xml", "w", force_zip64=True) as entry:
            for _ in range(1100):
                entry.write(b"\0" * (1 << 20))
    assert refused("集計.xlsx", buffer.getvalue()) == "too_much_inside"


@pytest.mark.parametrize(
    "url",
    ["https://www.jst.go.jp/report.html", "http://例え.jp/資料?年=2026#表1", " https://a.example:8443/x ",
     "http://127.0.0.1:6379/", "http://169.254.169.254/latest/"],
)  # fmt: skip
def test_a_link_is_kept_as_it_is_and_nobody_follows_it(url: str) -> None:
    assert check_link(url) == url.strip()


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JavaScript://x/%0aalert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://a.example/",
     "//a.example/", "a.example", "https://", "https:///x", "https://user:pass@a.example/", "https://a.example/ x",
     'https://a.example/"onmouseover=x', "https://a.example/<script>", "https://a.example/\u202e", "https://a:b:c/",
     "https://a.example/\0", "https://[::1", "https://a.example:99999/", "https://a.example/" + "x" * 2000, ""],
)  # fmt: skip
def test_what_is_no_link_is_refused(url: str) -> None:
    with pytest.raises(NotAttached) as said:
        check_link(url)
    assert said.value.reason == "link"
