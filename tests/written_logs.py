"""Logs that are written without the product: the other pen, for tests of the verifier.

Hashes by the rfc8785 package, signatures by cryptography, trees by the words of RFC 9162 section 2.1.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Record = dict[str, Any]
LOG = "0d9b7c1e-0f51-4a55-9a3e-3a0e5f1b2c4d"
BEGIN = datetime(2026, 4, 1, tzinfo=UTC)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def moment(minutes: float) -> str:
    return (BEGIN + timedelta(minutes=minutes)).isoformat(timespec="microseconds")


class Signer:
    """A key, made from a word."""

    def __init__(self, word: str) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(sha256(word.encode()))
        self.public = self._private.public_key().public_bytes_raw()
        self.id = sha256(self.public).hex()

    def sign(self, message: bytes) -> str:
        return self._private.sign(message).hex()

    def record(self, endorsed_by: "Signer | None" = None, log: str = LOG) -> Record:
        said = {"key": self.id, "public": self.public.hex(), "endorsed_by": endorsed_by.id if endorsed_by else None}
        endorsement = (
            endorsed_by.sign(b"shinchoku key v1\n" + rfc8785.dumps(said | {"log": log})) if endorsed_by else None
        )
        return {"kind": "key", **said, "endorsement": endorsement}

    def head(self, size: int, root: bytes, sealed_at: str, log: str = LOG) -> Record:
        said: Record = {"key": self.id, "log": log, "root": root.hex(), "sealed_at": sealed_at, "size": size}
        return {"kind": "head", **said, "signature": self.sign(b"shinchoku tree head v1\n" + rfc8785.dumps(said))}


TRUE, NEXT, STRANGER = Signer("true"), Signer("next"), Signer("stranger")


def event_hash(event: Record) -> str:
    names = ("stream", "event_id", "type", "schema_version", "data", "meta", "occurred_at")
    return sha256(rfc8785.dumps({name: event[name] for name in names})).hex()


def leaf(event: Record) -> bytes:
    us = (datetime.fromisoformat(event["recorded_at"]) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    numbers = (event["position"], event["version"], us)
    return sha256(b"\0" + bytes.fromhex(event["hash"]) + b"".join(n.to_bytes(8, "big") for n in numbers))


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, word for word."""

    @cache
    def mth(start: int, end: int) -> bytes:
        if end - start == 1:
            return leaves[start]
        k = split(end - start)
        return sha256(b"\1" + mth(start, start + k) + mth(start + k, end))

    return mth(0, len(leaves)) if leaves else sha256(b"")


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    return 1 << (n - 1).bit_length() - 1


def inclusion(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of section 2.1.3.1."""
    n = len(leaves)
    if n == 1:
        return []
    k = split(n)
    if index < k:
        return [*inclusion(index, leaves[:k]), root(leaves[k:])]
    return [*inclusion(index - k, leaves[k:]), root(leaves[:k])]


def consistency(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PROOF of section 2.1.4.1."""

    def subproof(m: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
        n = len(leaves)
        if m == n:
            return [] if whole else [root(leaves)]
        k = split(n)
        if m <= k:
            return [*subproof(m, leaves[:k], whole), root(leaves[k:])]
        return [*subproof(m - k, leaves[k:], False), root(leaves[:k])]

    return subproof(m, leaves, True)


def hexed(hashes: Iterable[bytes]) -> list[str]:
    return [h.hex() for h in hashes]


def event(position: int, stream: str, version: int, **changed: Any) -> Record:
    """An event as an export has it; its hash is right unless it is named."""
    made: Record = {
        "kind": "event",
        "position": position,
        "stream": stream,
        "version": version,
        "event_id": str(UUID(bytes=sha256(f"{position}".encode())[:16])),
        "type": "ReportSubmitted",
        "schema_version": 1,
        "data": {
            "agency": "JST",
            "figures": {"IND-01": {"value": f"{position}.50"}},
            "章": "挑戦😀",
            "n": [position, None],
        },
        "meta": {"actor": "hanako", "person": 7, "unit": 3, "request": True},
        "occurred_at": moment(position - 0.25),
        "recorded_at": moment(position),
    } | changed
    return {"hash": event_hash(made), **made}


@dataclass
class WrittenLog:
    """A true log in memory, to be handed out, or spoiled first."""

    events: list[Record]
    heads: list[Record]
    keys: list[Record]
    name: str = LOG
    size: int | None = None
    leaves: list[bytes] = field(default_factory=list)

    def records(self) -> Iterator[Record]:
        size = self.heads[-1]["size"] if self.size is None and self.heads else self.size or 0
        yield {"kind": "export", "format": 1, "log": self.name, "size": size}
        yield from self.keys
        yield from self.events
        yield from self.heads

    def export(self) -> bytes:
        return as_lines(self.records())

    def receipt(self, position: int, head: Record | None = None) -> Record:
        head = head or self.heads[-1]
        proof = inclusion(position - 1, self.leaves[: head["size"]])
        return {
            "kind": "receipt", "format": 1, "event": self.events[position - 1], "proof": hexed(proof), "head": head,
            "keys": self.keys,
        }  # fmt: skip

    def consistency(self, first: int, head: Record) -> Record:
        proof = consistency(first, self.leaves[: head["size"]])
        return {
            "kind": "consistency", "format": 1, "from": first, "to": head["size"], "proof": hexed(proof), "head": head,
            "keys": self.keys,
        }  # fmt: skip


def as_lines(records: Iterable[Record]) -> bytes:
    return b"".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for r in records)


def sealed(events: list[Record], sizes: Iterable[int], signer: Signer = TRUE, log: str = LOG) -> WrittenLog:
    """The log of these events, with heads of these sizes."""
    leaves = [leaf(e) for e in events]
    heads = [signer.head(n, root(leaves[:n]), events[n - 1]["recorded_at"], log) for n in sizes]
    return WrittenLog(events, heads, [signer.record(log=log)], log, leaves=leaves)


def true_log(n: int = 12, sizes: Iterable[int] = (5, 8, 12), streams: int = 3) -> WrittenLog:
    return sealed([event(p, f"report/{(p - 1) % streams}", (p - 1) // streams + 1) for p in range(1, n + 1)], sizes)
