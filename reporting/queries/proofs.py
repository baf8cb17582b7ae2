"""The proof of one event, step by step: from what is stored up to a head that was signed."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from reporting.event_store import heads, keys, merkle
from reporting.models import Event, LogKey, TreeHead

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Step:
    """Up one level of the tree. All hex; `left` and `right` are hashed to `node`, `own` says which of them is ours."""

    left: str
    right: str
    node: str
    own: str  # "left" or "right"


@dataclass(frozen=True)
class Proof:
    """`entry`: what the leaf is the hash of. `altered`: the log no longer gives the root that was sealed, so there are
    no steps. `signed_by`: the keys from the head's own to the first one of the log, each endorsed by the next."""

    head: TreeHead
    log: UUID
    entry: str
    leaf: str
    steps: list[Step]
    altered: bool
    signature_holds: bool
    signed_by: list[LogKey]
    keys_hold: bool

    @property
    def root(self) -> str:
        return bytes(self.head.root).hex()

    @property
    def signature(self) -> str:
        return bytes(self.head.signature).hex()

    @property
    def computed_root(self) -> str:
        return self.steps[-1].node if self.steps else self.leaf

    @property
    def holds(self) -> bool:
        return not self.altered and self.computed_root == self.root and self.signature_holds and self.keys_hold


def prove(event: Event) -> Proof | None:
    """The event in the newest head; None while no head covers it. A bounded number of queries."""
    try:
        head = heads.head_covering(event.position)
    except heads.NotSealed:
        return None
    altered, path = False, []
    try:
        path = heads.inclusion(event.position, head.size)
    except heads.LogAltered:
        altered = True
    entry = _entry(event)
    leaf = merkle.leaf_hash(entry)
    log = heads.log_id()
    known = {key.key: key for key in LogKey.objects.all()}
    chain = _chain(known, head.key_id)
    return Proof(
        head=head,
        log=log,
        entry=entry.hex(),
        leaf=leaf.hex(),
        steps=[] if altered else steps(leaf, event.position - 1, head.size, path),
        altered=altered,
        signature_holds=_signature_holds(head, log),
        signed_by=chain,
        keys_hold=_keys_hold(chain, log),
    )


def steps(leaf: bytes, index: int, size: int, path: list[bytes]) -> list[Step]:
    """What a verifier does with the path (RFC 9162, section 2.1.3.2), written down. Raises ValueError for a path that
    is not one of this leaf."""
    at, last, found = index, size - 1, leaf
    climbed = []
    for sibling in path:
        if last == 0:
            raise ValueError("the path is too long")
        if at & 1 or at == last:
            node = merkle.node_hash(sibling, found)
            climbed.append(Step(sibling.hex(), found.hex(), node.hex(), "right"))
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = merkle.node_hash(found, sibling)
            climbed.append(Step(found.hex(), sibling.hex(), node.hex(), "left"))
        at, last, found = at >> 1, last >> 1, node
    if last:
        raise ValueError("the path is too short")
    return climbed


def _entry(event: Event) -> bytes:
    """hash ‖ position ‖ version ‖ recorded_at in µs since 1970, each number in 64 bits, the highest first."""
    micros = (event.recorded_at - EPOCH) // timedelta(microseconds=1)
    return bytes(event.hash) + b"".join(number.to_bytes(8) for number in (event.position, event.version, micros))


def _signature_holds(head: TreeHead, log: UUID) -> bool:
    message = keys.head_message(
        key=head.key_id, log=log, size=head.size, root=bytes(head.root), sealed_at=head.sealed_at
    )
    return keys.is_signed(bytes(head.key.public), message, bytes(head.signature))


def _chain(known: dict[str, LogKey], key: str | None) -> list[LogKey]:
    """The key and those that endorse it, to the first one of the log."""
    chain: list[LogKey] = []
    while key is not None and key in known and known[key] not in chain:
        chain.append(known[key])
        key = known[key].endorsed_by_id
    return chain


def _keys_hold(chain: list[LogKey], log: UUID) -> bool:
    """Whether each key is the one its name says, and endorsed by the next; the last stands for itself."""
    named = all(hashlib.sha256(bytes(key.public)).hexdigest() == key.key for key in chain)
    endorsed = all(
        keys.is_signed(
            bytes(older.public),
            keys.key_message(key=key.key, public=bytes(key.public), endorsed_by=older.key, log=log),
            bytes(key.endorsement or b""),
        )
        for key, older in pairwise(chain)
    )
    return bool(chain) and named and endorsed and chain[-1].endorsed_by_id is None
