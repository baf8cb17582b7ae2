"""An operator decides about a mail in doubt, and lets a paused sender go on, at a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from agencies import access
from reporting.models import MailSender
from tests.acts import at, eventually
from tests.cast import Cast
from tests.journeys.running import Running, running
from tests.journeys.test_browser import (
    Person,
    browser_context_args,
    browser_type_launch_args,
    playwright_s_loop_is_no_danger,
    pytestmark,
)
from tests.mails import mails, queue

__all__ = ["browser_context_args", "browser_type_launch_args", "playwright_s_loop_is_no_danger", "pytestmark"]
ERROR = "TimeoutError: timed out"


@pytest.fixture
def site(cast: Cast, database: str, tmp_path: Path) -> Iterator[Running]:
    with running(database, at("2026-08-01 10:00"), tmp_path) as site:
        yield site


def state(mail: int) -> str:
    """Of this mail; the followers may write reminders beside it."""
    return next(row.state for row in mails() if row.pk == mail)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_mail_in_doubt_is_sent_again_and_a_paused_sender_resumed(
    browser: Browser, site: Running, width: int, tmp_path: Path
) -> None:
    [mail] = queue(state="uncertain", doubts=1, attempts=1, handed_over_at=at("2026-08-01 09:00"), error=ERROR)
    with access.following():
        MailSender.objects.create(pk=1, generation="of before", paused_at=at("2026-08-01 09:30"), reason="restored")
    misao = Person(browser, site, "misao")
    misao.page.set_viewport_size({"width": width, "height": 900})
    page = misao.go("/admin/reporting/outboxmail/?state__exact=uncertain")
    page.get_by_role("link", name="第0号").first.click()
    expect(page.get_by_role("heading", name="送信の経過")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=tmp_path / "mail.png", full_page=True)
    page.get_by_role("button", name="再送する").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("それでも送信することを確認してください")
    page.get_by_label("二重に届く可能性がある").check()
    page.get_by_role("button", name="再送する").press("Enter")
    expect(page.get_by_text("再送を指示")).to_be_visible()

    page = misao.go("/admin/mails/")
    expect(page.get_by_role("alert")).to_contain_text("メールの送信を停止しています")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=tmp_path / "sending.png", full_page=True)
    assert state(mail) == "queued"
    page.get_by_role("button", name="メールの送信を再開する").press("Enter")
    expect(page.get_by_text("メールは送信されています")).to_be_visible()
    eventually(lambda: state(mail) == "sent", "sent")
    page = misao.go(f"/admin/mails/{mail}/")
    expect(page.get_by_text("サーバが受理")).to_be_visible()
