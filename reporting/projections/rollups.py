"""集計: which cells an event touches, and what a cell comes to.

One reader moves the checkpoint and marks the touched cells in one transaction; any number of workers claim cells and
compute each from its figures, many in one statement: reporting.queries.rollups_at says how, at the checkpoint's
position, so that a rollup stands exactly for the position it carries. Nothing is ever added to a number that stands.
"""

from collections.abc import Sequence

from django.db import connection

from reporting.domain.events import EVENTS
from reporting.event_store import backlog, follow_page, head
from reporting.models import CurrentEvent, TouchedCell
from reporting.queries.rollups_at import (
    CELL,
    CELL_HOME,
    GIVEN,
    HOME_OF,
    HOMES,
    NUMBERS,
    at,
    cells_of,
    given,
    rollups_of,
    with_following,
)

NAME = "rollups"

OF_THE_PAGE = """
    SELECT f.* FROM reporting_figure f WHERE f.from_position BETWEEN %(first)s AND %(position)s
    UNION ALL
    SELECT f.* FROM reporting_figure f WHERE f.to_position BETWEEN %(first)s AND %(position)s
    UNION ALL
    SELECT f.* FROM reporting_figure f JOIN redefined USING (indicator_id)
    UNION ALL
    SELECT f.* FROM reporting_figure f JOIN moved USING (agency_id)
"""
OF_WHAT_IS_ASKED = "SELECT f.* FROM reporting_figure f WHERE f.indicator_id IN (SELECT indicator_id FROM asked)"

# The cells whose numbers a page of events may have changed, at the page's last position: those of the figures it opened
# or closed or gave another meaning; where who is expected has changed, those that agency counts in; and of stocks those
# of the next period, in which a value may stand for an agency that has not answered.
TOUCH = f"""
WITH moved AS (
    -- agencies that came, or that count for another ministry now
    SELECT DISTINCT agency_id FROM agencies_agencyprofile
    WHERE from_position BETWEEN %(first)s AND %(position)s OR to_position BETWEEN %(first)s AND %(position)s
), asked AS (
    SELECT indicator_id, agency_id FROM indicators_assignedindicator
    WHERE from_position BETWEEN %(first)s AND %(position)s OR to_position BETWEEN %(first)s AND %(position)s
    UNION
    SELECT e.indicator_id, e.agency_id FROM indicators_assignedindicator e JOIN moved USING (agency_id)
    WHERE {at("e")}
), redefined AS (
    -- another definition may add the same figures up in another way
    SELECT DISTINCT indicator_id FROM indicators_indicatordefinition
    WHERE from_position BETWEEN %(first)s AND %(position)s
), marked AS (
    SELECT * FROM ({cells_of(OF_THE_PAGE)}) c
    UNION
    SELECT c.* FROM ({cells_of(OF_WHAT_IS_ASKED)}) c
    WHERE EXISTS (
        SELECT FROM asked a JOIN ({HOMES}) h ON h.member = a.agency_id
        WHERE a.indicator_id = c.indicator_id AND {HOME_OF} = {CELL_HOME}
            AND h.from_position <= %(position)s AND (h.to_position IS NULL OR h.to_position >= %(first)s))
)
INSERT INTO reporting_touchedcell ({", ".join(CELL)}, position)
SELECT {", ".join(CELL)}, %(position)s FROM ({with_following("SELECT * FROM marked")}) c
ORDER BY {", ".join(CELL)}
ON CONFLICT ({", ".join(CELL)}) DO NOTHING
"""  # noqa: S608

# With the position the cells are computed at: the checkpoint, which no claimed cell is ahead of.
CLAIM = f"""
DELETE FROM reporting_touchedcell WHERE id IN (
    SELECT id FROM reporting_touchedcell ORDER BY position, id FOR UPDATE SKIP LOCKED LIMIT %(size)s
)
RETURNING {", ".join(CELL)}, (SELECT position FROM reporting_follower WHERE name = 'rollups')
"""  # noqa: S608

COMPUTE = f"""
INSERT INTO reporting_rollup ({", ".join((*CELL, *NUMBERS))}, position)
SELECT c.*, %(position)s FROM ({rollups_of(GIVEN)}) c
ON CONFLICT ({", ".join(CELL)}) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in (*NUMBERS, "position"))}
"""  # noqa: S608


def read_page() -> int:
    """Mark the cells that the next page of events touches. Returns the number of events read. In a transaction."""
    return follow_page(NAME, _touch, known=EVENTS)


def _touch(page: Sequence[CurrentEvent]) -> None:
    touch(page[0].position, page[-1].position)


def touch(first: int, last: int) -> None:
    """Mark the cells that the events from position `first` to `last` touch."""
    with connection.cursor() as cursor:
        cursor.execute(TOUCH, {"first": first, "position": last})


def compute_cells(size: int = 500) -> int:
    """Claim up to `size` touched cells and compute them in one statement. Returns their number. In a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"size": size})
        cells = cursor.fetchall()
        if cells:
            *columns, positions = map(list, zip(*cells, strict=True))
            cursor.execute(COMPUTE, given(columns, positions[0]))
    return len(cells)


def caught_up() -> int | None:
    """The position the rollups stand for, when it is the head of the log and no cell is open; else None."""
    if backlog(NAME) or TouchedCell.objects.exists():
        return None
    return head().position
