"""What may stand beside a report as its evidence: which files, which links. Pure: a name and bytes in, a verdict out.

The list of kinds is short, so that each is recognised by its own marks, front and back: a file that is two things at
once is refused, and nothing is unpacked. What is inside is the virus scanner's to say.
"""

import re
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import urlsplit

from reporting.domain.errors import Refusal, gettext_noop

NAME_LIMIT = 200
URL_LIMIT = 2_000
OFFICE_PARTS = {"xlsx": "xl/workbook.xml", "docx": "word/document.xml", "pptx": "ppt/presentation.xml"}
ENTRIES = 5_000
UNPACKED = 1 << 30  # bytes an Office file may say it unpacks to
# Before the last dot these mean that someone wants to be taken for something else.
ACTIVE = frozenset(
    {
        "exe",
        "com",
        "bat",
        "cmd",
        "scr",
        "pif",
        "msi",
        "dll",
        "js",
        "jse",
        "vbs",
        "vbe",
        "wsf",
        "hta",
        "ps1",
        "jar",
        "sh",
    }
    | {
        "sh",
        "lnk",
        "url",
        "html",
        "htm",
        "xhtml",
        "svg",
        "xml",
        "php",
        "jsp",
        "asp",
        "aspx",
        "docm",
        "xlsm",
        "pptm",
        "iso",
    }
)
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "csv": "text/csv",
    "txt": "text/plain",
}
KINDS = ", ".join(kind for kind in MEDIA_TYPES if kind != "jpeg")

REASONS = {
    "empty": gettext_noop("The file is empty."),
    "name": gettext_noop("The file needs a name of at most 200 characters, without invisible characters."),
    "kind": gettext_noop("Files of this kind are not accepted. Attach one of: %(kinds)s."),
    "double": gettext_noop("The file name has two extensions. Rename the file."),
    "content": gettext_noop("The content of the file is not what its name says. Save it again, or rename it."),
    "two_things": gettext_noop("The file holds something else as well. Save or print it to a new file."),
    "locked": gettext_noop("The file is protected by a password, so that it cannot be checked. Attach it without one."),
    "macros": gettext_noop("The file contains macros. Save it without them."),
    "too_much_inside": gettext_noop("The file unpacks to far more than it looks. Save it again."),
    "too_large": gettext_noop("The file is too large: at most %(limit)s MB."),
    "too_many": gettext_noop("A report may have at most %(limit)s attachments. Remove one first."),
    "already_there": gettext_noop("This is already attached here."),
    "link": gettext_noop("A link begins with http:// or https:// and has at most 2,000 characters."),
    "no_file": gettext_noop("Choose a file, or enter a link."),
    "no_such_figure": gettext_noop("This report does not ask for this figure."),
}


class NotAttached(Refusal):
    """`reason` is a key of REASONS."""

    code, status = "not_attached", 400

    def __init__(self, reason: str, **params: object) -> None:
        self.reason = reason
        self.message = REASONS[reason]
        super().__init__(kinds=KINDS, **params)


class NotWritable(Refusal):
    code = "not_writable"
    message = gettext_noop("The report has been submitted. What stands with it cannot be changed unless it comes back.")


class NotServedYet(Refusal):
    code, status, retry_after = "not_served_yet", 409, 60
    message = gettext_noop("The virus check has not answered yet. The file can be opened when it has.")


class Infected(Refusal):
    code = "infected"
    message = gettext_noop("The virus check has found something in an attached file. It is not given out; remove it.")


class FileGone(Refusal):
    code, status = "file_gone", 410
    message = gettext_noop("The file has been erased, or is not there any more.")


def clean_name(name: str) -> str:
    """The file's own name, without the folders it lay in. Raises NotAttached."""
    own = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1]).strip()
    # Cc, Cf: control characters, and those that turn the direction of writing so that exe.pdf reads as fdp.exe.
    if not own.strip(".") or len(own) > NAME_LIMIT or any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in own):
        raise NotAttached("name")
    return own


def kind_of(name: str) -> str:
    """The extension of an accepted kind. Raises NotAttached."""
    path = PurePosixPath(name)
    kind = path.suffix[1:].lower()
    if kind not in MEDIA_TYPES:
        raise NotAttached("kind")
    if any(suffix[1:].strip().lower() in ACTIVE for suffix in path.suffixes[:-1]):
        raise NotAttached("double")
    return kind


def check_file(name: str, content: IO[bytes], *, limit: int) -> tuple[str, str, int]:
    """The clean name, the kind and the size in bytes of a file that may be attached; `limit` in MB. Reads `content`
    wherever it likes. Raises NotAttached."""
    own = clean_name(name)
    kind = kind_of(own)
    size = content.seek(0, 2)
    if size == 0:
        raise NotAttached("empty")
    if size > limit << 20:
        raise NotAttached("too_large", limit=limit)
    CHECKS[kind](content, size, kind)
    return own, kind, size


def check_link(url: str) -> str:
    """A link as it is kept: http or https, somewhere, without a password in it. Nobody here ever follows it."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        _ = parts.port
    except ValueError:
        sound = False
    # Letters of any script are fine in a path; what cannot be seen, or ends an attribute, is not.
    odd = any(c in "\"'<>\\`" or c.isspace() or unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in url)
    if not sound or odd or len(url) > URL_LIMIT:
        raise NotAttached("link")
    return url


def _part(content: IO[bytes], start: int, length: int) -> bytes:
    content.seek(max(start, 0))
    return content.read(length)


def _pdf(content: IO[bytes], size: int, _: str) -> None:
    if _part(content, 0, 5) != b"%PDF-" or b"%%EOF" not in _part(content, size - 1024, 1024):
        raise NotAttached("content")
    content.seek(0)
    if zipfile.is_zipfile(content):
        raise NotAttached("two_things")
    content.seek(0)
    # An encryption dictionary is named in the clear, in the trailer or in a cross-reference stream's own dictionary.
    if re.search(rb"/Encrypt[\s<\d]", content.read()):
        raise NotAttached("locked")


def _png(content: IO[bytes], size: int, _: str) -> None:
    if _part(content, 0, 16) != b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR":
        raise NotAttached("content")
    if _part(content, size - 12, 12) != b"\x00\x00\x00\x00IEND\xaeB`\x82":
        raise NotAttached("two_things")


def _jpeg(content: IO[bytes], size: int, _: str) -> None:
    if _part(content, 0, 3) != b"\xff\xd8\xff":
        raise NotAttached("content")
    # Some cameras fill the last block with zeros.
    if not _part(content, size - 4096, 4096).rstrip(b"\0").endswith(b"\xff\xd9"):
        raise NotAttached("two_things")


def _office(content: IO[bytes], size: int, kind: str) -> None:
    begin = _part(content, 0, 8)
    if begin == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":  # how Office wraps a file with a password; and its old formats
        raise NotAttached("locked")
    if not begin.startswith(b"PK\x03\x04"):
        raise NotAttached("content")
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            entries, comment = archive.infolist(), archive.comment
    except (zipfile.BadZipFile, NotImplementedError, ValueError, UnicodeDecodeError):
        raise NotAttached("content") from None
    names = {entry.filename for entry in entries}
    if not {"[Content_Types].xml", OFFICE_PARTS[kind]} <= names:
        raise NotAttached("content")
    if len(entries) > ENTRIES or sum(entry.file_size for entry in entries) > UNPACKED:
        raise NotAttached("too_much_inside")
    if any(entry.flag_bits & 1 for entry in entries):
        raise NotAttached("locked")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise NotAttached("macros")
    last = b"PK\x05\x06"
    if comment or _part(content, size - 22, 4) != last or min(entry.header_offset for entry in entries) != 0:
        raise NotAttached("two_things")
    if any(".." in name.split("/") or name.startswith("/") or "\\" in name for name in names):
        raise NotAttached("content")


def _text(content: IO[bytes], size: int, _: str) -> None:
    text = _decoded(_part(content, 0, size))
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\r\n\f" for c in text):
        raise NotAttached("content")
    if re.match(r"\s*<(?:!|\?|/?[a-z])", text, re.IGNORECASE) or text.startswith("%PDF-"):
        raise NotAttached("content")


def _decoded(raw: bytes) -> str:
    """As the programs of an office write text: UTF-8 with a mark or without, UTF-16 with one, or cp932."""
    encodings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp932")
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotAttached("content")


CHECKS: dict[str, Callable[[IO[bytes], int, str], None]] = {
    "pdf": _pdf, "png": _png, "jpg": _jpeg, "jpeg": _jpeg, "xlsx": _office, "docx": _office, "pptx": _office,
    "csv": _text, "txt": _text,
}  # fmt: skip
