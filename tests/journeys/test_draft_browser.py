"""Typing into the form in a real browser: a crashed tab, two tabs, two people, a sign-in that ends, a server that is
away. Nothing typed is lost, and nobody's typing is overwritten unseen."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, Route, expect

from agencies import access
from agencies.models import Person as Account
from agencies.models import Role
from reporting.models import DraftField, Report
from tests.acts import at
from tests.cast import PASSWORD, SYSTEM, Cast, join
from tests.journeys import test_browser
from tests.journeys.running import Running, running
from tests.journeys.test_browser import Person

pytestmark = test_browser.pytestmark
playwright_s_loop_is_no_danger = test_browser.playwright_s_loop_is_no_danger
browser_type_launch_args = test_browser.browser_type_launch_args
FORM = "/admin/reports/JST.P1.A1/FY2026Q1/"


@pytest.fixture
def site(cast: Cast, database: str, tmp_path: Path) -> Iterator[Running]:
    with access.acting(SYSTEM):
        password = Account.objects.get(username="hanako").password
        join(Account.objects.create(username="hisae", name="久恵", password=password), "JST", "planning", Role.REPORTER)
    with running(database, at("2026-07-10 23:41"), tmp_path) as site:
        yield site


def number(page: Page) -> Locator:
    return page.get_by_label("値", exact=True).last


def summary(page: Page) -> Locator:
    return page.get_by_label("進捗の概要")


def is_saved(page: Page) -> None:
    expect(page.get_by_text("保存しました 23:41")).to_be_visible()


def texts() -> dict[str, str]:
    with access.reading(SYSTEM):
        return dict(DraftField.objects.values_list("name", "text"))


def test_the_day_of_a_reporter_with_a_tab_that_crashes_before_it_could_save(browser: Browser, site: Running) -> None:
    hanako = Person(browser, site, "hanako")
    page = hanako.go("/admin/reports/")
    page.locator(f'a[href="{FORM}"]').first.click()
    number(page).fill("３５０")
    is_saved(page)
    # From here on nothing reaches the server, and the tab's process is killed: no event of leaving runs in it.
    page.context.route("**/draft/", lambda route: route.abort())
    summary(page).press_sequentially("計画に沿って進めた。")
    expect(page.get_by_text("保存できません").first).to_be_visible()
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")
    page.close()
    hanako.page = page.context.new_page()
    hanako.page.context.unroute("**/draft/")
    assert texts() == {"figure:IND-02:value": "３５０"}

    page = hanako.go(FORM)
    expect(number(page)).to_have_value("３５０")
    expect(summary(page)).to_have_value("計画に沿って進めた。")
    expect(page.get_by_text("1項目の入力を復元しました").first).to_be_visible()
    is_saved(page)
    assert texts()["narrative:summary"] == "計画に沿って進めた。"
    page.get_by_role("button", name="CSTIに提出する").click()
    expect(page.get_by_text("報告を提出しました")).to_be_visible()
    assert texts() == {}
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('shinchoku'))") == []
    with access.reading(SYSTEM):
        assert Report.objects.get(id="JST.P1.A1@FY2026Q1").status == "submitted"


def test_what_was_typed_a_moment_before_the_tab_was_closed_is_on_the_server(browser: Browser, site: Running) -> None:
    hanako = Person(browser, site, "hanako")
    page = hanako.go(FORM)
    number(page).fill("351")
    page.goto("about:blank")
    hisae = Person(browser, site, "hisae")
    expect(number(hisae.go(FORM))).to_have_value("351")


@pytest.mark.parametrize(("choice", "kept"), [("自分の入力を残す", "360"), ("相手の入力を使う", "350")])
def test_two_people_in_one_field_are_shown_both_texts_and_one_chooses(
    browser: Browser, site: Running, choice: str, kept: str
) -> None:
    hanako, hisae = Person(browser, site, "hanako"), Person(browser, site, "hisae")
    mine, theirs = hisae.go(FORM), hanako.go(FORM)
    number(theirs).fill("350")
    is_saved(theirs)
    number(mine).fill("360")
    box = mine.locator(".sh-differs")
    expect(box).to_contain_text("Hanakoさんが")
    expect(box).to_contain_text("350")
    expect(number(mine)).to_have_value("360")
    assert texts() == {"figure:IND-02:value": "350"}
    # Neither a submission nor more typing gets past the choice.
    mine.get_by_role("button", name="CSTIに提出する").click()
    summary(mine).fill("概要")
    expect(box).to_be_visible()
    assert texts()["figure:IND-02:value"] == "350"
    box.get_by_role("button", name=choice).press("Enter")  # by the keyboard alone
    expect(box).to_have_count(0)
    is_saved(mine)
    expect(number(mine)).to_have_value(kept)
    assert texts() == {"figure:IND-02:value": kept, "narrative:summary": "概要"}


def test_in_two_tabs_of_one_person_neither_overwrites_the_other(browser: Browser, site: Running) -> None:
    hanako = Person(browser, site, "hanako")
    first = hanako.go(FORM)
    second = first.context.new_page()
    second.goto(site.url + FORM)
    summary(first).fill("一つ目の画面")
    is_saved(first)
    summary(second).fill("二つ目の画面")
    expect(second.locator(".sh-differs")).to_contain_text("一つ目の画面")
    number(second).fill("350")  # other fields go on being saved
    for _ in range(50):
        if "figure:IND-02:value" in texts():
            break
        second.wait_for_timeout(100)
    assert texts() == {"narrative:summary": "一つ目の画面", "figure:IND-02:value": "350"}
    # The first tab submits what it shows, without having seen the number of the second: it is shown first.
    number(first).fill("340")
    expect(first.locator(".sh-differs")).to_contain_text("350")


def test_a_sign_in_that_has_ended_is_renewed_in_place_and_no_keystroke_is_lost(browser: Browser, site: Running) -> None:
    hanako = Person(browser, site, "hanako")
    page = hanako.go(FORM)
    page.context.clear_cookies()  # the session, and the token of its forms, are gone
    number(page).fill("350")
    dialog = page.get_by_role("dialog", name="もう一度サインイン")
    expect(dialog).to_be_visible()
    dialog.get_by_label("利用者名").fill("hanako")
    dialog.get_by_label("パスワード").fill("wrong")
    dialog.get_by_label("パスワード").press("Enter")
    expect(dialog.get_by_text("利用者名またはパスワードが違います")).to_be_visible()
    dialog.get_by_label("パスワード").fill(PASSWORD)
    dialog.get_by_label("パスワード").press("Enter")
    expect(dialog).to_be_hidden()
    is_saved(page)
    assert texts() == {"figure:IND-02:value": "350"}
    summary(page).fill("続き")
    page.get_by_role("button", name="CSTIに提出する").click()
    expect(page.get_by_text("報告を提出しました")).to_be_visible()


def test_signing_in_as_someone_else_saves_nothing_in_their_name(browser: Browser, site: Running) -> None:
    hanako = Person(browser, site, "hanako")
    page = hanako.go(FORM)
    page.context.clear_cookies()
    other = page.context.new_page()
    other.goto(site.url + "/sign-in/")
    other.get_by_label("利用者名").fill("hisae")
    other.get_by_label("パスワード").fill(PASSWORD)
    other.get_by_role("button", name="サインイン").click()
    expect(other).not_to_have_url(re.compile("/sign-in/"))
    number(page).fill("350")
    expect(page.get_by_text("別の人または別の所属としてサインイン").first).to_be_visible()
    assert texts() == {}
    expect(number(page)).to_have_value("350")


def test_a_server_that_is_being_replaced_is_tried_again_until_it_answers(browser: Browser, site: Running) -> None:
    hanako = Person(browser, site, "hanako")
    page = hanako.go(FORM)
    answers = [502, 503, 500, 404]

    def away(route: Route) -> None:
        if answers:
            route.fulfill(status=answers.pop(0), content_type="text/html", body="<h1>away</h1>")
        else:
            route.continue_()

    page.route("**/draft/", away)
    number(page).fill("350")
    expect(page.get_by_text("保存できません").first).to_be_visible()
    summary(page).fill("その間に書いた")
    expect(page.get_by_text("保存しました 23:41")).to_be_visible(timeout=30_000)
    assert texts() == {"figure:IND-02:value": "350", "narrative:summary": "その間に書いた"}


@pytest.mark.parametrize("width", [1280, 390])
def test_errors_stand_beside_the_field_and_on_top_and_the_keyboard_reaches_them(
    browser: Browser, site: Running, width: int
) -> None:
    hanako = Person(browser, site, "hanako")
    hanako.page.set_viewport_size({"width": width, "height": 800})
    page = hanako.go(FORM)
    number(page).fill("約350")
    is_saved(page)
    page.get_by_role("button", name="CSTIに提出する").press("Enter")
    link = page.locator("#problems a")
    expect(link).to_have_text("IND-02 挑戦的研究課題件数")
    expect(page.locator("#problems")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#f-IND-02-value"
    described = number(page).get_attribute("aria-describedby")
    assert described
    expect(page.locator(f"#{described}")).to_contain_text("数値")
    head, field = page.locator(".sh-head").bounding_box(), number(page).bounding_box()
    assert head
    assert field
    assert field["y"] >= head["y"] + head["height"], "the head must not cover what has the focus"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [c for c in hanako.complaints if "400" not in c] == []


def test_ratios_and_rests_are_shown_while_they_are_typed(browser: Browser, site: Running) -> None:
    midori, hanako = Person(browser, site, "midori"), Person(browser, site, "hanako")
    page = midori.go("/admin/reports/MIHON-A.P1.A5.M1/FY2026/")
    page.get_by_label("分子").fill("１，２００")
    page.get_by_label("分母").fill("1万")
    expect(page.get_by_text("割合：12%")).to_be_visible()
    page = hanako.go("/admin/reports/JST.P1.A1.M2/FY2026Q1/")
    number(page).fill("185")
    page.locator("summary", has_text="技術領域別の内訳").click()
    page.get_by_label("造船").fill("100")
    page.get_by_label("航空").fill("２０")
    expect(page.get_by_text("領域の合計：120・残り（その他・横断）：65")).to_be_visible()
    page.get_by_label("航空").fill("五")
    expect(page.get_by_text("領域の合計：—・残り（その他・横断）：—")).to_be_visible()
    page.get_by_label("航空").fill("90")
    expect(page.get_by_text("領域の合計が190となり")).to_be_visible()
    assert midori.complaints == hanako.complaints == []
