"""Cuts: what the nation's fiscal years came to at some positions, kept for whoever asks of the past.

A cut is counted as any past is, from the cut before it and from what has happened since (queries/rollups_at/since.py):
from the tables of facts alone, which are written with their events, so that whoever follows the log may be behind.
"""

from collections.abc import Callable

from django.db import connection
from django.db.models import Max

from agencies import access
from reporting.event_store import head
from reporting.models import Cut
from reporting.queries.rollups_at import AS_SETS, KEPT, NATION, SINCE, SUMS, sums_of

EVERY = 1_000  # events from one cut to the next: what a question of the past has to count at most
# Of the events that nobody has cut yet; of as many the whole is sooner counted from all figures than step by step.
FAR = 50 * EVERY

LOCK, TRY_LOCK = (f"SELECT pg_{way}advisory_xact_lock(7307020267)" for way in ("", "try_"))
SAME = " AND ".join(f"k.{name} IS NOT DISTINCT FROM n.{name}" for name in KEPT)
EQUAL = f"({', '.join(f'k.{name}' for name in SUMS)}) IS NOT DISTINCT FROM ({', '.join(f'n.{name}' for name in SUMS)})"
# Of the cells in `now` those that came to something else at the last cut are closed, and opened with what they come to.
KEEP = f"""
WITH now AS MATERIALIZED ({{sums}}), closed AS (
    UPDATE reporting_cutcell k SET to_position = %(position)s FROM now n
    WHERE k.to_position IS NULL AND k.indicator_id = n.indicator_id AND k.period = n.period AND {SAME} AND NOT {EQUAL}
)
INSERT INTO reporting_cutcell ({", ".join((*KEPT, *SUMS))}, from_position)
SELECT {", ".join(f"n.{name}" for name in (*KEPT, *SUMS))}, %(position)s FROM now n
WHERE NOT EXISTS (SELECT FROM reporting_cutcell k WHERE k.to_position IS NULL AND {SAME} AND {EQUAL})
"""  # noqa: S608
FORGET = f"{LOCK}; DELETE FROM public.reporting_cutcell; DELETE FROM public.reporting_cut"  # noqa: S608
SINCE_LAST = KEEP.format(sums=f"SELECT * FROM ({SINCE}) s WHERE touched")  # noqa: S608
FROM_FIGURES = KEEP.format(sums=sums_of(NATION, read="through"))
EVERYTHING = {"indicators": None, "years": None, "parts": True}

Say = Callable[[str], None]


def cut_next() -> int | None:
    """The next cut, when enough has happened since the last one and nobody else is at it. Returns its position. In a
    follower's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK)
        if not cursor.fetchone()[0]:
            return None
    last, newest = newest_cut(), head().position
    if newest - last < EVERY:
        return None
    position = last + EVERY if newest - last <= FAR else newest
    cut_at(position, last=last if newest - last <= FAR else None)
    return position


def cut_at(position: int, *, last: int | None) -> None:
    """A cut at a position: from the `last` one, of which nothing is kept when it is 0; without one from all figures."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'; {AS_SETS}")
        asked = EVERYTHING | {"position": position}
        if last is None:
            cursor.execute(FROM_FIGURES, asked)
        else:
            cursor.execute(SINCE_LAST, asked | {"cut": last, "first": last + 1})
    Cut.objects.create(position=position)


def newest_cut() -> int:
    """The position of the last cut; 0 when there is none."""
    return Cut.objects.aggregate(last=Max("position"))["last"] or 0


def missing() -> int:
    """How many cuts there would be, if all had been made, beside those there are."""
    return max(0, head().position // EVERY - Cut.objects.count())


def forget_cuts() -> None:
    """Throw all cuts away, when nobody is making one: what they were counted from is not what it was. In a
    transaction."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET)


def cut_all(say: Say = lambda _: None) -> int:
    """Cut the whole log anew, from its beginning to its end. Returns how many cuts there are. Whoever asks meanwhile
    finds those that are made already."""
    with access.following():
        forget_cuts()
    last, until = 0, head().position
    while last + EVERY <= until:
        with access.following():
            with connection.cursor() as cursor:
                cursor.execute(LOCK)
            # Another may have gone on meanwhile.
            last = max(last, newest_cut())
            if last + EVERY <= until:
                cut_at(last + EVERY, last=last)
                last += EVERY
        if last // EVERY % 100 == 0:
            say(f"  cuts: up to position {last:,} of {until:,}")
    with access.following():
        return Cut.objects.count()
