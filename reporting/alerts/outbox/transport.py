"""Hands one mail to the server, in steps, so that what is provably not accepted is known from what is in doubt."""

import re
import smtplib
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import smtp
from django.core.mail.message import sanitize_address
from django.core.mail.utils import DNS_NAME

from reporting.alerts.outbox.answer import Answer, Ready, as_said
from reporting.domain.bounces import is_of_the_address, status_in
from reporting.domain.delivery import Outcome

TROUBLE = (smtplib.SMTPException, OSError)  # a timeout is one of the latter, TLS that fails too


def hand_over(message: EmailMessage, ready: Ready) -> Answer:
    """Give it to the transport that is configured: SMTP in steps, a provider by one request, or any other of Django's
    backends as one."""
    if _is_smtp():
        return _by_smtp(message, ready)
    if settings.EMAIL_BACKEND.startswith("anymail."):
        from reporting.alerts.outbox import provider  # an HTTP client, which is loaded where one is needed

        return provider.hand_over(message, ready)
    return _by_backend(message, ready)


def server_name() -> str:
    """Who is given the mails."""
    return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}" if _is_smtp() else str(settings.EMAIL_BACKEND)


def _is_smtp() -> bool:
    return f"{smtp.__name__}.EmailBackend" == settings.EMAIL_BACKEND


def _by_backend(message: EmailMessage, ready: Ready) -> Answer:
    """Of a backend we know nothing about every trouble is a doubt."""
    ready()
    try:
        get_connection().send_messages([message])
    except Exception as error:  # noqa: BLE001 - its own errors are its affair; in doubt is what they leave us
        return Answer(Outcome.IN_DOUBT, as_said(error))
    return Answer(Outcome.ACCEPTED, settings.EMAIL_BACKEND)


def _by_smtp(message: EmailMessage, ready: Ready) -> Answer:
    """RFC 5321. Silence is bounded at each step by EMAIL_TIMEOUT, after the content by EMAIL_ANSWER_TIMEOUT."""
    content = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    encoding = message.encoding or settings.DEFAULT_CHARSET
    sender = sanitize_address(message.from_email, encoding)
    [recipient] = (sanitize_address(address, encoding) for address in message.recipients())
    backend, server, gone = smtp.EmailBackend(), None, False
    try:
        server = _connected(backend)
        refused = _begin(server, sender, recipient)
        if refused is not None:
            return refused
        ready()
        _patiently(server)
        gone = True
        server.send(_dotted(content))
        code, said = server.getreply()
    except TROUBLE as error:
        return Answer(Outcome.IN_DOUBT if gone else Outcome.NOT_REACHED, as_said(error))
    finally:
        # At once: what became of the mail is not to wait for the answer to a farewell.
        if server is not None:
            server.close()
    if 200 <= code < 300:
        return Answer(Outcome.ACCEPTED, _line(code, said))
    # What is no answer to SMTP is none.
    return _refused(code, said) if 400 <= code < 600 else Answer(Outcome.IN_DOUBT, _line(code, said))


def _connected(backend: smtp.EmailBackend) -> smtplib.SMTP:
    """By the settings with TLS and login, as the backend has read them."""
    how: dict[str, Any] = {"local_hostname": DNS_NAME.get_fqdn(), "timeout": settings.EMAIL_TIMEOUT}
    if backend.use_ssl:
        how["context"] = backend.ssl_context
    server: smtplib.SMTP = backend.connection_class(backend.host, backend.port, **how)
    try:
        if backend.use_tls:
            server.starttls(context=backend.ssl_context)
        if backend.username and backend.password:
            server.login(backend.username, backend.password)
        server.ehlo_or_helo_if_needed()
    except BaseException:
        server.close()
        raise
    return server


def _begin(server: smtplib.SMTP, sender: str, recipient: str) -> Answer | None:
    """Up to where the server waits for the content; the answer, if it does not come to that."""
    code, said = server.mail(sender)
    if code != 250:  # it takes no mail of ours: for now, whatever it says, for that is a setting somebody mends
        return Answer(Outcome.NOT_REACHED, _line(code, said))
    code, said = server.rcpt(recipient)
    if code not in (250, 251):
        return _of_the_address(_refused(code, said))
    code, said = server.docmd("DATA")
    return None if code == 354 else _refused(code, said)


def _patiently(server: smtplib.SMTP) -> None:
    """The answer to the content may take longer than that to a word."""
    assert server.sock is not None
    server.sock.settimeout(settings.EMAIL_ANSWER_TIMEOUT)


def _refused(code: int, said: bytes) -> Answer:
    if code == 421:  # it is closing down, not refusing this mail
        return Answer(Outcome.NOT_REACHED, _line(code, said))
    return Answer(Outcome.REFUSED if 500 <= code < 600 else Outcome.REFUSED_FOR_NOW, _line(code, said))


def _of_the_address(answer: Answer) -> Answer:
    """Whether what is refused for good is the address (RFC 3463), and not this mail or us."""
    gone = answer.outcome is Outcome.REFUSED and is_of_the_address(status_in(answer.said))
    return replace(answer, no_such_address=gone)


def _dotted(content: bytes) -> bytes:
    """As DATA wants it: a dot before each line that begins with one, and one alone at the end."""
    end = b"" if content.endswith(b"\r\n") else b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", content) + end + b".\r\n"


def _line(code: int, said: bytes) -> str:
    return f"{code} {said.decode(errors='replace')}"
