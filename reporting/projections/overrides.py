"""Standings set by hand, folded in the transaction of the append: who sets one sees it at once."""

from collections.abc import Sequence
from datetime import date

from reporting.event_store import NewEvent, Recorded
from reporting.models import StandingOverride


def apply(events: Sequence[NewEvent], recorded: Sequence[Recorded]) -> None:
    """Fold freshly appended events, in order. Whoever calls holds the lock of overrides."""
    position = {r.event_id: r.position for r in recorded}
    for event in events:
        data = event.data
        scope = {f"{name}_id": data[name] for name in ("indicator", "agency", "domain")}
        if event.type == "StandingOverridden":
            StandingOverride.objects.create(
                **scope,
                cls=data["class"],
                until=date.fromisoformat(data["until"]),
                event_id=event.event_id,
                set_at=event.occurred_at,
                person_id=event.meta["person"],
                name=event.meta["actor"],
                from_position=position[event.event_id],
            )
        else:
            StandingOverride.objects.filter(to_position=None, event_id=data["override"]).update(
                to_position=position[event.event_id], ended_at=event.occurred_at
            )
