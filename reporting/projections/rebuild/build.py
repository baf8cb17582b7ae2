"""Fills the tables beside the live ones: the log up to a fixed position in chunks, then what came since."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from django.db import connection as run_time

from indicators.models import Indicator
from reporting.domain.events import EVENTS, report_of
from reporting.event_store import UnknownEvent
from reporting.models import CurrentEvent, Follower
from reporting.projections import plan, rollups
from reporting.projections.rebuild import folds
from reporting.projections.rebuild.beside import CHUNK, Connection, Run, beside, done, mark, owner, position_of
from reporting.projections.rebuild.tables import SCHEMA
from reporting.queries.rollups_at import AS_SETS, CELL, NUMBERS, cells_of, rollups_of

Say = Callable[[str], None]
PROCESSORS = max(2, os.cpu_count() or 1)

PLAN_POSITIONS = """
SELECT position FROM (
    SELECT position, row_number() OVER (ORDER BY position) AS n FROM event WHERE type = ANY (%s) AND position <= %s
) e WHERE n %% %s = 0 ORDER BY position
"""
# The first event of every type and version.
FIRSTS = "SELECT min(position) FROM event WHERE position > %s AND position <= %s GROUP BY type, schema_version"
UNKNOWN = """
SELECT e.position, e.type, e.written_version FROM event_current e
LEFT JOIN unnest(%s::text[], %s::smallint[]) AS known (type, version)
    ON known.type = e.type AND known.version = e.schema_version
WHERE e.position = ANY (%s) AND (known.type IS NULL OR e.data IS NULL) ORDER BY 1 LIMIT 1
"""
ANY_OF = "SELECT FROM event WHERE position > %s AND position <= %s AND type = ANY (%s) LIMIT 1"
COUNT = "SELECT count(*) FROM event WHERE type = ANY (%s) AND position <= %s"
ROLLUPS = f"""
INSERT INTO reporting_rollup ({", ".join((*CELL, *NUMBERS))}, position)
SELECT c.*, %(position)s
FROM ({rollups_of(cells_of("SELECT * FROM reporting_figure WHERE indicator_id = %(indicator)s"))}) c
"""
# What the next part, and the tail, look rows up by; made after the bulk is in.
INDEXES = {
    "reports": (
        "CREATE INDEX ON rebuild.reporting_report (id)",
        "CREATE INDEX ON rebuild.reporting_reportstate (report_id)",
        "CREATE INDEX ON rebuild.reporting_figure (report_id)",
        "ANALYZE rebuild.reporting_report, rebuild.reporting_reportstate, rebuild.reporting_figure",
    ),
    "rollups": (
        f"CREATE UNIQUE INDEX ON rebuild.reporting_rollup ({', '.join(CELL)}) NULLS NOT DISTINCT",
        "ANALYZE rebuild.reporting_rollup",
    ),
}
# Where figures are built as well, rollups look for theirs among them.
OF_FIGURES = (
    "CREATE INDEX ON rebuild.reporting_figure (indicator_id, year_period)",
    "CREATE INDEX ON rebuild.reporting_figure (from_position)",
    "CREATE INDEX ON rebuild.reporting_figure (to_position)",
)


class Progress:
    """Tells how far a step is: at once when it begins and ends, in between every two seconds, with rate and what is
    left."""

    def __init__(self, say: Say, step: str, total: int, unit: str) -> None:
        self._say, self._step, self._total, self._unit = say, step, total, unit
        self._began = self._said = time.monotonic()
        self._done = 0

    def add(self, number: int) -> None:
        self._done += number
        now = time.monotonic()
        if now - self._said >= 2:
            self._said = now
            rate = self._done / (now - self._began)
            left = (self._total - self._done) / rate if rate else 0
            self._say(
                f"  {self._step}: {self._done:,} of {self._total:,} {self._unit}, {rate:,.0f}/s, {left:.0f} s left"
            )

    def end(self) -> float:
        seconds = time.monotonic() - self._began
        rate = f", {self._done / seconds:,.0f}/s" if seconds > 0.05 else ""
        self._say(f"  {self._step}: {self._done:,} {self._unit} in {seconds:.1f} s{rate}")
        return seconds


def build(connection: Connection, run: Run, parts: Sequence[str], say: Say) -> None:
    """Fold the log up to the run's position. Raises UnknownEvent before anything is folded."""
    _must_know_all(connection, 0, run.position)
    steps = {
        "plan": _plan, "reports": _reports, "deadlines": _deadlines, "standings": _standings, "rollups": _rollups,
    }  # fmt: skip
    for part, step in steps.items():
        if part not in parts:
            continue
        step(connection, run, say)
        if not done(connection, f"{part}: indexes"):
            began = time.monotonic()
            more = OF_FIGURES if part == "reports" and "rollups" in parts else ()
            for statement in (*INDEXES.get(part, ()), *more):
                connection.execute(statement.encode())
            mark(connection, f"{part}: indexes", 0, 0)
            if time.monotonic() - began > 2:
                say(f"  {part}: indexes in {time.monotonic() - began:.1f} s")
    connection.execute("UPDATE rebuild.run SET at = position WHERE at = 0")


def tail(connection: Connection, parts: Sequence[str], after: int, to: int) -> list[str]:
    """Fold the events after `after` up to `to` into the tables beside. Returns the reports they are of."""
    _must_know_all(connection, after, to)
    reports: list[str] = []
    if "plan" in parts:
        _plan_tail(to)
    if "reports" in parts:
        with connection.transaction():
            streams = [row[0] for row in connection.execute(
                "SELECT DISTINCT stream FROM event_current WHERE position > %s AND position <= %s AND type = ANY (%s)",
                [after, to, list(folds.REPORT_EVENTS)],
            )]  # fmt: skip
            reports = [report for stream in streams if (report := report_of(stream))]
            connection.execute("DELETE FROM reporting_figure WHERE report_id = ANY (%s)", [reports])
            connection.execute("DELETE FROM reporting_reportstate WHERE report_id = ANY (%s)", [reports])
            connection.execute("DELETE FROM reporting_report WHERE id = ANY (%s)", [reports])
            folds.fold_streams(connection, streams, to)
    moved = [*folds.DEADLINE_EVENTS, *folds.HOLIDAY_EVENTS]
    if "deadlines" in parts and connection.execute(ANY_OF, [after, to, moved]).fetchone():
        with connection.transaction():
            connection.execute("DELETE FROM reporting_deadlinechange; DELETE FROM reporting_addedholiday")
            folds.fold_deadlines(connection, to)
    judged = [*folds.STANDING_EVENTS, *folds.OVERRIDE_EVENTS]
    if "standings" in parts and connection.execute(ANY_OF, [after, to, judged]).fetchone():
        with connection.transaction():
            connection.execute("DELETE FROM reporting_standing; DELETE FROM reporting_standingoverride")
            folds.fold_standings(connection, to)
    connection.execute("UPDATE rebuild.run SET at = %s", [to])
    if "rollups" in parts:
        _follow_rollups(to)
    return reports


def _must_know_all(connection: Connection, after: int, to: int) -> None:
    """A rebuild stops where a follower would. Raises UnknownEvent."""
    firsts = [row[0] for row in connection.execute(FIRSTS, [after, to])]
    unknown = connection.execute(UNKNOWN, [list(EVENTS), list(EVENTS.values()), firsts]).fetchone()
    if unknown:
        raise UnknownEvent(*unknown)


def _plan_events(after: int, to: int) -> Iterator[tuple[str, dict[str, object], int]]:
    rows = CurrentEvent.objects.filter(type__in=plan.EVENTS, position__gt=after, position__lte=to)
    for event in rows.order_by("position").iterator(2_000):
        yield event.type, event.data, event.position


def _plan(connection: Connection, run: Run, say: Say) -> None:
    edges = [row[0] for row in connection.execute(PLAN_POSITIONS, [list(plan.EVENTS), run.position, run.chunk // 10])]
    total = connection.execute(COUNT, [list(plan.EVENTS), run.position]).fetchone()
    finished, progress = done(connection, "plan"), Progress(say, "plan", total[0] if total else 0, "events")
    for number, (after, to) in enumerate(zip([0, *edges], [*edges, run.position], strict=True)):
        if number in finished:
            continue
        with beside(), run_time.cursor() as cursor:
            events = list(_plan_events(after, to))
            plan.fold(events)
            cursor.execute(
                "INSERT INTO rebuild.progress (step, number, events) VALUES ('plan', %s, %s)", [number, len(events)]
            )
        progress.add(len(events))
    progress.end()


def _plan_tail(to: int) -> None:
    """Not what is folded already: unlike the other folds this one must not meet an event twice."""
    with beside(), run_time.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(number), (SELECT position FROM rebuild.run)) FROM rebuild.progress"
                       " WHERE step = 'plan: tail'")  # fmt: skip
        after = cursor.fetchone()[0]
        if after < to:
            plan.fold(_plan_events(after, to))
            cursor.execute("INSERT INTO rebuild.progress (step, number, events) VALUES ('plan: tail', %s, 0)", [to])


def _reports(connection: Connection, run: Run, say: Say) -> None:
    finished = done(connection, "reports")

    def fold(own: Connection, number: int) -> int:
        first, last = number * run.chunk + 1, min((number + 1) * run.chunk, run.position)
        folds.fold_reports(own, first, last, run.position)
        return last - first + 1

    chunks = [number for number in range(-(-run.position // run.chunk)) if number not in finished]
    progress = Progress(say, "reports", min(run.position, len(chunks) * run.chunk), "events")
    _in_parallel("reports", chunks, fold, progress)
    progress.end()


def _standings(connection: Connection, run: Run, say: Say) -> None:
    if done(connection, "standings"):
        return
    with connection.transaction():
        folds.fold_standings(connection, run.position)
        mark(connection, "standings", 0, 0)


def _deadlines(connection: Connection, run: Run, say: Say) -> None:
    if done(connection, "deadlines"):
        return
    with connection.transaction():
        folds.fold_deadlines(connection, run.position)
        mark(connection, "deadlines", 0, 0)


def _rollups(connection: Connection, run: Run, say: Say) -> None:
    indicators = list(Indicator.objects.order_by("code").values_list("code", flat=True))
    finished = done(connection, "rollups")
    chunks = [number for number in range(len(indicators)) if number not in finished]
    progress = Progress(say, "rollups", len(chunks), "indicators")

    def fold(own: Connection, number: int) -> int:
        _roll_up(own, indicators[number], run.position)
        return 1

    _in_parallel("rollups", chunks, fold, progress)
    progress.end()


def _roll_up(connection: Connection, indicator: str, position: int) -> None:
    connection.execute(AS_SETS)
    connection.execute(ROLLUPS.encode(), {"indicator": indicator, "position": position})


def _in_parallel(
    step: str, chunks: Sequence[int], fold: Callable[[Connection, int], int], progress: Progress, schema: str = SCHEMA
) -> None:
    """Each chunk in a transaction with its mark, as many at once as there are processors."""
    local, opened = threading.local(), []

    def one(number: int) -> int:
        if not hasattr(local, "connection"):
            local.manager = owner(path=f"{schema}, public")
            local.connection = local.manager.__enter__()
            opened.append(local.manager)
            local.connection.execute("SET work_mem = '256MB'")
            local.connection.execute("SET max_parallel_workers_per_gather = 0")  # the chunks are what is parallel
            local.connection.execute("SET jit = off")
        with local.connection.transaction():
            events = fold(local.connection, number)
            mark(local.connection, step, number, events, schema)
        return events

    try:
        with ThreadPoolExecutor(min(PROCESSORS, max(1, len(chunks)))) as threads:
            for future in as_completed([threads.submit(one, number) for number in chunks]):
                progress.add(future.result())
    finally:
        for manager in opened:
            manager.__exit__(None, None, None)


def fill_live(connection: Connection, base: int, schema: str, say: Say) -> None:
    """The live tables of a load, of the streams that began after position `base`; progress is kept in `schema`.

    The followers then stand at the head: nothing that was loaded is told to anybody.
    """
    head = position_of(connection)
    finished = done(connection, "tables", schema)

    def fold(own: Connection, number: int) -> int:
        first, last = base + number * CHUNK + 1, min(base + (number + 1) * CHUNK, head)
        folds.fold_reports(own, first, last, head)
        return last - first + 1

    chunks = [number for number in range(-(-(head - base) // CHUNK)) if number not in finished]
    progress = Progress(say, "reports", min(head - base, len(chunks) * CHUNK), "events")
    _in_parallel("tables", chunks, fold, progress, schema)
    progress.end()
    connection.execute("ANALYZE public.reporting_figure")
    indicators = list(Indicator.objects.order_by("code").values_list("code", flat=True))
    finished = done(connection, "rollups", schema)
    chunks = [number for number in range(len(indicators)) if number not in finished]
    progress = Progress(say, "rollups", len(chunks), "indicators")

    def roll_up(own: Connection, number: int) -> int:
        own.execute("DELETE FROM reporting_rollup WHERE indicator_id = %s", [indicators[number]])
        _roll_up(own, indicators[number], head)
        return 1

    _in_parallel("rollups", chunks, roll_up, progress, schema)
    progress.end()
    connection.execute("DELETE FROM reporting_touchedcell")
    connection.execute(
        "INSERT INTO reporting_follower (name, position, error) SELECT name, %s, '' FROM unnest(%s::text[]) AS name"
        " ON CONFLICT (name) DO UPDATE SET position = excluded.position",
        [head, [rollups.NAME, "alerts"]],
    )


def _follow_rollups(to: int) -> None:
    """As the rollups' own follower does, on the tables beside; but never ahead of the tables it computes from."""
    with beside():
        mine = Follower.objects.get(name=rollups.NAME)
        if mine.position < to:
            rollups.touch(mine.position + 1, to)
            Follower.objects.filter(name=rollups.NAME).update(position=to)
    while True:
        with beside():
            if not rollups.compute_cells():
                return
