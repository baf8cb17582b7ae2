"""Who PostgreSQL runs as. It refuses root, and `make demo` must work for root, without creating users.

As root, in this order: a user namespace of one uid, in which root outside is `nobody` inside (files stay root's, and
nothing has to be made readable); or, where namespaces are refused, an existing unprivileged user.
"""

import ctypes
import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

NOBODY = 65534
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
# Loaded here, not in the child between fork and exec.
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Ourselves:
    """As we are."""

    def enter(self) -> None:
        pass


@dataclass(frozen=True)
class Namespace:
    """A user namespace with the single uid 65534, which is our uid outside."""

    def enter(self) -> None:
        outside = os.geteuid(), os.getegid()
        if LIBC.unshare(CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        # Without the first line the kernel refuses the third.
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{NOBODY} {outside[0]} 1")
        Path("/proc/self/gid_map").write_text(f"{NOBODY} {outside[1]} 1")


@dataclass(frozen=True)
class OtherUser:
    uid: int
    gid: int

    def enter(self) -> None:
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)


Identity = Ourselves | Namespace | OtherUser


def die_with_parent(number: int, parent: int) -> None:
    """In the child, after any change of identity, which would clear the setting."""
    if sys.platform != "linux":
        return
    LIBC.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # it died before the line above


def for_postgres() -> Identity:
    if os.geteuid() != 0:
        return Ourselves()
    chosen = os.environ.get("DEVSTACK_USER")
    if not chosen and _namespaces_work():
        return Namespace()
    for name in (chosen, os.environ.get("SUDO_USER"), "postgres", "nobody"):
        user = _user(name)
        if user is not None:
            return user
    raise LookupError("no user to run PostgreSQL as; name one with DEVSTACK_USER")


def _user(name: str | None) -> OtherUser | None:
    try:
        entry = pwd.getpwnam(name or "")
    except KeyError:
        return None
    return OtherUser(entry.pw_uid, entry.pw_gid) if entry.pw_uid != 0 else None


def _namespaces_work() -> bool:
    if sys.platform != "linux":
        return False
    probe = [sys.executable, "-I", "-S", "-c", f"import os, sys; sys.exit(os.geteuid() != {NOBODY})"]
    try:
        pwd.getpwuid(NOBODY)  # initdb looks itself up
        done = subprocess.run(probe, preexec_fn=Namespace().enter, capture_output=True, check=False)
    except (KeyError, OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
