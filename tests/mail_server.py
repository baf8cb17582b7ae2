"""A mail server that speaks real SMTP over a real socket, and misbehaves as it is told."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes

from pytest_django import Settings

from tests.acts import PATIENCE

# What it may do instead of answering. Of a mail's end ("dot"): having kept the mail, or not.
HANG, CLOSE, KEEP_AND_HANG, KEEP_AND_CLOSE = "hang", "close", "keep and hang", "keep and close"
# Asked at each step: BANNER, EHLO, MAIL, RCPT, DATA, dot; and for whom the mail is, once that is known.
Behaviour = Callable[[str, str], str]
USUAL = {"BANNER": "220 here", "MAIL": "250 go on", "RCPT": "250 go on", "DATA": "354 go on", "dot": "250 kept"}


def usual(step: str, recipient: str) -> str:
    return USUAL.get(step, "250 here")


class MailServer:
    """Keeps what it accepts: for whom, and the content."""

    def __init__(self) -> None:
        self.behaviour: Behaviour = usual
        self.mails: list[tuple[str, str]] = []
        self.seen: list[str] = []  # steps
        self.let_go = threading.Event()  # ends what hangs

    def says(self, step: str, answer: str, only: str = "") -> None:
        """At that step this answer (to that recipient only), and at others the usual ones."""
        self.behaviour = lambda at, whom: answer if at == step and only in whom else usual(at, whom)

    def ids(self) -> list[str]:
        return [message_from_bytes(content.encode())["Message-ID"] for _, content in self.mails]

    def recipients(self) -> list[str]:
        return sorted(recipient for recipient, _ in self.mails)


class _Talk(socketserver.StreamRequestHandler):
    recipient = ""

    def handle(self) -> None:
        if not self._answer("BANNER"):
            return
        while line := self.rfile.readline():
            step = line.split()[0].decode().upper().replace("HELO", "EHLO") if line.split() else ""
            if step == "RCPT":
                self.recipient = line.decode().partition("<")[2].rstrip().rstrip(">")
            if step == "QUIT" or not self._answer(step):
                return
            if step == "DATA" and self.ready and not self._content():
                return

    def _content(self) -> bool:
        lines = []
        while line := self.rfile.readline():
            if line == b".\r\n":
                return self._answer("dot", b"".join(lines))
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return False  # gone before the end: not accepted

    def _answer(self, step: str, content: bytes | None = None) -> bool:
        """Whether the talk goes on."""
        server: MailServer = self.server.mail_server  # type: ignore[attr-defined]
        server.seen.append(step)
        answer = server.behaviour(step, self.recipient)
        self.ready = answer.startswith("354")
        if content is not None and answer.startswith(("2", "keep")):
            server.mails.append((self.recipient, content.decode()))
        if answer in (HANG, KEEP_AND_HANG):
            server.let_go.wait(PATIENCE)
        if answer in (HANG, CLOSE, KEEP_AND_HANG, KEEP_AND_CLOSE):
            return False
        try:
            self.wfile.write(f"{answer}\r\n".encode())
        except OSError:
            return False
        return True


class _Sockets(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Who hangs up in the middle is no error here."""


@contextmanager
def mail_server(port: int = 0) -> Iterator[tuple[MailServer, int]]:
    """The server, and the port it listens at."""
    server = MailServer()
    with _Sockets(("127.0.0.1", port), _Talk) as sockets:
        sockets.mail_server = server  # type: ignore[attr-defined]
        listening = threading.Thread(target=sockets.serve_forever, args=(0.02,))
        listening.start()
        try:
            yield server, sockets.server_address[1]
        finally:
            server.let_go.set()
            sockets.shutdown()
            listening.join()


@contextmanager
def sending_to(settings: Settings) -> Iterator[MailServer]:
    """Mails of this process go there."""
    with mail_server() as (server, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # pytest-django puts one that sends none
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield server
