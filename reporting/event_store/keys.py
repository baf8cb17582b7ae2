"""The key this process signs tree heads with, and what a signature is over. Private keys are never logged or stored."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import rfc8785
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django.conf import settings

from reporting.models.heads import LogKey

HEAD = b"shinchoku tree head v1\n"
KEY = b"shinchoku key v1\n"


class KeyRefused(Exception):
    """There is no key to sign with, or not one that this log knows. The message says what to do."""


class SigningKey:
    """An Ed25519 key. `id`: SHA-256 of the public key, in hex."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = hashlib.sha256(self.public).hexdigest()

    def __repr__(self) -> str:
        return f"SigningKey({self.id})"

    def sign_head(self, *, log: UUID, size: int, root: bytes, sealed_at: datetime) -> bytes:
        return self._private.sign(head_message(key=self.id, log=log, size=size, root=root, sealed_at=sealed_at))

    def endorse(self, other: "SigningKey", log: UUID) -> bytes:
        """What makes `other` a key of this log for whoever trusts this one."""
        return self._private.sign(key_message(key=other.id, public=other.public, endorsed_by=self.id, log=log))


def head_message(*, key: str, log: UUID, size: int, root: bytes, sealed_at: datetime) -> bytes:
    signed: dict[str, Any] = {
        "key": key,
        "log": str(log),
        "root": root.hex(),
        "sealed_at": moment(sealed_at),
        "size": size,
    }
    return HEAD + rfc8785.dumps(signed)


def key_message(*, key: str, public: bytes, endorsed_by: str, log: UUID) -> bytes:
    return KEY + rfc8785.dumps({"endorsed_by": endorsed_by, "key": key, "log": str(log), "public": public.hex()})


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def moment(value: datetime) -> str:
    """2026-11-23T01:02:03.000000+00:00, whatever zone it was said in."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def configured() -> SigningKey:
    """The key of SIGNING_KEY_FILE or SIGNING_KEY. Read anew each time, so that a new file needs no restart."""
    if settings.SIGNING_KEY:
        return SigningKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.SIGNING_KEY)))
    if settings.SIGNING_KEY_FILE:
        return read(Path(settings.SIGNING_KEY_FILE))
    raise KeyRefused("nothing is sealed: set SIGNING_KEY_FILE or SIGNING_KEY (see deploy/env.example)")


def read(file: Path) -> SigningKey:
    """The Ed25519 key in a PEM file."""
    try:
        private = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise KeyRefused(f"the signing key {file} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyRefused(f"{file} is not an unencrypted private key in PEM") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyRefused(f"the key in {file} is not an Ed25519 key: openssl genpkey -algorithm ed25519")
    return SigningKey(private)


def known(signing: SigningKey, now: datetime) -> LogKey:
    """The row of this log for the key; the log's first key is written down here. In a follower's transaction, under
    the sealing lock. Raises KeyRefused for a stranger."""
    row = LogKey.objects.filter(key=signing.id).first()
    if row is None and LogKey.objects.exists():
        raise KeyRefused(
            f"nothing is sealed: the signing key {signing.id[:16]}… is not known to this log. "
            "Give back the one before, or have it endorse this one: manage.py rotate_signing_key --new FILE"
        )
    return row or LogKey.objects.create(key=signing.id, public=signing.public, first_used_at=now)
