"""Whoever changes the log with every guard off is found out by an auditor who has nothing but a script and a witness.

The attacker does each thing as cleverly as it can be done: hashes, versions, the head row are made to fit.
"""

import io
import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from agencies import access
from reporting.event_store import heads, keys
from reporting.event_store.keys import SigningKey
from reporting.event_store.records import head_record
from reporting.models import EventText, TreeHead
from reporting.queries import receipts
from tests.acts import append, event, reading, submit
from tests.cast import Cast
from tests.databases import SUPERUSER_URL, Server, close_connections, connect, pointing_at
from tests.storage.tampering import Attacker, Row, rehashed, renumbered, stranger
from tests.written_logs import as_lines

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "verify" / "shinchoku_verify.py"
Superuser = psycopg.Connection[tuple[Any, ...]]


def seal() -> TreeHead:
    with access.following():
        head = heads.seal()
    assert head
    return head


def grow(number: int, word: str = "value") -> TreeHead:
    """So many events more, on three streams, and a head over them."""
    append(*[event(f"test/{i % 3}", meta={"actor": "hanako"}, **{word: str(i)}) for i in range(number)])
    return seal()


def witnessed(*sealed: TreeHead) -> bytes:
    """What a witness was sent."""
    with access.following():
        return as_lines([head_record(head, heads.log_id()) for head in sealed])


@dataclass
class Scene:
    """A log with four heads, A < B < C < D, of which a witness holds A and D."""

    a: int
    b: int
    c: int
    d: int
    witness: Path
    export: Path

    def told(self) -> tuple[int, str]:
        """What the script says of an export, to someone who holds the witnessed heads."""
        call_command("export_log", output=self.export, stderr=io.StringIO())
        return script("export", self.export, "--witness", str(self.witness))

    def told_here(self) -> tuple[int, list[dict[str, Any]]]:
        """What verify_log says of the database itself."""
        said, code = io.StringIO(), 0
        try:
            call_command("verify_log", witness=self.witness, json=True, stdout=said)
        except CommandError as error:
            code = error.returncode
        return code, json.loads(said.getvalue())["findings"]

    def is_found_at(self, expected: str) -> None:
        code, said = self.told()
        assert (code, first_bad(said)) == (1, expected), said
        code, findings = self.told_here()
        assert code == 1
        assert expected == place(findings[0]), findings


def script(command: str, file: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), command, str(file), "--lang", "en", *options],
        capture_output=True, text=True, check=False, cwd="/",
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def first_bad(said: str) -> str:
    line = next((line for line in said.splitlines() if line.startswith("First bad position: ")), ": ")
    return line.partition(": ")[2].partition(" (")[0]


def place(finding: dict[str, Any]) -> str:
    first, last = finding["first"], finding["last"]
    if first is None:
        return ""
    return str(first) if first == last else f"between {first} and {last}"


def four_heads(cast: Cast) -> None:
    seal()
    grow(20)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, summary="順調に進んでいます。")
    grow(9)
    grow(300)


pytestmark = pytest.mark.after(done=four_heads)


@pytest.fixture
def scene(database: str, cast: Cast, tmp_path: Path) -> Scene:
    with reading():
        a, b, c, d = TreeHead.objects.order_by("size")
    witness = tmp_path / "witness.jsonl"
    witness.write_bytes(witnessed(a, d))
    return Scene(a.size, b.size, c.size, d.size, witness, tmp_path / "export.jsonl")


@pytest.fixture
def attacker(scene: Scene, superuser: Superuser) -> Attacker:
    return Attacker(superuser)


def test_19_a_clean_log_gives_no_alarm(scene: Scene) -> None:
    code, said = scene.told()
    assert (code, f"{scene.d} events, 4 heads, 2 heads held outside" in said) == (0, True), said
    assert scene.told_here() == (0, [])


def test_19_a_clean_log_gives_no_alarm_with_the_guards_off_and_all_resealed_as_it_was(
    scene: Scene, attacker: Attacker
) -> None:
    """The control of the attacker: what they rewrite without a change is what it was."""
    attacker.put(renumbered([rehashed(row) for row in attacker.rows()]))
    attacker.reseal(keys.configured())
    assert scene.told()[0] == 0
    assert scene.told_here() == (0, [])


# 1-3: edits. Each naively, and with the hash made to fit.

EDITS: dict[str, Callable[[Row], Row]] = {
    "payload": lambda row: row | {"data": row["data"] | {"value": "1000000"}},
    "time it occurred": lambda row: row | {"occurred_at": row["occurred_at"] - timedelta(days=1)},
    "actor": lambda row: row | {"meta": row["meta"] | {"actor": "taro"}},
    "type": lambda row: row | {"type": "ReportApproved"},
    "a blank in the payload": lambda row: row | {"data": row["data"] | {"value": row["data"]["value"] + " "}},
    "a number for its string": lambda row: row | {"data": row["data"] | {"value": int(row["data"]["value"])}},
}


@pytest.mark.parametrize("what", EDITS)
def test_19_an_edit_of_the(scene: Scene, attacker: Attacker, what: str) -> None:
    attacker.edit(scene.a + 7, EDITS[what], fit=False)
    scene.is_found_at(str(scene.a + 7))


@pytest.mark.parametrize("what", EDITS)
def test_19_an_edit_with_the_hash_made_to_fit_of_the(scene: Scene, attacker: Attacker, what: str) -> None:
    attacker.edit(scene.a + 7, EDITS[what], fit=True)
    scene.is_found_at(f"between {scene.a + 1} and {scene.b}")


def test_19_an_edit_of_the_time_it_was_recorded(scene: Scene, attacker: Attacker) -> None:
    """No hash covers it, the leaf does: one microsecond, in the order of its neighbours."""
    attacker.edit(scene.b, lambda row: row | {"recorded_at": row["recorded_at"] + timedelta(microseconds=1)}, fit=True)
    scene.is_found_at(f"between {scene.a + 1} and {scene.b}")


NEVER_APPENDED = {
    "a time without end": "UPDATE event SET occurred_at = 'infinity' WHERE position = %s",
    "a number beyond all others": """UPDATE event SET data = '{"value": 1e400}' WHERE position = %s""",
    "a number with a fraction": """UPDATE event SET data = '{"value": 1.5}' WHERE position = %s""",
    "a list for an object": "UPDATE event SET data = '[]' WHERE position = %s",
}


@pytest.mark.parametrize("what", NEVER_APPENDED)
def test_19_what_no_append_could_have_written_is_named_like_any_other_edit(
    scene: Scene, attacker: Attacker, what: str
) -> None:
    attacker.run(NEVER_APPENDED[what], scene.a + 7)
    scene.is_found_at(str(scene.a + 7))


def test_19_an_event_recorded_before_the_one_before_it(scene: Scene, attacker: Attacker) -> None:
    attacker.edit(scene.a + 7, lambda row: row | {"recorded_at": row["recorded_at"] - timedelta(days=1)}, fit=True)
    scene.is_found_at(str(scene.a + 7))


def test_19_an_edit_of_a_version(scene: Scene, attacker: Attacker) -> None:
    attacker.run("UPDATE event SET version = version + 1 WHERE position = %s", scene.a + 7)
    scene.is_found_at(str(scene.a + 7))


def test_19_an_event_put_into_another_stream_at_its_end(scene: Scene, attacker: Attacker) -> None:
    rows = attacker.rows()
    rows[scene.d - 2] = rehashed(rows[scene.d - 2] | {"stream": "test/9"})
    attacker.put(renumbered(rows))
    scene.is_found_at(f"between {scene.c + 1} and {scene.d}")


# 4-7: deletions, swaps, insertions


def test_19_a_deletion_in_the_middle(scene: Scene, attacker: Attacker) -> None:
    attacker.run("DELETE FROM event WHERE position = %s", scene.a + 7)
    scene.is_found_at(str(scene.a + 7))


def test_19_a_deletion_in_the_middle_with_all_after_it_renumbered(scene: Scene, attacker: Attacker) -> None:
    rows = attacker.rows()
    del rows[scene.a + 6]
    attacker.put(renumbered(rows))
    scene.is_found_at(f"between {scene.a + 1} and {scene.b}")


def test_19_a_deletion_of_the_tail(scene: Scene, attacker: Attacker) -> None:
    """Heads, nodes and the head row cut back as well: without the witness nothing is to be seen."""
    attacker.cut(scene.b)
    assert script("export", exported(scene))[0] == 0
    scene.is_found_at(str(scene.b + 1))


def test_19_a_deletion_of_the_tail_sealed_anew_with_the_true_key(scene: Scene, attacker: Attacker) -> None:
    attacker.cut(scene.d - 3)
    attacker.reseal(keys.configured(), [scene.a, scene.b, scene.c, scene.d - 3])
    assert script("export", exported(scene))[0] == 0
    scene.is_found_at(str(scene.d - 2))


def test_19_a_deletion_of_the_last_events_with_their_heads_left(scene: Scene, attacker: Attacker) -> None:
    attacker.put(attacker.rows()[: scene.d - 3])
    scene.is_found_at(str(scene.d - 2))


def test_19_two_events_swapped(scene: Scene, attacker: Attacker) -> None:
    """Of one stream, so that its versions fit; each event with its own true hash, at the other's time."""
    rows = attacker.rows()
    one, other = scene.a + 3, scene.a + 6
    assert rows[one]["stream"] == rows[other]["stream"]
    content = ("event_id", "type", "data", "meta", "occurred_at", "hash")
    rows[one], rows[other] = (
        rows[one] | {name: rows[other][name] for name in content},
        rows[other] | {name: rows[one][name] for name in content},
    )
    attacker.put(rows)
    scene.is_found_at(f"between {scene.a + 1} and {scene.b}")


def test_19_one_event_inserted(scene: Scene, attacker: Attacker) -> None:
    rows = attacker.rows()
    model = rows[scene.a + 6]
    rows.insert(scene.a + 7, rehashed(model | {"event_id": uuid.uuid4(), "data": {"value": "forged"}}))
    attacker.put(renumbered(rows))
    scene.is_found_at(f"between {scene.a + 1} and {scene.b}")


def test_19_one_event_a_second_time(scene: Scene, attacker: Attacker) -> None:
    """With the true key, all sealed anew, and a witness who holds nothing after it: the event id alone tells."""
    rows = attacker.rows()
    rows.insert(scene.d - 1, rows[scene.d - 2])
    attacker.run("ALTER TABLE event DROP CONSTRAINT event_event_id_key")
    attacker.put(renumbered(rows))
    attacker.reseal(keys.configured(), [scene.a, scene.b, scene.c, scene.d + 1])
    scene.witness.write_bytes(scene.witness.read_bytes().splitlines(keepends=True)[0])
    scene.is_found_at(str(scene.d))


# 8: a head

HEADS: dict[str, str] = {
    "root": "UPDATE tree_head SET root = sha256(root) WHERE size = %s",
    "time": "UPDATE tree_head SET sealed_at = sealed_at - interval '1 microsecond' WHERE size = %s",
    "signature": "UPDATE tree_head SET signature = set_bit(signature, 9, 1 - get_bit(signature, 9)) WHERE size = %s",
    "size": "UPDATE tree_head SET size = size - 1, frontier = frontier WHERE size = %s",
}


@pytest.mark.parametrize("what", HEADS)
def test_19_a_head_rewritten_in_its(scene: Scene, attacker: Attacker, what: str) -> None:
    attacker.run("ALTER TABLE tree_head DROP CONSTRAINT tree_head_check")
    attacker.run(HEADS[what], scene.b)
    size = scene.b - (what == "size")
    code, said = scene.told()
    assert (code, f"head of size {size}" in said, first_bad(said)) == (1, True, ""), said
    assert scene.told_here()[0] == 1


def test_19_a_head_rewritten_by_a_stranger_who_lists_a_key(scene: Scene, attacker: Attacker) -> None:
    thief = stranger()
    with access.following():
        log, row = heads.log_id(), TreeHead.objects.get(size=scene.d)
    attacker.run("DROP INDEX only_one_key_is_the_first")
    attacker.run("INSERT INTO log_key VALUES (%s, %s, NULL, NULL, now())", thief.id, thief.public)
    signature = thief.sign_head(log=log, size=row.size, root=bytes(row.root), sealed_at=row.sealed_at)
    attacker.run("UPDATE tree_head SET key = %s, signature = %s WHERE size = %s", thief.id, signature, scene.d)
    code, said = scene.told()
    assert (code, f"signed by key {thief.id}, which no key that you trust has endorsed" in said) == (1, True), said
    assert scene.told_here()[0] == 1


def test_19_the_newest_head_rewritten_with_the_true_key(scene: Scene, attacker: Attacker) -> None:
    """Two heads of one size, both signed: the log shows two faces, and the witness holds one of them."""
    with access.following():
        log, row = heads.log_id(), TreeHead.objects.get(size=scene.d)
    signature = keys.configured().sign_head(log=log, size=row.size, root=bytes(32), sealed_at=row.sealed_at)
    attacker.run("UPDATE tree_head SET root = %s, signature = %s WHERE size = %s", bytes(32), signature, scene.d)
    scene.is_found_at(f"between {scene.c + 1} and {scene.d}")


# 9: everything


def rewritten(attacker: Attacker, position: int) -> list[Row]:
    """One event changed, and all made to fit."""
    rows = attacker.rows()
    rows[position - 1] = rehashed(EDITS["payload"](rows[position - 1]))
    return renumbered(rows)


def test_19_everything_rewritten_and_signed_with_another_key(scene: Scene, attacker: Attacker) -> None:
    thief = stranger()
    attacker.put(rewritten(attacker, scene.a + 7))
    attacker.reseal(thief)
    code, said = script("export", exported(scene))
    assert (code, "no key is pinned" in said) == (0, True), said  # the control: it is the witness who knows better
    code, said = scene.told()
    assert (code, first_bad(said)) == (1, f"between {scene.a + 1} and {scene.d}"), said
    assert "is not among the keys of the file" in said
    scene.is_found_at(f"between {scene.a + 1} and {scene.d}")


def test_19_everything_rewritten_and_signed_with_the_true_key(scene: Scene, attacker: Attacker) -> None:
    attacker.put(rewritten(attacker, scene.a + 7))
    attacker.reseal(keys.configured())
    with access.following():
        key = keys.configured().id
    code, said = script("export", exported(scene), "--key", key)
    assert code == 0, said  # the control: it is the witness who knows better
    scene.is_found_at(f"between {scene.a + 1} and {scene.d}")


def test_19_everything_rewritten_is_refused_by_the_file_that_keeps_the_last_head(
    scene: Scene, attacker: Attacker, tmp_path: Path
) -> None:
    """Without a witness: an auditor who came before and kept their state file."""
    state = ("--state", str(tmp_path / "state.json"))
    assert script("export", exported(scene), "--key", keys.configured().id, *state)[0] == 0
    attacker.put(rewritten(attacker, scene.a + 7))
    attacker.reseal(keys.configured())
    code, said = script("export", exported(scene), *state)
    assert (code, first_bad(said)) == (1, f"between 1 and {scene.d}"), said


def exported(scene: Scene) -> Path:
    call_command("export_log", output=scene.export, stderr=io.StringIO())
    return scene.export


# 10: an old backup


@pytest.mark.after(done=None)
@pytest.mark.parametrize("more", [5, 400])
def test_19_an_old_backup_restored_and_continued(database: str, server: Server, tmp_path: Path, more: int) -> None:
    """Sealed on with the true key, to a shorter log than the one the witness knows, and to a longer one."""
    a, b = seal(), grow(20)
    close_connections()
    backup = f"{database}_backup"
    server.create(backup, database)
    try:
        d = grow(300)
        witness = tmp_path / "witness.jsonl"
        witness.write_bytes(witnessed(a, b, d))
        close_connections()
        with pointing_at(backup):
            grow(more, "other")
            scene = Scene(a.size, b.size, 0, d.size, witness, tmp_path / "export.jsonl")
            assert script("export", exported(scene))[0] == 0  # the control
            if more == 5:
                scene.is_found_at(str(b.size + 6))
            else:
                scene.is_found_at(f"between {b.size + 1} and {d.size}")
    finally:
        server.drop(backup)


# What only the database itself shows

BESIDE: dict[str, tuple[str, str]] = {
    "a text changed": ("UPDATE reporting_eventtext SET text = text || '。'", "is not what the event commits to"),
    "a salt changed": ("UPDATE reporting_eventtext SET salt = sha256(salt)", "is not what the event commits to"),
    "a text gone": ("DELETE FROM reporting_eventtext", "is not there"),
    "a text too many": (
        "INSERT INTO reporting_eventtext (event_id, field, salt, text)"
        " SELECT event_id, 'other', sha256(''), 'forged' FROM reporting_eventtext",
        "does not commit to it",
    ),
    "a node changed": ("UPDATE tree_node SET hash = sha256(hash) WHERE index = 0", "is not that of the events"),
    "a node gone": ("DELETE FROM tree_node WHERE index = 0", "is missing"),
    "a frontier changed": ("UPDATE tree_head SET frontier = sha256('') || substr(frontier, 33)", "frontier"),
    "a head row that says too little": ("UPDATE log_head SET position = position - 1", "the last event is at"),
    "a head row with another time": ("UPDATE log_head SET recorded_at = recorded_at + interval '1 s'", "another time"),
    "a key changed": ("UPDATE log_key SET public = sha256(public), key = encode(sha256(sha256(public)), 'hex')", "key"),
}


@pytest.mark.parametrize("what", BESIDE)
def test_19_beside_the_events_verify_log_finds(scene: Scene, attacker: Attacker, what: str) -> None:
    statement, said = BESIDE[what]
    attacker.run(statement)
    code, findings = scene.told_here()
    assert code == 1
    assert any(said in finding["text"] for finding in findings), findings


def test_19_a_text_that_does_not_fit_is_named_by_its_event(scene: Scene, attacker: Attacker) -> None:
    attacker.run("UPDATE reporting_eventtext SET text = 'forged'")
    _, findings = scene.told_here()
    assert (findings[0]["first"], findings[0]["stream"]) == (scene.b + 1, "report/JST.P1.A1/FY2026Q1")


def test_19_a_text_erased_is_an_alarm_unless_the_log_says_so(scene: Scene, attacker: Attacker) -> None:
    attacker.run("ALTER TABLE reporting_eventtext DROP CONSTRAINT IF EXISTS text_with_its_salt_or_redacted")
    attacker.run("ALTER TABLE reporting_eventtext ALTER salt DROP NOT NULL")
    attacker.run("UPDATE reporting_eventtext SET text = '', salt = NULL")
    _, findings = scene.told_here()
    assert [finding["first"] for finding in findings] == [scene.b + 1]
    assert "was erased, and no event of the log says so" in findings[0]["text"]
    with access.following():
        [text] = EventText.objects.values_list("event_id", "field")
    append(event(f"redaction/{text[0]}/{text[1]}", "RedactionProposed"))
    assert scene.told_here()[0] == 1
    append(event(f"redaction/{text[0]}/{text[1]}", "TextRedacted"))
    assert scene.told_here() == (0, [])
    attacker.run("UPDATE reporting_eventtext SET text = 'forged'")
    assert scene.told_here()[0] == 1


def test_19_nodes_that_were_left_alone_say_more_closely_where_an_edit_is(scene: Scene, attacker: Attacker) -> None:
    attacker.edit(scene.c + 5, EDITS["payload"], fit=True)
    _, findings = scene.told_here()
    first, last = findings[0]["first"], findings[0]["last"]
    assert scene.c < first <= scene.c + 5 <= last < scene.d
    assert last - first < 256


def test_19_verifying_goes_on_while_others_write(scene: Scene) -> None:
    """What was appended and not sealed yet is verified too, and is no alarm."""
    append(event("test/0", value="later"))
    assert scene.told_here() == (0, [])
    code, said = scene.told()
    assert (code, f"{scene.d} events" in said) == (0, True)


# What the product hands out


def test_19_receipts_proofs_and_heads_of_the_product_are_true_to_the_script(
    scene: Scene, cast: Cast, tmp_path: Path
) -> None:
    def told(command: str, record: dict[str, Any], *options: str) -> tuple[int, str]:
        file = tmp_path / "handed-out.json"
        file.write_text(json.dumps(record, indent=2))
        return script(command, file, *options)

    public = keys.configured().public.hex()
    with access.reading(cast.hanako):
        receipt = receipts.receipt_of(actor=cast.hanako, report="JST.P1.A1@FY2026Q1", version=1)
    code, said = told("receipt", receipt, "--key", public)
    assert (code, f"position {scene.b + 1}, version 1 of report/JST.P1.A1/FY2026Q1" in said) == (0, True), said
    with access.following():
        head, proof = receipts.newest_head(), receipts.consistency_of(first=scene.a, second=scene.d)
    assert told("head", head, "--key", public)[0] == 0
    assert told("consistency", proof, "--key", public, "--witness", str(scene.witness))[0] == 0
    receipt["event"]["meta"]["actor"] = "taro"
    assert told("receipt", receipt, "--key", public)[0] == 1


def test_19_whoever_pinned_the_first_key_follows_to_the_next(scene: Scene, settings: Settings) -> None:
    pinned, new = keys.configured().id, stranger()
    with access.following():
        heads.endorse(new)
    settings.SIGNING_KEY_FILE, settings.SIGNING_KEY = "", private(new)
    grow(3)
    for pin in (pinned, new.id):
        code, said = script("export", exported(scene), "--key", pin, "--witness", str(scene.witness))
        assert (code, f"key {new.id}" in said) == (0, True), said
    assert script("export", exported(scene), "--key", stranger().id)[0] == 1
    assert scene.told_here() == (0, [])


def private(key: SigningKey) -> str:
    return key._private.private_bytes_raw().hex()


# What a witness is told


def compare(file: Path) -> tuple[int, str]:
    said = io.StringIO()
    try:
        call_command("compare_heads", file, stdout=said)
    except CommandError as error:
        return error.returncode, f"{said.getvalue()}{error}"
    return 0, said.getvalue()


def test_19_a_witness_is_told_that_their_heads_are_part_of_the_log(scene: Scene) -> None:
    code, said = compare(scene.witness)
    assert (code, said.count("is part of this log")) == (0, 2)


@pytest.mark.parametrize(
    "brought", [",\n>  ", ",=\n", ", ", ",\r\n"], ids=["quoted", "as transported", "blanks", "broken"]
)
def test_19_a_witness_may_paste_the_mail_as_it_came(scene: Scene, tmp_path: Path, brought: str) -> None:
    mail = tmp_path / "mail.txt"
    head = scene.witness.read_text().splitlines()[1].replace(",", brought)
    mail.write_bytes(f"進捗の記録の封印をお送りします。\n\n> {head}\n\n-- \nCSTI {{ }}\n".encode())
    code, said = compare(mail)
    assert (code, said.count("is part of this log")) == (0, 1), said


def test_19_a_witness_is_told_which_of_their_heads_is_not_part_of_the_log(scene: Scene, attacker: Attacker) -> None:
    attacker.put(rewritten(attacker, scene.a + 7))
    attacker.reseal(keys.configured())
    code, said = compare(scene.witness)
    assert code == 1
    assert [line[:5] for line in said.splitlines()[:2]] == ["true ", "FALSE"]
    attacker.cut(scene.b)
    assert "the log ends after" in compare(scene.witness)[1]


@pytest.mark.parametrize("content", [b"", b"hello", b'{"kind":"head"}', b'{"kind":"head","size":', b"\xff"])
def test_19_a_witness_who_hands_in_something_else_is_told_so(scene: Scene, content: bytes) -> None:
    scene.witness.write_bytes(content)
    assert compare(scene.witness)[0] == 2
    with pytest.raises(CommandError):
        call_command("verify_log", witness=scene.witness, stdout=io.StringIO())


# The export


def test_an_export_takes_its_name_when_it_is_whole(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(CommandError, match="No such file"):
        call_command("export_log", output=folder / "nowhere" / "log", stderr=io.StringIO())
    target = folder / "log"
    target.mkdir()  # a name that cannot be taken at the end
    with pytest.raises(CommandError):
        call_command("export_log", output=target, stderr=io.StringIO())
    assert list(folder.iterdir()) == [target]
    target.rmdir()
    call_command("export_log", output=target, stderr=io.StringIO())
    assert list(folder.iterdir()) == [target]
    assert target.stat().st_mode & 0o077 == 0
    assert len(target.read_bytes().splitlines()) == 1 + 1 + scene.d + 4


def test_an_export_holds_no_free_text(scene: Scene) -> None:
    assert "順調に進んでいます" not in exported(scene).read_text()


@pytest.mark.after(done=None)
def test_a_log_that_was_never_sealed_is_exported_empty_and_true(database: str, tmp_path: Path) -> None:
    file = tmp_path / "log"
    call_command("export_log", output=file, stderr=io.StringIO())
    assert script("export", file)[0] == 0
    assert json.loads(file.read_text())["size"] == 0


def test_the_superuser_is_what_it_takes(scene: Scene, database: str) -> None:
    """The control of all the above: with the guards on, not even a superuser edits."""
    with connect(SUPERUSER_URL, database) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("UPDATE event SET data = '{}' WHERE position = 1")
