"""The live database against what its log promises, while others go on writing.

The walk over events and heads is the auditor's own script, so that an operator and an auditor cannot be told two
things. What only a database has is added here: the texts beside the events, stored tree nodes, the head row.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from agencies import access
from deploy.verify import shinchoku_verify as verifier
from deploy.verify.shinchoku_verify import False_, Held, Keys, Log, Pins, Progress, Said
from reporting import event_store
from reporting.event_store import heads
from reporting.event_store.keys import moment
from reporting.event_store.records import head_record
from reporting.models import TreeHead
from reporting.queries import log_file

# Committed texts of a stretch of positions whose row does not hold what was committed.
BAD_TEXTS = """
SELECT c.position, c.stream, c.field, CASE
        WHEN t.id IS NULL THEN 'is not there'
        WHEN t.salt IS NULL THEN 'was erased, and no event of the log says so'
        ELSE 'is not what the event commits to'
    END
FROM (
    SELECT e.position, e.stream, e.event_id, f.key AS field, f.value AS commitment
    FROM event e CROSS JOIN LATERAL jsonb_each_text(
        CASE jsonb_typeof(e.data -> 'texts') WHEN 'object' THEN e.data -> 'texts' ELSE '{}' END) AS f
    WHERE e.position > %s AND e.position <= %s
) c
LEFT JOIN reporting_eventtext t ON t.event_id = c.event_id AND t.field = c.field
WHERE t.id IS NULL
   OR encode(sha256(t.salt || convert_to(t.text, 'UTF8')), 'hex') <> c.commitment
   -- Erased: the row stays without its salt, and the log names the text in the stream of its redaction.
   OR (t.salt IS NULL AND (t.text <> '' OR NOT EXISTS (
           SELECT FROM event r
           WHERE r.stream = 'redaction/' || c.event_id || '/' || c.field AND r.type = 'TextRedacted')))
ORDER BY c.position, c.field
"""
# Whether an event commits to it, for each text.
TEXTS = """
SELECT t.id, t.event_id, t.field, (e.data -> 'texts' -> t.field) IS NOT NULL
FROM reporting_eventtext t LEFT JOIN event e ON e.event_id = t.event_id
WHERE t.id > %s ORDER BY t.id LIMIT %s
"""
NODES = "SELECT index, hash FROM tree_node WHERE level = %s AND index > %s ORDER BY index LIMIT %s"
# One statement, so one moment: an append changes both.
END = "SELECT position, (SELECT max(position) FROM event) FROM log_head"


def verify(held: Sequence[Held] = ()) -> Log:
    """Every event, head, node and text. What is wrong is among the findings. Takes some 40 seconds a million events."""
    with access.following():
        row, newest = event_store.head(), heads.newest()
    log, keys = walked(held, row.position)
    covered = newest.size if newest else 0
    _heads(log, keys, covered)
    if keys:
        log.compare(list(held), keys)
        log.newest_problem(keys)
    log.finish(max(row.position, covered))
    if row.position == log.tree.size > 0 and moment(row.recorded_at) != log.recorded_at:
        _say(log, "the head row has another time than the newest event")
    _end(log)
    for level in heads.STORED:
        _nodes(log, level, covered >> level)
    _texts(log)
    return log


def walked(held: Sequence[Held], size: int) -> tuple[Log, Keys | None]:
    """The first `size` events, and the keys, when they are sound."""
    with access.following():
        log, records = Log(str(heads.log_id())), log_file.key_records()
    progress = Progress(size)
    for event in log_file.event_records(size):
        log.event(event)
        progress.at(log.tree.size)
    progress.over()
    pins = Pins()
    pins.ids |= {one.head["key"] for one in held}
    try:
        return log, Keys(log.name, records, pins)
    except False_ as wrong:
        log.found(wrong.said)
        return log, None


def heads_in(text: str) -> list[Held]:
    """The heads in a file, or in a mail that was quoted, indented or broken into other lines. Raises Unreadable."""
    # No value of a head has a blank or a brace in it, so nothing is lost by taking all blanks away.
    plain = re.sub(r"\s", "", re.sub(r"^[>|\s]+", "", text, flags=re.MULTILINE))
    found: list[Held] = []
    for candidate in re.findall(r"\{[^{}]*\}", plain):
        if '"kind":"head"' in candidate:
            name = f"witnessed head {len(found) + 1}"
            try:
                head = verifier.shaped(verifier.parse(candidate.encode()), "head")
            except (ValueError, False_) as error:
                raise verifier.Unreadable(str(error), f"{name} is damaged: {error}") from error
            found.append(Held(head, Said(name, name)))
    return found


def _heads(log: Log, keys: Keys | None, covered: int) -> None:
    with access.following():
        name = heads.log_id()
    row: TreeHead
    for row in log_file.tree_heads(covered):
        if keys:
            log.head(head_record(row, name), keys)
        if log.covers(row.size) and b"".join(log.tree.frontier(row.size)) != bytes(row.frontier):
            _say(log, f"the frontier kept with the head of size {row.size} is not that of the events")


def _end(log: Log) -> None:
    with access.following(), connection.cursor() as cursor:
        cursor.execute(END)
        said, events = cursor.fetchone()
    if said != (events or 0):
        _say(log, f"the head row says that the log ends at {said}, and the last event is at {events}")


def _nodes(log: Log, level: int, number: int) -> None:
    """The stored roots of subtrees of one level: all that the newest head completes, each that of the events."""
    rows = iter(_pages(NODES, -1, level))
    for index in range(number):
        first, last = (index << level) + 1, index + 1 << level
        found, stored = next(rows, (None, b""))
        if found != index:
            _say(log, f"the tree node over positions {first} to {last} is missing")
            return
        if not log.covers(last) or log.tree.subtree(level, index) == bytes(stored):
            continue
        text = f"the tree node over positions {first} to {last} is not that of the events"
        if log.bad and log.good < last:
            # The heads say that events were changed: this says more closely which.
            log.found(Said(text, text), max(first, log.good + 1), last)
            return
        _say(log, text)


def _texts(log: Log) -> None:
    for start in range(0, log.tree.size, log_file.PAGE):
        with access.following(), connection.cursor() as cursor:
            cursor.execute(BAD_TEXTS, [start, min(start + log_file.PAGE, log.tree.size)])
            bad = cursor.fetchall()
        for position, stream, name, wrong in bad:
            text = f"its text {name} {wrong}"
            log.found(Said(text, text), position, stream=stream)
    for _, event_id, name, committed in _pages(TEXTS, 0):
        if not committed:
            _say(log, f"a text {name} stands beside event {event_id}, which does not commit to it")


def _pages(query: str, after: int, *parameters: int) -> Iterator[tuple[Any, ...]]:
    """The query's rows, one page after the other, by their first column."""
    while True:
        with access.following(), connection.cursor() as cursor:
            cursor.execute(query, [*parameters, after, log_file.PAGE])
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < log_file.PAGE:
            return
        after = rows[-1][0]


def _say(log: Log, text: str) -> None:
    log.found(Said(text, text))
