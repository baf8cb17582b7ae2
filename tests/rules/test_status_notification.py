"""A delivery status notification is read for what it says; what is none is refused, whatever it is."""

import base64
import time

import pytest

from reporting.domain.bounces import CameBack
from reporting.domain.status_notification import LARGEST, NotANotification, read

KEY = "0123456789abcdef0123456789abcdef"
SOUND = """\
From: MAILER-DAEMON@mx.example
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

届きませんでした
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Wed, 1 Apr 2026 09:00:00 +0900

Original-Recipient: rfc822;planning@jst.example
Final-Recipient: rfc822; somebody@elsewhere.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; in.example
Diagnostic-Code: smtp; 550 5.1.1 no
 such user

--b
Content-Type: text/rfc822-headers

Message-ID: <0123456789abcdef0123456789abcdef@shinchoku.example>
Subject: x

--b--
"""


def changed(*changes: tuple[str, str]) -> bytes:
    text = SOUND
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def test_who_it_was_for_why_and_which_mail_are_read() -> None:
    [one] = read(SOUND.encode())
    assert (one.mail, one.what, one.status) == (KEY, CameBack.BOUNCED, "5.1.1")
    assert (one.recipient, one.server) == ("planning@jst.example", "dns; in.example")
    assert one.said == "smtp; 550 5.1.1 no such user"


def test_the_mail_itself_may_come_back_too_and_lines_may_end_as_in_mails() -> None:
    whole = changed(
        ("text/rfc822-headers", "message/rfc822"), ("Subject: x\n", "Subject: x\nContent-Type: text/plain\n\n本文\n")
    )
    assert read(whole)[0].mail == KEY
    assert read(SOUND.replace("\n", "\r\n").encode())[0].mail == KEY


@pytest.mark.parametrize(
    ("changes", "whats"),
    [
        ([("Status: 5.1.1", "Status: 4.4.7")], [CameBack.BOUNCED_FOR_NOW]),
        ([("Status: 5.1.1", "Status: what")], [CameBack.BOUNCED]),  # by what the server said
        ([("Action: failed", "Action: delayed")], []),
        ([("Action: failed", "Action: relayed")], []),
        ([("Action: failed", "Action: DELIVERED")], [CameBack.DELIVERED]),
        ([("Action: failed\n", "")], []),
    ],
)
def test_only_what_was_delivered_or_has_failed_says_something(
    changes: list[tuple[str, str]], whats: list[CameBack]
) -> None:
    assert [one.what for one in read(changed(*changes))] == whats


DEEP = b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n"
NONE = {
    "nothing": b"",
    "no mail": b"\x00\xff\xfe" * 1000,
    "a mail as any": b"From: a@b.example\nSubject: x\n\ntext\n",
    "too large": SOUND.encode() + b"x" * LARGEST,
    "another report": changed(("report-type=delivery-status", "x=y")),
    "no parts": b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\ntext",
    "no status": changed(("message/delivery-status", "text/plain")),
    "no mail of ours": changed((KEY, "another")),
    "the id in another case": changed((KEY, KEY.upper())),
    "a charset that is none": changed(
        ('boundary="b"', "boundary*=utf-99'x'%ff"), ("charset=utf-8", "charset=nothing-there")
    ),
    "headers that cannot be read": changed(("From: MAILER", "Content-Type: \x00; =?x?b?//8?=\nFrom: MAILER")),
    "a status that is a picture": changed(
        ("Content-Type: message/delivery-status\n", "Content-Type: image/png\nContent-Transfer-Encoding: base64\n")
    ),
    "nested too deep": b"".join(DEEP % (n, n) for n in range(5_000)),
    "a status with nothing in it": b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    b"--b\nContent-Type: message/delivery-status\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <%s@x>\n"
    b"--b--\n" % KEY.encode(),
}


@pytest.mark.parametrize("what", NONE)
def test_what_is_no_notification_is_refused_in_no_time_or_says_nothing(what: str) -> None:
    begun = time.process_time()
    try:
        assert read(NONE[what]) == []
    except NotANotification:
        pass
    else:
        assert what == "a status with nothing in it"
    assert time.process_time() - begun < 5


def test_cut_off_anywhere_it_is_read_or_refused_and_nothing_else() -> None:
    raw = SOUND.encode()
    for end in range(len(raw)):
        try:
            assert len(read(raw[:end])) <= 1
        except NotANotification:
            continue


def test_changed_anywhere_it_is_read_or_refused_and_nothing_else() -> None:
    raw = SOUND.encode()
    for place in range(len(raw)):
        for byte in (b"\x00", b"\xff", b"\n", b";", b"="):
            try:
                read(raw[:place] + byte + raw[place + 1 :])
            except NotANotification:
                continue


def test_a_thousand_recipients_are_ten() -> None:
    block = "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n"
    assert len(read(changed(("--b\nContent-Type: text/rfc822", block * 1000 + "--b\nContent-Type: text/rfc822")))) == 10


def test_a_status_in_base64_is_not_guessed_at() -> None:
    coded = base64.b64encode(b"Reporting-MTA: dns; x\n\nAction: failed\nStatus: 5.1.1\n").decode()
    raw = SOUND[: SOUND.index("Reporting-MTA")] + coded + SOUND[SOUND.index("\n--b\nContent-Type: text/rfc822") :]
    assert read(raw.encode()) == []
