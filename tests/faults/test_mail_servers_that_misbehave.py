"""Mails leave from their rows, each once, by real SMTP; and each comes to an end that is true."""

import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import psycopg
import pytest
from pytest_django import Settings

from reporting import alerts
from tests.acts import PATIENCE, Aside, all_at_once
from tests.mail_server import (
    CLOSE,
    HANG,
    KEEP_AND_CLOSE,
    KEEP_AND_HANG,
    MailServer,
    mail_server,
    sending_to,
    usual,
)
from tests.mails import later, mails, queue, states, tries

Superuser = psycopg.Connection[tuple[Any, ...]]
BEFORE_THE_CONTENT = ["BANNER", "EHLO", "MAIL", "RCPT", "DATA"]


@pytest.fixture
def post(database: str, settings: Settings) -> Iterator[MailServer]:
    with sending_to(settings) as post:
        yield post


def impatient(settings: Settings) -> None:
    """For a server that hangs; one that is only slow, on a machine with much to do, is waited for."""
    settings.EMAIL_TIMEOUT = settings.EMAIL_ANSWER_TIMEOUT = 0.5


# --- each once ---


def test_two_workers_send_a_thousand_mails_each_once(post: MailServer) -> None:
    queue(1000)
    until_nothing_is_left = [lambda: sum(iter(lambda: alerts.send_due(50), 0))] * 2
    assert sum(all_at_once(until_nothing_is_left)) == 1000
    assert len(set(post.ids())) == len(post.mails) == 1000
    assert {(mail.state, mail.attempts) for mail in mails()} == {("sent", 1)}


def test_eight_senders_at_once_send_each_mail_once(post: MailServer) -> None:
    queue(20)
    assert sum(all_at_once([alerts.send_due] * 8)) == 20
    assert len(set(post.ids())) == len(post.mails) == 20


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_mail_arrives_as_it_was_written_and_no_line_of_it_ends_it(post: MailServer, end: str) -> None:
    lines = ["一行目", ".点で始まる行", "..", ".", "MAIL FROM:<evil@b.example>", "終わり"]
    [mail] = queue(body=end.join(lines) + end)
    assert alerts.send_due() == 1
    [(_, content)] = post.mails
    assert message_from_bytes(content.encode(), policy=policy.default).get_content().splitlines() == lines
    assert (tries(mail), post.seen.count("MAIL")) == (["accepted"], 1)


# --- what is provably not accepted is tried again, and nothing else ---


@pytest.mark.parametrize("answer", ["421 closing", "451 busy", HANG, CLOSE])
@pytest.mark.parametrize("step", BEFORE_THE_CONTENT)
def test_whatever_happens_before_the_content_is_tried_again(
    post: MailServer, settings: Settings, step: str, answer: str
) -> None:
    [mail] = queue()
    if answer == HANG:
        impatient(settings)
    post.says(step, answer)
    assert alerts.send_due() == 0
    [row] = mails()
    assert (row.state, row.attempts, row.lease_token, row.handed_over_at) == ("queued", 1, None, None)
    post.behaviour, settings.EMAIL_TIMEOUT = usual, PATIENCE
    assert alerts.send_due() == 0  # not due yet
    later()
    assert alerts.send_due() == 1
    assert (len(post.mails), states()) == (1, ["sent"])
    assert tries(mail)[1:] == ["accepted"]


def test_a_refusal_after_the_content_is_a_refusal(post: MailServer) -> None:
    queue(3)
    post.behaviour = lambda step, whom: (
        {"to-0": "451 busy", "to-1": "554 no"}.get(whom[:4], "250 kept") if step == "dot" else usual(step, whom)
    )
    assert alerts.send_due() == 1
    assert states() == ["queued", "failed", "sent"]


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_a_recipient_refused_for_good_fails_at_once_and_the_others_go(post: MailServer, step: str) -> None:
    bad, _good = queue(2)
    post.says(step, "550 nobody here", only="to-0@")
    assert alerts.send_due() == 1
    assert states() == ["failed", "sent"]
    assert tries(bad) == ["refused"]
    assert "nobody here" in mails()[0].error


@pytest.mark.parametrize(("step", "answer"), [("MAIL", "550 not you"), ("BANNER", "554 go away")])
def test_a_server_that_takes_nothing_from_us_fails_no_mail_for_good(post: MailServer, step: str, answer: str) -> None:
    queue(3)
    post.says(step, answer)
    assert alerts.send_due() == 0
    assert states() == ["queued"] * 3


def test_a_server_that_is_away_ends_the_round(database: str, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    queue(3)
    assert alerts.send_due() == 0
    assert [mail.attempts for mail in mails()] == [1, 0, 0]  # one waited for the server; the others were spared it


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
def test_a_server_that_closes_down_ends_the_round(post: MailServer, step: str) -> None:
    queue(3)
    post.says(step, "421 closing down")
    assert alerts.send_due() == 0
    assert [mail.attempts for mail in mails()] == [1, 0, 0]


def test_a_server_without_the_tls_we_ask_for_is_given_no_mail(post: MailServer, settings: Settings) -> None:
    settings.EMAIL_USE_TLS = True
    queue()
    assert alerts.send_due() == 0
    assert (states(), post.mails) == (["queued"], [])


def test_an_outage_of_an_hour_delays_mails_and_loses_none(post: MailServer, superuser: Superuser) -> None:
    """Minute by minute: the waits of all rows grow shorter as the clock goes on."""
    queue(20)
    post.says("BANNER", "421 closed for an hour")
    for minute in range(200):
        if minute == 60:
            post.behaviour = usual
        while alerts.send_due():
            pass
        superuser.execute(
            "UPDATE reporting_outboxmail SET due_at = due_at - interval '1 minute' WHERE state = 'queued'"
        )
    assert states() == ["sent"] * 20
    assert len(set(post.ids())) == len(post.mails) == 20
    assert max(mail.attempts for mail in mails()) <= 5


def test_what_is_refused_again_and_again_fails(post: MailServer) -> None:
    queue()
    post.says("RCPT", "451 busy")
    for _ in range(8):
        alerts.send_due()
        later()
    [mail] = mails()
    assert (mail.state, mail.attempts) == ("failed", 6)


# --- one bad row stops nobody ---

BAD = {
    "a line feed in the subject": {"subject": "件名\nBcc: evil@b.example"},
    "two lines in the subject": {"subject": "件名\r\n\r\n本文"},
    "a line feed in the address": {"address": "a@b.example\r\nRCPT TO:<evil@b.example>"},
    "a second recipient": {"address": "a@b.example, evil@b.example"},
    "an address that is none": {"address": "nobody"},
    "no address": {"address": ""},
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_row_ends_by_itself_and_the_others_go(post: MailServer, bad: str) -> None:
    queue(1, **BAD[bad])
    queue(2)
    assert alerts.send_due() == 2
    assert states()[0] in ("failed", "cancelled")
    assert post.recipients() == ["to-1@a.example", "to-2@a.example"]
    assert not [content for _, content in post.mails if "evil" in content]


# --- in doubt ---


@pytest.mark.parametrize("answer", [HANG, CLOSE, KEEP_AND_HANG, KEEP_AND_CLOSE, "999 what", "xyz"])
def test_without_an_answer_to_its_content_a_mail_is_in_doubt_and_never_sent_again_by_itself(
    post: MailServer, settings: Settings, answer: str
) -> None:
    [mail] = queue()
    if "hang" in answer:
        impatient(settings)
    post.says("dot", answer)
    assert alerts.send_due() == 0
    post.behaviour = usual
    for _ in range(3):
        later()
        assert alerts.send_due() == 0
    assert (states(), tries(mail)) == (["uncertain"], ["in_doubt"])
    assert len(post.mails) == (1 if answer.startswith("keep") else 0)


def test_in_doubt_a_mandatory_mail_is_sent_once_more_with_the_same_id(post: MailServer) -> None:
    [mail] = queue(mandatory=True)
    post.says("dot", KEEP_AND_CLOSE)
    for _ in range(4):
        assert alerts.send_due() == 0
        later()
    assert (states(), tries(mail)) == (["uncertain"], ["in_doubt", "in_doubt"])
    first, second = post.ids()
    assert first == second
    [mail] = queue(mandatory=True)
    alerts.send_due()
    post.behaviour = usual
    later()
    assert alerts.send_due() == 1
    assert (states()[1], tries(mail)) == ("sent", ["in_doubt", "accepted"])


def test_a_sender_that_was_away_too_long_is_found_in_doubt_and_its_late_word_does_not_count(
    post: MailServer, settings: Settings
) -> None:
    settings.EMAIL_ANSWER_TIMEOUT = PATIENCE
    [mail] = queue()
    reached, held = socket.socketpair()
    post.behaviour = lambda step, whom: (
        str((reached.send(b"."), reached.recv(1), "250 kept")[2]) if step == "dot" else usual(step, whom)
    )
    with reached, held, Aside() as aside:
        late = aside.start(alerts.send_due)
        held.recv(1)  # it waits for the server's answer
        assert alerts.send_due() == 0  # nobody else takes it meanwhile
        assert states() == ["sending"]
        later()
        assert alerts.send_due() == 0  # and nobody sends again what may have arrived
        assert states() == ["uncertain"]
        held.send(b".")
        late.result(PATIENCE)
    assert (states(), tries(mail), len(post.mails)) == (["uncertain"], ["in_doubt"], 1)


def test_who_has_lost_the_lease_before_the_content_does_not_hand_it_over(post: MailServer) -> None:
    [mail] = queue()
    with Aside() as aside:

        def behaviour(step: str, whom: str) -> str:
            if step == "DATA":  # it was frozen here, its lease ran out, and another has taken the mail and sent it
                post.behaviour = usual
                later()
                assert aside.start(alerts.send_due).result(PATIENCE) == 1
            return usual(step, whom)

        post.behaviour = behaviour
        assert alerts.send_due() == 0
    assert (states(), len(post.mails), tries(mail)) == (["sent"], 1, ["died", "accepted"])


def test_who_has_slept_through_the_lease_hands_nothing_over_though_nobody_has_taken_the_mail(post: MailServer) -> None:
    [mail] = queue()
    with Aside() as aside:

        def behaviour(step: str, whom: str) -> str:
            if step == "DATA":
                post.behaviour = usual
                aside.start(later).result(PATIENCE)
            return usual(step, whom)

        post.behaviour = behaviour
        assert alerts.send_due() == 1
    assert (tries(mail), post.seen.count("DATA"), len(post.mails)) == (["died", "accepted"], 2, 1)


def test_the_control_another_server_hears_nothing(post: MailServer) -> None:
    """What the tests count is what was really sent, and to whom."""
    with mail_server() as (other, _port):
        queue()
        assert alerts.send_due() == 1
        assert (len(post.mails), other.mails) == (1, [])
