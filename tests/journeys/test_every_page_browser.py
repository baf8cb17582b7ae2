"""Every page of the desk, and the pages of the admin that people work in: by day and by night, wide and narrow, on A4.
They are held against axe-core's rules of accessibility. A page that is new is visited, or is said to be none here."""

import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, Response
from pypdf import PdfReader
from pytest_django import DjangoDbBlocker

from agencies.models import Person
from reporting.commands import editions, papers
from reporting.desk.urls import urlpatterns
from reporting.models import Alert, OutboxMail, Standing
from reporting.queries.overrides import event_id_of_standing
from reporting.queries.papers import Subject
from reporting.tasks import look_after_editions, look_now, make_papers
from tests.acts import at, put_in_force, reading, submit
from tests.cast import Cast
from tests.databases import Scenes, Server
from tests.journeys.running import Running, running
from tests.journeys.test_browser import (
    browser_context_args,
    browser_type_launch_args,
    playwright_s_loop_is_no_danger,
    pytestmark,
)
from tests.standings import set_by_hand

__all__ = ["browser_context_args", "browser_type_launch_args", "playwright_s_loop_is_no_danger", "pytestmark"]
NOW = at("2029-07-05 10:00")  # three years are in: with the baseline four values, from which an interval is told
MAIL = "20290705T010203.000000Z-abcdef"
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
# Contrast takes longer than all other rules, and depends on no width; only the wide pages show all that there is.
COLOURS = ["color-contrast", "link-in-text-block"]
LOOKS: dict[tuple[str, int], dict[str, Any]] = {
    ("light", 1280): {},
    ("light", 390): {"rules": {rule: {"enabled": False} for rule in COLOURS}},
    ("dark", 1280): {"runOnly": COLOURS},
    ("dark", 390): {"runOnly": COLOURS[1:]},
}
A4 = (595, 842)  # points

# What fills the addresses that name something, and who looks; of the others the secretariat looks at each.
NAMING: dict[str, dict[str, Any]] = {
    "pillar": {"code": "P1"},
    "indicator": {"code": "IND-02"},
    "indicator-agencies": {"code": "IND-02"},
    "indicator-events": {"code": "IND-02"},
    "number": {"indicator": "IND-02", "period": "FY2028"},
    "scenario": {"code": "IND-02"},
    "measure": {"code": "P1.A1.M1"},
    "standing": {"event_id": "the nation's of IND-02"},
    "corrections": {"number": "1"},
    "paper": {"paper": "one that is made"},
    "mail": {"name": MAIL},
}
ASKED = {"compare": "?from=2028-08-01&to=2029-07-05", "paper-new": "?kind=indicator&code=IND-02"}
BY = {"overrides": "fumiko", "mails": "misao", "mail": "misao"}
NOT_A_PAGE = {
    "chart": "a picture, in the page of the indicator",
    "seen": "an act",
    "compare-csv": "a file to download",
    "standings-csv": "a file to download",
    "standings-json": "a file to download",
    "paper-progress": "data for the page of the paper",
    "paper-file": "a file to download",
}
OF_ANYBODY = ["", "1/ja/index.html", "1/en/IND-02.html", "1/corrections/", "99/"]
ADMIN = {
    "hanako": ["duties", "report", "alerts"],
    "shingo": ["alert"],
    "ichiro": ["queue", "decide"],
    "kyoko": ["alerts", "alert", "board", "targets", "targets-of", "alert-told", "editions", "edition"],
    "misao": ["mail-sending", "mail-addresses", "mail"],
    "fumiko": ["events", "event"],
}
# Findings in what is not ours and that our style sheet cannot mend: the rule, where, and why.
EXCUSED: list[tuple[str, str, str]] = []


@dataclass(frozen=True)
class Site:
    running: Running
    named: dict[str, dict[str, Any]]  # what fills the addresses


@pytest.fixture(scope="module")
def site(
    server: Server, scenes: Scenes, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Three years of IND-02, the last short of its path and set by hand; a report waits. Shared: nobody changes it."""
    with django_db_blocker.unblock(), server.copy(scenes.of()) as database:
        named = _three_years(Cast())
        with running(database, NOW, tmp_path_factory.mktemp("site")) as up:
            (up.mails / f"{MAIL}.eml").write_bytes("Subject: 見本\r\nTo: a@b.example\r\n\r\n本文\r\n".encode())
            yield Site(up, named)


def _three_years(cast: Cast) -> dict[str, dict[str, Any]]:
    for year, (jsps, jst) in {
        "FY2026": ("5900", "1900"),
        "FY2027": ("6300", "2100"),
        "FY2028": ("6400", "2300"),
    }.items():
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", year, {"IND-02": jsps})
        put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", year, {"IND-02": jst})
    submit(cast.hanako, "JST.P1.A1", "FY2029Q1", {"IND-02": "350"}, now=at("2029-07-04 10:00"), summary="順調。")
    with override_settings(BUSINESS_CLOCK=NOW):
        look_now()
        paper = _paper_and_edition(cast)
    with reading():
        nation = Standing.objects.filter(indicator="IND-02", agency=None, domain=None, to_position=None)
        event = nation.values_list(event_id_of_standing(), flat=True).get()
    set_by_hand(cast.kyoko, event, until=date(2029, 9, 30), now=NOW)
    with reading():
        alert = Alert.objects.filter(indicator="IND-02").latest("pk").pk
        mail = OutboxMail.objects.latest("pk").pk
    report = {"assignment": "JST.P1.A1", "period": "FY2029Q1"}
    return NAMING | {
        "standing": {"event_id": event}, "report": report, "decide": {"report": "JST.P1.A1@FY2029Q1"},
        "alert": {"alert": alert}, "targets-of": {"code": "IND-02"}, "mail-of-admin": {"mail": mail},
        "event": {"position": "1"}, "paper": {"paper": paper}, "edition": {"number": 1},
    }  # fmt: skip


def _paper_and_edition(cast: Cast) -> UUID:
    """A meeting paper is ready, and an edition before the public. The number of the paper."""
    about = papers.Asked(subject=Subject("indicator", "IND-02"), form="xlsx", language="ja", as_of="")
    paper = papers.ask_paper(actor=cast.kyoko, asked=about, now=NOW)
    make_papers()
    editions.draft_edition(actor=cast.kyoko, title_ja="年次確定版", title_en="Annual edition", note="", now=NOW)
    look_after_editions()
    editions.publish_edition(actor=cast.ichiro, edition=1, now=NOW)
    return paper


# --- who looks, and at what ---


class Reader:
    """Somebody signed in, at a browser of their own that keeps what it complains of."""

    def __init__(self, browser: Browser, site: Site, name: str = "") -> None:
        self.site, self.complaints = site, list[str]()
        context = browser.new_context(locale="ja-JP")
        if name:
            client = Client()
            client.force_login(Person.objects.get(username=name))
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site.running.url}])
        self.page = context.new_page()
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, path: str, status: int = 200) -> Page:
        answer = self.page.goto(self.site.running.url + path)
        assert isinstance(answer, Response)
        assert answer.status == status, path
        # Of several beside each other the first and the last: those between are as they are.
        ends = "details:not(details ~ details), details:last-of-type"
        self.page.eval_on_selector_all(ends, "found => found.forEach((one) => { one.open = true; })")
        return self.page


def desk_pages(site: Site) -> dict[str, str]:
    """Every address of the desk but those that are said to be none of a page."""
    names = [pattern.name for pattern in urlpatterns if pattern.name not in NOT_A_PAGE]
    return {name: reverse(f"desk:{name}", kwargs=site.named.get(name)) + ASKED.get(name, "") for name in names}


def faults(reader: Reader, path: str, status: int = 200, *, again: bool = False) -> list[str]:
    """What is wrong with a page in any of the looks. `again`: it becomes dark only when it is loaded."""
    found = []
    loaded = ""
    for (scheme, width), rules in LOOKS.items():
        reader.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        reader.page.set_viewport_size({"width": width, "height": 900})
        if not loaded or (again and scheme != loaded):
            loaded = scheme
            reader.go(path, status)
            reader.page.evaluate(AXE)
        wide = reader.page.evaluate("document.documentElement.scrollWidth")
        found += [f"is {wide} wide at {width}"] if wide > width else []
        found += [f"{scheme} {width}: {said}" for said in _broken_rules(reader.page, rules)]
    complaints = [said for said in reader.complaints if not (status != 200 and f" {status} " in said)]
    reader.complaints.clear()
    return [f"{path} {said}" for said in (*found, *complaints)]


def _broken_rules(page: Page, rules: dict[str, Any]) -> list[str]:
    """The serious and critical ones, each with where."""
    answer = page.evaluate("how => axe.run(document, how)", {"resultTypes": ["violations"], "preload": False} | rules)
    return [
        f"{rule['id']} at {node['target']}: {node['failureSummary']}"
        for rule in answer["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if not any(rule["id"] == id and where in str(node["target"]) for id, where, _why in EXCUSED)
    ]


# --- what is promised ---


def test_every_page_of_the_desk_can_be_read_by_day_and_by_night_wide_and_narrow(browser: Browser, site: Site) -> None:
    readers = {name: Reader(browser, site, name) for name in ("kyoko", *set(BY.values()))}
    found = []
    for name, path in desk_pages(site).items():
        found += faults(readers[BY.get(name, "kyoko")], path)
    found += faults(readers["kyoko"], "/desk/?as_of=2028-08-01")
    found += faults(readers["kyoko"], "/desk/measures/NOWHERE/", 404)
    anybody = Reader(browser, site)
    found += faults(anybody, "/sign-in/")
    for path in OF_ANYBODY:
        found += faults(anybody, f"/editions/{path}", 404 if path == "99/" else 200, again=True)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ADMIN)
def test_what_people_work_in_can_be_read_by_day_and_by_night_wide_and_narrow(
    browser: Browser, site: Site, name: str
) -> None:
    reader = Reader(browser, site, name)
    found = []
    for page in ADMIN[name]:
        named = site.named["mail-of-admin" if page == "mail" else page] if page in (*site.named, "mail") else None
        found += faults(reader, reverse(f"admin:{page}", kwargs=named), again=True)
    assert not found, "\n".join(found)


def test_every_page_of_the_desk_is_printed_on_a4_with_its_words_and_without_its_doors(
    browser: Browser, site: Site
) -> None:
    readers = {name: Reader(browser, site, name) for name in ("kyoko", *set(BY.values()))}
    for name, path in {**desk_pages(site), "past": "/desk/?as_of=2028-08-01"}.items():
        page = readers[BY.get(name, "kyoko")].go(path)
        page.emulate_media(color_scheme="dark")  # whoever prints at night prints on white
        sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True))).pages
        assert {tuple(map(round, sheet.mediabox[2:])) for sheet in sheets} == {A4}, path
        words = _plain("".join(sheet.extract_text() for sheet in sheets))
        assert _plain(page.locator("h1").inner_text()) in words, path
        assert "サインアウト" not in words, path
        assert ("過去の時点を表示しています" in words) == (name == "past"), path
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", path
        page.emulate_media(media="null")


def _plain(text: str) -> str:
    """Letters and digits only: what is read from a PDF has other dots and spaces."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text)))


def test_a_chart_says_what_a_year_holds_and_puts_a_series_away(browser: Browser, site: Site) -> None:
    reader = Reader(browser, site, "kyoko")
    page = reader.go("/desk/indicators/IND-02/")
    chart, said = page.locator(".course-chart > svg"), page.locator(".chart-said")
    chart.wait_for()
    assert page.locator(".course-chart picture").is_hidden()
    chart.locator('[tabindex="0"]').focus()
    assert "2030年度" in said.inner_text()
    assert "見通し（80％区間）" in said.inner_text()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert "承認済み・確定: 8,700 件" in said.inner_text()
    chart.locator('[data-year="2026年度"]').hover(force=True)
    assert "承認済み・確定: 7,800 件" in said.inner_text()
    assert page.locator(".course-chart [data-year]:focus").get_attribute("aria-label").startswith("2028年度, ")
    drawn = chart.locator('[data-name="承認済み・確定"]')
    assert drawn.first.is_visible()
    page.get_by_role("checkbox", name="承認済み・確定").press("Space")
    assert not drawn.first.is_visible()
    assert reader.complaints == []
