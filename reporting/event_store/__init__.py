"""The log: append facts, follow them. It knows its own tables and nothing of reports."""

from reporting.event_store.append import append, appended
from reporting.event_store.events import EventIdReused, NewEvent, Recorded, StaleStream, UnknownEvent, new_event_id
from reporting.event_store.follow import backlog, follow_page, going, head, stopped, stream

__all__ = [
    "EventIdReused",
    "NewEvent",
    "Recorded",
    "StaleStream",
    "UnknownEvent",
    "append",
    "appended",
    "backlog",
    "follow_page",
    "going",
    "head",
    "new_event_id",
    "stopped",
    "stream",
]
