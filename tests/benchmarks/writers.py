"""Who is measured: each makes one durable append of a batch of events, in a process of its own."""

import itertools
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from agencies import access
from reporting import event_store
from reporting.commands import reports
from reporting.event_store import NewEvent
from reporting.models import Report
from tests.acts import at
from tests.cast import Cast
from tests.databases import OWNER_URL, connect

Append = Callable[[], object]
EVENTS_PER_STREAM = 100
# What a table of events is at the least: ordered, and unique by stream and version.
RAW_TABLE = """
CREATE TABLE IF NOT EXISTS bench_raw (
    stream uuid NOT NULL, version bigint NOT NULL, type text NOT NULL, data bytea NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY UNIQUE, PRIMARY KEY (stream, version)
)
"""
INSERT = "INSERT INTO bench_raw (stream, version, type, data) VALUES (%s, %s, %s, %s)"
INSERT_MANY = """
INSERT INTO bench_raw (stream, version, type, data)
SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::bytea[])
"""


def body(i: int) -> dict[str, Any]:
    """About 250 bytes of JSON, as a report's event might hold."""
    return {
        "task": f"task-{i % 997:04d}",
        "percent": i % 101,
        "hours": f"{i % 80 / 10:.1f}",
        "by": f"user-{i % 37:03d}",
        "note": "計画に沿って進めた。設備の調達と要員の確保を終え、次の四半期から試験を始める。" * 2,
        "seq": i,
    }


def raw(writer: int, batch: int) -> Append:
    """psycopg and a bare INSERT: no order of commit, no idempotency, no hash, no expected version."""
    database = connect(OWNER_URL, connection.settings_dict["NAME"])
    numbers = itertools.count()

    def row(i: int) -> tuple[UUID, int, str, bytes]:
        stream = UUID(int=(os.getpid() << 96) | i // EVENTS_PER_STREAM)  # each run writes streams of its own
        return stream, i % EVENTS_PER_STREAM, "Happened", json.dumps(body(i), ensure_ascii=False).encode()

    def one() -> None:
        database.execute(INSERT, row(next(numbers)), prepare=True)

    def many() -> None:
        rows = [row(next(numbers)) for _ in range(batch)]
        database.execute(INSERT_MANY, [list(column) for column in zip(*rows, strict=True)], prepare=True)

    return one if batch == 1 else many


def store(writer: int, batch: int) -> Append:
    """Our store: one append, at an expected version where it is one event."""
    numbers = itertools.count()
    meta = {"actor": "計測", "person": writer, "role": "reporter", "unit": writer, "agency": "JST"}

    def new(i: int) -> NewEvent:
        stream = f"bench/{os.getpid()}/{i // EVENTS_PER_STREAM}"
        return NewEvent(stream=stream, type="Happened", data=body(i), meta=meta, occurred_at=datetime.now(UTC))

    def one() -> object:
        i = next(numbers)
        event = new(i)
        return event_store.append([event], {event.stream: i % EVENTS_PER_STREAM})

    def many() -> object:
        return event_store.append([new(next(numbers)) for _ in range(batch)])

    return one if batch == 1 else many


def command(writer: int, batch: int) -> Append:
    """The whole command, HTTP excluded: transaction, lock, rules, texts, append, state row and figures. A report is
    submitted and taken back in turn."""
    hanako = Cast().hanako
    period = ["FY2026Q1", "FY2026Q2", "FY2026Q3", "FY2026Q4"][writer % 4]
    now = at("2027-04-20 10:00")
    with access.reading(hanako):
        known = Report.objects.filter(id=f"JST.P1.A1@{period}").first()
    version = known.version if known else 0

    def one() -> None:
        nonlocal version
        if version % 2 == 0:
            recorded = reports.submit_report(
                actor=hanako,
                assignment="JST.P1.A1",
                period=period,
                answers={"IND-02": {"value": str(version)}},
                narrative={"summary": "計画に沿って進めた。"},
                now=now,
            )
        else:
            recorded = reports.withdraw_report(
                actor=hanako, report=f"JST.P1.A1@{period}", seen_version=version, now=now
            )
        version = recorded.version

    return one


WRITERS: dict[str, Callable[[int, int], Append]] = {"raw": raw, "store": store, "command": command}
