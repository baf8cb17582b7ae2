"""Standings in force and before: each event closes one row and opens the next."""

from collections.abc import Sequence
from datetime import datetime

from reporting.event_store import NewEvent, Recorded
from reporting.models import Standing
from reporting.projections.plan import succeed


def apply(events: Sequence[NewEvent], recorded: Sequence[Recorded]) -> None:
    """Fold freshly appended standing events."""
    position = {r.event_id: r.position for r in recorded}
    for event in events:
        data = event.data
        succeed(
            Standing,
            {f"{name}_id": data[name] for name in ("indicator", "agency", "domain")},
            {
                "cls": data["class"],
                "period": data["period"],
                "evidence": data["evidence"],
                "since": datetime.fromisoformat(data["since"]) if data.get("since") else event.occurred_at,
            },
            position[event.event_id],
        )
