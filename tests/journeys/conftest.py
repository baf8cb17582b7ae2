import email
import email.policy
import socket
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from django.test import Client
from pytest_django import Settings

from tests.cast import PASSWORD, Cast


class Post:
    """A real SMTP server's ear: what it accepted, in order."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 accepted"


@pytest.fixture
def post(settings: Settings) -> Iterator[Post]:
    handler = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # pytest-django puts one that sends nothing
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    yield handler
    controller.stop()


class Browser(Client):
    """A person at a browser without JavaScript: signs in by the form, in Japanese."""

    def __init__(self, name: str) -> None:
        super().__init__(headers={"accept-language": "ja"}, enforce_csrf_checks=False)
        answer = self.post("/sign-in/", {"username": name, "password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()


@pytest.fixture
def sign_in(cast: Cast) -> type[Browser]:
    return Browser


@pytest.fixture
def set_clock(settings: Settings) -> Iterator[object]:
    """Stop the business clock, as a demo does."""

    def stand_at(moment: datetime) -> None:
        settings.BUSINESS_CLOCK = moment

    return stand_at  # type: ignore[return-value]
