"""What the auditor's script says of receipts, exports, proofs and heads, and of those who would deceive it."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.verify import shinchoku_verify as verifier
from tests.written_logs import (
    LOG,
    NEXT,
    STRANGER,
    TRUE,
    Record,
    WrittenLog,
    as_lines,
    event,
    hexed,
    inclusion,
    leaf,
    root,
    sealed,
    sha256,
    true_log,
)  # fmt: skip

PINNED = ("--key", TRUE.id)


class Desk:
    """An auditor's desk: files in, an exit code and words out."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capture = folder, capture
        self.state = folder / "state.json"

    def file(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def heads(self, *heads: Record) -> tuple[str, str]:
        return "--witness", self.file("witness.jsonl", as_lines(heads))

    def run(self, command: str, content: Any, *options: str) -> tuple[int, str]:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self._capture.readouterr()
        try:
            code = verifier.main([command, self.file("in", raw), "--lang", "en", *options])
        except SystemExit as usage:
            code = int(str(usage.code))
        said = self._capture.readouterr()
        return code, said.out + said.err


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def first_bad(said: str) -> str:
    return next((line.partition(": ")[2] for line in said.splitlines() if line.startswith("First bad position")), "")


# --- receipts ---


def test_19_a_true_receipt_of_every_position_under_every_head_is_accepted(desk: Desk) -> None:
    log = true_log(9, (1, 2, 5, 8, 9))
    for head in log.heads:
        for position in range(1, head["size"] + 1):
            code, said = desk.run("receipt", log.receipt(position, head), *PINNED)
            assert (code, f"position {position}," in said) == (0, True), said


def spoiled_receipts() -> Iterator[tuple[str, Record]]:
    log = true_log()
    true = log.receipt(4)

    def spoil(name: str, change: Callable[[Record], object]) -> tuple[str, Record]:
        receipt = copy.deepcopy(true)
        change(receipt)
        return name, receipt

    head = log.heads[-1]
    yield spoil("its data is another", lambda r: r["event"]["data"].update(agency="METI"))
    yield spoil(
        "its data is another, and the hash is made to fit",
        lambda r: r.update(event=event(4, "report/0", 2, data={"agency": "METI"})),
    )
    yield spoil("its stream is another", lambda r: r["event"].update(stream="report/9"))
    yield spoil("its version is another", lambda r: r["event"].update(version=3))
    yield spoil("it was recorded at another time", lambda r: r["event"].update(recorded_at=r["event"]["occurred_at"]))
    yield spoil("it occurred at another time", lambda r: r["event"].update(occurred_at=r["event"]["recorded_at"]))
    yield spoil("its position is another", lambda r: r["event"].update(position=5))
    yield spoil("the proof is that of another position", lambda r: r.update(proof=log.receipt(5)["proof"]))
    yield spoil("the proof is longer", lambda r: r["proof"].append(head["root"]))
    yield spoil("the proof is shorter", lambda r: r["proof"].pop())
    yield spoil("there is no proof", lambda r: r.update(proof=[]))
    yield spoil("the head is an older one", lambda r: r.update(head=log.heads[0]))
    yield spoil("the head is of another size", lambda r: r["head"].update(size=11))
    yield spoil("the head is of another log", lambda r: r["head"].update(log=LOG.replace("0", "1")))
    yield spoil("the head has another time", lambda r: r["head"].update(sealed_at="2026-04-01T00:00:00.000000+00:00"))
    yield spoil(
        "a stranger signed the head", lambda r: r.update(head=STRANGER.head(12, root(log.leaves), head["sealed_at"]))
    )
    yield spoil(
        "a stranger signed the head, under the name of the key",
        lambda r: r["head"].update(signature=STRANGER.head(12, root(log.leaves), head["sealed_at"])["signature"]),
    )
    yield spoil("no key is listed, and none is known", lambda r: r.update(keys=[]))
    yield spoil("a key's id is not its own", lambda r: r["keys"][0].update(public=STRANGER.public.hex()))
    yield spoil("a key is listed twice", lambda r: r["keys"].append(r["keys"][0]))
    yield spoil("half an endorsement", lambda r: r["keys"][0].update(endorsed_by=STRANGER.id))
    yield spoil("a number is true", lambda r: r["event"].update(version=True))
    yield spoil("the format is true", lambda r: r.update(format=True))
    yield spoil("the size is a string", lambda r: r["head"].update(size="12"))
    yield spoil("a field too many in the event", lambda r: r["event"].update(note="approved"))
    yield spoil("a field too many in the receipt", lambda r: r.update(note="approved"))
    yield spoil("a field too few", lambda r: r["event"].pop("meta"))
    yield spoil("a hash in upper case", lambda r: r["event"].update(hash=r["event"]["hash"].upper()))
    yield spoil("a hash of the proof in upper case", lambda r: r.update(proof=[h.upper() for h in r["proof"]]))
    yield spoil("a hash of the proof with a new line", lambda r: r.update(proof=[h + "\n" for h in r["proof"]]))
    yield spoil("a public key in upper case", lambda r: r["keys"][0].update(public=r["keys"][0]["public"].upper()))
    yield spoil("a hash with a new line", lambda r: r["event"].update(hash=r["event"]["hash"] + "\n"))
    yield spoil("a time without a zone", lambda r: r["event"].update(recorded_at="2026-04-01T00:04:00.000000"))
    yield spoil("a time in another zone", lambda r: r["event"].update(recorded_at="2026-04-01T09:04:00.000000+09:00"))
    yield spoil("a time that is none", lambda r: r["event"].update(recorded_at="2026-13-01T09:04:00.000000+00:00"))
    yield spoil(
        "full-width digits in a time", lambda r: r["event"].update(recorded_at="２026-04-01T00:04:00.000000+00:00")
    )
    yield spoil("position 0", lambda r: r["event"].update(position=0))
    yield spoil("a position below 0", lambda r: r["event"].update(position=-4))
    yield spoil("the event is a list", lambda r: r.update(event=[]))
    yield spoil("it is of another kind", lambda r: r.update(kind="consistency"))
    yield spoil(
        "a decomposed letter for a composed one",
        lambda r: r["event"]["data"].update({"章": r["event"]["data"]["章"].replace("戦", "戦\u3099")}),
    )


SPOILED_RECEIPTS = dict(spoiled_receipts())


@pytest.mark.parametrize("how", SPOILED_RECEIPTS)
def test_19_a_receipt_is_refused_when(desk: Desk, how: str) -> None:
    code, said = desk.run("receipt", SPOILED_RECEIPTS[how], "--key", TRUE.id)
    assert code == 1, said


@pytest.mark.parametrize("name", ["version", "position"])
def test_19_true_is_not_the_number_one_though_a_program_may_think_so(desk: Desk, name: str) -> None:
    receipt = true_log().receipt(1)
    receipt["event"][name] = True
    assert desk.run("receipt", receipt, *PINNED)[0] == 1


def test_19_a_receipt_that_says_two_things_is_not_read(desk: Desk) -> None:
    text = json.dumps(true_log().receipt(4))
    doubled = text.replace('"type": "ReportSubmitted"', '"type": "ReportApproved", "type": "ReportSubmitted"')
    assert doubled != text
    assert desk.run("receipt", doubled.encode(), *PINNED)[0] == 2
    assert desk.run("receipt", text.replace('"position": 4', '"position": 4.0').encode(), *PINNED)[0] == 2
    assert desk.run("receipt", text.encode("utf-16"), *PINNED)[0] == 2
    assert desk.run("receipt", b"", *PINNED)[0] == 2


def test_19_a_leaf_hash_is_never_taken_for_a_node_or_the_other_way_round(desk: Desk) -> None:
    """The inner node over two leaves, passed off as a leaf of a tree half as high."""
    log = true_log(4, (4,))
    short = log.receipt(1)
    short["proof"] = short["proof"][1:]
    assert desk.run("receipt", short, *PINNED)[0] == 1


# --- keys ---


def rotated() -> WrittenLog:
    """True's key for the first head, its successor's for the last."""
    log = true_log()
    log.heads[-1] = NEXT.head(12, root(log.leaves), log.heads[-1]["sealed_at"])
    log.keys.append(NEXT.record(endorsed_by=TRUE))
    return log


@pytest.mark.parametrize("pin", [TRUE.id, NEXT.id, TRUE.public.hex(), NEXT.public.hex()])
def test_19_a_successor_that_was_endorsed_is_trusted_and_old_heads_stay_true(desk: Desk, pin: str) -> None:
    assert desk.run("export", rotated().export(), "--key", pin)[0] == 0


def test_19_whoever_pins_the_new_key_takes_no_newest_head_of_the_old(desk: Desk) -> None:
    """An old key that was stolen after its successor came."""
    log = rotated()
    log.heads[-1] = TRUE.head(12, root(log.leaves), log.heads[-1]["sealed_at"])
    code, said = desk.run("export", log.export(), "--key", NEXT.id)
    assert (code, "which no key that you trust has endorsed" in said) == (1, True)
    assert desk.run("receipt", log.receipt(3), "--key", NEXT.id)[0] == 1


@pytest.mark.parametrize(
    "record",
    [
        STRANGER.record(),
        STRANGER.record(endorsed_by=STRANGER),
        STRANGER.record(endorsed_by=NEXT),
        STRANGER.record(endorsed_by=TRUE, log=LOG.replace("0", "1")),
        STRANGER.record() | {"endorsed_by": TRUE.id, "endorsement": "00" * 64},
        STRANGER.record() | {"endorsed_by": TRUE.id, "endorsement": NEXT.record(endorsed_by=TRUE)["endorsement"]},
        STRANGER.record() | {"endorsed_by": TRUE.id},
    ],
    ids=["unendorsed", "by itself", "by a key not listed", "for another log", "zeros", "of another key", "half"],
)
def test_19_a_stranger_s_key_is_not_trusted_for_being_listed(desk: Desk, record: Record) -> None:
    log = true_log()
    log.heads = [STRANGER.head(h["size"], bytes.fromhex(h["root"]), h["sealed_at"]) for h in log.heads]
    log.keys.append(record)
    assert desk.run("export", log.export(), *PINNED)[0] == 1
    assert desk.run("receipt", log.receipt(2), *PINNED)[0] == 1


def test_19_a_stranger_who_takes_the_name_of_the_pinned_key_is_not_trusted(desk: Desk) -> None:
    """A pinned id, and the stranger's public key under it."""
    impostor = copy.copy(STRANGER)
    impostor.id = TRUE.id
    log = sealed(true_log().events, (5, 12), impostor)
    assert log.keys[0]["key"] == log.heads[0]["key"] == TRUE.id
    assert desk.run("export", log.export(), *PINNED)[0] == 1
    assert desk.run("receipt", log.receipt(2), *PINNED)[0] == 1


def test_19_without_a_pin_it_says_that_nobody_knows_who_signed(desk: Desk) -> None:
    code, said = desk.run("export", true_log().export())
    assert code == 0
    assert "no key is pinned" in said
    assert "no head held outside" in said
    log = true_log()
    log.keys.append(STRANGER.record())
    assert desk.run("export", log.export())[0] == 1


# --- what the auditor keeps ---


def grown(n: int) -> WrittenLog:
    return true_log(n, [size for size in (5, 8, 12, 15, 20) if size <= n])


def test_19_the_first_use_of_a_state_file_is_said_and_what_grows_is_accepted(desk: Desk) -> None:
    state = ("--state", str(desk.state))
    code, said = desk.run("export", grown(8).export(), *PINNED, *state)
    assert (code, "was made new" in said) == (0, True)
    code, said = desk.run("export", grown(12).export(), *state)
    assert (code, "was made new" in said, "no key is pinned" in said) == (0, False, False)
    assert json.loads(desk.state.read_text())["head"]["size"] == 12
    assert desk.run("receipt", grown(12).receipt(3), *state)[0] == 0
    assert desk.run("export", grown(12).export(), *state)[0] == 0


def other_history(n: int, sizes: tuple[int, ...]) -> WrittenLog:
    """From position 7 on, something else happened; signed with the true key."""
    events = [
        e if e["position"] < 7 else event(e["position"], e["stream"], e["version"], type="Forged")
        for e in true_log(n).events
    ]
    return sealed(events, sizes)


def test_19_what_is_not_the_log_seen_last_is_refused_and_not_remembered(desk: Desk) -> None:
    state = ("--state", str(desk.state))
    assert desk.run("export", grown(12).export(), *PINNED, *state)[0] == 0
    kept = desk.state.read_bytes()
    stranger = sealed(grown(15).events, (5, 15), STRANGER)
    elsewhere = sealed(grown(15).events, (15,), log=LOG.replace("0", "1"))
    forged = other_history(15, (5, 8, 12, 15))
    answers = {
        "shorter": desk.run("export", grown(8).export(), *state),
        "another key": desk.run("export", stranger.export(), *state),
        "another log": desk.run("export", elsewhere.export(), *state),
        "another history": desk.run("export", forged.export(), *state),
        "another history, heads from after": desk.run("export", other_history(15, (15,)).export(), *state),
        "another head of the size": desk.run("receipt", other_history(12, (12,)).receipt(2), *state),
        "a shorter head": desk.run("head", as_lines(grown(8).heads), *state),
        "another head alone": desk.run("head", as_lines(forged.heads[-2:-1]), *state),
        "a proof between others": desk.run("consistency", forged.consistency(12, forged.heads[-1]), *state),
        "a receipt of another log": desk.run("receipt", elsewhere.receipt(2), *state),
        "a receipt by another key": desk.run("receipt", stranger.receipt(2), *state),
    }
    assert {name: code for name, (code, _) in answers.items()} == dict.fromkeys(answers, 1)
    assert desk.state.read_bytes() == kept
    assert first_bad(answers["shorter"][1]) == "9"
    assert first_bad(answers["another history"][1]) == "between 1 and 12"


def test_19_a_state_file_that_was_tampered_with_is_not_used(desk: Desk) -> None:
    state = ("--state", str(desk.state))
    desk.run("export", grown(12).export(), *PINNED, *state)
    kept = json.loads(desk.state.read_text())
    for change in (
        {"head": kept["head"] | {"size": 5}},
        {"head": kept["head"] | {"root": "00" * 32}},
        {"head": grown(8).heads[-1] | {"size": 12}},
        {"keys": []},
        {"keys": [STRANGER.public.hex()]},
        {"keys": [True]},
        {"format": 2},
        {"note": 1},
    ):
        desk.state.write_text(json.dumps(kept | change))
        assert desk.run("export", grown(12).export(), *state)[0] == 2
    desk.state.write_text("")
    assert desk.run("export", grown(12).export(), *state)[0] == 2


def test_19_a_proof_of_consistency_moves_the_kept_head_on(desk: Desk) -> None:
    state = ("--state", str(desk.state))
    log = grown(20)
    assert desk.run("head", as_lines([*log.keys, log.heads[0]]), *PINNED, *state)[0] == 0
    code, said = desk.run("head", as_lines([log.heads[2]]), *state)
    assert (code, "was not moved on" in said) == (0, True)
    assert desk.run("consistency", log.consistency(5, log.heads[2]), *state)[0] == 0
    assert json.loads(desk.state.read_text())["head"]["size"] == 12
    assert (
        desk.run("consistency", log.consistency(5, log.heads[1]), *state, *desk.heads(log.heads[0]))[0] == 1
    )  # shorter
    assert desk.run("consistency", log.consistency(8, log.heads[3]), *state)[0] == 2  # nothing to compare with
    assert desk.run("consistency", log.consistency(8, log.heads[3]), *state, *desk.heads(log.heads[1]))[0] == 0
    assert json.loads(desk.state.read_text())["head"]["size"] == 12


def test_19_a_proof_of_consistency_is_refused_when_it_is_not_one(desk: Desk) -> None:
    log = grown(12)
    old, head = log.heads[0], log.heads[-1]
    true = log.consistency(5, head)
    witness = desk.heads(old)
    assert desk.run("consistency", true, *PINNED, *witness)[0] == 0
    for change in (
        {"proof": []}, {"proof": true["proof"][:-1]}, {"proof": [*true["proof"], "00" * 32]}, {"to": 11},
        {"proof": true["proof"][::-1]}, {"head": log.heads[1]}, {"from": "5"}, {"from": True}, {"keys": []},
    ):  # fmt: skip
        assert desk.run("consistency", true | change, *PINNED, *witness)[0] == 1, change
    assert desk.run("consistency", true | {"from": 4}, *PINNED, *witness)[0] == 2
    assert desk.run("consistency", true, *PINNED)[0] == 2


def test_19_two_heads_of_one_size_are_never_both_true(desk: Desk) -> None:
    one, other = grown(12).heads[-1], other_history(12, (12,)).heads[-1]
    code, said = desk.run("head", as_lines([TRUE.record(), one, other]), *PINNED)
    assert (code, "two faces" in said) == (1, True)


def test_19_a_witness_file_that_holds_something_else_is_not_passed_over(desk: Desk) -> None:
    export = grown(12).export()
    for content in (b"", b"hello\n", as_lines([TRUE.record()]), as_lines([grown(12).heads[0]]) + b"{}\n"):
        assert desk.run("export", export, *PINNED, "--witness", desk.file("witness", content))[0] == 2
    assert desk.run("export", export, *PINNED, "--witness", str(desk.folder / "nowhere"))[0] == 2


# --- exports ---


def test_19_a_true_export_is_accepted_with_all_that_is_held_outside(desk: Desk) -> None:
    log = true_log(700, (5, 255, 256, 257, 511, 512, 600, 700))
    code, said = desk.run("export", log.export(), *PINNED, *desk.heads(*log.heads[:4], log.heads[-1]))
    assert (code, "700 events, 8 heads, 5 heads held outside" in said) == (0, True), said


def test_19_an_empty_log_is_true_until_a_witness_knows_better(desk: Desk) -> None:
    empty = WrittenLog([], [], [], size=0)
    assert desk.run("export", empty.export())[0] == 0
    code, said = desk.run("export", empty.export(), *PINNED, *desk.heads(true_log().heads[0]))
    assert code == 1
    assert first_bad(said) == "1"


def spoiled_exports() -> Iterator[tuple[str, str, list[Record]]]:
    """How it was spoiled, the first bad position to be named, the lines."""
    true = list(true_log().records())
    at = 1  # lines before position 1, less one: export line and key line

    def lines(change: Callable[[list[Record]], object]) -> list[Record]:
        copied = copy.deepcopy(true)
        change(copied)
        return copied

    def swap(records: list[Record], a: int, b: int) -> None:
        records[a], records[b] = records[b], records[a]

    def renumber(records: list[Record], start: int, by: int) -> None:
        for record in records:
            if record["kind"] == "event" and record["position"] >= start:
                record["position"] += by

    def made_to_fit(records: list[Record], position: int, **fields: Any) -> None:
        old = records[at + position]
        records[at + position] = event(position, old["stream"], old["version"], **fields)

    yield "data", "7", lines(lambda r: r[at + 7]["data"].update(agency="X"))
    yield "actor", "7", lines(lambda r: r[at + 7]["meta"].update(actor="taro"))
    yield "occurred_at", "7", lines(lambda r: r[at + 7].update(occurred_at=r[at + 6]["occurred_at"]))
    yield "recorded_at", "between 6 and 8", lines(lambda r: r[at + 7].update(recorded_at=r[at + 6]["recorded_at"]))
    yield "recorded_at before the last", "7", lines(lambda r: r[at + 7].update(recorded_at=r[at + 5]["recorded_at"]))
    yield "hash made to fit", "between 6 and 8", lines(lambda r: made_to_fit(r, 7, type="Forged"))
    yield (
        "hash made to fit before an edit",
        "between 1 and 5",
        lines(lambda r: (made_to_fit(r, 2, type="Forged"), r[at + 10]["data"].update(agency="X"))),
    )
    yield (
        "an edit before a hash made to fit",
        "2",
        lines(lambda r: (r[at + 2]["data"].update(agency="X"), made_to_fit(r, 10, type="Forged"))),
    )
    yield "version", "7", lines(lambda r: r[at + 7].update(version=9))
    yield "event id of another", "7", lines(lambda r: made_to_fit(r, 7, event_id=r[at + 3]["event_id"]))
    yield "dropped", "7", lines(lambda r: r.pop(at + 7))
    yield "dropped and renumbered", "between 6 and 8", lines(lambda r: (r.pop(at + 7), renumber(r, 8, -1)))
    yield "last dropped", "12", lines(lambda r: r.pop(at + 12))
    yield "doubled", "8", lines(lambda r: r.insert(at + 8, r[at + 7]))
    yield "swapped", "7", lines(lambda r: swap(r, at + 7, at + 9))
    yield "one more at the end", "13", lines(lambda r: r.insert(at + 13, event(13, "report/0", 5)))
    yield "newest head dropped", "", lines(lambda r: r.pop())
    yield "newest head dropped, size made to fit", "9", lines(lambda r: (r.pop(), r[0].update(size=8)))
    yield "heads swapped", "", lines(lambda r: swap(r, -1, -2))
    yield "head doubled", "", lines(lambda r: r.append(r[-1]))
    yield "heads before events", "1", lines(lambda r: r.insert(2, r.pop()))
    yield "key dropped", "", lines(lambda r: r.pop(1))
    yield "key among events", "7", lines(lambda r: r.insert(at + 7, NEXT.record()))
    yield "size of the export line", "12", lines(lambda r: r[0].update(size=11))
    yield "a second export line", "1", lines(lambda r: r.insert(2, r[0]))
    yield "an unknown line", "7", lines(lambda r: r.insert(at + 7, {"kind": "comment"}))
    yield "log of the export line", "", lines(lambda r: r[0].update(log=LOG.replace("0", "1")))
    yield "root of a head", "", lines(lambda r: r[-2].update(root="00" * 32))
    yield "root of the newest head", "between 9 and 12", lines(lambda r: r[-1].update(root="00" * 32))


SPOILED = {how: (bad, records) for how, bad, records in spoiled_exports()}


@pytest.mark.parametrize("how", SPOILED)
def test_19_an_export_spoiled_in_one_place_is_refused_and_the_place_named(desk: Desk, how: str) -> None:
    bad, records = SPOILED[how]
    code, said = desk.run("export", as_lines(records), *PINNED)
    assert code == 1, said
    assert first_bad(said).partition(" (")[0] == bad, said


def test_19_a_log_rewritten_with_the_true_key_is_caught_by_a_head_held_outside_only(desk: Desk) -> None:
    true, forged = true_log(), other_history(12, (5, 8, 12))
    assert desk.run("export", forged.export(), *PINNED)[0] == 0
    code, said = desk.run("export", forged.export(), *PINNED, *desk.heads(true.heads[1]))
    assert (code, first_bad(said)) == (1, "between 1 and 8")
    code, said = desk.run("export", forged.export(), *PINNED, *desk.heads(*true.heads))
    assert (code, first_bad(said)) == (1, "between 6 and 8")


def test_19_a_line_that_hides_what_moves_a_terminal_s_cursor_is_shown_harmlessly(desk: Desk) -> None:
    log = true_log()
    log.events[3]["stream"] = "report\x1b[2J\u202e\x9b"
    code, said = desk.run("export", log.export(), *PINNED)
    assert code == 1
    assert all(c.isprintable() for c in said.replace("\n", ""))


LINES = true_log().export().splitlines(keepends=True)
FIRST_EVENT, FIRST_HEAD = 2, 14
BEFORE_LAST = len(LINES) - 1


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_19_any_byte_turned_in_any_line_is_found(desk: Desk, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, BEFORE_LAST))
    line = bytearray(LINES[number])
    place = data.draw(st.integers(0, len(line) - 2))
    line[place] ^= data.draw(st.integers(1, 255))
    code, said = desk.run("export", b"".join([*LINES[:number], bytes(line), *LINES[number + 1 :]]), *PINNED)
    assert code in (1, 2), said
    if FIRST_EVENT <= number < FIRST_HEAD and first_bad(said).isdigit():
        assert int(first_bad(said)) == number - 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_19_lines_dropped_doubled_or_swapped_are_found(desk: Desk, data: st.DataObject) -> None:
    changed = list(LINES)
    a = data.draw(st.integers(0, BEFORE_LAST), label="line")
    match data.draw(st.sampled_from(["drop", "double", "swap", "cut"])):
        case "drop":
            # A head between others says nothing that the next does not: its loss cannot be seen, and loses nothing.
            if FIRST_HEAD <= a < BEFORE_LAST:
                a = BEFORE_LAST
            del changed[a]
        case "double":
            changed.insert(data.draw(st.integers(0, BEFORE_LAST)), changed[a])
        case "swap":
            b = data.draw(st.integers(0, BEFORE_LAST).filter(lambda b: b != a))
            changed[a], changed[b] = changed[b], changed[a]
        case "cut":
            changed = changed[:a]
    code, said = desk.run("export", b"".join(changed), *PINNED)
    assert code in (1, 2), said


def test_19_what_is_no_export_is_not_called_true_or_false(desk: Desk) -> None:
    log = true_log()
    for content in (b"", b"\n", b"hello\n", b"\x00\xff", log.export()[3:], json.dumps(log.receipt(1)).encode()):
        assert desk.run("export", content)[0] == 2
    assert desk.run("receipt", log.export())[0] == 2
    assert desk.run("export", log.export(), "--key", "xyz")[0] == 2


def test_19_the_words_are_japanese_unless_english_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, expected in (("en_GB.UTF-8", "en"), ("ja_JP.UTF-8", "ja"), ("C", "ja"), ("", "ja")):
        monkeypatch.setenv("LC_ALL", value)
        monkeypatch.delenv("LC_MESSAGES", raising=False)
        monkeypatch.delenv("LANG", raising=False)
        assert verifier.language(None) == expected


def test_19_the_other_pen_writes_what_the_script_reads() -> None:
    """The control of this file's means: a true log's parts fit together by two programs."""
    log = true_log()
    assert [verifier.leaf(e) for e in log.events] == log.leaves == [leaf(e) for e in log.events]
    assert hexed([sha256(b"")]) == [hexed([root([])])[0]]
    assert inclusion(0, log.leaves[:1]) == []
