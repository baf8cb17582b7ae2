"""A look at an XLSX file from outside, before anything of it is unpacked."""

import re
import struct
import zipfile
from io import BytesIO
from typing import Final

from reporting.sheets.table import FileRefused

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_ENTRIES: Final = 1_000
MAX_DIRECTORY: Final = 300_000  # bytes of the list of entries
MAX_UNPACKED: Final = 400 * 1024 * 1024
MAX_RATIO: Final = 100
_SMALL: Final = 1024 * 1024  # of an entry this small the ratio says nothing
_END: Final = struct.Struct("<4s4H2LH")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MACROS: Final = re.compile(r"(^|/)(vbaProject[^/]*\.bin|macrosheets/|activeX/|embeddings/)", re.IGNORECASE)
_LINKS: Final = re.compile(r"(^|/)(externalLinks/|connections\.xml|queryTables/)", re.IGNORECASE)


def look_over(content: bytes) -> None:
    """Raises FileRefused for what is not an XLSX file, or would not stay small, or carries more than cells."""
    if content.startswith(_OLE):
        raise FileRefused("old_or_encrypted")
    if not content.startswith(b"PK\x03\x04"):
        raise FileRefused("not_a_spreadsheet")
    _directory(content)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, OverflowError) as error:
        raise FileRefused("damaged") from error
    names = {entry.filename for entry in entries}
    if len(entries) > MAX_ENTRIES or len(names) != len(entries):
        raise FileRefused("too_much_inside")
    total = 0
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name:
            raise FileRefused("hostile")
        if entry.flag_bits & 0x1:
            raise FileRefused("old_or_encrypted")
        if _MACROS.search(name):
            raise FileRefused("macros")
        if _LINKS.search(name):
            raise FileRefused("external_links")
        total += entry.file_size
        if entry.file_size > _SMALL and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise FileRefused("too_much_inside")
    if total > MAX_UNPACKED:
        raise FileRefused("too_much_inside")
    if "xl/workbook.xml" not in names:
        raise FileRefused("not_a_spreadsheet")


def _directory(content: bytes) -> None:
    """The size of the list of entries, by the archive's last record: zipfile would read all of it first."""
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557))
    if at < 0 or at + _END.size > len(content):
        raise FileRefused("damaged")
    _, _, _, _, entries, size, _, _ = _END.unpack_from(content, at)
    if entries > MAX_ENTRIES or size > MAX_DIRECTORY:
        raise FileRefused("too_much_inside")
