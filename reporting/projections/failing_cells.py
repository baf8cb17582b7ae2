"""Cells that cannot be computed: found among those that can, put aside with the reason, and tried again later.

A number too large for its column, or a figure nobody thought of, must stop no other cell.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from agencies import access
from reporting.models import TouchedCell
from reporting.projections import rollups
from reporting.projections.rollups import PAGE, Claim
from reporting.queries.rollups_at import CELL

# After the first, second … try; after the last of these again and again. An event that touches the cell shortens it.
BACK_OFF = [timedelta(minutes=m) for m in (1, 5, 30, 120)]
# Statements that may fail in one search: a search among cells of which most fail ends, and the next goes on.
FAILURES = 32
SOON = "3s"  # half of a page takes less, and a search must end within the time a task has

# Of these the cell is not the cause: SQLSTATE classes of connections, transactions that met another, a server that is
# short of something, was told to stop, or cannot reach its files; and the lock that was not to be had in time.
NOT_THE_CELL = ("08", "40", "53", "57P", "58", "55P03")

AGAIN = f"""
SELECT id, {", ".join(CELL)}, (SELECT position FROM reporting_follower WHERE name = 'rollups')
FROM reporting_touchedcell WHERE id = ANY (%(ids)s) ORDER BY id FOR UPDATE SKIP LOCKED
"""  # noqa: S608


def compute_page(size: int = PAGE, *, newest: bool = False) -> int:
    """Claim up to `size` open cells, compute them, and commit. Returns how many are done with for now: computed, or
    put aside because they cannot be. In transactions of its own."""
    claimed = Claim([], [], 0)
    try:
        with access.following():
            claimed = rollups.claim(size, newest=newest)
            rollups.compute(claimed)
    except DatabaseError as error:
        if not claimed.ids or not _is_the_cells(error):
            raise
        return _search(claimed.ids)
    return len(claimed.ids)


def _search(ids: Sequence[int]) -> int:
    """Compute them in halves, until those that fail stand alone. The others are computed on the way."""
    with access.following():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{SOON}'")
            cursor.execute(AGAIN, {"ids": list(ids)})
            rows = cursor.fetchall()
        if not rows:
            return len(ids)  # others are at them
        waiting = [Claim([row[0] for row in rows], [row[1:-1] for row in rows], rows[0][-1])]
        done = failures = 0
        while waiting and failures < FAILURES:
            claimed = waiting.pop()
            number = len(claimed.ids)
            error = _try(claimed)
            if error is None:
                done += number
            elif number == 1:
                _put_aside(claimed.ids[0], error)
                done += 1
                failures += 1
            else:
                waiting += [claimed.part(number // 2, number), claimed.part(0, number // 2)]
                failures += 1
        return done


def _try(claimed: Claim) -> DatabaseError | None:
    try:
        with transaction.atomic():
            rollups.compute(claimed)
            TouchedCell.objects.filter(pk__in=claimed.ids).delete()
    except DatabaseError as error:
        if not _is_the_cells(error):
            raise
        return error
    return None


def _put_aside(cell: int, error: DatabaseError) -> None:
    row = TouchedCell.objects.filter(pk=cell)
    tries = row.values_list("tries", flat=True).get()
    wait = BACK_OFF[min(tries, len(BACK_OFF) - 1)]
    row.update(tries=F("tries") + 1, error=f"{type(error).__name__}: {error}"[:2000], next_try=Now() + wait)


def _is_the_cells(error: DatabaseError) -> bool:
    state = getattr(error.__cause__, "sqlstate", None)
    return state is not None and not state.startswith(NOT_THE_CELL)
