"""Someone with a superuser's password and, at worst, the signing key: what they can do to a log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from reporting.event_store import NewEvent, heads, keys, merkle
from reporting.event_store.hashing import event_hash
from reporting.event_store.keys import SigningKey
from tests.written_logs import leaf

GUARDED = ("event", "log_head", "log_key", "tree_head", "tree_node", "head_witness", "reporting_eventtext")
COLUMNS = (
    "position", "stream", "version", "event_id", "type", "schema_version", "data", "meta", "occurred_at",
    "recorded_at", "hash",
)  # fmt: skip
Row = dict[str, Any]


def rehashed(row: Row) -> Row:
    """With the hash that belongs to its content."""
    new = NewEvent(
        stream=row["stream"], type=row["type"], data=row["data"], meta=row["meta"], occurred_at=row["occurred_at"],
        schema_version=row["schema_version"], event_id=row["event_id"],
    )  # fmt: skip
    return row | {"hash": event_hash(new)}


def renumbered(rows: Sequence[Row]) -> list[Row]:
    """Positions 1..n and dense versions, as if it had always been so."""
    versions: dict[str, int] = {}
    out = []
    for position, row in enumerate(rows, start=1):
        versions[row["stream"]] = versions.get(row["stream"], 0) + 1
        out.append(row | {"position": position, "version": versions[row["stream"]]})
    return out


@dataclass
class Attacker:
    """Works as a superuser, with every guard of the log switched off."""

    database: "psycopg.Connection[tuple[Any, ...]]"

    def __post_init__(self) -> None:
        for table in GUARDED:
            self.database.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
        self.database.execute("ALTER TABLE event DROP CONSTRAINT IF EXISTS event_stream_version_key")

    def run(self, statement: str, *parameters: Any) -> None:
        self.database.execute(statement.encode(), parameters)

    def rows(self) -> list[Row]:
        with self.database.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM event ORDER BY position".encode()).fetchall()

    def edit(self, position: int, change: Callable[[Row], Row], *, fit: bool) -> None:
        """Change one event; `fit`: with the hash made to fit."""
        row = change(next(row for row in self.rows() if row["position"] == position))
        row = rehashed(row) if fit else row
        self.run(
            "UPDATE event SET stream = %s, type = %s, data = %s, meta = %s, occurred_at = %s, recorded_at = %s,"
            " hash = %s WHERE position = %s",
            row["stream"], row["type"], Jsonb(row["data"]), Jsonb(row["meta"]), row["occurred_at"], row["recorded_at"],
            row["hash"], position,
        )  # fmt: skip

    def put(self, rows: Sequence[Row]) -> None:
        """These rows become the log, and the head row says so."""
        self.run("DELETE FROM event")
        marks = ", ".join(["%s"] * len(COLUMNS))
        with self.database.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO event ({', '.join(COLUMNS)}) VALUES ({marks})".encode(),
                [[Jsonb(row[c]) if c in ("data", "meta") else row[c] for c in COLUMNS] for row in rows],
            )
        self.run("UPDATE log_head SET position = %s, recorded_at = %s", len(rows), rows[-1]["recorded_at"])

    def cut(self, size: int) -> None:
        """Events, heads and nodes beyond this size never were."""
        self.put(self.rows()[:size])
        self.run("DELETE FROM head_witness WHERE size > %s", size)
        self.run("DELETE FROM tree_head WHERE size > %s", size)
        for level in heads.STORED:
            self.run("DELETE FROM tree_node WHERE level = %s AND index >= %s", level, size >> level)

    def reseal(self, signing: SigningKey, sizes: Sequence[int] | None = None) -> None:
        """All heads and nodes anew over what the events are now, signed with this key, which may be a new one."""
        rows = self.rows()
        log: UUID = self._one("SELECT log FROM log_head")
        kept = self.database.execute("SELECT size, sealed_at FROM tree_head ORDER BY size").fetchall()
        sealed = [(size, rows[size - 1]["recorded_at"]) for size in sizes] if sizes else kept
        for table in ("head_witness", "tree_head", "tree_node"):
            self.run(f"DELETE FROM {table}")
        if not self._one("SELECT count(*) FROM log_key WHERE key = %s", signing.id):
            self.run("DELETE FROM log_key")
            self.run("INSERT INTO log_key VALUES (%s, %s, NULL, NULL, now())", signing.id, signing.public)
        tree, at = merkle.Growing(), dict(sealed)
        for row in rows:
            done = tree.add(
                leaf(row | {"hash": bytes(row["hash"]).hex(), "recorded_at": keys.moment(row["recorded_at"])})
            )
            for level in heads.STORED[: (len(done) - 1) // 8]:
                self.run("INSERT INTO tree_node VALUES (%s, %s, %s)", level, (tree.size >> level) - 1, done[level])
            if tree.size in at:
                root, when = tree.root(), at[tree.size]
                signature = signing.sign_head(log=log, size=tree.size, root=root, sealed_at=when)
                self.run(
                    "INSERT INTO tree_head VALUES (%s, %s, %s, %s, %s, %s)",
                    tree.size, root, when, signing.id, signature, b"".join(tree.frontier),
                )  # fmt: skip

    def _one(self, statement: str, *parameters: Any) -> Any:
        row = self.database.execute(statement.encode(), parameters).fetchone()
        assert row
        return row[0]


def stranger() -> SigningKey:
    return SigningKey(Ed25519PrivateKey.generate())
