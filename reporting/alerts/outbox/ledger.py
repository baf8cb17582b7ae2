"""The sent ledger: which mails the server has accepted, outside the database, so that a restored one can be told.

A folder of files that are only added to, one a host and month; a line a mail, on the disk before the mail is marked as
sent. All workers share the folder; it is not in the database's backup, or it would forget with it.
"""

import os
import re
import socket
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from django.conf import settings

LINE = re.compile(rb"(?m)^(\S+) ([0-9a-f]{64})$")
HOST = re.compile(r"[^A-Za-z0-9.-]")


class Ledger:
    """Of one log. Without a folder it knows nothing and keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}
        self._sent: dict[str, datetime] = {}

    def sent_at(self, key: str) -> datetime | None:
        """When the mail of that key was accepted, if the ledger knows it."""
        return self.known().get(key)

    def known(self) -> dict[str, datetime]:
        """All mails it knows, by key. Reads what has been added since the last look."""
        for file in sorted(self._folder.glob("*.sent")) if self._folder else ():
            begin = self._read.get(file, 0)
            if file.stat().st_size == begin:
                continue
            with file.open("rb") as lines:
                lines.seek(begin)
                added = lines.read()
            added = added[: added.rfind(b"\n") + 1]  # the rest is still being written
            for at, key in LINE.findall(added):
                self._sent.setdefault(key.decode(), datetime.fromisoformat(at.decode()))
            self._read[file] = begin + len(added)
        return self._sent

    def check(self) -> None:
        """Raises OSError when it cannot be written: then nothing is to be sent."""
        if self._folder:
            os.close(self._open(self._file(datetime.now(UTC))))

    def write(self, key: str) -> None:
        """The mail of that key has been accepted. On the disk when this returns."""
        if self._folder is None:
            return
        now = datetime.now(UTC)
        handle = self._open(self._file(now))
        try:
            # One write, so that lines of several processes do not mix; it begins a line of its own after one that a
            # power failure has cut off.
            line = f"\n{now.isoformat()} {key}\n".encode()
            if os.write(handle, line) != len(line):
                raise OSError(f"the ledger could not be written in {self._folder}")
            os.fsync(handle)
        finally:
            os.close(handle)

    def _file(self, now: datetime) -> Path:
        assert self._folder is not None
        return self._folder / f"{HOST.sub('_', socket.gethostname())}-{now:%Y-%m}.sent"

    def _open(self, file: Path) -> int:
        new = not file.exists()
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if new:  # its name is to survive as well
            folder = os.open(file.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
        return handle


def ledger_of(log: UUID) -> Ledger:
    """Keys of mails repeat from one log to another, so each has a folder of its own."""
    return _kept(Path(settings.MAIL_LEDGER_DIR) / str(log) if settings.MAIL_LEDGER_DIR else None)


@cache
def _kept(folder: Path | None) -> Ledger:
    return Ledger(folder)
