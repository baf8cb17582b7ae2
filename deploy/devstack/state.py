"""Where a stack keeps its things, and whether one is running.

Standard library only, and no import of its neighbours: config/settings.py imports this.
"""

import fcntl
import json
import os
import time
from pathlib import Path

LOCK = "lock"
ENVIRONMENT = "environment.json"


def demo_folder(root: Path) -> Path:
    return root / ".devstack" / "demo"


def live_environment(root: Path) -> dict[str, str] | None:
    """The environment of the demo that runs in this checkout, or None when none does."""
    folder = demo_folder(root)
    holder = lock_holder(folder / LOCK)
    if holder is None or not is_alive(holder):
        return None
    try:
        found: dict[str, str] = json.loads((folder / ENVIRONMENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # still starting, already stopping, or another user's
    return found


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole, so that a reader never sees half of it; readable by its owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def lock_holder(path: Path) -> int | None:
    """The process id written in a lock that is held now; None when nobody holds it."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written_pid(descriptor)
    finally:
        os.close(descriptor)
    return None


def take_lock(path: Path, patience: float) -> int | None:
    """Take the lock and write our process id in it. The open descriptor, or None when a living process holds it.

    A holder that is not alive is the guardian of a stack that was killed, clearing up: worth waiting for. So is
    `live_environment` in another process, which holds the lock for the moment of looking.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + patience
    while not _lock(descriptor):
        holder = _written_pid(descriptor)
        short = 0.5 if holder and is_alive(holder) else patience
        if time.monotonic() > deadline - patience + short:
            os.close(descriptor)
            return None
        time.sleep(0.05)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _written_pid(descriptor: int) -> int | None:
    text = os.pread(descriptor, 20, 0)
    return int(text) if text.isdigit() else None
