"""The evidence of a report: what will go with its next submission, and what stood with each one before."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext

from agencies import access
from agencies.access import Actor, Deed
from reporting.models import Attachment, Event, Report
from reporting.queries.redactions import Words, words_of


@dataclass(frozen=True)
class Shown:
    """One file or link as a person sees it. `name` and `url` may be erased; `opens`: a file that is given out."""

    row: Attachment
    name: str
    url: str
    erased: bool
    opens: bool
    state: str

    @property
    def is_link(self) -> bool:
        return self.row.kind == "link"


def attached(*, actor: Actor, report: str) -> list[Shown]:
    """What will go with the next submission of one's own agency's report. Two queries."""
    rows = access.visible(Attachment.objects.filter(report=report, attached=True), actor).filter(agency=actor.agency)
    return _with_words(rows)


def stood_with(*, actor: Actor, events: Iterable[Event]) -> dict[UUID, list[Shown]]:
    """What stood with each submission, by its event: of the events given, whatever became of it since. Two queries."""
    ids = {event.event_id: [UUID(one["id"]) for one in event.data.get("evidence") or ()] for event in events}
    wanted = [id_ for each in ids.values() for id_ in each]
    if not wanted:
        return {}
    found = {one.row.id: one for one in _with_words(access.visible(Attachment.objects.filter(id__in=wanted), actor))}
    return {event: [found[id_] for id_ in each if id_ in found] for event, each in ids.items()}


def submitted_with(*, actor: Actor, report: Report) -> list[Shown]:
    """What stands with the last submission of a report, as it stood."""
    if report.submitted_event is None:
        return []
    events = list(access.visible(Event.objects.filter(event_id=report.submitted_event), actor))
    return next(iter(stood_with(actor=actor, events=events).values()), [])


def find_attachment(*, actor: Actor, attachment: UUID) -> Shown | None:
    """One that this actor may see: of a submission, or not yet submitted and of an agency they act for."""
    rows = access.visible(Attachment.objects.filter(id=attachment), actor).select_related("report")
    found = next(iter(_with_words(rows)), None)
    if found is None or found.row.submitted_event is not None:
        return found
    own = found.row.agency_id == actor.agency and (actor.may(Deed.SUBMIT) or actor.may(Deed.RELEASE))
    return found if own else None


def _with_words(rows: Iterable[Attachment]) -> list[Shown]:
    found = list(rows)
    said = words_of({row.submitted_event for row in found if row.submitted_event})
    words = {words.field: words for each in said.values() for words in each}
    return [_one(row, words) for row in found]


def _one(row: Attachment, words: dict[str, Words]) -> Shown:
    name, url = words.get(f"evidence.{row.id}"), words.get(f"evidence_url.{row.id}")
    gone = (bytes_ := words.get(f"evidence_file.{row.id}")) is not None and bytes_.erased
    link = row.kind == "link"
    quarantined = bool(settings.VIRUS_SCANNER) and row.verdict == ""
    infected = row.verdict == Attachment.Verdict.INFECTED
    state = ""
    if not link:
        state = gettext("waits for the virus check") if quarantined else row.get_verdict_display()
        state = gettext("erased") if gone else state
    return Shown(
        row=row,
        name=name.text if name else row.name,
        url="" if url and url.erased else (url.text if url else row.url),
        erased=bool((name and name.erased) or (url and url.erased)),
        opens=not (link or quarantined or infected or gone),
        state=str(state),
    )
