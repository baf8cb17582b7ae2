"""Programs that refuse to run as root, run as whom PostgreSQL runs as."""

import os
import sys
from pathlib import Path

from deploy.devstack.identity import OtherUser, for_postgres

ROOT = Path(__file__).resolve().parents[1]
# The one process becomes that user and then the program. Where asked, it has a small disk of its own.
BECOME = """
import ctypes, os, signal, sys
from deploy.devstack.identity import LIBC, Namespace, die_with_parent, for_postgres

disk, parent, *command = sys.argv[1:]
identity, new_mounts = for_postgres(), 0x20000
if disk and not isinstance(identity, Namespace):
    identity = Namespace()  # whoever is not root may mount in a namespace only
identity.enter()
if disk:
    place, _, size = disk.rpartition("=")
    if LIBC.unshare(new_mounts) or LIBC.mount(b"tmpfs", place.encode(), b"tmpfs", 0, f"size={size},mode=0700".encode()):
        sys.exit("no disk could be mounted: " + os.strerror(ctypes.get_errno()))
if int(parent):
    die_with_parent(signal.SIGQUIT, int(parent))
os.execv(command[0], command)
"""


def unprivileged(*command: str | Path, with_us: bool = False, disk: str = "") -> list[str]:
    """The command line. `with_us`: it is ended when we are. `disk`: "/folder=16m" mounts one there, for it alone."""
    parent = os.getpid() if with_us else 0
    return [sys.executable, "-c", BECOME, disk, str(parent), *map(str, command)]


def environment() -> dict[str, str]:
    """In which the command line works wherever it is started."""
    return os.environ | {"PYTHONPATH": str(ROOT)}


def is_another_user() -> bool:
    return isinstance(for_postgres(), OtherUser)


def give(folder: Path) -> None:
    """The folder becomes that user's."""
    identity = for_postgres()
    if isinstance(identity, OtherUser):
        os.chown(folder, identity.uid, identity.gid)
