"""An edition's row, folded in the transaction of the append: people see their own act at once."""

from datetime import datetime

from reporting.event_store import NewEvent, Recorded
from reporting.models import Edition


def apply(event: NewEvent, recorded: Recorded) -> None:
    """Fold one event of an edition's stream. A decision's row has been locked by the caller."""
    data, meta = event.data, event.meta
    match event.type:
        case "EditionDrafted":
            Edition.objects.create(
                number=data["number"],
                title_ja=data["title_ja"],
                title_en=data["title_en"],
                note=data["note"],
                position=data["position"],
                moment=datetime.fromisoformat(data["moment"]),
                disclosure=data["disclosure"],
                version=recorded.version,
                drafted_at=event.occurred_at,
                drafted_by_id=meta["person"],
                drafted_unit_id=meta["unit"],
                drafted_name=meta["actor"],
            )
        case "EditionPublished":
            _decide(event, recorded, Edition.State.PUBLISHED, recorded.position)
        case "EditionDropped":
            _decide(event, recorded, Edition.State.DROPPED, None)


def _decide(event: NewEvent, recorded: Recorded, state: str, published: int | None) -> None:
    Edition.objects.filter(number=event.data["number"]).update(
        state=state,
        version=recorded.version,
        decided_at=event.occurred_at,
        decided_name=event.meta["actor"],
        published_position=published,
    )
