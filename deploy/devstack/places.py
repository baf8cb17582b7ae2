"""The folders of one stack: what is kept, what is private, and what must be short."""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.devstack.identity import Identity, OtherUser

# Every test makes and drops a database of some 700 files, at which ext4 is thirty times as slow as memory.
IN_MEMORY = Path("/dev/shm")
ROOM = 2 << 30  # bytes; the tests need a tenth, and WAL may grow to 1 GiB before a checkpoint

# A socket address holds 108 bytes on Linux, 104 on macOS, with ".s.PGSQL.5432" and a closing zero in it.
LONGEST_SOCKET_FOLDER = 85


class Unsafe(Exception):
    """A folder with a name that anybody can guess is there already and is not ours alone."""


@dataclass(frozen=True)
class Places:
    folder: Path  # .devstack/demo or .devstack/test
    cluster: Path
    binaries: Path | None  # where another user finds a copy of PostgreSQL's programs
    sockets: Path
    postgres_sockets: Path

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def run(self) -> Path:
        return self.folder / "run"

    @property
    def mails(self) -> Path:
        return self.folder / "mails"

    def make(self, identity: Identity) -> None:
        self.logs.mkdir(exist_ok=True)
        self.mails.mkdir(exist_ok=True)
        # The sockets of servers that were killed; the lock is ours, so nobody listens on them.
        shutil.rmtree(self.sockets, ignore_errors=True)
        shutil.rmtree(self.run, ignore_errors=True)
        self.run.mkdir()
        other = isinstance(identity, OtherUser)
        private_folder(self.sockets, passable=other)
        self.postgres_sockets.mkdir(mode=0o700, exist_ok=True)
        if isinstance(identity, OtherUser):
            os.chown(self.postgres_sockets, identity.uid, identity.gid)
        if self.folder not in self.cluster.parents:
            private_folder(self.cluster.parent, passable=other)

    def discard_cluster(self) -> None:
        shutil.rmtree(self.cluster, ignore_errors=True)

    def discard_outside(self) -> None:
        """What lies outside .devstack because this stack had to go elsewhere."""
        for path in (self.sockets, self.cluster.parent, self.binaries.parent if self.binaries else self.sockets):
            if path != self.folder and self.folder not in path.parents:
                shutil.rmtree(path, ignore_errors=True)


def places(folder: Path, identity: Identity, *, in_memory: bool = False) -> Places:
    """`in_memory`: the cluster is in memory, where the machine has enough."""
    key = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    inside = folder / "sockets"
    # Another user may not be able to walk into the checkout, wherever it is.
    other = isinstance(identity, OtherUser)
    short = _temporary() / f"shinchoku-{key}-{os.getuid()}"
    sockets = short if other or len(os.fsencode(inside)) > LONGEST_SOCKET_FOLDER else inside
    outside = Path("/var/tmp") / f"shinchoku-{key}"
    home = outside if other else folder
    if in_memory and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM:
        home = IN_MEMORY / f"shinchoku-{key}-{os.getuid()}"
    return Places(
        folder=folder,
        cluster=home / "postgres",
        binaries=outside / "programs" if other else None,
        sockets=sockets,
        postgres_sockets=sockets / "pg" if other else sockets,
    )


def private_folder(path: Path, *, passable: bool = False) -> None:
    """Make a folder that only we can look into; in /tmp, somebody may have made it first."""
    mode = 0o711 if passable else 0o700
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or found.st_uid != os.getuid():
        raise Unsafe(f"{path} belongs to somebody else; remove it, or set TMPDIR to another folder")
    path.chmod(mode)


def _temporary() -> Path:
    usual = Path(tempfile.gettempdir())
    return usual if len(os.fsencode(usual)) < LONGEST_SOCKET_FOLDER - 35 else Path("/tmp")
