"""A letter is handed over as any server and any mail program takes it, and as the same bytes at every try."""

import base64
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import DatabaseError
from pytest_django import Settings

from agencies import access
from reporting import alerts
from reporting.alerts.outbox.message import content_id, written
from reporting.models import MailImage, OutboxMail
from tests.mail_server import MailServer, sending_to
from tests.mails import mails, queue

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TEXT = "遅れています。\n.点で始まる行\n" + "長い行" * 500 + "\n"
HTML = f'<!DOCTYPE html><html><body><p>遅れ</p><img src="cid:{content_id("chart.png")}"></body></html>'


@pytest.fixture
def post(settings: Settings) -> Iterator[MailServer]:
    with sending_to(settings) as post:
        yield post


def letter(*, pictures: int = 1, **more: Any) -> OutboxMail:
    [pk] = queue(body=TEXT, html=HTML, **more)
    with access.following():
        for n in range(pictures):
            name = "chart.png" if n == 0 else f"chart-{n}.png"
            MailImage.objects.create(mail_id=pk, name=name, content=PICTURE)
    return next(mail for mail in mails() if mail.pk == pk)


def bytes_of(mail: OutboxMail) -> bytes:
    content: bytes = written(mail).message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    return content


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def test_text_html_and_pictures_are_parts_of_one_another(database: str) -> None:
    message = read(bytes_of(letter(pictures=2)))
    assert not message.defects
    assert message.get_content_type() == "multipart/related"
    assert message["Content-Type"].params["type"] == "multipart/alternative"
    [both, *pictures] = message.iter_parts()
    [text, html] = both.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content() == TEXT
    assert html.get_content() == HTML
    assert [p.get_content() for p in pictures] == [PICTURE, PICTURE]
    assert pictures[0]["Content-ID"] == f"<{content_id('chart.png')}>"
    assert [p.get_content_disposition() for p in pictures] == ["inline", "inline"]


def test_without_a_picture_it_is_text_and_html(database: str) -> None:
    message = read(bytes_of(letter(pictures=0)))
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_written_again_it_is_the_same_bytes(database: str) -> None:
    mail = letter(pictures=2, digest=True, references="a" * 64)
    assert bytes_of(mail) == bytes_of(mail)
    assert len(set(re.findall(rb'boundary="([^"]+)"', bytes_of(mail)))) == 2


def test_it_is_for_servers_that_take_only_ascii_in_short_lines(database: str) -> None:
    lines = bytes_of(letter(pictures=2)).split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert b"".join(lines).isascii()


def test_it_arrives_as_it_was_written(database: str, post: MailServer) -> None:
    letter(digest=True, references=f"{'b' * 64} {'c' * 64}")
    assert alerts.send_due() == 1
    message = read(post.mails[0][1].encode())
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content() == TEXT
    assert message["Message-ID"] == f"<{mails()[0].key[:32]}@shinchoku.example>"
    assert message["In-Reply-To"] == f"<{'c' * 32}@shinchoku.example>"
    assert message["References"].split() == [f"<{c * 32}@shinchoku.example>" for c in "bc"]
    assert re.fullmatch(r"<http\S+/admin/alerts/settings/>", message["List-Unsubscribe"])
    assert message["List-Unsubscribe-Post"] is None  # no mail program is to press anything


def test_only_a_digest_says_where_it_can_be_turned_off(database: str) -> None:
    message = read(bytes_of(letter()))
    assert message["List-Unsubscribe"] is None
    assert message["References"] is None
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("field", ["subject", "references"])
def test_no_header_is_slipped_in(database: str, post: MailServer, field: str) -> None:
    letter(**{field: "A\r\nBcc: x@y.example"})
    alerts.send_due()
    # A subject in two lines is no mail; of keys the white space between them is all that is left.
    for _to, content in post.mails:
        assert read(content.encode())["Bcc"] is None
    if field == "subject":
        assert [mail.state for mail in mails()] == ["failed"]


def test_a_picture_is_only_ever_added(database: str) -> None:
    letter()
    for change in (lambda: MailImage.objects.update(content=b""), lambda: MailImage.objects.all().delete()):
        with pytest.raises(DatabaseError), access.following():
            change()
