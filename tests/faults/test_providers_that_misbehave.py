"""By a provider's API only what was provably not accepted is sent again, and each mail ends as what is true of it."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from reporting import alerts
from tests.mails import later, mails, queue, states, tries
from tests.provider import (
    BACKEND,
    CLOSE,
    HANG,
    KEEP_AND_CLOSE,
    KEEP_AND_HANG,
    Provider,
    configure,
    sending_by,
)

INACTIVE = {
    "ErrorCode": 406,
    "Message": "You tried to send to a recipient that has been marked as inactive.\n"
    "Found inactive addresses: to-0@a.example.\nInactive recipients are ones that have generated a hard bounce.",
}
NOT_SAID = {"ErrorCode": 406, "Message": "reworded"}


@pytest.fixture
def provider(database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with sending_by(settings, monkeypatch) as provider:
        yield provider


def test_a_mail_goes_by_the_provider_once_with_its_message_id_and_a_name_to_report_it_by(provider: Provider) -> None:
    queue(3)
    assert alerts.send_due() == 3
    assert alerts.send_due() == 0
    assert (states(), len(provider.mails)) == (["sent"] * 3, 3)
    [first, *_] = provider.mails
    assert (first["To"], first["Subject"]) == ("to-0@a.example", "第0号")
    assert f"<{first['Metadata']['mail']}>" == provider.ids()[0]
    assert first["Metadata"]["mail"].startswith(mails()[0].key[:32])


def test_without_a_connection_a_mail_is_tried_again_and_the_others_are_spared_the_wait(
    database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings.EMAIL_BACKEND = BACKEND
    configure(settings, 1)
    first, _ = queue(2)
    assert alerts.send_due() == 0
    assert (states(), [mail.attempts for mail in mails()], tries(first)) == (["queued"] * 2, [1, 0], ["not_reached"])


def test_a_name_that_is_none_is_no_connection(
    database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    settings.EMAIL_BACKEND = BACKEND
    settings.ANYMAIL = {"POSTMARK_API_URL": "http://provider.invalid/", "POSTMARK_SERVER_TOKEN": "t"}
    [mail] = queue()
    assert alerts.send_due() == 0
    assert tries(mail) == ["not_reached"]


def test_a_provider_that_does_not_let_us_connect_in_time_is_not_reached(
    database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings.EMAIL_TIMEOUT = 0.5
    settings.EMAIL_BACKEND = BACKEND
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, socket.socket() as waits:
        configure(settings, deaf.getsockname()[1])
        waits.connect(deaf.getsockname())  # whoever comes after it waits in front of the door
        [mail] = queue()
        assert alerts.send_due() == 0
    assert tries(mail) == ["not_reached"]


def test_settings_that_lack_something_send_nothing_and_fail_nothing(provider: Provider, settings: Settings) -> None:
    settings.ANYMAIL = {}
    [mail] = queue()
    assert alerts.send_due() == 0
    assert (states(), tries(mail)) == (["queued"], ["not_reached"])
    assert "POSTMARK_SERVER_TOKEN" in mails()[0].error


ANSWERS: dict[str, tuple[tuple[int, Any], str, str]] = {
    "a key that is wrong": ((401, {"ErrorCode": 10, "Message": "Bad token"}), "queued", "not_reached"),
    "a bill that is not paid": ((402, b"pay"), "queued", "not_reached"),
    "forbidden": ((403, b"no"), "queued", "not_reached"),
    "too much at once": ((429, b"slow down"), "queued", "not_reached"),
    "no such address of the API": ((404, b"?"), "queued", "not_reached"),
    "did not hear it all": ((408, b"?"), "queued", "for_now"),
    "this mail is bad": ((400, b"bad"), "failed", "refused"),
    "too large": ((413, b"large"), "failed", "refused"),
    "this mail cannot be processed": ((422, {"ErrorCode": 300, "Message": "Invalid 'From'"}), "failed", "refused"),
    "the recipient is refused": ((422, INACTIVE), "failed", "refused"),
    "a refusal in other words": ((422, NOT_SAID), "uncertain", "in_doubt"),
    "its own fault": ((500, b"oops"), "uncertain", "in_doubt"),
    "a gateway before it": ((502, b"bad gateway"), "uncertain", "in_doubt"),
    "not there": ((503, b"later"), "uncertain", "in_doubt"),
    "accepted, but no JSON": ((200, b"<html>"), "uncertain", "in_doubt"),
    "accepted, but another JSON": ((200, [1, 2]), "uncertain", "in_doubt"),
    "accepted, in words that nobody knows": ((200, {"ErrorCode": 0, "Message": "OK"}), "uncertain", "in_doubt"),
    "elsewhere": ((304, b""), "uncertain", "in_doubt"),
}


@pytest.mark.parametrize("said", ANSWERS)
def test_each_answer_is_taken_for_what_it_proves(provider: Provider, said: str) -> None:
    provider.answer, state, ended = ANSWERS[said]
    [mail] = queue()
    assert alerts.send_due() == 0
    assert (states(), tries(mail)) == ([state], [ended])
    provider.answer = ""
    later()
    alerts.send_due()
    assert len(provider.mails) == (1 if state == "queued" else 0)


@pytest.mark.parametrize("answer", [HANG, CLOSE, KEEP_AND_HANG, KEEP_AND_CLOSE])
def test_without_an_answer_a_mail_is_in_doubt_and_never_sent_again_by_itself(
    provider: Provider, settings: Settings, answer: str
) -> None:
    if "hang" in answer:
        settings.EMAIL_ANSWER_TIMEOUT = 0.5
    provider.answer = answer
    [mail] = queue()
    assert alerts.send_due() == 0
    provider.answer = ""
    for _ in range(3):
        later()
        assert alerts.send_due() == 0
    assert (states(), tries(mail), provider.asked) == (["uncertain"], ["in_doubt"], 1)


def test_in_doubt_a_mandatory_mail_is_sent_once_more_with_the_same_id(provider: Provider) -> None:
    [mail] = queue(mandatory=True)
    provider.answer = KEEP_AND_CLOSE
    for _ in range(4):
        assert alerts.send_due() == 0
        later()
    assert (states(), tries(mail)) == (["uncertain"], ["in_doubt", "in_doubt"])
    first, second = provider.ids()
    assert first == second


@pytest.mark.parametrize("bad", [{"subject": "件名\nBcc: evil@b.example"}, {"address": "a@b.example, evil@b.example"}])
def test_a_bad_row_ends_by_itself_and_the_others_go(provider: Provider, bad: dict[str, str]) -> None:
    queue(1, **bad)
    queue(1)
    alerts.send_due()
    assert states()[1] == "sent"
    assert not [mail for mail in provider.mails if "evil" in mail["To"] or "evil" in str(mail.get("Bcc"))]
