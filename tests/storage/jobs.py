"""What the children of a Crew do: each function is one process's whole work."""

import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection

from agencies import access
from reporting import event_store
from reporting.event_store import NewEvent, Recorded, StaleStream, follow_page
from reporting.models import Follower
from reporting.tasks import make_papers
from tests.acts import append, event

# A follower's ledger, and the way its checkpoint went. Without any constraint: a double would go in, and be seen.
LEDGER = """
CREATE TABLE ledger (follower text, position bigint, stream text, version integer, applied bigserial);
GRANT SELECT, INSERT ON ledger TO shinchoku_follower;
GRANT SELECT ON ledger TO shinchoku_app;
GRANT USAGE ON SEQUENCE ledger_applied_seq TO shinchoku_follower;
"""


def keep_ledger(name: str, page: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ledger VALUES (%s, %s, %s, %s)", [[name, e.position, e.stream, e.version] for e in page]
        )


def follow_ledger(name: str, size: int) -> int:
    """One page."""
    with access.following():
        return follow_page(name, lambda page: keep_ledger(name, page), size) or 0


def follow_until(name: str, size: int, position: int) -> int:
    """Follow until everything up to the position is applied, by this process or another. Events applied here."""
    applied = 0
    while True:
        applied += (here := follow_ledger(name, size))
        if not here:
            with access.following():
                if Follower.objects.filter(name=name, position__gte=position).exists():
                    return applied


def as_json(recorded: Sequence[Recorded]) -> list[dict[str, Any]]:
    return [{"event_id": str(r.event_id), "position": r.position, "version": r.version} for r in recorded]


def numbered(stream: str, id_: str, **data: str) -> NewEvent:
    return replace(event(stream, **data), event_id=UUID(id_))


def append_many(streams: Sequence[str], times: int) -> list[dict[str, Any]]:
    """One event in each of the streams, that many times."""
    return [told for _ in range(times) for told in as_json(append(*(event(stream) for stream in streams)))]


def compete(stream: str, times: int) -> dict[str, Any]:
    """Try that often to append to one stream with the exact version expected; every loss tells the true one."""
    version, won, told = 0, [], []
    for _ in range(times):
        try:
            [recorded] = append(event(stream), expected={stream: version})
            version = recorded.version
            won.append(version)
        except StaleStream as stale:
            told.append((stale.expected, stale.actual))
            version = stale.actual
    return {"won": won, "told": told}


def send_all(stream: str, ids: Sequence[str], times: int) -> list[dict[str, Any]]:
    """Each event that many times, whoever else sends it."""
    return [told for _ in range(times) for id_ in ids for told in as_json(append(numbered(stream, id_)))]


def append_until_the_end(folder: str, writer: int) -> dict[str, Any]:
    """Append batches of one to four events until the server is gone. Every one that is acknowledged is a line in the
    writer's file, by which the test sees how far it is."""
    acknowledged: list[Any] = []
    with (Path(folder) / f"{writer}.lines").open("w", buffering=1) as lines:
        while True:
            ids = [str(event_store.new_event_id()) for _ in range(1 + len(acknowledged) % 4)]
            try:
                recorded = append(*batch(ids))
            except DatabaseError:
                return {"acknowledged": acknowledged, "in_doubt": ids}
            acknowledged.append((ids, [(r.position, r.version) for r in recorded]))
            lines.write("acknowledged\n")


def batch(ids: Sequence[str]) -> list[NewEvent]:
    """The same ids make the same events."""
    return [numbered(f"s{i % 3}", id_, text="x" * 500) for i, id_ in enumerate(ids)]


def least_written(folder: Path, writers: int) -> int:
    """How many appends of the slowest writer have been acknowledged."""
    files = list(folder.glob("*.lines"))
    return min(file.read_text().count("\n") for file in files) if len(files) == writers else 0


def make_papers_until(step: str) -> None:
    """Make the papers that wait, and be killed before it is written down that this step has begun."""

    def fatal(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "reporting_paperjob" in sql and step in (params or ()):
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fatal):
        make_papers()
