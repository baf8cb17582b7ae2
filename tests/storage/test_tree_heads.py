"""Sealing the log: signed heads that only grow, proofs from them, what a moment stands for, and who may sign."""

import hashlib
import io
import os
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError
from django.utils import timezone
from pytest_django import Settings

from agencies import access
from reporting import event_store
from reporting.event_store import heads, keys, merkle
from reporting.event_store.records import head_record, key_records
from reporting.models import Event, LogKey, TreeHead
from reporting.queries.summary import summary
from reporting.tasks import look_now
from tests.acts import PATIENCE, Aside, all_at_once, append, at, event, reading, submit
from tests.cast import SYSTEM, Cast
from tests.databases import HERE

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


# --- guards ---

CHANGES = {
    "update": "UPDATE {table} SET {column} = {column} WHERE false",
    "delete": "DELETE FROM {table}",
    "truncate": "TRUNCATE {table} CASCADE",
}
COLUMNS = {"tree_head": "root", "tree_node": "hash", "log_key": "public", "head_witness": "token"}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", COLUMNS)
@pytest.mark.parametrize("replica", [False, True])
def test_no_head_node_key_or_witness_is_ever_changed(
    database: str, superuser: Superuser, table: str, change: str, replica: bool
) -> None:
    seal()
    superuser.execute(f"SET session_replication_role = {'replica' if replica else 'origin'}".encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        superuser.execute(CHANGES[change].format(table=table, column=COLUMNS[table]).encode())


def add_head(superuser: Superuser, size: int, sealed_at: str) -> None:
    superuser.execute(
        "INSERT INTO tree_head SELECT %s, root, %s, key, signature, substr(string_agg(frontier, ''), 1, 32 * %s)"
        " FROM tree_head, generate_series(1, 64) GROUP BY 1, 2, root, key, signature LIMIT 1",
        [size, sealed_at, size.bit_count()],
    )


@pytest.mark.parametrize("replica", [False, True])
def test_heads_only_grow_in_size_and_time_and_cover_only_what_is_there(
    database: str, superuser: Superuser, replica: bool
) -> None:
    grow(5)
    [head] = seal()
    grow(5)
    superuser.execute(f"SET session_replication_role = {'replica' if replica else 'origin'}".encode())
    later, earlier = (str(head.sealed_at + timedelta(microseconds=step)) for step in (1, 0))
    for size, moment in ((head.size - 1, later), (head.size, later), (head.size + 1, earlier), (head.size + 6, later)):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grow"):
            add_head(superuser, size, moment)
    add_head(superuser, head.size + 5, later)  # the control


def test_two_who_seal_at_once_make_one_head(database: str) -> None:
    grow(5)
    found = all_at_once([seal] * 6)
    assert [head.size for sealed in found for head in sealed] == [event_store.head().position]


def test_those_who_run_the_web_seal_nothing(database: str) -> None:
    with access.acting(SYSTEM), pytest.raises(ProgrammingError, match="permission denied"):
        heads.seal()


def test_a_proof_for_ones_own_event_needs_no_sight_of_the_others(cast: Cast) -> None:
    submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"})
    mine = submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    [head] = seal()
    with access.reading(cast.hanako):
        assert not Event.objects.filter(stream__startswith="report/JSPS").exists()
        assert heads.inclusion(mine.position, head.size)
        # ... and asking has widened nothing.
        assert not Event.objects.filter(stream__startswith="report/JSPS").exists()


def test_leaves_from_the_database_are_those_of_the_format(database: str) -> None:
    grow(3)
    assert heads._leaves(0, 1_000) == leaves()


# --- an altered log ---


def altered(superuser: Superuser, statement: str) -> None:
    superuser.execute("ALTER TABLE event DISABLE TRIGGER event_is_append_only")
    superuser.execute(statement.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET hash = sha256('') WHERE position = 3",
        "UPDATE event SET recorded_at = recorded_at + interval '1 microsecond' WHERE position = 3",
        "UPDATE event SET version = version + 1000 WHERE position = 3",
        "DELETE FROM event WHERE position = 3",
    ],
)
def test_from_an_altered_log_no_proof_is_given(database: str, superuser: Superuser, statement: str) -> None:
    grow(300)
    [head] = seal()
    altered(superuser, statement)
    with reading():
        for position in (3, 4, 300):
            # Beyond its block of 256 the stored node stands for what was sealed.
            if position > 256:
                assert heads.inclusion(position, head.size)
            else:
                with pytest.raises(heads.LogAltered):
                    heads.inclusion(position, head.size)


def test_what_was_taken_out_of_the_log_is_not_sealed_over(database: str, superuser: Superuser) -> None:
    seal()
    grow(5)
    altered(superuser, "DELETE FROM event WHERE position = (SELECT position - 2 FROM log_head)")
    with pytest.raises(heads.LogAltered, match="missing"):
        seal()


# --- what a moment stands for ---


def test_the_position_of_a_moment_is_that_of_the_newest_head_then_and_never_changes(database: str) -> None:
    moments, answers = [at("2026-04-01 00:00")], [0]
    for _ in range(4):
        grow(3)
        [head] = seal()
        moments += [head.sealed_at, timezone.now()]
        answers += [head.size, head.size]
        grow(1)  # not sealed: it does not count yet
    for _ in range(2):
        with reading():
            assert [heads.position_at(moment) for moment in moments] == answers
        seal()


def test_whoever_asks_while_a_head_is_being_sealed_waits_for_it(database: str, superuser: Superuser) -> None:
    """Else the answer could be one before, and another one later."""
    grow(3)
    sealed, may_commit = threading.Event(), threading.Event()

    def slowly() -> int:
        with access.following():
            head = heads.seal()
            assert head is not None
            sealed.set()
            assert may_commit.wait(PATIENCE)
            return head.size

    def ask() -> int:
        with reading():
            return heads.position_at(moment)

    with Aside() as aside:
        sealing = aside.start(slowly)
        assert sealed.wait(PATIENCE)
        moment = timezone.now()
        asking = aside.start(ask)
        while superuser.execute(
            f"SELECT count(*) FROM pg_locks WHERE {HERE} AND locktype = 'advisory' AND NOT granted".encode()
        ).fetchone() != (1,):
            assert not asking.done()
        may_commit.set()
        assert asking.result(PATIENCE) == sealing.result(PATIENCE)


def test_asking_what_a_moment_stands_for_holds_up_no_sealing(database: str) -> None:
    with Aside() as aside, reading():
        heads.position_at(timezone.now())
        grow_and_seal = aside.start(lambda: (grow(1), seal()))
        assert len(grow_and_seal.result(PATIENCE)[1]) == 1


def test_a_sample_log_is_sealed_with_the_clock_it_replays(database: str, superuser: Superuser) -> None:
    superuser.execute("UPDATE log_head SET sample = 'replaying'")
    grow(1)
    [first] = seal()
    assert first.sealed_at == event_store.head().recorded_at
    grow(1)  # at the same replayed moment
    [second] = seal()
    assert second.sealed_at == first.sealed_at + timedelta(microseconds=1)


# --- keys ---


def new_key(settings: Settings) -> keys.SigningKey:
    """Another key is configured from now on."""
    settings.SIGNING_KEY_FILE, settings.SIGNING_KEY = "", os.urandom(32).hex()
    return keys.configured()


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    file = tmp_path / "new.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", file], check=True)
    return file


def rows() -> list[LogKey]:
    with reading():
        return list(LogKey.objects.order_by("first_used_at"))


def test_the_first_key_used_is_the_logs_and_another_is_refused_until_endorsed(
    database: str, settings: Settings, pem: Path
) -> None:
    old = new_key(settings)
    seal()
    assert [(row.key, row.endorsed_by_id) for row in rows()] == [(old.id, None)]
    grow(1)
    stranger = new_key(settings)
    with pytest.raises(keys.KeyRefused, match="not known to this log"):
        seal()
    assert [row.key for row in rows()] == [old.id]
    assert stranger.id != old.id

    settings.SIGNING_KEY = ""
    settings.SIGNING_KEY_FILE = str(pem)
    with pytest.raises(keys.KeyRefused):
        seal()


def test_a_key_endorsed_by_the_old_one_takes_over_and_old_heads_verify(
    database: str, settings: Settings, pem: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = new_key(settings)
    seal()
    call_command("rotate_signing_key", new=pem)
    told = capsys.readouterr().out
    settings.SIGNING_KEY, settings.SIGNING_KEY_FILE = "", str(pem)
    new = keys.configured()
    assert f"{old.id} endorses {new.id}" in told
    grow(1)
    [head] = seal()
    assert head.key_id == new.id
    one, two = rows()
    with reading():
        log = heads.log_id()
        assert [record["key"] for record in key_records()] == [old.id, new.id]
        endorsed = keys.key_message(key=new.id, public=new.public, endorsed_by=old.id, log=log)
        assert two.endorsement is not None
        assert keys.is_signed(bytes(one.public), endorsed, bytes(two.endorsement))
        for sealed in TreeHead.objects.select_related("key"):
            message = keys.head_message(
                key=sealed.key_id, log=log, size=sealed.size, root=bytes(sealed.root), sealed_at=sealed.sealed_at
            )
            assert keys.is_signed(bytes(sealed.key.public), message, bytes(sealed.signature))


def test_a_key_is_endorsed_once_and_never_by_itself(database: str, settings: Settings, pem: Path) -> None:
    new_key(settings)
    call_command("rotate_signing_key", new=pem, stdout=io.StringIO())
    with pytest.raises(CommandError, match="already"):
        call_command("rotate_signing_key", new=pem)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("rotate_signing_key", new=pem.with_name("none.pem"))


def test_a_second_first_key_and_a_false_name_are_refused_by_the_database(database: str, superuser: Superuser) -> None:
    seal()
    add = "INSERT INTO log_key VALUES (encode(sha256(%s::bytea), 'hex'), %s, NULL, NULL, now())"
    with pytest.raises(psycopg.errors.UniqueViolation):
        superuser.execute(add, [b"x" * 32, b"x" * 32])
    with pytest.raises(psycopg.errors.CheckViolation):
        superuser.execute(add, [b"y" * 32, b"x" * 32])


@pytest.mark.parametrize(
    ("kind", "options"), [("RSA", ["-pkeyopt", "rsa_keygen_bits:2048"]), ("X25519", []), ("text", [])]
)
def test_what_is_no_ed25519_key_is_refused_with_words(tmp_path: Path, kind: str, options: list[str]) -> None:
    file = tmp_path / "key.pem"
    if kind == "text":
        file.write_text("-----BEGIN PRIVATE KEY-----\n")
    else:
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", kind, *options, "-out", file], check=True, capture_output=True
        )
    with pytest.raises(keys.KeyRefused):
        keys.read(file)


def test_without_a_key_the_step_says_so_where_operators_look_and_the_others_go_on(
    cast: Cast, settings: Settings
) -> None:
    settings.SIGNING_KEY = settings.SIGNING_KEY_FILE = ""
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    look_now()
    with reading():
        found = summary()
    assert "SIGNING_KEY_FILE" in found["stopped"]["seal"]
    assert found["sealed"] == 0
    assert found["rollups"] > 0
    key = new_key(settings)
    look_now()
    with reading():
        found = summary()
        assert found["stopped"] == {}
        assert found["sealed"] == found["events"]
    assert key.id in repr(key)
    assert settings.SIGNING_KEY not in repr(key)
