"""All files of an edition, and last the one that holds the digests of the others."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reporting.event_store.records import canonical
from reporting.papers import pdf, xlsx
from reporting.papers.editions.content import LANGUAGES, Content
from reporting.papers.editions.document import paper_of
from reporting.papers.editions.pages import pages
from reporting.papers.editions.tables import data_table, rs_table
from reporting.sheets import delimited

SCHEMA = Path(__file__).with_name("schema.json")
CSV, JSON = "text/csv; charset=utf-8", "application/json"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class File:
    name: str
    content_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def files_of(content: Content, progress: Callable[[int], None] = lambda percent: None) -> list[File]:
    """Made once; what was made is kept, for a newer library would draw the same picture with other bytes."""
    expected = 13 + 6 * len(content.entries)
    files: list[File] = []
    for name, content_type, made in _made(content):
        files.append(File(name, content_type, made))
        progress(20 + 75 * min(len(files), expected) // expected)
    return [*files, File("manifest.json", JSON, _json(_manifest(content, files)))]


def _made(content: Content) -> Iterator[tuple[str, str, bytes]]:
    yield "data.json", JSON, _json(content.data)
    yield "schema.json", JSON, SCHEMA.read_bytes()
    yield "data.csv", CSV, delimited.written(data_table(content))
    yield "rs-3-1.csv", CSV, delimited.written(rs_table(content))
    # What `shinchoku_verify.py head` reads: the keys, and the head that covers the cut, a line each.
    yield "head.jsonl", "application/jsonl", b"".join(canonical(line) + b"\n" for line in (*content.keys, content.head))
    yield from pages(content)
    for language in LANGUAGES:
        paper = paper_of(content, language)
        yield f"data-{language}.xlsx", WORKBOOK, xlsx.xlsx(paper)
        yield f"edition-{language}.pdf", "application/pdf", pdf.pdf(paper)


def _manifest(content: Content, files: list[File]) -> dict[str, Any]:
    return {
        "edition": content.edition.number,
        "position": content.edition.position,
        "head": content.head,
        "keys": content.keys,
        "files": [
            {"name": file.name, "content_type": file.content_type, "size": len(file.content), "sha256": file.sha256}
            for file in sorted(files, key=lambda file: file.name)
        ],
    }


def _json(said: Any) -> bytes:
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()
