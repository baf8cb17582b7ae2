"""A provider's API in Postmark's form, over a real socket, which misbehaves as it is told; and what comes back."""

import base64
import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from reporting.models import OutboxMail
from tests.acts import PATIENCE

HANG, CLOSE, KEEP_AND_HANG, KEEP_AND_CLOSE = "hang", "close", "keep and hang", "keep and close"
SECRET = "reports:a-long-password-of-ours"
BACKEND = "anymail.backends.postmark.EmailBackend"


class Provider:
    """Keeps what it accepts, as it was given."""

    def __init__(self) -> None:
        # What it does with each mail: a status and a body, or one of the words above.
        self.answer: str | tuple[int, Any] = ""
        self.mails: list[dict[str, Any]] = []
        self.asked = 0
        self.let_go = threading.Event()

    def ids(self) -> list[str]:
        return [header["Value"] for mail in self.mails for header in mail["Headers"] if header["Name"] == "Message-ID"]

    def usual(self, mail: dict[str, Any]) -> tuple[int, Any]:
        return 200, {"ErrorCode": 0, "Message": "OK", "MessageID": f"id-{self.asked}", "To": mail["To"]}


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        provider: Provider = self.server.provider  # type: ignore[attr-defined]
        length = 0
        if not self.rfile.readline():
            return
        while (line := self.rfile.readline().strip()) != b"":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        mail = json.loads(self.rfile.read(length))
        provider.asked += 1
        answer = provider.answer or provider.usual(mail)
        if str(answer).startswith("keep") or answer == provider.usual(mail):
            provider.mails.append(mail)
        if answer in (HANG, KEEP_AND_HANG):
            provider.let_go.wait(PATIENCE)
        if isinstance(answer, str):
            return
        status, body = answer
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} it\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        self.wfile.write(head.encode() + content)


class _Sockets(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Who hangs up in the middle is no error here."""


@contextmanager
def sending_by(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, certified: ssl.SSLContext | None = None
) -> Iterator[Provider]:
    """Mails of this process go there, by TLS if it has a certificate."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    provider = Provider()
    with _Sockets(("127.0.0.1", 0), _Talk) as sockets:
        sockets.provider = provider  # type: ignore[attr-defined]
        if certified:
            sockets.socket = certified.wrap_socket(sockets.socket, server_side=True)
        listening = threading.Thread(target=sockets.serve_forever, args=(0.02,))
        listening.start()
        settings.EMAIL_BACKEND = BACKEND
        configure(settings, sockets.server_address[1], "https" if certified else "http")
        try:
            yield provider
        finally:
            provider.let_go.set()
            sockets.shutdown()
            listening.join()


def configure(settings: Settings, port: int, scheme: str = "http") -> None:
    settings.ANYMAIL = {
        "POSTMARK_API_URL": f"{scheme}://127.0.0.1:{port}/",
        "POSTMARK_SERVER_TOKEN": "token",
        "WEBHOOK_SECRET": SECRET,
    }


# --- what it reports ---


def event(mail: OutboxMail, kind: str = "Bounce", **more: Any) -> dict[str, Any]:
    """As Postmark words it."""
    usual = {
        "Bounce": {"Type": "HardBounce", "ID": mail.pk * 100, "Details": "smtp;550 5.1.1 no such user"},
        "Delivery": {"DeliveredAt": "2026-04-01T09:00:00Z", "Details": "250 ok"},
        "SpamComplaint": {"Type": "SpamComplaint", "ID": mail.pk * 100 + 1},
    }[kind]
    about = {"RecordType": kind, "MessageID": "of-its-own", "Email": mail.address, "Metadata": {"mail": name(mail)}}
    return about | usual | more


def name(mail: OutboxMail) -> str:
    return f"{mail.key[:32]}@shinchoku.example"


def report(body: Any, secret: str | None = SECRET, provider: str = "postmark") -> int:
    """Sends it to the webhook as the provider does; the status it gets."""
    credentials = base64.b64encode(secret.encode()).decode() if secret is not None else ""
    raw = body if isinstance(body, bytes) else json.dumps(body)
    headers = {"authorization": f"Basic {credentials}"} if secret is not None else {}
    client = Client(enforce_csrf_checks=True)
    return client.post(f"/mail-reports/{provider}/", raw, content_type="application/json", headers=headers).status_code


# --- what a mail server returns ---


NOTIFICATION = """\
From: MAILER-DAEMON@mx.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

届きませんでした
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{address}>: no such user

--b
Content-Type: {returned}

Message-ID: <{name}>
Subject: x

--b--
"""


def notification(mail: OutboxMail, *, headers_only: bool = False) -> bytes:
    """RFC 3464, with the mail or its headers."""
    returned = "text/rfc822-headers" if headers_only else "message/rfc822"
    return NOTIFICATION.format(address=mail.address, name=name(mail), returned=returned).encode()
