#!/usr/bin/env python3
"""Verifies what Shinchoku (進捗) hands out, with nothing but Python 3.11 or later: no package, no database, no network.

    python3 -I shinchoku_verify.py receipt     receipt-123.json   a receipt 受領証
    python3 -I shinchoku_verify.py export      export.jsonl       a whole log ("-": standard input)
    python3 -I shinchoku_verify.py consistency proof.json         an older log is the beginning of a newer one
    python3 -I shinchoku_verify.py head        head.json          signed tree heads

Exit codes: 0 true · 1 false or tampered with · 2 cannot be read, or not asked properly.

How to read this file, from the top: Ed25519 (RFC 8032), canonical JSON (RFC 8785), strict reading, the tree (RFC 9162),
keys, a log followed event by event, what you keep between two runs, the four commands.
"""

import argparse
import contextlib
import functools
import hashlib
import json
import os
import re
import sqlite3
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO

Record = dict[str, Any]


class Said(NamedTuple):
    """A sentence in both languages."""

    ja: str
    en: str


class False_(Exception):  # noqa: N801 - "False" is taken
    """What was handed in says something untrue."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(en)
        self.said = Said(ja, en)


class Unreadable(False_):
    """What was handed in is not what it should be, or the question cannot be answered with it."""


# --- Ed25519, RFC 8032 section 5.1 -------------------------------------------------------------------------------
# The equation without the cofactor, [s]B = R + [k]A, tested by encoding [s]B - [k]A and comparing bytes with R: so an R
# that is no canonical point never passes. Refused besides: s >= L (else every signature had a twin), a public key that
# is no canonical point, and one of small order (it would "sign" any message).
# A point is (X, Y, Z, T): x = X/Z, y = Y/Z, x*y = T/Z.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def add_points(a: Point, b: Point) -> Point:
    """Complete on this curve: also right for a point and itself."""
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    g, h = 2 * D * t1 * t2 % P, 2 * z1 * z2 % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def encode_point(point: Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")


def decode_point(raw: bytes) -> Point | None:
    """None unless `raw` is the one encoding of a point (section 5.1.3)."""
    number = int.from_bytes(raw, "little")
    y, odd = number & (1 << 255) - 1, number >> 255
    if len(raw) != 32 or y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if v * x * x % P != u or (x == 0 and odd):
        return None
    if x & 1 != odd:
        x = P - x
    return x, y, 1, x * y % P


@functools.lru_cache(maxsize=64)
def multiples(point: Point) -> list[list[Point]]:
    """multiples(A)[i][b] = [b * 256**i] A. Takes 50 ms; every signature of the key is then 64 additions."""
    table = []
    for _ in range(32):
        row = [NEUTRAL]
        for _ in range(256):
            row.append(add_points(row[-1], point))
        point = row.pop()
        table.append(row)
    return table


def times(number: int, point: Point) -> Point:
    total = NEUTRAL
    for row, byte in zip(multiples(point), number.to_bytes(32, "little"), strict=True):
        total = add_points(total, row[byte])
    return total


BASE = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or NEUTRAL


@functools.lru_cache(maxsize=64)
def public_point(public: bytes) -> Point | None:
    """None for a key that is no point, or of small order."""
    point = decode_point(public)
    return None if point is None or encode_point(times(8, point)) == encode_point(NEUTRAL) else point


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is that of the public key (32 bytes) on the message."""
    key = public_point(public)
    if key is None or len(signature) != 64:
        return False
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L
    x, y, z, t = key
    return encode_point(add_points(times(s, BASE), times(k, (P - x, y, z, P - t)))) == r


# --- Canonical JSON, RFC 8785, for what the log holds: no floats ----------------------------------------------------

GREATEST = 2**53 - 1  # a JSON number beyond is not the same in every program
write = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(value: Any) -> bytes:
    """The one form that is hashed and signed. Raises ValueError for what has none."""
    # Python sorts names by code points, the RFC by UTF-16 units: another order only where a character beyond U+FFFF is.
    text = write(value)
    if not text.isascii() and len(text.encode("utf-16-le")) != 2 * len(text):
        text = written_slowly(value)
    return text.encode()


def written_slowly(value: Any) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{write(name)}:{written_slowly(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written_slowly, value)) + "]"
    return write(value)


# --- Strict reading ---------------------------------------------------------------------------------------------
# Two programs must never read two things in one file: so no name twice, no float, no NaN, no number beyond 2**53 - 1,
# no field too many, no 1 that is true, no upper case where lower is written.

LONGEST_LINE = 64 * 2**20


def each_name_once(pairs: list[tuple[str, Any]]) -> Record:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def whole(digits: str) -> int:
    number = int(digits)
    if not -GREATEST <= number <= GREATEST:
        raise ValueError(f"{digits[:30]} is too great a number")
    return number


def no_float(number: str) -> Any:
    raise ValueError(f"{number[:30]} is not a whole number")


decode = json.JSONDecoder(
    object_pairs_hook=each_name_once, parse_int=whole, parse_float=no_float, parse_constant=no_float
).decode


def parse(raw: bytes) -> Any:
    """Raises ValueError."""
    try:
        return decode(raw.decode())  # not json.loads(bytes), which would also guess at UTF-16
    except RecursionError:
        raise ValueError("too deeply nested") from None


HEX = re.compile("[0-9a-f]{64}")
HEX_SIGNATURE = re.compile("[0-9a-f]{128}")
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}\+00:00")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def matching(pattern: "re.Pattern[str]") -> Callable[[Any], bool]:
    return lambda value: type(value) is str and pattern.fullmatch(value) is not None


def a_number(value: Any) -> bool:
    return type(value) is int and value > 0  # not isinstance: true is an int to Python


def a_size(value: Any) -> bool:
    return type(value) is int and value >= 0


def a_name(value: Any) -> bool:
    return type(value) is str and value != ""


def a_moment(value: Any) -> bool:
    if type(value) is not str or not TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def an_object(value: Any) -> bool:
    return type(value) is dict


def a_list(value: Any) -> bool:
    return type(value) is list


def exactly(wanted: Any) -> Callable[[Any], bool]:
    return lambda value: type(value) is type(wanted) and value == wanted


def or_null(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def hashes(value: Any) -> bool:
    return type(value) is list and all(map(a_hash, value))


a_hash, a_signature, a_uuid = matching(HEX), matching(HEX_SIGNATURE), matching(UUID)
SHAPES: dict[str, dict[str, Callable[[Any], bool]]] = {
    "event": {
        "kind": exactly("event"), "position": a_number, "stream": a_name, "version": a_number, "event_id": a_uuid,
        "type": a_name, "schema_version": a_number, "data": an_object, "meta": an_object, "occurred_at": a_moment,
        "recorded_at": a_moment, "hash": a_hash,
    },
    "head": {
        "kind": exactly("head"), "key": a_hash, "log": a_uuid, "root": a_hash, "sealed_at": a_moment, "size": a_size,
        "signature": a_signature,
    },
    "key": {
        "kind": exactly("key"), "key": a_hash, "public": a_hash, "endorsed_by": or_null(a_hash),
        "endorsement": or_null(a_signature),
    },
    "receipt": {
        "kind": exactly("receipt"), "format": exactly(1), "event": an_object, "proof": hashes, "head": an_object,
        "keys": a_list,
    },
    "consistency": {
        "kind": exactly("consistency"), "format": exactly(1), "from": a_size, "to": a_size, "proof": hashes,
        "head": an_object, "keys": a_list,
    },
    "export": {"kind": exactly("export"), "format": exactly(1), "log": a_uuid, "size": a_size},
    "state": {"kind": exactly("state"), "format": exactly(1), "keys": a_list, "head": an_object},
}  # fmt: skip


def misshapen(record: Any, kind: str) -> Said | None:
    """What is wrong with the fields of a record that should be of this kind."""
    shape = SHAPES[kind]
    if type(record) is not dict:
        return Said(f"{kind} の形をしていません", f"it has not the form of: {kind}")
    if record.keys() != shape.keys():
        names = ", ".join(sorted(map(shown, record.keys() ^ shape.keys())))
        return Said(f"{kind} に項目の不足または余分があります: {names}", f"{kind}: fields missing or too many: {names}")
    for name, check in shape.items():
        if not check(record[name]):
            return Said(f"{kind} の項目 {name} の値が不正です", f"{kind}: the field {name} holds what it may not")
    return None


def shaped(record: Any, kind: str) -> Record:
    wrong = misshapen(record, kind)
    if wrong:
        raise False_(*wrong)
    found: Record = record
    return found


def shown(text: object) -> str:
    """Safe on a terminal: a name out of a file may hold what moves the cursor or turns the text around."""
    out = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in str(text))
    return out if len(out) <= 200 else out[:200] + "…"


# --- The tree, RFC 9162 section 2.1 ---------------------------------------------------------------------------------


def event_hash(event: Record) -> bytes:
    """What an event commits to: SHA-256 of its canonical content."""
    content = {
        "stream": event["stream"], "event_id": event["event_id"], "type": event["type"],
        "schema_version": event["schema_version"], "data": event["data"], "meta": event["meta"],
        "occurred_at": event["occurred_at"],
    }  # fmt: skip
    return hashlib.sha256(canonical(content)).digest()


@functools.lru_cache(maxsize=8)
def microseconds(moment: str) -> int:
    return (datetime.fromisoformat(moment) - EPOCH) // MICROSECOND


def leaf(event: Record) -> bytes:
    """SHA-256(0x00 ‖ hash ‖ position ‖ version ‖ recorded_at in µs since 1970), each 64 bits, big-endian."""
    numbers = struct.pack(">qqq", event["position"], event["version"], microseconds(event["recorded_at"]))
    return hashlib.sha256(b"\x00" + bytes.fromhex(event["hash"]) + numbers).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def included(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """Section 2.1.3.2: the leaf is number `index`, from 0, of the tree of this size and root."""
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def consistent(first: int, second: int, first_root: bytes, second_root: bytes, proof: list[bytes]) -> bool:
    """Section 2.1.4.2: the tree of size `first` is the beginning of the tree of size `second`."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    path = [first_root, *proof] if first & (first - 1) == 0 else proof
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


KEPT = 8  # subtrees of 256 leaves and more are kept in memory: 250 kB for a million events


class Tree:
    """All of a log's events, in order: the roots it had at any size. What grows with the log stands in a file of the
    system's temporary folder, which is gone when this ends."""

    def __init__(self) -> None:
        self.size = 0
        self._frontier: list[bytes] = []
        self._nodes: list[bytearray] = []  # by level, from KEPT up
        self._waiting: list[tuple[int, bytes, bytes, str, int]] = []
        self._file = sqlite3.connect("", isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "CREATE TABLE seen (position INTEGER PRIMARY KEY, leaf BLOB, event_id BLOB, stream TEXT, version INTEGER)",
        ):
            self._file.execute(statement)

    def add(self, event: Record) -> None:
        number = self.size
        h = first = leaf(event)
        level = 0
        while number & 1:
            h = node(self._frontier.pop(), h)
            number >>= 1
            level += 1
            if level >= KEPT:
                if level - KEPT == len(self._nodes):
                    self._nodes.append(bytearray())
                self._nodes[level - KEPT] += h
        self._frontier.append(h)
        self.size += 1
        event_id = bytes.fromhex(event["event_id"].replace("-", ""))
        self._waiting.append((self.size, first, event_id, event["stream"], event["version"]))
        if len(self._waiting) == 10_000:
            self._write()

    def root(self, size: int) -> bytes:
        """The root when the log had this size, at most what it has now."""
        if size == 0:
            return hashlib.sha256(b"").digest()
        return functools.reduce(lambda right, left: node(left, right), reversed(self.frontier(size)))

    def frontier(self, size: int) -> list[bytes]:
        """The roots of the perfect subtrees that the tree of this size is made of, the largest first."""
        parts, start = [], 0
        for level in range(size.bit_length() - 1, -1, -1):
            if size >> level & 1:
                parts.append(self.subtree(level, start >> level))
                start += 1 << level
        return parts

    def stream(self, position: int) -> str:
        self._write()
        row = self._file.execute("SELECT stream FROM seen WHERE position = ?", [position]).fetchone()
        return row[0] if row else ""

    def repeated(self) -> Iterator[int]:
        """Positions whose event id stood earlier in the log."""
        return self._where(
            "SELECT position, row_number() OVER (PARTITION BY event_id ORDER BY position) AS nth FROM seen", "nth > 1"
        )

    def out_of_turn(self) -> Iterator[int]:
        """Positions whose version is not the next of their stream."""
        return self._where(
            "SELECT position, version, row_number() OVER (PARTITION BY stream ORDER BY position) AS nth FROM seen",
            "nth <> version",
        )

    def _where(self, rows: str, condition: str) -> Iterator[int]:
        self._write()
        found = self._file.execute(f"SELECT position FROM ({rows}) WHERE {condition} ORDER BY position")  # noqa: S608
        return (position for (position,) in found)

    def subtree(self, level: int, index: int) -> bytes:
        """The root over 2**level leaves, from leaf index * 2**level on."""
        if level >= KEPT:
            return bytes(self._nodes[level - KEPT][index * 32 : index * 32 + 32])
        self._write()
        row = self._file.execute(
            "SELECT leaf FROM seen WHERE position > ? AND position <= ? ORDER BY position",
            [index << level, index + 1 << level],
        )
        level_now = [h for (h,) in row]
        while len(level_now) > 1:
            level_now = [node(*pair) for pair in zip(level_now[::2], level_now[1::2], strict=True)]
        return bytes(level_now[0])

    def _write(self) -> None:
        if self._waiting:
            self._file.execute("BEGIN")
            self._file.executemany("INSERT INTO seen VALUES (?, ?, ?, ?, ?)", self._waiting)
            self._file.execute("COMMIT")
            self._waiting.clear()


# --- Keys and heads -------------------------------------------------------------------------------------------------


class Pins:
    """The keys you trust for reasons outside of the file: --key, your state file, your witness file."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.public: dict[str, bytes] = {}

    def key(self, text: str) -> None:
        """A public key or a key id, both 64 hex digits: taken as both, for no key can be made to fit."""
        self.ids.add(text)
        self.ids.add(self.known(text))

    def known(self, public: str) -> str:
        key_id = hashlib.sha256(bytes.fromhex(public)).hexdigest()
        self.public[key_id] = bytes.fromhex(public)
        return key_id


class Keys:
    """The keys a file lists. A key counts when it is pinned, or endorsed by one that counts. A key that came before a
    pinned one, by endorsements, counts for older heads of a log whose newest head is signed by a key that counts."""

    def __init__(self, log: str, records: Iterable[Any], pins: Pins) -> None:
        self.log, self.pins = log, pins
        self.public = dict(pins.public)
        self.endorsed: dict[str, str | None] = {}
        self.warning: Said | None = None
        listed = [shaped(record, "key") for record in records]
        for record in listed:
            self._add(record)
        for record in listed:
            if record["endorsed_by"]:
                self._check_endorsement(record)
        self._count()

    def _add(self, record: Record) -> None:
        key, public = record["key"], bytes.fromhex(record["public"])
        if hashlib.sha256(public).hexdigest() != key:
            raise False_(f"鍵 {key} の識別子が公開鍵と一致しません", f"key {key}: its id is not that of its public key")
        if key in self.endorsed:
            raise False_(f"鍵 {key} が二度書かれています", f"key {key} is listed twice")
        if (record["endorsed_by"] is None) != (record["endorsement"] is None):
            raise False_(f"鍵 {key} の裏書きが不完全です", f"key {key}: half an endorsement")
        self.public[key] = public
        self.endorsed[key] = record["endorsed_by"]

    def _check_endorsement(self, record: Record) -> None:
        by = self.public.get(record["endorsed_by"])
        content = {
            "endorsed_by": record["endorsed_by"],
            "key": record["key"],
            "log": self.log,
            "public": record["public"],
        }
        message = b"shinchoku key v1\n" + canonical(content)
        if by is None or not signed(by, message, bytes.fromhex(record["endorsement"])):
            key = record["key"]
            raise False_(
                f"鍵 {key} の裏書き（前の鍵による署名）が正しくありません",
                f"key {key}: its endorsement is not a signature of the key before it",
            )

    def _count(self) -> None:
        trusted = set(self.pins.ids)
        if not trusted:
            roots = {key for key, by in self.endorsed.items() if by is None}
            if len(roots) > 1:
                raise False_(
                    "裏書きのない鍵が複数あります。信頼する鍵を --key で指定してください",
                    "several keys are endorsed by none; name the one you trust by --key",
                )
            trusted |= roots
            self.warning = Said(
                "鍵を固定していません。ファイル自身に書かれた鍵で署名を確かめただけです。"
                "別の経路（証人のメール、電話など）で得た鍵を --key で指定してください",
                "no key is pinned: signatures were checked with the key the file itself carries, so they do not show"
                " who signed. Get the key by another way and name it by --key",
            )
        older = set(trusted)
        for _ in self.endorsed:
            trusted |= {key for key, by in self.endorsed.items() if by in trusted}
            older |= {by for key, by in self.endorsed.items() if by and key in older}
        self.trusted, self.older = trusted, trusted | older

    def problem(self, head: Record, *, newest: bool = True) -> Said | None:
        """What is wrong with a head's log, key or signature."""
        size, key = head["size"], head["key"]
        if head["log"] != self.log:
            return Said(
                f"件数 {size} の先頭証明は別のログ {head['log']} のものです",
                f"the head of size {size} is of another log, {head['log']}",
            )
        if key not in self.public:
            return Said(
                f"件数 {size} の先頭証明の鍵 {key} がファイルの鍵一覧にありません",
                f"the head of size {size}: its key {key} is not among the keys of the file",
            )
        if key not in (self.trusted if newest else self.older):
            return Said(
                f"件数 {size} の先頭証明は、信頼する鍵から裏書きでたどれない鍵 {key} で署名されています",
                f"the head of size {size} is signed by key {key}, which no key that you trust has endorsed",
            )
        content = {name: head[name] for name in ("key", "log", "root", "sealed_at", "size")}
        message = b"shinchoku tree head v1\n" + canonical(content)
        if not signed(self.public[key], message, bytes.fromhex(head["signature"])):
            return Said(
                f"件数 {size} の先頭証明の署名が正しくありません",
                f"the head of size {size}: its signature is not that of its key",
            )
        return None


# --- A log, event by event ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """Something untrue. `first` to `last`: the positions among which the first bad one is; the same when it is known
    exactly, None when what is untrue is not about a position."""

    said: Said
    first: int | None = None
    last: int | None = None
    stream: str = ""

    @property
    def rank(self) -> tuple[int, int]:
        return (self.last or sys.maxsize, -(self.first or 0))


@dataclass
class Held:
    """A head that somebody outside keeps, and what to call it."""

    head: Record
    name: Said


@dataclass
class Log:
    """Checks events and heads in the order in which they come, in little memory. Never stops at the first finding:
    an edit whose hash was made to fit is seen by the heads only, and may stand earlier."""

    name: str
    tree: Tree = field(default_factory=Tree)
    findings: list[Finding] = field(default_factory=list)
    heads: int = 0
    newest: Record | None = None
    broken_at: int | None = None  # from this position on the numbering has no meaning
    recorded_at: str = ""  # of the last event
    good: int = 0  # size of the last head whose root is right
    bad: list[int] = field(default_factory=list)  # sizes of heads with a wrong root, after that
    _sealed_at: str = ""

    def found(self, said: Said, first: int | None = None, last: int | None = None, stream: str = "") -> None:
        if len(self.findings) < 1000:
            self.findings.append(Finding(said, first, last or first, stream))

    def event(self, event: Any) -> None:
        """The next event. Raises nothing: what is wrong is among the findings."""
        if self.broken_at is not None:
            return
        position = self.tree.size + 1
        wrong = misshapen(event, "event")
        if wrong:
            self._broken(wrong, position)
            return
        if event["position"] != position:
            said = Said(
                f"位置 {position} がありません（代わりに位置 {event['position']} があります）",
                f"position {position} is missing (position {event['position']} stands in its place)",
            )
            self._broken(said, position)
            return
        try:
            right = event_hash(event).hex() == event["hash"]
        except (ValueError, RecursionError):
            self._broken(Said("内容を正規形にできません", "its content has no canonical form"), position)
            return
        stream = event["stream"]
        if not right:
            said = Said(
                "内容がハッシュと一致しません（種類・内容・作成者・発生日時・ストリームのいずれかが書き換えられています）",
                "its content is not what its hash commits to (type, data, actor, occurred_at or stream was changed)",
            )
            self.found(said, position, stream=stream)
        if event["recorded_at"] < self.recorded_at:
            self.found(
                Said("記録日時が前の記録より前です", "it was recorded before the event before it"),
                position,
                stream=stream,
            )
        self.recorded_at = event["recorded_at"]
        self.tree.add(event)

    def unreadable(self, reason: str) -> None:
        """The line at which the next event should be cannot be read."""
        if self.broken_at is None:
            said = Said(f"行を読めません: {shown(reason)}", f"the line cannot be read: {shown(reason)}")
            self._broken(said, self.tree.size + 1)

    def _broken(self, said: Said, position: int) -> None:
        self.broken_at = position
        self.found(said, position)

    def head(self, record: Any, keys: Keys) -> None:
        """The next head, when all events it covers have come."""
        wrong = misshapen(record, "head")
        if wrong:
            self.found(wrong)
            return
        head: Record = record
        size = head["size"]
        before = self.newest
        if before and size <= before["size"]:
            said = Said(
                f"件数 {size} の先頭証明が順序どおりではありません（前は {before['size']} 件）",
                f"the head of size {size} is out of order (the one before has size {before['size']})",
            )
            self.found(said)
            return
        if head["sealed_at"] <= self._sealed_at:
            said = Said(
                f"件数 {size} の先頭証明の日時が前のものより後ではありません",
                f"the head of size {size} was not sealed after the one before it",
            )
            self.found(said)
        self._sealed_at = head["sealed_at"]
        self.newest = head
        self.heads += 1
        problem = keys.problem(head, newest=False)
        if problem:
            self.found(problem)
        if self.covers(size):
            self._compare_own(size, self.tree.root(size).hex() == head["root"], sound=problem is None)

    def covers(self, size: int) -> bool:
        return size <= self.tree.size

    def _compare_own(self, size: int, right: bool, *, sound: bool) -> None:
        if not right:
            self.bad.append(size)
        elif sound:
            # A later head that is right says that all events before it are: those in between were false themselves.
            for false in self.bad:
                said = Said(
                    f"件数 {false} の先頭証明の値が偽です（後の先頭証明は正しく、記録は変わっていません）",
                    f"the head of size {false} is false itself (a later one is right: the events are as they were)",
                )
                self.found(said)
            self.bad, self.good = [], size

    def compare(self, held: list[Held], keys: Keys) -> None:
        """Heads kept outside: each must be part of this log. After all events."""
        good = 0
        for one in sorted(held, key=lambda one: one.head["size"]):
            found = self.against(one, keys, good)
            self.findings += found
            if self.covers(one.head["size"]) and not any(finding.first for finding in found):
                good = one.head["size"]

    def against(self, one: Held, keys: Keys, good: int = 0) -> list[Finding]:
        """What is untrue when one head kept outside is true; `good`: up to where others agree."""
        size, name = one.head["size"], one.name
        problem = keys.problem(one.head, newest=False)
        found = [Finding(Said(f"{name.ja}: {problem.ja}", f"{name.en}: {problem.en}"))] if problem else []
        if one.head["log"] != self.name or (not self.covers(size) and self.broken_at is not None):
            return found
        if not self.covers(size):
            said = Said(
                f"{name.ja}は {size} 件を証明していますが、ログは {self.tree.size} 件で終わっています"
                "（末尾の削除または古い複製）",
                f"{name.en} covers {size} events, and the log ends after {self.tree.size}"
                " (its end was cut off, or it is an old copy)",
            )
            found.append(Finding(said, self.tree.size + 1, self.tree.size + 1))
        elif self.tree.root(size).hex() != one.head["root"]:
            said = Said(
                f"{name.ja}（{size} 件）が証明したログと違います。"
                f"書き換えは位置 {good + 1} から {size} の間で始まっています",
                f"{name.en} (size {size}) covers another log: what was rewritten begins between positions"
                f" {good + 1} and {size}",
            )
            found.append(Finding(said, good + 1, size))
        return found

    def finish(self, size: int) -> None:
        """What is known only after the last event; `size`: how many there should be."""
        if self.bad:
            low, high = self.good + 1, self.bad[0]
            said = Said(
                f"記録が先頭証明（{high} 件）と一致しません。書き換えは位置 {low} から {high} の間で始まっています",
                f"the events are not those of the head of size {high}: what was rewritten begins between positions"
                f" {low} and {high}",
            )
            self.found(said, low, high)
        for position in self.tree.repeated():
            said = Said("同じ event_id が前にもあります", "its event_id stood in the log before")
            self.found(said, position, stream=self.tree.stream(position))
            break
        for position in self.tree.out_of_turn():
            said = Said("ストリームの版番号が連続していません", "its version is not the next of its stream")
            self.found(said, position, stream=self.tree.stream(position))
            break
        events = self.tree.size
        if events < size and self.broken_at is None:
            said = Said(f"{size} 件あるはずが {events} 件で終わっています", f"it ends after {events} events of {size}")
            self.found(said, events + 1)
        elif events > size:
            said = Said(f"{size} 件のはずが {events} 件あります", f"it holds {events} events instead of {size}")
            self.found(said, size + 1)

    def sealed(self, size: int) -> None:
        """An export goes as far as a head does, and no further."""
        covered = self.newest["size"] if self.newest else 0
        if covered != size:
            said = Said(
                f"最後の先頭証明は {covered} 件分で、{size} 件分のものがありません",
                f"the last head covers {covered} events: there is none for all {size}",
            )
            self.found(said)

    def newest_problem(self, keys: Keys) -> None:
        """The newest head must be signed by a key that counts now, not by one that only counts for the past."""
        problem = keys.problem(self.newest) if self.newest else None
        if problem and problem not in {finding.said for finding in self.findings}:
            self.found(problem)


# --- What you keep ----------------------------------------------------------------------------------------------


@dataclass
class State:
    """The keys you pinned and the last head you saw, in a file of yours."""

    path: Path
    keys: dict[str, str] = field(default_factory=dict)  # key id → public key
    head: Record | None = None

    def load(self) -> None:
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise unreadable(self.path, error) from error
        name = shown(self.path)
        try:
            record = shaped(parse(raw), "state")
            self.head = shaped(record["head"], "head")
            pins = Pins()
            for public in record["keys"]:
                if not a_hash(public):
                    raise ValueError("keys")
                pins.ids.add(pins.known(public))
                self.keys[hashlib.sha256(bytes.fromhex(public)).hexdigest()] = public
            problem = Keys(self.head["log"], [], pins).problem(self.head)
            if problem:
                raise False_(*problem)
        except (ValueError, False_) as error:
            raise Unreadable(
                f"状態ファイル {name} が壊れているか、書き換えられています。控えがあれば戻してください: {error}",
                f"the state file {name} is damaged or was changed; put your copy of it back: {error}",
            ) from error

    def save(self, head: Record, keys: Keys) -> None:
        for key in (*keys.pins.ids, head["key"]):
            if key in keys.public:
                self.keys[key] = keys.public[key].hex()
        record = {"kind": "state", "format": 1, "keys": list(self.keys.values()), "head": head}
        descriptor, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        with open(descriptor, "wb") as file:
            file.write(canonical(record) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(self.path)


def unreadable(path: object, error: OSError) -> Unreadable:
    return Unreadable(f"{shown(path)} を読めません: {error.strerror}", f"{shown(path)}: {error.strerror}")


def read_whole(path: str) -> Any:
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        return parse(raw)
    except ValueError as error:
        raise Unreadable(
            f"{shown(path)} は JSON として読めません: {error}", f"{shown(path)} is not JSON: {error}"
        ) from error


def lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise Unreadable("行が長すぎます", "a line is too long")
        if not line.isspace():
            yield line


def held_heads(path: str) -> list[Held]:
    """The heads of a witness file: JSON lines."""
    found = []
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(lines(file), start=1):
                name = Said(f"証人の先頭証明 {number}", f"witnessed head {number}")
                try:
                    found.append(Held(shaped(parse(line), "head"), name))
                except (ValueError, False_) as error:
                    raise Unreadable(
                        f"{shown(path)} の {number} 行目は先頭証明ではありません: {error}",
                        f"{shown(path)}, line {number} is not a head: {error}",
                    ) from error
    except OSError as error:
        raise unreadable(path, error) from error
    if not found:
        raise Unreadable(f"{shown(path)} に先頭証明がありません", f"{shown(path)} holds no head")
    return found


# --- The commands ---------------------------------------------------------------------------------------------------


class Progress:
    """How far it is, on standard error, when it takes more than two seconds."""

    def __init__(self, total: int) -> None:
        self.total, self.started, self.next = max(total, 1), time.monotonic(), 2.0
        self.every = 1.0 if sys.stderr.isatty() else 10.0
        self.written = False

    def at(self, done: int) -> None:
        passed = time.monotonic() - self.started
        if passed >= self.next:
            self.next = passed + self.every
            rate = done / passed
            left = max(self.total - done, 0) / rate
            end = "\r" if sys.stderr.isatty() else "\n"
            text = f"{done:,} / {self.total:,}  {100 * done / self.total:.0f} %  {rate:,.0f}/s  -{left:.0f} s   "
            print(text, end=end, file=sys.stderr, flush=True)
            self.written = True

    def over(self) -> None:
        if self.written and sys.stderr.isatty():
            print(file=sys.stderr)


class Session:
    """One run: the options, what is kept outside, and what there is to say."""

    def __init__(self, options: argparse.Namespace, language: str) -> None:
        self.language = language
        self.pins = Pins()
        self.state = State(Path(options.state)) if options.state else None
        if self.state:
            self.state.load()
            for public in self.state.keys.values():
                self.pins.ids.add(self.pins.known(public))
        for text in options.key:
            self.pins.key(text)
        self.held = held_heads(options.witness) if options.witness else []
        if not self.pins.ids:
            # A witness's own file is better than nothing: the key that signed then must be the key that signs now.
            self.pins.ids |= {one.head["key"] for one in self.held}
        if self.state and self.state.head:
            self.held.append(Held(self.state.head, Said("前回確認した先頭証明", "the head you saw last")))

    def keys(self, log: str, records: Iterable[Any]) -> Keys:
        """Also refuses a file of another log than the one you keep."""
        for one in self.held:
            if one.head["log"] != log:
                raise False_(
                    f"{one.name.ja}は別のログ {one.head['log']} のものです（このファイルは {log}）",
                    f"{one.name.en} is of another log, {one.head['log']} (this file is of {log})",
                )
        return Keys(log, records, self.pins)

    def say(self, ja: str, en: str, file: TextIO | None = None) -> None:
        print(en if self.language == "en" else ja, file=file or sys.stdout)

    def loudly(self, said: Said) -> None:
        self.say(f"【注意】{said.ja}", f"NOTE: {said.en}", file=sys.stderr)

    def keep(self, head: Record, keys: Keys) -> None:
        """To be called with a head that is shown to be consistent with the one kept."""
        if keys.warning:
            self.loudly(keys.warning)
        if self.state:
            if self.state.head is None:
                names = ", ".join(sorted({key for key in keys.pins.ids if key in keys.public} | {head["key"]}))
                self.loudly(
                    Said(
                        f"状態ファイル {shown(self.state.path)} を新しく作りました。次の鍵と、件数 {head['size']} の"
                        f"先頭証明を覚えます。鍵が正しいことを別の経路で確かめてください: {names}",
                        f"the state file {shown(self.state.path)} was made new. It holds these keys and the head of"
                        f" size {head['size']}; make sure by another way that the keys are right: {names}",
                    )
                )
            self.state.save(head, keys)

    def same_size(self, head: Record) -> None:
        """Two heads of one size have one root. Raises False_."""
        for one in self.held:
            if one.head["size"] == head["size"] and one.head["root"] != head["root"]:
                raise False_(
                    f"{one.name.ja}と件数は同じ（{head['size']}）ですが、値が違います。ログは二つの内容を示しています",
                    f"{one.name.en} has the same size ({head['size']}) and another root: the log shows two faces",
                )


def described(head: Record) -> Said:
    when = head["sealed_at"][:19].replace("T", " ")
    return Said(
        f"{head['size']:,} 件、{when} UTC に封印、根 {head['root']}",
        f"{head['size']:,} events, sealed {when} UTC, root {head['root']}",
    )


def raw(proof: list[str]) -> list[bytes]:
    return [bytes.fromhex(h) for h in proof]


def verify_receipt(session: Session, path: str) -> None:
    receipt = shaped(read_whole(path), "receipt")
    event, head = shaped(receipt["event"], "event"), shaped(receipt["head"], "head")
    keys = session.keys(head["log"], receipt["keys"])
    position, where = event["position"], shown(event["stream"])
    problem = keys.problem(head)
    if problem:
        raise False_(*problem)
    try:
        right = event_hash(event).hex() == event["hash"]
    except ValueError:
        right = False
    if not right:
        raise False_(
            f"位置 {position}（{where}）: 内容がハッシュと一致しません。書き換えられています",
            f"position {position} ({where}): its content is not what its hash commits to; it was changed",
        )
    if not included(leaf(event), position - 1, head["size"], raw(receipt["proof"]), bytes.fromhex(head["root"])):
        raise False_(
            f"位置 {position}（{where}）: 証明の道筋が先頭証明の根に届きません。この記録はログのこの位置にありません",
            f"position {position} ({where}): the proof does not lead to the head's root: it is not the event there",
        )
    session.same_size(head)
    session.say(
        f"正しい受領証です。位置 {position}、{where} の第 {event['version']} 版、{shown(event['type'])}、"
        f"記録 {event['recorded_at']}",
        f"The receipt is true: position {position}, version {event['version']} of {where}, {shown(event['type'])},"
        f" recorded {event['recorded_at']}",
    )
    said = described(head)
    session.say(f"  先頭証明: {said.ja}", f"  head: {said.en}")
    _seen(session, head, keys)


def verify_head(session: Session, path: str) -> None:
    """Heads alone, with key lines or without: signatures, order, and what you keep."""
    heads, keys_seen = [], []
    try:
        with contextlib.ExitStack() as stack:
            file = sys.stdin.buffer if path == "-" else stack.enter_context(open(path, "rb"))
            content = file.read()
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        try:
            records = [parse(content)]
        except ValueError:
            records = [parse(line) for line in content.splitlines() if line.strip()]
    except ValueError as error:
        raise Unreadable(
            f"{shown(path)} は JSON として読めません: {error}", f"{shown(path)} is not JSON: {error}"
        ) from error
    for record in records:
        if type(record) is dict and record.get("kind") == "key":
            keys_seen.append(record)
        else:
            heads.append(shaped(record, "head"))
    if not heads:
        raise Unreadable(f"{shown(path)} に先頭証明がありません", f"{shown(path)} holds no head")
    heads.sort(key=lambda head: head["size"])
    keys = session.keys(heads[0]["log"], keys_seen)
    if not keys.public:
        raise Unreadable(
            "鍵がありません。公開鍵を --key で指定してください", "there is no key: name the public key by --key"
        )
    for number, head in enumerate(heads):
        problem = keys.problem(head, newest=number == len(heads) - 1)
        if problem:
            raise False_(*problem)
        session.same_size(head)
        session.held.append(Held(head, Said(f"件数 {head['size']} の先頭証明", f"the head of size {head['size']}")))
        said = described(head)
        session.say(f"署名は正しい: {said.ja}", f"The signature is true: {said.en}")
    last = heads[-1]
    kept = session.state.head if session.state else None
    if kept and last["size"] < kept["size"]:
        raise False_(
            f"前回確認した先頭証明（{kept['size']} 件）より短くなっています（{last['size']} 件）",
            f"it is shorter ({last['size']}) than the head you saw last ({kept['size']})",
        )
    _seen(session, last, keys)


def _seen(session: Session, head: Record, keys: Keys) -> None:
    """A head that came without proof of consistency: it is kept when there is none yet."""
    kept = session.state.head if session.state else None
    if kept is None or kept["size"] == head["size"]:
        session.keep(kept or head, keys)
    elif head["size"] > kept["size"]:
        session.loudly(
            Said(
                f"前回確認した先頭証明（{kept['size']} 件）とつながることは、これだけでは示されません。"
                "consistency か export で確かめてください。状態ファイルは進めていません",
                f"this alone does not show that it continues the head you saw last (size {kept['size']}): use"
                " consistency or export. The state file was not moved on",
            )
        )


def verify_consistency(session: Session, path: str) -> None:
    record = shaped(read_whole(path), "consistency")
    first, second, head = record["from"], record["to"], shaped(record["head"], "head")
    keys = session.keys(head["log"], record["keys"])
    problem = keys.problem(head)
    if problem:
        raise False_(*problem)
    if head["size"] != second:
        raise False_("先頭証明の件数が証明の件数と違います", "the head is of another size than the proof")
    session.same_size(head)
    kept = session.state.head if session.state else None
    if kept and second < kept["size"]:
        raise False_(
            f"前回確認した先頭証明（{kept['size']} 件）より短くなっています（{second} 件）",
            f"it is shorter ({second}) than the head you saw last ({kept['size']})",
        )
    olds = [one for one in session.held if one.head["size"] == first]
    if not olds:
        raise Unreadable(
            f"件数 {first} の先頭証明をお持ちでないため、比べられません（--state か --witness で渡してください）",
            f"you hold no head of size {first} to compare with (give it by --state or --witness)",
        )
    for one in olds:
        problem = keys.problem(one.head, newest=False)
        if problem:
            raise False_(*problem)
        roots = bytes.fromhex(one.head["root"]), bytes.fromhex(head["root"])
        if not consistent(first, second, *roots, raw(record["proof"])):
            raise False_(
                f"件数 {second} のログは、{one.name.ja}（{first} 件）の続きではありません。"
                f"書き換えは位置 1 から {first} の間で始まっています",
                f"the log of size {second} does not continue {one.name.en} (size {first}): what was rewritten begins"
                f" between positions 1 and {first}",
            )
    said = described(head)
    session.say(
        f"つながっています。{first} 件のログは {second} 件のログの初めの部分です\n  先頭証明: {said.ja}",
        f"Consistent: the log of {first} events is the beginning of the log of {second}\n  head: {said.en}",
    )
    if kept and first != kept["size"]:
        _seen(session, head, keys)
    else:
        session.keep(head, keys)


def verify_export(session: Session, path: str) -> None:
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        try:
            file = sys.stdin.buffer if path == "-" else stack.enter_context(open(path, "rb"))
            log, keys = read_export(session, file, path)
        except OSError as error:
            raise unreadable(path, error) from error
    seconds = time.monotonic() - started
    if log.findings:
        raise Findings(log)
    head = log.newest
    session.say(
        f"正しいログです。{log.tree.size:,} 件、先頭証明 {log.heads} 個、照合した外部の先頭証明 {len(session.held)} 個"
        f"（{seconds:.1f} 秒）",
        f"The log is true: {log.tree.size:,} events, {log.heads} heads, {len(session.held)} heads held outside compared"
        f" ({seconds:.1f} s)",
    )
    session.say(f"  ログ {log.name}", f"  log {log.name}")
    if head:
        said = described(head)
        session.say(f"  最新の先頭証明: {said.ja}", f"  newest head: {said.en}")
        session.say(f"  鍵 {head['key']}", f"  key {head['key']}")
        session.keep(head, keys)
    if not session.held:
        session.loudly(
            Said(
                "外部で保管した先頭証明（--witness, --state）と照合していません。"
                "全体を作り直したログや古い複製は、それなしには見抜けません",
                "no head held outside was compared (--witness, --state): without one, a log that was made anew as a"
                " whole, or an old copy, cannot be told from the true one",
            )
        )


def read_export(session: Session, file: BinaryIO, path: str) -> tuple[Log, Keys]:
    """Export line, keys, events, heads: in this order and no other."""
    stream = lines(file)
    try:
        header = parse(next(stream, b""))
        if misshapen(header, "export"):
            raise ValueError("export")
    except ValueError as error:
        raise Unreadable(
            f"{shown(path)} はエクスポートではありません（1 行目が違います）",
            f"{shown(path)} is not an export (its first line is another)",
        ) from error
    log, progress = Log(header["log"]), Progress(header["size"])
    key_records: list[Any] = []
    keys: Keys | None = None
    stage, stray = "key", False
    for line in stream:
        try:
            record = parse(line)
            kind = record.get("kind") if type(record) is dict else None
        except ValueError as error:
            record, kind = None, None
            if stage == "head":
                log.found(Said(f"行を読めません: {shown(error)}", f"a line cannot be read: {shown(error)}"))
            else:
                log.unreadable(str(error))
        if kind == "key" and stage == "key":
            if len(key_records) == 1000:
                raise Unreadable("鍵が多すぎます", "too many keys")
            key_records.append(record)
            continue
        keys = keys or session.keys(log.name, key_records)
        if kind == "event" and stage != "head":
            stage = "event"
            log.event(record)
            if log.tree.size & 0xFFF == 0:
                progress.at(log.tree.size)
        elif kind == "head":
            stage = "head"
            log.head(record, keys)
        elif record is not None:
            if not stray:
                said = Said("この場所にあってはならない行があります", "a line stands where it may not")
                log.found(said, log.tree.size + 1 if stage != "head" else None)
            stray = True
            stage = "event" if stage == "key" else stage
    keys = keys or session.keys(log.name, key_records)
    log.compare(session.held, keys)
    log.newest_problem(keys)
    log.finish(header["size"])
    log.sealed(header["size"])
    progress.over()
    return log, keys


class Findings(False_):
    """What a log was found to be, first of all the first bad position."""

    def __init__(self, log: Log) -> None:
        ordered = sorted(log.findings, key=lambda finding: finding.rank)
        ja, en = ["改ざん、または誤りがあります。"], ["The log is not true."]
        first = ordered[0]
        if first.first is not None:
            # An edit at a known place within the stretch the heads point at is the more exact answer.
            stream = first.stream or (log.tree.stream(first.first) if first.first == first.last else "")
            in_stream = (
                Said(f"（ストリーム {shown(stream)}）", f" (stream {shown(stream)})") if stream else Said("", "")
            )
            if first.first == first.last:
                ja.append(f"最初の不正な位置: {first.first}{in_stream.ja}")
                en.append(f"First bad position: {first.first}{in_stream.en}")
            else:
                ja.append(f"最初の不正な位置: {first.first} から {first.last} の間")
                en.append(f"First bad position: between {first.first} and {first.last}")
        for finding in ordered[:20]:
            if finding.first is None or finding.first != finding.last:
                ja.append(f"  {finding.said.ja}")
                en.append(f"  {finding.said.en}")
            else:
                ja.append(f"  位置 {finding.first}: {finding.said.ja}")
                en.append(f"  position {finding.first}: {finding.said.en}")
        if len(ordered) > 20:
            ja.append(f"  ほか {len(ordered) - 20} 件")
            en.append(f"  and {len(ordered) - 20} more")
        super().__init__("\n".join(ja), "\n".join(en))


def language(asked: str | None) -> str:
    if asked:
        return asked
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "en" if named.startswith("en") else "ja"


def key_argument(text: str) -> str:
    if not HEX.fullmatch(text.lower()):
        raise argparse.ArgumentTypeError("64 hex digits: a public key or a key id")
    return text.lower()


COMMANDS = {
    "receipt": verify_receipt, "export": verify_export, "consistency": verify_consistency, "head": verify_head,
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    for output in (sys.stdout, sys.stderr):
        # Not every terminal can show every character; a result must not be lost for that.
        output.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    parser = argparse.ArgumentParser(
        prog="shinchoku_verify.py",
        description="進捗の受領証・ログを検証します。 Verifies Shinchoku's receipts and logs. 0: 正 true, 1: 偽 false,"
        " 2: 不明 cannot tell",
    )
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("file", metavar="FILE", help='"-": 標準入力 standard input')
    parser.add_argument(
        "--key", action="append", default=[], type=key_argument, metavar="HEX",
        help="信頼する公開鍵または鍵の識別子（複数可） a public key or key id that you trust",
    )  # fmt: skip
    parser.add_argument(
        "--state", metavar="FILE", help="鍵と前回の先頭証明を覚えるファイル keeps the keys and the last head seen"
    )
    parser.add_argument(
        "--witness", metavar="FILE", help="証人が保管する先頭証明（JSON Lines） heads that a witness keeps"
    )
    parser.add_argument("--lang", choices=["ja", "en"])
    options = parser.parse_args(arguments)
    speech = language(options.lang)
    try:
        session = Session(options, speech)
        COMMANDS[options.command](session, options.file)
    except False_ as wrong:
        unclear = isinstance(wrong, Unreadable)
        text = wrong.said.en if speech == "en" else wrong.said.ja
        print(text, file=sys.stderr if unclear else sys.stdout)
        return 2 if unclear else 1
    except BrokenPipeError:
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
