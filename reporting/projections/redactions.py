"""A request to erase a text, folded in the transaction of the append: people see their own act at once."""

from reporting.event_store import NewEvent, Recorded
from reporting.models import Redaction

DECIDED = {"RedactionDeclined": Redaction.State.DECLINED, "TextRedacted": Redaction.State.REDACTED}


def apply(event: NewEvent, recorded: Recorded) -> None:
    """Fold one event of a redaction's stream. A decision's row has been locked by the caller."""
    data, meta = event.data, event.meta
    if event.type == "RedactionProposed":
        Redaction.objects.create(
            id=data["proposal"],
            event_id=data["event_id"],
            field=data["field"],
            agency_id=data["agency"],
            version=recorded.version,
            proposed_at=event.occurred_at,
            proposed_by_id=meta["person"],
            proposed_unit_id=meta["unit"],
            proposed_name=meta["actor"],
        )
    else:
        Redaction.objects.filter(id=data["proposal"]).update(
            state=DECIDED[event.type],
            version=recorded.version,
            decided_at=event.occurred_at,
            decided_name=meta["actor"],
            decided_event=event.event_id,
        )
