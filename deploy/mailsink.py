"""The demo's mail server: every message becomes a file. `python -m deploy.mailsink --port N --dir FOLDER`"""

import argparse
import os
import secrets
import signal
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeper:
    """An accepted message is a whole file: written under another name, then renamed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # The name is aiosmtpd's.
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        try:
            self.keep(envelope)
        except OSError as error:
            return f"451 cannot keep the message: {error.strerror}"
        return "250 kept"

    def keep(self, envelope: Envelope) -> Path:
        content = envelope.content or b""
        body = content if isinstance(content, bytes) else content.encode()
        # Sorted by name is sorted by time; the rest keeps two of one microsecond apart.
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(3)}.eml"
        header = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        unfinished = self.folder / f".{name}.{os.getpid()}"
        unfinished.write_bytes(header.encode() + body)
        return unfinished.rename(self.folder / name)


def main() -> None:
    parser = argparse.ArgumentParser(prog="deploy.mailsink")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.dir.mkdir(parents=True, exist_ok=True)
    # Blocked before the server's thread starts, so that it inherits this and only sigwait below takes them.
    ending = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    controller = Controller(Keeper(arguments.dir), hostname="127.0.0.1", port=arguments.port, enable_SMTPUTF8=True)
    controller.start()
    print(f"keeping mails in {arguments.dir}", flush=True)
    signal.sigwait(ending)
    controller.stop()


if __name__ == "__main__":
    main()
