"""集計 at a position of the log: the one place where it is written down what a cell comes to.

The worker asks for the position it stands at, a reader of the past for any before, a rebuild for the head: the same
SQL. It reads tables whose rows say between which positions they were true, and nothing else.
"""

from reporting.queries.rollups_at.cells import (
    CELL,
    CELL_HOME,
    GIVEN,
    HOME_OF,
    HOMES,
    YEAR,
    at,
    cells_of,
    given,
    with_following,
)
from reporting.queries.rollups_at.changes import CHANGED_FIGURES, CHANGES
from reporting.queries.rollups_at.numbers import AS_SETS, NUMBERS, SUMS, concluded, rollups_of, sums_of
from reporting.queries.rollups_at.since import KEPT, NATION, SINCE, SINCE_NEWEST

__all__ = [
    "AS_SETS",
    "CELL",
    "CELL_HOME",
    "CHANGED_FIGURES",
    "CHANGES",
    "GIVEN",
    "HOMES",
    "HOME_OF",
    "KEPT",
    "NATION",
    "NUMBERS",
    "SINCE",
    "SINCE_NEWEST",
    "SUMS",
    "YEAR",
    "at",
    "cells_of",
    "concluded",
    "given",
    "rollups_of",
    "sums_of",
    "with_following",
]
