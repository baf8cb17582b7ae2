"""Reading a stranger's file: looked over from outside, then read by a child process that can do no harm."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from reporting.sheets.archive import MAX_BYTES, look_over
from reporting.sheets.table import Collected, FileRefused, Header, Row

ROOT: Final = Path(__file__).resolve().parents[2]
SECONDS: Final = 180  # by the clock on the wall
MAX_FAULTS: Final = 100_000


class Reading:
    """What was read: the reports said, and the stamp of the template (empty for CSV)."""

    def __init__(self) -> None:
        self.stamp: dict[str, str] = {}
        self.collected = Collected()
        self.peak_kib = 0


def read_file(
    kind: str, content: bytes, progress: Callable[[int], None] = lambda rows: None, *, seconds: float = SECONDS
) -> Reading:
    """Read an "xlsx" or "csv" file. `progress` is told how many rows have been read. Raises FileRefused,
    whatever the file does to its reader."""
    if not content:
        raise FileRefused("empty_file")
    if len(content) > MAX_BYTES:
        raise FileRefused("too_large", limit=f"{MAX_BYTES // 1024 // 1024} MB")
    if kind == "xlsx":
        look_over(content)
    child = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
        [sys.executable, "-m", "reporting.sheets.child", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={"PYTHONIOENCODING": "utf-8", "MALLOC_ARENA_MAX": "1"},  # none of our secrets
    )
    alarm = threading.Timer(seconds, child.kill)
    alarm.start()
    feeding = threading.Thread(target=_feed, args=(child, content), daemon=True)
    feeding.start()
    try:
        return _listen(child, progress)
    finally:
        alarm.cancel()
        child.kill()
        child.wait()
        feeding.join()
        assert child.stdout is not None
        child.stdout.close()


def _feed(child: "subprocess.Popen[bytes]", content: bytes) -> None:
    assert child.stdin is not None
    try:
        child.stdin.write(content)
        child.stdin.close()
    except OSError:
        return  # it ended before it had read all; what it said stands


def _listen(child: "subprocess.Popen[bytes]", progress: Callable[[int], None]) -> Reading:
    assert child.stdout is not None
    reading, sheet = Reading(), ""
    for line in child.stdout:
        said = json.loads(line)
        if "row" in said:
            reading.collected.take(Row(sheet, *said["row"]))
            if len(reading.collected.faults) > MAX_FAULTS:
                raise FileRefused("too_many_faults")
        elif "rows" in said:
            progress(said["rows"])
        elif "header" in said:
            sheet, letters, notes = said["header"]
            reading.collected.headers[sheet] = Header(sheet, letters, notes)
        elif "stamp" in said:
            reading.stamp = said["stamp"]
        elif "refused" in said:
            raise FileRefused(said["refused"], **said["params"])
        elif "done" in said:
            return reading
    # Killed by one of its limits, or by the alarm.
    raise FileRefused("unreadable")
