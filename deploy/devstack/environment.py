"""The environment that a stack hands to its processes."""

import secrets
import socket
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deploy.devstack.state import write_private
from deploy.devstack.supervisor import Trouble

ADDRESSES = ("DATABASE_OWNER_URL", "DATABASE_URL", "REDIS_URL")
DEFAULT_PORT = "8000"
# A demo sets these itself; in a test run they must not be there.
DEMO_ONLY = (
    "DEMO", "BUSINESS_CLOCK", "MAIL_SINK_DIR", "MAIL_LEDGER_DIR", "WITNESS_EMAILS", "WITNESS_FILE", "TIMESTAMP_URL",
)  # fmt: skip


def own_servers(environment: Mapping[str, str]) -> bool:
    """False when the environment names servers to use."""
    given = [name for name in ADDRESSES if environment.get(name)]
    missing = [name for name in ADDRESSES if not environment.get(name)]
    if given and missing:
        raise Trouble(
            f"{', '.join(given)} is set, but {', '.join(missing)} is not: set all of {', '.join(ADDRESSES)} "
            "to use your own servers, or none of them to have servers started"
        )
    return not given


def web_port(environment: Mapping[str, str]) -> int:
    text = environment.get("PORT") or DEFAULT_PORT
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Trouble(f"PORT={text} is not a port number")
    return int(text)


def check_port_is_free(port: int) -> None:
    with socket.socket(socket.AF_INET) as probe:
        # As gunicorn does, so that connections of the last run that are still closing do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise Trouble(f"port {port} is not for ordinary users: PORT=8001 make demo") from error
        except OSError as error:
            raise Trouble(f"port {port} is taken: PORT={min(port + 1, 65535)} make demo") from error


def free_port(*, apart_from: int) -> int:
    while True:
        with socket.socket(socket.AF_INET) as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port != apart_from:
            return port


def base(environment: Mapping[str, str]) -> dict[str, str]:
    """What was given, without what would divert libpq from our sockets (PGPORT, PGOPTIONS, PGSERVICE ...)."""
    kept = {name: value for name, value in environment.items() if not name.startswith("PG") or name == "PG_BINDIR"}
    for name in DEMO_ONLY:
        kept.pop(name, None)
    return kept


def common(port: int) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(free_port(apart_from=port)),
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }


def secret_key(path: Path) -> str:
    """Kept, so that people stay signed in over a restart."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(50))
    return path.read_text(encoding="utf-8")


def signing_key(path: Path, given: Mapping[str, str]) -> dict[str, str]:
    """The key that seals the log, unless one was given. Kept with the log: it takes no other."""
    if given.get("SIGNING_KEY") or given.get("SIGNING_KEY_FILE"):
        return {}
    if not path.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_private(path, pem.decode())
    return {"SIGNING_KEY_FILE": str(path)}
