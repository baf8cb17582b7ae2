"""The log as records, to be handed out or verified. For operators: nothing is left out, whoever's it is.

Read in short transactions: what is in the log never changes, so pages fit together, and no statement runs long.
"""

from collections.abc import Iterator

from agencies import access
from reporting.event_store import heads
from reporting.event_store.records import Record, event_record, head_record, key_record
from reporting.models import Event, LogKey, TreeHead

PAGE = 5000


def export() -> Iterator[Record]:
    """All the newest head covers: export line, keys, events, heads. Free texts and salts are not in it."""
    with access.following():
        newest, log = heads.newest(), heads.log_id()
        size = newest.size if newest else 0
        keys = key_records()
    yield {"kind": "export", "format": 1, "log": str(log), "size": size}
    yield from keys
    yield from event_records(size)
    yield from (head_record(head, log) for head in tree_heads(size))


def key_records() -> list[Record]:
    """In the order of their use: also of keys that endorse each other in a circle, which a verifier will refuse."""
    return [key_record(key) for key in LogKey.objects.order_by("first_used_at", "key")]


def event_records(size: int | None = None) -> Iterator[Record]:
    """In the order of position, up to `size`, or all there are."""
    rows = Event.objects.order_by("position")
    if size is not None:
        rows = rows.filter(position__lte=size)
    page: list[Record] = []
    while True:
        with access.following():
            after = rows.filter(position__gt=page[-1]["position"]) if page else rows
            page = [event_record(event) for event in after[:PAGE]]
        yield from page
        if len(page) < PAGE:
            return


def tree_heads(size: int) -> Iterator[TreeHead]:
    """In the order of size, up to `size`."""
    rows = TreeHead.objects.filter(size__lte=size).order_by("size")
    page: list[TreeHead] = []
    while True:
        with access.following():
            page = list((rows.filter(size__gt=page[-1].size) if page else rows)[:PAGE])
        yield from page
        if len(page) < PAGE:
            return
