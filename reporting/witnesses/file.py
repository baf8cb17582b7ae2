"""WITNESS_FILE: every tree head, a line each, only ever appended to; best on a disk that is written once."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from agencies import access
from reporting.event_store import heads
from reporting.event_store.records import canonical, head_record
from reporting.models import TreeHead

LONGEST_LINE = 4096
AT_ONCE = 1000


class WitnessFileDamaged(Exception):
    """The file is not what was written to it, or knows of a head the log no longer has. It is left as it is."""


def append_heads() -> int:
    """Append the heads the file does not have yet, to the disk and not only to its cache. Returns how many.

    Of several processes at once, one writes and the others leave it to that one. Raises WitnessFileDamaged, OSError.
    """
    if not settings.WITNESS_FILE:
        return 0
    with _opened(settings.WITNESS_FILE) as file:
        if file is None:
            return 0
        written, last = 0, _last_line(file)
        with access.following():
            size = 0 if last is None else _agreed_size(last)
        while lines := _lines_after(size):
            for size, line in lines:  # noqa: B007 - the last one is where to go on
                data = line + b"\n"
                if os.write(file, data) != len(data):
                    raise OSError(f"{settings.WITNESS_FILE} took only a part of a line: is the disk full?")
            os.fsync(file)
            written += len(lines)
        return written


@contextmanager
def _opened(path: str) -> Iterator[int | None]:
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        yield None
        return
    try:
        yield file
    finally:
        os.close(file)


def _last_line(file: int) -> bytes | None:
    """The last line without its end; None when there is none."""
    length = os.fstat(file).st_size
    tail = os.pread(file, LONGEST_LINE, max(0, length - LONGEST_LINE))
    if not tail:
        return None
    if not tail.endswith(b"\n"):
        raise WitnessFileDamaged(f"{settings.WITNESS_FILE} does not end in a whole line; mend it by hand")
    return tail[:-1].rpartition(b"\n")[2]


def _agreed_size(line: bytes) -> int:
    """The size of the head in the line, which must be a head of this log."""
    try:
        told: dict[str, Any] = json.loads(line)
        row = TreeHead.objects.filter(size=told["size"]).first()
    except (ValueError, TypeError, KeyError):
        raise WitnessFileDamaged(f"the last line of {settings.WITNESS_FILE} is no tree head") from None
    if row is None or head_record(row, heads.log_id()) != told:
        raise WitnessFileDamaged(
            f"{settings.WITNESS_FILE} holds a head of {told['size']} events that this log does not have: "
            "another log's file, a log put back to an earlier state, or one that was changed"
        )
    return row.size


def _lines_after(size: int) -> list[tuple[int, bytes]]:
    with access.following():
        name = heads.log_id()
        rows = TreeHead.objects.filter(size__gt=size).order_by("size")[:AT_ONCE]
        return [(row.size, canonical(head_record(row, name))) for row in rows]
