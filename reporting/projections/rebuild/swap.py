"""The end of a rebuild: under the log's lock the tables are compared as they stand, and what differs is replaced.

One transaction, so that a reader sees the rows of before or those of after. It holds up whoever appends, so all that
is long is done before; what it has to look at again is what happened since.
"""

import time
from collections.abc import Sequence

from django.db.models import Model
from psycopg import sql

from reporting.models import Figure, ReportState, Standing, StandingOverride
from reporting.projections.cuts import FORGET
from reporting.projections.rebuild.beside import LOG_LOCK, Connection, owner, position_of
from reporting.projections.rebuild.build import Say, tail
from reporting.projections.rebuild.compare import Difference, Key, among_keys, confirmed, differing
from reporting.projections.rebuild.tables import PARTS, SCHEMA, Table
from reporting.projections.to_judge import MARK
from reporting.queries.rollups_at import CELL, cells_of, with_following

NEAR = 500  # events: what is left to fold while appends wait
ROUNDS = 20

OF_REPORTS = [table.name for table in PARTS["reports"]]
OF_WHAT_IS_COMPUTED = {table.name for part in ("deadlines", "standings", "rollups") for table in PARTS[part]}
GUARDED: tuple[type[Model], ...] = (Figure, ReportState, Standing, StandingOverride)
# The cells that the figures of some reports count in, for the rollups' follower to compute again.
TOUCH = f"""
INSERT INTO public.reporting_touchedcell ({", ".join(CELL)}, position)
SELECT {", ".join(CELL)}, %(position)s
FROM ({with_following(cells_of("SELECT * FROM public.reporting_figure WHERE report_id = ANY (%(reports)s)"))}) c
ORDER BY {", ".join(CELL)}
ON CONFLICT ({", ".join(CELL)}) DO NOTHING
"""


class OvertakenTooOften(Exception):
    """A report that differs was being written each time; nothing was changed."""


def swap(connection: Connection, parts: Sequence[str], at: int, say: Say, *, check: bool) -> list[Difference]:
    """Compare the tables built up to `at` with the live ones, and unless `check` replace what differs.

    Returns the differences there were.
    """
    at, _ = _catch_up(connection, parts, at)
    suspects: dict[str, set[Key]] = {}
    for table in (table for part in ("reports", "rollups") if part in parts for table in PARTS[part]):
        suspects[table.name], shown, made = differing(connection, table, at)
        say(f"  {table.name}: live {shown}; from the log {made}")
    compared = at
    reports = {str(key[0]) for name in OF_REPORTS for key in suspects.get(name, ())}
    written: set[Key] = set()
    for _ in range(ROUNDS):
        at, since = _catch_up(connection, parts, at)
        written |= since
        # What is folded beside must be seen by the follower's connection, so the locks are held by one of their own.
        with owner() as live, live.transaction():
            # Commands lock their report first and the log last; so do we.
            live.execute(
                "SELECT 1 FROM public.reporting_report WHERE id = ANY (%s) ORDER BY id FOR UPDATE", [sorted(reports)]
            )
            live.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
            began = time.monotonic()
            if "rollups" in parts:
                _hold_the_follower(live)
            head = position_of(live)
            written |= {(report,) for report in tail(connection, parts, at, head)}
            at = head
            found = [
                difference
                for part in parts
                for table in PARTS[part]
                if (difference := confirmed(live, table, _to_look_at(live, table, suspects, written, compared, at)))
            ]
            wrong = {str(key[0]) for difference in found if difference.table in OF_REPORTS for key in difference.keys}
            if check or wrong <= reports:
                if not check:
                    _replace(live, parts, found, at)
                say(f"  compared at position {at:,}; whoever appended waited {time.monotonic() - began:.1f} s")
                return found
        reports |= wrong  # written since we locked: once more, with theirs
    raise OvertakenTooOften("a report that differs was being written each time; nothing was changed")


def _catch_up(connection: Connection, parts: Sequence[str], at: int) -> tuple[int, set[Key]]:
    """Fold what was appended meanwhile, until little is left. Returns up to where, and what reports were written."""
    written: set[Key] = set()
    for _ in range(ROUNDS):
        head = position_of(connection)
        if head - at <= NEAR:
            break
        written |= {(report,) for report in tail(connection, parts, at, head)}
        at = head
    return at, written


def _to_look_at(
    connection: Connection,
    table: Table,
    suspects: dict[str, set[Key]],
    written: set[Key],
    compared: int,
    at: int,
) -> set[Key] | None:
    """The keys to compare at last: what differed before, and what was written since. None: all, where that is quick."""
    if table.name not in suspects:
        return None
    if table.name in OF_REPORTS:
        return suspects[table.name] | written
    if at == compared:
        return suspects[table.name]
    rows = connection.execute(
        "SELECT DISTINCT indicator_id, period FROM rebuild.reporting_rollup WHERE position > %s", [compared]
    )
    return suspects[table.name] | {tuple(row) for row in rows}


def _hold_the_follower(connection: Connection) -> None:
    """No page is read and no cell computed until we are done."""
    connection.execute("SELECT 1 FROM public.reporting_follower WHERE name = 'rollups' FOR UPDATE")
    connection.execute("LOCK TABLE public.reporting_touchedcell, public.reporting_rollup IN SHARE ROW EXCLUSIVE MODE")


def _replace(connection: Connection, parts: Sequence[str], found: list[Difference], at: int) -> None:
    tables = {table.name: table for part in parts for table in PARTS[part]}
    # The guards of figures, states and standings stand in the way of everybody but this function.
    ignored = [trigger.get_pgid(model) for model in GUARDED for trigger in model._meta.triggers]  # type: ignore[attr-defined]
    connection.execute("SELECT set_config('pgtrigger.ignore', %s, true)", ["{" + ",".join(ignored) + "}"])
    reports = [key[0] for difference in found if difference.table in OF_REPORTS for key in difference.keys]
    touched = {"reports": reports, "position": at}
    if reports and "rollups" not in parts:
        connection.execute(TOUCH.encode(), touched)  # by the figures that go
    if any(difference.table not in OF_WHAT_IS_COMPUTED for difference in found):
        connection.execute(FORGET.encode())  # they were counted from what goes
    for difference in reversed(found):
        table = tables[difference.table]
        connection.execute(
            sql.SQL("DELETE FROM {} t WHERE {}").format(
                sql.Identifier("public", table.name), among_keys(table, list(difference.keys))
            )
        )
    for difference in found:
        table = tables[difference.table]
        names = sql.SQL(", ").join(map(sql.Identifier, table.columns))
        connection.execute(
            sql.SQL("INSERT INTO {live} ({names}) SELECT {names} FROM {made} t WHERE {among}").format(
                live=sql.Identifier("public", table.name), made=sql.Identifier(SCHEMA, table.name), names=names,
                among=among_keys(table, list(difference.keys)),
            )
        )  # fmt: skip
    if "rollups" in parts:
        live = connection.execute("SELECT position FROM public.reporting_follower WHERE name = 'rollups'").fetchone()
        if found or live is None or live[0] < at:
            # What the follower does not read it does not mark; and nobody says what a rebuild has changed.
            connection.execute(MARK.encode(), {"position": at, "all": True, "indicators": []})
        # All rollups are right at this position, so the follower goes on from here.
        connection.execute("DELETE FROM public.reporting_touchedcell")
        connection.execute(
            "INSERT INTO public.reporting_follower (name, position, error) VALUES ('rollups', %(at)s, '')"
            " ON CONFLICT (name) DO UPDATE SET position = greatest(reporting_follower.position, %(at)s)",
            {"at": at},
        )
    elif reports:
        connection.execute(TOUCH.encode(), touched)  # and by those that come
