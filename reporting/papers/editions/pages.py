"""An edition as web pages: the nation, a page an indicator, charts as files. No script, and nothing from elsewhere."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from indicators.models import Level
from indicators.periods import JST
from reporting.papers.editions.content import LANGUAGES, Content
from reporting.papers.editions.words import Said, said_of, title_of
from reporting.queries import charts

STATIC = Path(__file__).parents[2] / "static" / "reporting"


def pages(content: Content) -> Iterator[tuple[str, str, bytes]]:
    """(name, content type, bytes) of each."""
    yield "style.css", "text/css; charset=utf-8", style()
    # Else a browser asks for one elsewhere, and is given a cookie there.
    yield "favicon.svg", "image/svg+xml", (STATIC / "favicon.svg").read_bytes()
    for language in LANGUAGES:
        with translation.override(language):
            said = said_of(content, language)
            about = _about(content, language)
            yield _page(
                f"{language}/index.html", "index", {**about, "said": said, "parts": _parts(content), "home": True}
            )
            for one in said:
                yield _page(
                    f"{language}/{one.code}.html", "indicator", {**about, "one": one, "name": f"{one.code}.html"}
                )
        for one in said:
            yield f"{language}/{one.code}.svg", "image/svg+xml", charts.draw(one.chart, language, "large")
            yield f"{language}/{one.code}-small.svg", "image/svg+xml", charts.draw(one.chart, language, "small")


@cache
def style() -> bytes:
    return (STATIC / "edition.css").read_bytes()


def _page(name: str, template: str, context: dict[str, Any]) -> tuple[str, str, bytes]:
    html = render_to_string(f"reporting/editions/{template}.html", context)
    return name, "text/html; charset=utf-8", html.encode()


def _about(content: Content, language: str) -> dict[str, Any]:
    edition = content.edition
    return {
        "edition": edition,
        "title": title_of(content, language),
        "plan": content.plan,
        "plan_name": content.plan.name_ja if language == "ja" else content.plan.name_en,
        "language": language,
        "other": "en" if language == "ja" else "ja",
        "day": moment_shown(edition.moment),
        "root": content.head["root"],
        "sealed": content.head["size"],
        "not_public": content.not_public,
        "sample": content.sample,
        "name": "index.html",
    }


def moment_shown(moment: datetime) -> str:
    return f"{moment.astimezone(JST):%Y-%m-%d %H:%M}"


def _parts(content: Content) -> list[tuple[Any, list[tuple[Any, list[Any]]]]]:
    """Pillars with their areas with their measures."""
    of: dict[str, list[Any]] = {}
    for node in content.parts:
        of.setdefault(node.parent_id or "", []).append(node)
    pillars = [node for node in content.parts if node.level == Level.PILLAR]
    return [(pillar, [(area, of.get(area.code, [])) for area in of.get(pillar.code, [])]) for pillar in pillars]


__all__ = ["Said", "moment_shown", "pages", "style"]
