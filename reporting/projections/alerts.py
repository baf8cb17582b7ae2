"""An alert's row, and what happened to it. What the standings make of it the alerts' follower writes; what people
answer the commands write in the transaction of their events, so that they see it at once. Whoever changes a row has
locked it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from reporting.domain.alerts.life import Life, State
from reporting.event_store import NewEvent
from reporting.models import Alert, AlertChange
from reporting.queries.lives import FIELDS


def live(row: Alert, life: Life, at: datetime) -> None:
    """The row takes what follows; the caller saves it."""
    before = State(row.state)
    for name in FIELDS:
        setattr(row, name, getattr(life, name))
    row.state = life.state.value
    row.changed_at = at
    if not life.is_open and life.state is not State.PENDING:
        row.resolved_at = row.resolved_at or at
    elif before is State.RESOLVED:
        row.resolved_at, row.opened_at = None, at  # it has come back
    elif before is State.PENDING:
        row.opened_at = at


def change(
    row: Alert,
    what: AlertChange.What,
    at: datetime,
    *,
    position: int | None = None,
    event_id: UUID | None = None,
    name: str = "",
    **detail: Any,
) -> AlertChange:
    """One line of its history, as the row stands after it; the caller saves it."""
    return AlertChange(
        alert=row,
        agency_id=row.responsible_id,
        what=what,
        at=at,
        state=row.state,
        severity=row.severity,
        seq=row.seq,
        position=position,
        event_id=event_id,
        name=name,
        detail=detail,
    )


def answered(row: Alert, life: Life, event: NewEvent, position: int, what: AlertChange.What, **detail: Any) -> None:
    """What a person's event makes of it. Also of a state that stays: that it was said is part of the history."""
    live(row, life, event.occurred_at)
    row.save(update_fields=["state", "due_on", "changed_at"])
    change(
        row,
        what,
        event.occurred_at,
        position=position,
        event_id=event.event_id,
        name=str(event.meta.get("actor", "")),
        **detail,
    ).save()
