"""Moved deadlines and added holidays, folded in the transaction of the append: the next look sees them."""

from datetime import date
from typing import Any

from reporting.event_store import NewEvent, Recorded
from reporting.models import AddedHoliday, DeadlineChange
from reporting.projections.plan import succeed

KINDS = {
    "DeadlineExtended": DeadlineChange.Kind.EXTENDED,
    "ExtensionWithdrawn": DeadlineChange.Kind.EXTENDED,
    "PeriodReopened": DeadlineChange.Kind.REOPENED,
    "ReopeningWithdrawn": DeadlineChange.Kind.REOPENED,
}


def apply(event: NewEvent, recorded: Recorded) -> None:
    """Fold one event. The row in force, if there is one, has been locked by the caller."""
    data, position = event.data, recorded.position
    if event.type in KINDS:
        keys: dict[str, Any] = {"agency_id": data["agency"], "period": data["period"], "kind": KINDS[event.type]}
        keys["assignment_id"] = data["assignment"]
        if "until" in data:
            there = {"until": date.fromisoformat(data["until"]), "event_id": event.event_id}
            succeed(DeadlineChange, keys, there, position)
        else:
            DeadlineChange.objects.filter(to_position=None, **keys).update(to_position=position)
    elif event.type == "HolidayAdded":
        succeed(AddedHoliday, {"day": date.fromisoformat(data["day"])}, {"event_id": event.event_id}, position)
    else:
        AddedHoliday.objects.filter(to_position=None, day=date.fromisoformat(data["day"])).update(to_position=position)
