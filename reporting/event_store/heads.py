"""Sealing the log: a signed Merkle root over all events so far, proofs from it, and what a moment stands for.

All in the caller's transaction. Sealing is a follower's; whoever may read at all may ask for proofs.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from reporting.event_store import keys, merkle
from reporting.models.heads import LogKey, TreeHead
from reporting.models.log import LogHead

# So many leaves at most in one step, which must end well within the statement_timeout and others' lock_timeout.
STEP = 50_000
BATCH = 10_000
STORED = (8, 16, 24, 32)  # levels whose nodes are in tree_node; each is read in blocks of 256
LOCK = 7307020264

LEAVES = "SELECT leaf_hashes(%s, %s)"
# A real log is sealed by the database's clock, a sample by the one replayed: its newest event's time.
CLOCK = """
SELECT log, position, recorded_at, CASE sample WHEN '' THEN clock_timestamp() ELSE recorded_at END FROM log_head
"""
# Two statements, so that the second sees what the one who had the lock has written.
POSITION_AT = """
SELECT pg_advisory_xact_lock_shared(%(lock)s);
SELECT coalesce(max(size), 0) FROM tree_head WHERE sealed_at <= %(moment)s
"""
ADD_NODES = "INSERT INTO tree_node SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])"
NODES = "SELECT hash FROM tree_node WHERE level = %s AND index BETWEEN %s AND %s ORDER BY index"


class NotSealed(Exception):
    """No head covers this yet."""


class LogAltered(Exception):
    """The events no longer give the root that was sealed. What this log says cannot be relied on."""


def seal(now: datetime | None = None) -> TreeHead | None:
    """Seal what was appended since the newest head, at most STEP events of it; None when nothing was. Call it again
    until it returns None.

    `now` stands in the head; left out, it is the log's own clock. Costs the new leaves and a logarithm of the old.
    Raises keys.KeyRefused.
    """
    log, position, recorded_at, clock = _locked()
    last = newest()
    size = last.size if last else 0
    if position == size:
        return None
    sealed_at = max(now or clock, recorded_at)
    if last:
        sealed_at = max(sealed_at, last.sealed_at + timedelta(microseconds=1))
    signing = keys.configured()
    key = keys.known(signing, sealed_at)
    tree = _grown(merkle.Growing(size, _split(bytes(last.frontier)) if last else ()), min(position, size + STEP))
    root = tree.root()
    return TreeHead.objects.create(
        size=tree.size,
        root=root,
        sealed_at=sealed_at,
        key=key,
        signature=signing.sign_head(log=log, size=tree.size, root=root, sealed_at=sealed_at),
        frontier=b"".join(tree.frontier),
    )


def endorse(new: keys.SigningKey) -> LogKey:
    """The key in use endorses `new`, which may seal from now on. Raises keys.KeyRefused."""
    log, _position, _recorded_at, clock = _locked()
    old = keys.configured()
    if LogKey.objects.filter(key=new.id).exists() or new.id == old.id:
        raise keys.KeyRefused(f"{new.id[:16]}… is a key of this log already")
    return LogKey.objects.create(
        key=new.id,
        public=new.public,
        endorsed_by=keys.known(old, clock),
        endorsement=old.endorse(new, log),
        first_used_at=clock,
    )


def _locked() -> tuple[UUID, int, datetime, datetime]:
    """Nobody else seals until the transaction ends. The log's name, its position, its newest time, its clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        # A statement of its own, so that it sees what the one who had the lock before has written.
        cursor.execute(CLOCK)
        found: tuple[UUID, int, datetime, datetime] = cursor.fetchone()
    return found


def _grown(tree: merkle.Growing, size: int) -> merkle.Growing:
    """The tree with all leaves up to `size`; the nodes to keep that it completes are written."""
    levels: list[int] = []
    indexes: list[int] = []
    hashes: list[bytes] = []
    while tree.size < size:
        end = min(size, tree.size + BATCH)
        leaves = _leaves(tree.size, end)
        if len(leaves) != end - tree.size:
            raise LogAltered(f"between the events {tree.size + 1} and {end} some are missing")
        for leaf in leaves:
            completed = tree.add(leaf)
            for level in STORED[: (len(completed) - 1) // 8]:
                levels.append(level)
                indexes.append((tree.size >> level) - 1)
                hashes.append(completed[level])
    if hashes:
        with connection.cursor() as cursor:
            cursor.execute(ADD_NODES, [levels, indexes, hashes])
    return tree


def newest() -> TreeHead | None:
    return TreeHead.objects.order_by("-size").first()


def head_of(size: int) -> TreeHead:
    """The head of exactly this size. Raises NotSealed."""
    head = TreeHead.objects.filter(size=size).first()
    if head is None:
        raise NotSealed(f"no head covers exactly {size} events")
    return head


def head_covering(position: int) -> TreeHead:
    """The newest head, if it covers the event at `position`. Raises NotSealed."""
    head = newest()
    if head is None or head.size < position:
        raise NotSealed(f"the event {position} has not been sealed yet")
    return head


def log_id() -> UUID:
    """The name of this log."""
    return LogHead.objects.get().log


def inclusion(position: int, size: int) -> list[bytes]:
    """The proof that the event at `position` is in the head of `size`: at most two blocks of 256 hashes a level stored
    are read. Raises NotSealed; LogAltered, rather than give a proof that proves nothing."""
    head, tree = head_of(size), _Stored()
    if not 0 < position <= size:
        raise NotSealed(f"the head of {size} does not cover the event {position}")
    path = merkle.inclusion_proof(position - 1, size, tree)
    if not merkle.includes(tree(0, position - 1), position - 1, size, path, bytes(head.root)):
        raise LogAltered(f"the event {position} is not what was sealed in the head of {size}")
    return path


def consistency(first: int, second: int) -> list[bytes]:
    """The proof that the head of `second` only adds to the head of `first`. Raises NotSealed, LogAltered."""
    old, new = head_of(first), head_of(second)
    if first > second:
        raise NotSealed(f"the head of {second} is older than the head of {first}")
    path = merkle.consistency_proof(first, second, _Stored())
    if not merkle.is_consistent(first, bytes(old.root), second, bytes(new.root), path):
        raise LogAltered(f"the head of {second} does not add to the head of {first}")
    return path


def position_at(moment: datetime) -> int:
    """How many events were sealed at `moment`: the position it stands for, 0 before the first head. The answer never
    changes later, once the moment has come."""
    # Whoever is sealing now may have chosen an earlier time; whoever begins later chooses a later one. So it is enough
    # to have had the lock: rolling back to the savepoint gives it up, or a long reading would hold up the sealing.
    before = transaction.savepoint()
    with connection.cursor() as cursor:
        cursor.execute(POSITION_AT, {"lock": LOCK, "moment": moment})
        cursor.nextset()
        size: int = cursor.fetchone()[0]
    transaction.savepoint_rollback(before)
    return size


class _Stored:
    """The roots of perfect subtrees of the log, from blocks of 256 leaves or of 256 stored nodes, each read once."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[int, int], list[bytes]] = {}

    def __call__(self, level: int, index: int) -> bytes:
        base = min(level // 8 * 8, STORED[-1])
        first, width = index << level - base, 1 << level - base
        block = self._block(base, first // 256)[first % 256 : first % 256 + width]
        if len(block) != width:
            raise LogAltered(f"there should be a subtree {index} at level {level}")
        return merkle.root_of(block)

    def _block(self, base: int, number: int) -> list[bytes]:
        if (base, number) not in self._blocks:
            first, end = number * 256, number * 256 + 256
            self._blocks[base, number] = _nodes(base, first, end) if base else _leaves(first, end)
        return self._blocks[base, number]


def _leaves(first: int, end: int) -> list[bytes]:
    """The leaf hashes from index `first` up to `end`; leaf index = position - 1."""
    with connection.cursor() as cursor:
        cursor.execute(LEAVES, [first + 1, end])
        return [bytes(leaf) for (leaf,) in cursor.fetchall()]


def _nodes(level: int, first: int, end: int) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(NODES, [level, first, end - 1])
        return [bytes(node) for (node,) in cursor.fetchall()]


def _split(frontier: bytes) -> list[bytes]:
    return [frontier[i : i + 32] for i in range(0, len(frontier), 32)]
