"""A paper as PDF: A4, its font embedded, tagged for screen readers, the same bytes for the same paper.

Typst sets it. What the paper says goes in as JSON and is shown as text; the template beside this file is the only
markup, and no text of a user can become part of it.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.utils import translation
from django.utils.translation import gettext

from reporting.papers.paper import (
    Block,
    Cell,
    Facts,
    Heading,
    Number,
    Paper,
    Picture,
    Pictures,
    Table,
    Text,
    basis,
    origin,
)
from reporting.queries import charts

TEMPLATE = Path(__file__).with_name("paper.typ")


def pdf(paper: Paper) -> bytes:
    """The paper as one file. No network, and no file but the template and the font, is read."""
    return typst.compile(
        TEMPLATE, format="pdf", sys_inputs=_inputs(paper), font_paths=_fonts(), root=TEMPLATE.parent,
        pdf_standards=["ua-1"], timestamp=int(paper.stands_for.moment.timestamp()),
    )  # fmt: skip


@cache
def _fonts() -> typst.Fonts:
    """Ours and no other, so that a paper looks the same wherever it is made."""
    folder = str(Path(charts.font_file()).parent)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def _inputs(paper: Paper) -> dict[str, str]:
    with translation.override(paper.language):
        said = {
            "title": paper.title,
            "subtitle": paper.subtitle,
            "author": gettext("Shinchoku"),
            "language": paper.language,
            "basis": basis(paper.stands_for),
            "origin": origin(paper.sources),
            "blocks": [_block(block, paper.language) for block in paper.blocks],
        }
    return {"paper": json.dumps(said, ensure_ascii=False)}


def _block(block: Block, language: str) -> Mapping[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "text": block.text, "level": block.level, "new_page": block.new_page}
        case Text():
            return {"kind": "text", "text": block.text, "strong": block.strong, "small": block.small}
        case Facts():
            return {"kind": "facts", "pairs": [[name, _cell(value)] for name, value in block.pairs]}
        case Table():
            columns = [{"name": c.name, "align": c.align, "share": c.share} for c in block.columns]
            rows = [[_cell(cell) for cell in row] for row in block.rows]
            return {"kind": "table", "title": block.title, "columns": columns, "rows": rows, "notes": block.notes}
        case Picture():
            return {"kind": "picture", **_picture(block, language)}
        case Pictures():
            return {"kind": "pictures", "pictures": [_picture(picture, language) for picture in block.pictures]}


def _picture(picture: Picture, language: str) -> dict[str, Any]:
    svg = charts.draw(picture.chart, language, picture.size).decode()
    return {"svg": svg, "caption": picture.caption, "spoken": picture.spoken, "facts": picture.facts}


def _cell(cell: Cell) -> str:
    return cell.shown if isinstance(cell, Number) else cell
