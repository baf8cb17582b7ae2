"""Receipts 受領証 and the heads they hang on: what anyone can check later without this system.

The shapes are those of reporting.event_store.records; a verifier outside reads them.
"""

from typing import Any

import structlog

from agencies import access
from agencies.access import Actor
from reporting.domain.errors import LogDamaged, NotFound, NotSealedYet
from reporting.domain.events import report_stream
from reporting.event_store import heads
from reporting.event_store.records import event_record, head_record, is_intact, key_records
from reporting.models import Event, Report, TreeHead

FORMAT = 1
PAGE = 100

log = structlog.get_logger()
Record = dict[str, Any]


def event_of(*, actor: Actor, report: str, version: int) -> Event:
    """One event of a report's stream. Raises NotFound, for what is not the actor's to see as for what is not there."""
    row = access.visible(Report.objects.all(), actor).filter(id=report).first()
    if row is None:
        raise NotFound()
    events = access.visible(Event.objects.filter(stream=report_stream(row.assignment_id, row.period)), actor)
    event = events.filter(version=version).first()
    if event is None:
        raise NotFound()
    return event


def receipt_of(*, actor: Actor, report: str, version: int) -> Record:
    """The event, and the proof that the newest head covers it. Raises NotFound, NotSealedYet; LogDamaged rather than
    give a receipt that would not stand up to being checked."""
    return _receipt(event_of(actor=actor, report=report, version=version))


def receipt_at(*, actor: Actor, position: int) -> Record:
    """The same of any event there is in the log. Raises as `receipt_of` does."""
    event = access.visible(Event.objects.filter(position=position), actor).first()
    if event is None:
        raise NotFound()
    return _receipt(event)


def _receipt(event: Event) -> Record:
    head = heads.newest()
    if head is None or head.size < event.position:
        raise NotSealedYet()
    try:
        proof = heads.inclusion(event.position, head.size)
    except heads.LogAltered as error:
        raise _alarm(error) from error
    if not is_intact(event):
        raise _alarm(heads.LogAltered(f"the event {event.position} is not what its hash says"))
    return {
        "kind": "receipt",
        "format": FORMAT,
        "event": event_record(event),
        "proof": [node.hex() for node in proof],
        "head": head_record(head, heads.log_id()),
        "keys": key_records(),
    }


def head_records(*, before: int | None = None) -> list[Record]:
    """Signed heads, the newest first, up to PAGE of them; with `before` those of fewer events than that."""
    rows = TreeHead.objects.order_by("-size")
    if before is not None:
        rows = rows.filter(size__lt=before)
    name = heads.log_id()
    return [head_record(row, name) for row in rows[:PAGE]]


def newest_head() -> Record:
    """Raises NotSealedYet."""
    found = head_records()[:1]
    if not found:
        raise NotSealedYet()
    return found[0]


def consistency_of(*, first: int, second: int) -> Record:
    """The proof that the head of `second` events only adds to the head of `first`. Raises NotFound where there is no
    such head, NotSealedYet, LogDamaged."""
    newest = heads.newest()
    if newest is None or newest.size < second:
        raise NotSealedYet()
    try:
        proof = heads.consistency(first, second)
    except heads.NotSealed as error:
        raise NotFound() from error
    except heads.LogAltered as error:
        raise _alarm(error) from error
    return {
        "kind": "consistency",
        "format": FORMAT,
        "from": first,
        "to": second,
        "proof": [node.hex() for node in proof],
        "head": head_record(heads.head_of(second), heads.log_id()),
        "keys": key_records(),
    }


def _alarm(error: heads.LogAltered) -> LogDamaged:
    log.error("the log has been altered", what=str(error))
    return LogDamaged()
