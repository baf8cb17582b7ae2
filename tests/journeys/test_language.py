"""Every word on every screen is Japanese first: nothing of ours is left untranslated, nor of the packages we show."""

import ast
import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from tests.acts import at, submit
from tests.cast import Cast
from tests.journeys.conftest import Browser

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ["agencies", "indicators", "reporting", "config"]
KEYWORDS = {
    "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2), "_": None,
}  # fmt: skip

CALL = re.compile(r"\b(?:_|gettext|ngettext)\(u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")


def said() -> Iterator[tuple[str, str]]:
    """Each msgid of the product, and where it stands."""
    for room in ROOMS:
        for file in (ROOT / room).rglob("*"):
            if file.suffix not in (".py", ".html", ".txt") or "migrations" in file.parts:
                continue
            text = file.read_text(encoding="utf-8")
            where = str(file.relative_to(ROOT))
            if file.suffix != ".py":
                # What Django hands to gettext: calls among filling, each with its literal first.
                for literal in CALL.findall(templatize(text, origin=where)):
                    yield ast.literal_eval(literal), where
                continue
            for _line, message, _comments, _context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
                first = message[0] if isinstance(message, tuple) else message
                if first:
                    yield first, where


def test_every_text_of_ours_has_its_japanese() -> None:
    with (ROOT / "locale" / "ja" / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalog = read_po(file)
    japanese = {
        (m.id[0] if isinstance(m.id, tuple) else m.id): (m.string[0] if isinstance(m.string, tuple) else m.string)
        for m in catalog
        if not m.fuzzy
    }
    messages = dict(said())
    assert len(messages) > 300
    missing = {text: where for text, where in messages.items() if not japanese.get(text)}
    assert missing == {}


def test_the_places_in_a_translation_are_those_of_its_original() -> None:
    with (ROOT / "locale" / "ja" / "LC_MESSAGES" / "django.po").open("rb") as file:
        for message in read_po(file):
            if not message.id:
                continue
            original = message.id[-1] if isinstance(message.id, tuple) else message.id
            japanese = message.string[0] if isinstance(message.string, tuple) else message.string
            places = re.compile(r"%\(\w+\)s")
            assert set(places.findall(original)) == set(places.findall(japanese)), original


PAGES = {
    "hanako": ["/admin/reports/", "/admin/reports/JST.P1.A1/FY2026Q1/", "/admin/reports/JST.P1.A2.M1/FY2026Q1/",
               "/desk/", "/admin/reporting/report/", "/admin/indicators/target/", "/admin/password_change/",
               "/admin/targets/", "/admin/targets/P1.A1.M2/", "/admin/targets/P1.A1.M2/propose/"],
    "kyoko": ["/desk/pillars/P1/", "/desk/compare/?from=5",
              "/admin/targets/", "/admin/targets/IND-04/", "/admin/targets/IND-04/definition/"],
    "ichiro": ["/admin/review/", "/admin/review/JST.P1.A1@FY2026Q1/", "/desk/", "/desk/indicators/IND-01/",
               "/desk/measures/P1.A1.M1/", "/admin/log/", "/admin/story/JST.P1.A1@FY2026Q1/",
               "/admin/log/1/", "/admin/receipts/JST.P1.A1@FY2026Q1/1/", "/admin/reporting/rollup/",
               "/admin/reporting/figure/", "/admin/reporting/standing/", "/admin/reporting/alert/",
               "/admin/reporting/follower/", "/admin/reporting/outboxmail/", "/admin/mails/",
               "/admin/indicators/plannode/", "/admin/indicators/indicatordefinition/",
               "/admin/indicators/assignment/"],
}  # fmt: skip
# Words of a page that are neither Japanese nor meant to be: names, codes, units.
FOREIGN = re.compile(
    r"\b(?:Type to|Search|Filter|Select|Submit|Cancel|Return|Back to|Yes|No|Action|Add|Change|Delete|View|Home|results?"
    r"|Loading|Welcome|Log out|Sign|Language|Theme|Light|Dark|System|There are|All|total|Date|Any|By)\b"
)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_half_translated(
    name: str, cast: Cast, sign_in: type[Browser], set_clock: Callable[[datetime], None]
) -> None:
    set_clock(at("2026-08-01 10:00"))
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=at("2026-08-01 09:00"))
    browser = sign_in(name)
    for path in PAGES[name]:
        answer = browser.get(path)
        assert answer.status_code == 200, path
        page = answer.content.decode()
        words = re.sub(r"<(script|style|template)\b.*?</\1>|<!--.*?-->", " ", page, flags=re.DOTALL)
        words = re.sub(r"<span class=\"[^\"]*material-symbols[^\"]*\"[^>]*>.*?</span>", " ", words, flags=re.DOTALL)
        shown = re.sub(r"<[^>]+>", " ", words)
        assert FOREIGN.findall(shown) == [], (path, [m.group() for m in FOREIGN.finditer(shown)])


def test_english_is_the_second_language(
    cast: Cast, sign_in: type[Browser], set_clock: Callable[[datetime], None]
) -> None:
    set_clock(at("2026-08-01 10:00"))
    browser = sign_in("hanako")
    browser.post("/language/setlang/", {"language": "en", "next": "/"})
    page = browser.get("/admin/reports/").content.decode()
    assert "To do now" in page
    assert "いま対応するもの" not in page


IN_ENGLISH = {
    "hanako": ["/admin/reports/", "/admin/reports/JST.P1.A1/FY2026Q1/", "/admin/reports/JST.P1.A1.M2/FY2026Q1/",
               "/admin/reports/JST.P1.A1/FY2026Q1/departments/", "/admin/reports/JST.P1.A1.M2/FY2026Q1/evidence/",
               "/admin/sheets/", "/admin/calendar/", "/admin/charges/", "/admin/handover/",
               "/admin/threads/JST/IND-02/", "/admin/story/JST.P1.A1@FY2026Q1/"],
    "gyoko": ["/admin/reports/METI.P6.A1.M1/FY2026/", "/admin/reports/METI.P6.A1.M1/FY2026/departments/"],
    "tomoko": ["/admin/sign-off/"],
    "ichiro": ["/admin/review/", "/admin/review/JST.P1.A1@FY2026Q1/", "/admin/board/", "/admin/burden/",
               "/admin/deadlines/JST/FY2026Q1/", "/desk/indicators/IND-06/", "/admin/mails/",
               "/desk/", "/desk/pillars/P1/", "/desk/compare/?from=5"],
}  # fmt: skip
# Japanese words that an English sentence explains, and the names of the languages.
EXPLAINED = re.compile("その他・横断|創発|見本|日本語|1.5万|万")


@pytest.mark.parametrize("name", IN_ENGLISH)
def test_no_english_page_is_half_translated(
    name: str, cast: Cast, sign_in: type[Browser], set_clock: Callable[[datetime], None]
) -> None:
    set_clock(at("2026-08-01 10:00"))
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=at("2026-08-01 09:00"))
    browser = sign_in(name)
    browser.post("/language/setlang/", {"language": "en", "next": "/"})
    for path in IN_ENGLISH[name]:
        answer = browser.get(path)
        assert answer.status_code == 200, path
        page = re.sub(r"<(script|style|template)\b.*?</\1>|<!--.*?-->", " ", answer.content.decode(), flags=re.DOTALL)
        # What is quoted from the document says that it is Japanese.
        page = re.sub(r"<(\w+)[^>]* lang=\"ja\"[^>]*>.*?</\1>", " ", page[page.index("<body") :], flags=re.DOTALL)
        words = EXPLAINED.sub("", re.sub(r"<[^>]+>", "\n", page))
        assert re.findall(r"[^\n]*[\u3040-\u30ff\u4e00-\u9fff][^\n]*", words) == [], path
