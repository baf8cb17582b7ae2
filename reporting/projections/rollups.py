"""集計: which cells an event touches, and what a cell comes to.

One reader moves the checkpoint and marks the touched cells in one transaction; any number of workers claim cells and
compute each from its figures, many in one statement: reporting.queries.rollups_at says how, at the checkpoint's
position, so that a rollup stands exactly for the position it carries. Nothing is ever added to a number that stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from reporting.domain.events import EVENTS
from reporting.event_store import backlog, follow_page, head
from reporting.models import CurrentEvent, TouchedCell
from reporting.projections import to_judge
from reporting.queries.rollups_at import (
    AS_SETS,
    CELL,
    CELL_HOME,
    CHANGED_FIGURES,
    CHANGES,
    GIVEN,
    HOME_OF,
    HOMES,
    NUMBERS,
    cells_of,
    given,
    rollups_of,
    with_following,
)

NAME = "rollups"

OF_THE_PAGE = f"""
    {CHANGED_FIGURES}
    UNION ALL
    SELECT f.* FROM reporting_figure f JOIN redefined USING (indicator_id)
"""  # noqa: S608
OF_WHAT_IS_ASKED = "SELECT f.* FROM reporting_figure f WHERE f.indicator_id IN (SELECT indicator_id FROM asked)"

# The cells whose numbers a page of events may have changed, at the page's last position: those of the figures it opened
# or closed or gave another meaning; where who is expected has changed, those that agency counts in; and of stocks those
# of the next period, in which a value may stand for an agency that has not answered.
TOUCH = f"""
WITH {CHANGES}, marked AS (
    SELECT * FROM ({cells_of(OF_THE_PAGE)}) c
    UNION
    SELECT c.* FROM ({cells_of(OF_WHAT_IS_ASKED)}) c
    WHERE EXISTS (
        SELECT FROM asked a JOIN ({HOMES}) h ON h.member = a.agency_id
        WHERE a.indicator_id = c.indicator_id AND {HOME_OF} = {CELL_HOME}
            AND h.from_position <= %(position)s AND (h.to_position IS NULL OR h.to_position >= %(first)s))
)
INSERT INTO reporting_touchedcell ({", ".join(CELL)}, position, latest)
SELECT DISTINCT {", ".join(CELL)}, %(position)s::bigint, %(position)s::bigint
FROM ({with_following("SELECT * FROM marked")}) c
ORDER BY {", ".join(CELL)}
-- A cell that is open already stays open since then. What could not be computed may be now.
ON CONFLICT ({", ".join(CELL)}) DO UPDATE SET latest = excluded.latest, next_try = NULL
RETURNING indicator_id
"""  # noqa: S608

# Cells that may be computed now; one that could not be waits for its next try.
DUE = "(next_try IS NULL OR next_try <= now())"
# Neither order has a second column: the index gives the rows of a position as they come, and nothing is sorted.
# A few of the cells touched last: who has just reported does not wait for a backlog.
NEWEST = f"""
    SELECT id FROM reporting_touchedcell WHERE {DUE} ORDER BY latest DESC LIMIT %(size)s FOR UPDATE SKIP LOCKED
"""  # noqa: S608
# Cells of as few indicators as can be, beginning with that of the cell that is open longest: they are made of the same
# figures, which are then read once. In the order of the unique index, so that a long backlog is not sorted.
OF_FEW_INDICATORS = f"""
    SELECT id FROM reporting_touchedcell WHERE {DUE} AND indicator_id >= (
        SELECT indicator_id FROM reporting_touchedcell WHERE {DUE} ORDER BY position LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    ORDER BY indicator_id, period LIMIT %(size)s FOR UPDATE SKIP LOCKED
"""  # noqa: S608
# The claim is the lock on the row, which goes with whoever holds it: of a worker that is killed nothing stays claimed.
# With the position the cells are computed at: the checkpoint, which no claimed cell is ahead of.
CLAIM = f"""
DELETE FROM reporting_touchedcell WHERE id = ANY (ARRAY({{which}}))
RETURNING id, {", ".join(CELL)}, (SELECT position FROM reporting_follower WHERE name = 'rollups')
"""  # noqa: S608

COMPUTE = f"""
INSERT INTO reporting_rollup ({", ".join((*CELL, *NUMBERS))}, position)
SELECT c.*, %(position)s FROM ({rollups_of(GIVEN)}) c
ON CONFLICT ({", ".join(CELL)}) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in (*NUMBERS, "position"))}
"""  # noqa: S608


COUNT = f"SELECT count(*) FROM (SELECT FROM reporting_touchedcell WHERE {DUE} LIMIT %(limit)s) c"  # noqa: S608
# A cell that is being computed is touched again when that is done. Nobody waits at a screen for the reader.
PATIENCE = "SET LOCAL lock_timeout = '8s'"
PAGE = 500  # cells of one transaction: short, and small in memory


@dataclass(frozen=True)
class Claim:
    """Open cells, and the position they are computed at."""

    ids: Sequence[int]
    cells: Sequence[Sequence[str | None]]
    position: int

    def part(self, first: int, last: int) -> "Claim":
        return Claim(self.ids[first:last], self.cells[first:last], self.position)


def read_page() -> int | None:
    """Mark the cells that the next page of events touches, and the indicators to judge. Returns the number of events
    read; None when another worker is reading. In a transaction."""
    return follow_page(NAME, _touch, known=EVENTS)


def _touch(page: Sequence[CurrentEvent]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
    to_judge.mark(page, touch(page[0].position, page[-1].position))


def touch(first: int, last: int) -> set[str]:
    """Mark the cells that the events from position `first` to `last` touch. Returns their indicators."""
    with connection.cursor() as cursor:
        cursor.execute(TOUCH, {"first": first, "position": last})
        return {indicator for (indicator,) in cursor.fetchall()}


def compute_cells(size: int = PAGE, *, newest: bool = False) -> int:
    """Claim up to `size` open cells and compute them in one statement. Returns their number. In a transaction.

    `newest`: those touched last; else those of the indicator that waits longest, and of as few others as can be.
    """
    claimed = claim(size, newest=newest)
    compute(claimed)
    return len(claimed.ids)


def claim(size: int, *, newest: bool) -> Claim:
    """Open cells that nobody else is at: gone when this transaction commits, there again when it does not."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM.format(which=NEWEST if newest else OF_FEW_INDICATORS), {"size": size})
        rows = cursor.fetchall()
    return Claim([row[0] for row in rows], [row[1:-1] for row in rows], rows[0][-1] if rows else 0)


def compute(claimed: Claim) -> None:
    """What the cells come to, in one statement."""
    if claimed.ids:
        columns = [list(column) for column in zip(*claimed.cells, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(AS_SETS)
            cursor.execute(COMPUTE, given(columns, claimed.position))


def open_cells(limit: int) -> int:
    """How many cells could be computed now; counted up to `limit`."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"limit": limit})
        (number,) = cursor.fetchone()
    return int(number)


def caught_up() -> int | None:
    """The position the rollups stand for, when it is the head of the log and no cell is open; else None."""
    if backlog(NAME) or TouchedCell.objects.exists():
        return None
    return head().position
