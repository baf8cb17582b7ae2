"""The files themselves: by SHA-256, in one folder that no web server serves.

A file is there before its row is, and goes after it: what a crash leaves behind is a file of nobody, which `tidy`
removes, and never a row without its file.
"""

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection

INCOMING = "incoming"
CHUNK = 1 << 20
ORPHAN_AGE = 24 * 60 * 60  # seconds: a database restored from a backup must not cost the files of its last hours


class Incoming:
    """A file on its way in: written and synced under a name of its own, and named by its hash when it is to stay."""

    def __init__(self, path: Path, sha256: str) -> None:
        self.path, self.sha256 = path, sha256

    def keep(self) -> None:
        """In the transaction of its row, which must not begin before `hold`."""
        hold(self.sha256)
        place = place_of(self.sha256)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(self.path, place)
        _sync_folder(place.parent)


@contextmanager
def incoming(content: IO[bytes]) -> Iterator[Incoming]:
    """The content written to the store under a temporary name, which is gone at the end unless it was kept."""
    folder = _root() / INCOMING
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / secrets.token_hex(16)
    digest = hashlib.sha256()
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            content.seek(0)
            while chunk := content.read(CHUNK):
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        yield Incoming(path, digest.hexdigest())
    finally:
        path.unlink(missing_ok=True)


def place_of(sha256: str) -> Path:
    return _root() / sha256[:2] / sha256


def hold(sha256: str) -> None:
    """Until the transaction ends nobody else keeps or removes a file of this content."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(bytes.fromhex(sha256)[:8], signed=True)])


def open_file(sha256: str) -> IO[bytes] | None:
    """The file, if it is there and still has the content it is named for."""
    try:
        file = place_of(sha256).open("rb")
    except OSError:
        return None
    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
        file.close()
        return None
    file.seek(0)
    return file


def stored() -> Iterator[str]:
    """The hashes of all files there are."""
    for folder in sorted(_root().glob("[0-9a-f][0-9a-f]")):
        yield from sorted(file.name for file in folder.iterdir() if len(file.name) == 64)


def old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > ORPHAN_AGE
    except FileNotFoundError:
        return False


def remove_if(sha256: str, nobody_has: Callable[[], bool]) -> bool:
    """Remove a file, if that is true while nobody else may keep one of its content. In a transaction."""
    hold(sha256)
    if not nobody_has():
        return False
    with suppress(FileNotFoundError):
        place_of(sha256).unlink()
        return True
    return False


def remove_left_over() -> int:
    """Remove what was on its way in when its process died."""
    left = [path for path in (_root() / INCOMING).glob("*") if old(path)]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _root() -> Path:
    return Path(settings.EVIDENCE_DIR)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
