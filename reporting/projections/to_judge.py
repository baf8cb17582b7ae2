"""Which indicators the clock has to judge: those of which something has changed, and not the whole plan each time.

The reader of the log marks what a page of events changed. An indicator is judged again when it was marked since, when
a new day has begun in Tokyo (deadlines, and whatever else ends by itself, end with a day), and every hour anyhow, so
that nothing can be forgotten for longer.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from indicators.periods import JST
from reporting.models import CurrentEvent, Event

EVERY = "1 hour"  # everything is judged again, marked or not
OF_AN_INDICATOR = {"indicator", "target", "standing"}  # streams whose name goes on with the indicator's code
AT_ONCE = 200  # indicators of one transaction; the next look takes the others

# Marked: by name, or every indicator that is known.
MARK = """
INSERT INTO reporting_touchedindicator (indicator_id, position)
SELECT code, %(position)s FROM indicators_indicator WHERE %(all)s OR code = ANY (%(indicators)s)
ORDER BY code
ON CONFLICT (indicator_id) DO UPDATE
    SET position = greatest(reporting_touchedindicator.position, excluded.position)
"""
# What is to be judged and can be: with an open cell the indicator's numbers are not yet those of the checkpoint. It
# keeps no other indicator waiting.
CHOOSE = """
SELECT t.indicator_id, f.position
FROM reporting_follower f, reporting_touchedindicator t LEFT JOIN reporting_judgedindicator j USING (indicator_id)
WHERE f.name = 'rollups' AND (
        CASE WHEN %(indicators)s::text[] IS NOT NULL THEN t.indicator_id = ANY (%(indicators)s)
             ELSE j.indicator_id IS NULL OR t.position > j.position OR j.day IS DISTINCT FROM %(today)s
                OR j.at < now() - %(every)s::interval END)
    AND NOT EXISTS (SELECT FROM reporting_touchedcell c WHERE c.indicator_id = t.indicator_id)
ORDER BY j.at NULLS FIRST, t.indicator_id LIMIT %(limit)s
"""
# Only what nothing has changed since. What could not be judged goes to the end of the queue, and stays in it.
SETTLE = """
INSERT INTO reporting_judgedindicator AS j (indicator_id, position, day, at)
SELECT t.indicator_id, CASE WHEN failed THEN 0 ELSE %(position)s END, CASE WHEN NOT failed THEN %(today)s::date END,
    clock_timestamp()
FROM reporting_touchedindicator t, LATERAL (SELECT t.indicator_id = ANY (%(failed)s) AS failed) f
WHERE t.indicator_id = ANY (%(indicators)s) AND t.position <= %(position)s
ON CONFLICT (indicator_id) DO UPDATE SET position = excluded.position, day = excluded.day, at = excluded.at
RETURNING indicator_id
"""


@dataclass(frozen=True)
class Chosen:
    """Indicators whose rollups all stand for `position`."""

    indicators: list[str]
    position: int
    today: date


def mark(page: Sequence[CurrentEvent], touched: Collection[str]) -> None:
    """Mark the indicators of cells that were touched, and those that other events of the page are about; an event of
    the plan or the calendar that names none is about all. In the reader's transaction."""
    about = [_indicator_of(event) for event in page if not _of_a_report_or_found(event)]
    named = {indicator for indicator in about if indicator}
    _mark({*touched, *named}, page[-1].position, everything=None in about)


def mark_all(position: int) -> None:
    """Whatever was built anew is judged anew. In a follower's transaction."""
    _mark((), position, everything=True)


def choose(*, now: datetime, indicators: Iterable[str] | None = None) -> Chosen | None:
    """The indicators to judge now, of those named (else: of all whose turn it is); None when it is nobody's.

    Reports that are still to be read keep nobody waiting; what has been said of the plan has to be read first.
    """
    today = now.astimezone(JST).date()
    asked = None if indicators is None else sorted(indicators)
    with connection.cursor() as cursor:
        cursor.execute(CHOOSE, {"indicators": asked, "today": today, "every": EVERY, "limit": AT_ONCE})
        rows = cursor.fetchall()
    if not rows or _plan_is_unread(position := rows[0][1]):
        return None
    return Chosen([indicator for indicator, _ in rows], position, today)


def settle(chosen: Chosen, *, failed: Collection[str] = ()) -> set[str]:
    """Write down that they are judged, but for those that could not be, in the transaction that says what was found.
    Returns those that nothing has changed since they were chosen: all that was read of them meanwhile was of one
    position. Of the others nothing is to be said yet.
    """
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {
            "indicators": chosen.indicators, "failed": list(failed), "position": chosen.position, "today": chosen.today,
        })  # fmt: skip
        return {indicator for (indicator,) in cursor.fetchall()}


def _mark(indicators: Collection[str], position: int, *, everything: bool) -> None:
    if indicators or everything:
        with connection.cursor() as cursor:
            cursor.execute(MARK, {"indicators": sorted(indicators), "position": position, "all": everything})


def _of_a_report_or_found(event: CurrentEvent) -> bool:
    """Reports touch cells; and what the clock found does not make it look again."""
    found = event.stream.startswith("standing/") and event.meta.get("actor") == "clock"
    return found or event.stream.startswith(("report/", "redaction/"))


def _indicator_of(event: CurrentEvent) -> str | None:
    kind, *names = event.stream.split("/")
    if kind in OF_AN_INDICATOR and names:
        return names[0]
    named = (event.data or {}).get("indicator")
    return str(named) if named else None


def _plan_is_unread(position: int) -> bool:
    unread = Event.objects.filter(position__gt=position)
    for stream in ("report/", "redaction/", "standing/"):
        unread = unread.exclude(stream__startswith=stream)
    return unread.exists()
