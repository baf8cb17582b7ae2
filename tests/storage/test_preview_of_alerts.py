"""`preview_alerts`: what would be told, to whom and why; and nothing is."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from reporting.alerts.dry_run import preview
from reporting.commands import alerts as commands
from reporting.event_store import head
from reporting.queries.as_of import AsOf
from tests.acts import at, reading
from tests.alerting import (
    NOW,
    acknowledge,
    addresses,  # noqa: F401 - a fixture
    decide,
    find,
    finding,
    history,
    judged,
    mails,
    only,
    pass_days,
    rows,
    submit_plan,
    told,
)
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("addresses")


@pytest.fixture(autouse=True)
def today(settings: Settings) -> None:
    settings.BUSINESS_CLOCK = at("2027-12-01 12:00")


def previewed(today: str = "2027-07-01", as_of: str = "") -> str:
    out = StringIO()
    call_command("preview_alerts", today=today, as_of=as_of, stdout=out)
    return out.getvalue()


def everything() -> object:
    with reading():
        return [vars(row) | {"_state": 0} for row in rows()], mails(), told(), history(), head().position


def test_it_says_who_would_be_told_and_why_and_tells_nobody(cast: Cast) -> None:
    find(finding("off_track"), finding("at_risk", domain="D12"))
    before = everything()
    said = previewed()
    assert everything() == before
    assert "→ policy@mext.example: " in said
    assert said.count("→ ") == 2
    assert "IND-02 挑戦的研究課題件数 (全国) off_track 遅れの発生 [担当者: " in said
    assert "(D12) at_risk 遅れの発生: 送らず：指標全体の遅れをお知らせ済み" in said
    pass_days(NOW)
    assert sorted(f"→ {mail.address}: {mail.subject}" for mail in mails()) == sorted(
        line for line in said.splitlines() if line.startswith("→")
    )


def test_it_says_who_is_next_when_nobody_answers_and_what_lapses_without_an_event(cast: Cast) -> None:
    judged("off_track", agency="JST")
    pass_days(NOW)
    before = everything()
    assert previewed("2027-07-02") == "2027-07-02 10:00\n-\n"
    assert "→ tomoko@jst.example" in previewed("2027-07-08")
    assert "未対応のため次の段階へ [課室長: " in previewed("2027-07-08")
    assert everything() == before
    acknowledge(cast.hanako)
    before = everything()
    assert "期限までに承認された改善計画なし" in previewed("2027-08-02")
    assert everything() == before


def test_of_the_past_it_says_what_was_known_then(cast: Cast) -> None:
    judged("off_track", agency="JST")
    pass_days(NOW)
    submit_plan(cast.hanako, now=at("2027-07-06 10:00"))
    decide(cast.kyoko, accept=True, now=at("2027-07-07 10:00"))
    judged("on_track", "off_track", agency="JST", now=at("2027-07-12 10:00"))
    pass_days(at("2027-07-12 10:00"))
    assert only().state == "resolved"
    before = everything()
    then = "2027-07-05 12:00"
    assert kinds("2027-07-08 10:00", then) == {"escalated"}  # nobody had answered yet
    assert kinds("2027-07-08 10:00", "2027-07-08 09:00") == {"plan_accepted"}
    assert kinds("2028-01-04 10:00", "2027-07-08 09:00") == {"action_overdue", "plan_accepted"}
    assert kinds("2027-07-01 10:00", "2027-07-01 10:00:00") == {"fired"}
    assert everything() == before


def kinds(today: str, then: str) -> set[str]:
    """The kinds of what would be mailed. The log of a test is sealed by the database's clock, so no time is asked of
    it."""
    found = preview(now=at(today), as_of=AsOf(then, 0, at(then)))
    return {row.kind for row in found.tellings if row.mail_id}


def test_it_names_what_holds_all_mails_back(cast: Cast) -> None:
    commands.freeze_mails(actor=cast.kyoko, reason="改定中", now=NOW)
    judged("off_track")
    assert "CSTI事務局がすべてのアラートメールを保留しています" in previewed()


@pytest.mark.parametrize(
    ("today", "as_of", "words"),
    [("tomorrow", "", "--today tomorrow"), ("2026-04-01", "1", "before"), ("", "2030-01-01", "2030-01-01")],
)
def test_days_that_are_none_are_refused_in_words(cast: Cast, today: str, as_of: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        previewed(today, as_of)
