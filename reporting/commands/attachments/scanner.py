"""The virus scanner, when one is configured: a clamd, or a program. It answers, or it does not; nothing is assumed."""

import shlex
import socket
import struct
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

PATIENCE = 60  # seconds for one file
CHUNK = 1 << 18


class ScannerSilent(Exception):
    """No answer: the file stays where it is, and is asked about again."""


def configured() -> bool:
    return bool(settings.VIRUS_SCANNER)


def is_clean(path: Path) -> bool:
    """What the scanner says about a file. Raises ScannerSilent."""
    scanner = settings.VIRUS_SCANNER
    try:
        return _ask_clamd(scanner, path) if scanner.startswith("clamd://") else _ask_program(scanner, path)
    except (OSError, subprocess.SubprocessError) as error:
        raise ScannerSilent(f"{type(error).__name__}: {error}") from error


def _ask_program(command: str, path: Path) -> bool:
    done = subprocess.run(  # noqa: S603 - the operator's command, and a path of hexadecimal digits
        [*shlex.split(command), str(path)], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
    )
    if done.returncode not in (0, 1):
        raise ScannerSilent(f"ended with {done.returncode}")
    return done.returncode == 0


def _ask_clamd(address: str, path: Path) -> bool:
    """clamd's INSTREAM: chunks, each with its length before it; a length of 0 ends them."""
    with _connected(address) as clamd, path.open("rb") as file:
        clamd.sendall(b"zINSTREAM\0")
        while chunk := file.read(CHUNK):
            clamd.sendall(struct.pack("!L", len(chunk)) + chunk)
        clamd.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and (more := clamd.recv(4096)):
            answer += more
    said = answer.rstrip(b"\0").decode("utf-8", "replace").strip()
    if said.endswith(" FOUND"):
        return False
    if said == "stream: OK":
        return True
    raise ScannerSilent(f"said {said[:200]!r}")


def _connected(address: str) -> socket.socket:
    url = urlsplit(address)
    if url.path:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        try:
            connection.connect(url.path)
        except OSError:
            connection.close()
            raise
        return connection
    return socket.create_connection((str(url.hostname), int(url.port or 0)), timeout=PATIENCE)
