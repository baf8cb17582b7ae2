"""How the plan's commands write: events of the plan, folded in the transaction of their append."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agencies.access import Actor
from reporting import event_store
from reporting.domain import events as names
from reporting.event_store import NewEvent
from reporting.projections import plan as projection


def plan_event(
    stream: str, type_: str, data: Mapping[str, Any], actor: Actor, now: datetime, meta: Mapping[str, Any] | None = None
) -> NewEvent:
    """An event of the newest version of its type."""
    return NewEvent(
        stream=stream, type=type_, data=data, meta=actor.as_meta() | dict(meta or {}), occurred_at=now,
        schema_version=names.EVENTS[type_],
    )  # fmt: skip


def append(events: Sequence[NewEvent]) -> int:
    """How many there were."""
    projection.apply(events, event_store.append(events))
    return len(events)
