"""Sealing the log: signed heads that only grow, proofs from them, what a moment stands for, and who may sign."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from agencies import access
from reporting import event_store
from reporting.event_store import heads, keys, merkle
from reporting.event_store.records import head_record
from reporting.models import Event, TreeHead
from tests.acts import append, at, event, reading

Superuser = psycopg.Connection[tuple[Any, ...]]


def seal() -> list[TreeHead]:
    """Until nothing is left to seal, each head in a transaction of its own."""
    sealed = []
    while True:
        with access.following():
            head = heads.seal()
        if head is None:
            return sealed
        sealed.append(head)


def grow(number: int) -> None:
    append(*[event(f"test/{i % 7}", value=str(i)) for i in range(number)])


def leaf_by_hand(row: Event) -> bytes:
    """The leaf as the format has it, without the database's help."""
    micros = (row.recorded_at - at("1970-01-01 09:00")) // timedelta(microseconds=1)
    numbers = b"".join(n.to_bytes(8) for n in (row.position, row.version, micros))
    return hashlib.sha256(b"\x00" + bytes(row.hash) + numbers).digest()


def leaves() -> list[bytes]:
    with reading():
        return [leaf_by_hand(row) for row in Event.objects.order_by("position")]


def test_a_head_is_the_root_over_all_events_signed_with_the_key(database: str) -> None:
    grow(5)
    [head] = seal()
    whole = leaves()
    assert head.size == len(whole) == event_store.head().position
    assert bytes(head.root) == merkle.root_of(whole)
    with reading():
        stored = heads.newest()
        assert stored is not None
        message = keys.head_message(
            key=stored.key_id, log=heads.log_id(), size=stored.size, root=bytes(head.root), sealed_at=stored.sealed_at
        )
        assert keys.is_signed(bytes(stored.key.public), message, bytes(stored.signature))
        assert not keys.is_signed(bytes(stored.key.public), message + b"x", bytes(stored.signature))
        assert head_record(stored, heads.log_id())["root"] == merkle.root_of(whole).hex()
    assert stored.sealed_at >= event_store.head().recorded_at


def test_when_nothing_is_new_nothing_is_written(database: str) -> None:
    assert len(seal()) == 1
    assert seal() == []
    grow(1)
    assert len(seal()) == 1


def test_every_proof_of_a_log_of_several_blocks_verifies_from_its_stored_nodes(database: str) -> None:
    sizes = []
    for number in (10, 300, 1, 700):
        grow(number)
        sizes += [head.size for head in seal()]
    whole = leaves()
    with reading():
        roots = {head.size: bytes(head.root) for head in TreeHead.objects.all()}
        assert roots == {size: merkle.root_of(whole[:size]) for size in sizes}
        for size in sizes:
            for position in {1, 2, 255, 256, 257, 511, 512, 513, size // 2, size - 1, size} & set(range(1, size + 1)):
                path = heads.inclusion(position, size)
                assert merkle.includes(whole[position - 1], position - 1, size, path, roots[size])
            for first in (s for s in sizes if s <= size):
                path = heads.consistency(first, size)
                assert merkle.is_consistent(first, roots[first], size, roots[size], path)


@pytest.fixture
def small_steps() -> Iterator[None]:
    before = heads.STEP, heads.BATCH
    heads.STEP, heads.BATCH = 1000, 100
    yield
    heads.STEP, heads.BATCH = before


def test_a_long_backlog_is_sealed_in_several_heads(database: str, small_steps: None) -> None:
    grow(2500)
    sealed = seal()
    assert [head.size for head in sealed][:-1] == [1000 * n for n in range(1, len(sealed))]
    assert bytes(sealed[-1].root) == merkle.root_of(leaves())
    with reading():
        assert heads.consistency(1000, sealed[-1].size)
