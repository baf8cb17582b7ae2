"""What is still being typed into a report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from agencies import access
from agencies.access import Actor
from reporting.models import DraftField


@dataclass(frozen=True)
class Typed:
    """One field of a draft: its text, the version it was saved as, by whom and when."""

    text: str
    version: int
    by: str
    person: int
    at: datetime


Draft = Mapping[str, Typed]


def draft_of(actor: Actor, assignment: str, period: str) -> Draft:
    """The draft of one's own agency's report by field ("figure:IND-02:value"); empty when there is none. One query."""
    rows = access.visible(DraftField.objects.filter(agency=actor.agency), actor)
    found = rows.filter(draft=f"{assignment}@{period}").select_related("by")
    return {row.name: typed(row) for row in found}


def typed(row: DraftField) -> Typed:
    return Typed(text=row.text, version=row.version, by=str(row.by), person=row.by_id, at=row.at)
