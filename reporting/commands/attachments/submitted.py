"""What a submission says about its evidence: hash, size and commitments in the event, the words beside it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F

from reporting.commands.attachments import scanner
from reporting.commands.texts import Texts
from reporting.domain.attachments import Infected
from reporting.models import Attachment, EventText, Report


@dataclass(frozen=True)
class Evidence:
    """What is attached to a report when it is submitted."""

    rows: Sequence[Attachment]

    @property
    def content(self) -> dict[str, str]:
        """What of it makes two submissions the same."""
        return {"evidence": " ".join(sorted(str(row.id) for row in self.rows))} if self.rows else {}

    @property
    def texts(self) -> dict[str, str]:
        """Words that stand beside this submission. Those of what an earlier one took along stand beside that one, once,
        so that erasing them once is enough. A file's hash is among them only to be erased: with it go the bytes."""
        new = [row for row in self.rows if row.submitted_event is None]
        return (
            {f"evidence.{row.id}": row.name for row in new if row.name}
            | {f"evidence_url.{row.id}": row.url for row in new if row.url}
            | {f"evidence_file.{row.id}": row.sha256 for row in new if row.sha256}
        )

    def as_data(self, texts: Texts) -> dict[str, Any]:
        """For the event's data: `name` and `url` are commitments, of the texts beside the event `said_in` where that is
        an earlier one."""
        if not self.rows:
            return {}
        earlier = _commitments([row.submitted_event for row in self.rows if row.submitted_event])
        now = texts.commitments()
        return {"evidence": [_one(row, now if row.submitted_event is None else earlier) for row in self.rows]}

    def keep(self, event_id: UUID) -> None:
        """The words have gone beside the event."""
        if not self.rows:
            return
        Attachment.objects.filter(id__in=[row.id for row in self.rows], submitted_event__isnull=True).update(
            submitted_event=event_id, name="", url=""
        )


NO_EVIDENCE = Evidence(())


def evidence_for(report: Report) -> Evidence:
    """In a command that has locked the report. Raises Infected."""
    return evidence_of([report.id]).get(report.id, NO_EVIDENCE)


def evidence_of(reports: Iterable[str]) -> dict[str, Evidence]:
    """Of many reports, by report; of one that has none, nothing. One query. Raises Infected."""
    rows = list(Attachment.objects.filter(report__in=list(reports), attached=True).order_by(F("added_at"), F("id")))
    if scanner.configured() and any(row.verdict == Attachment.Verdict.INFECTED for row in rows):
        raise Infected()
    by_report: dict[str, list[Attachment]] = {}
    for row in rows:
        by_report.setdefault(row.report_id, []).append(row)
    return {report: Evidence(mine) for report, mine in by_report.items()}


def _one(row: Attachment, commitments: dict[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = {"id": str(row.id), "kind": row.kind}
    said |= {"field": row.field} if row.field else {}
    said |= {"sha256": row.sha256, "size": row.size} if row.sha256 else {}
    said |= {"said_in": str(row.submitted_event)} if row.submitted_event else {}
    for part, field in (("name", f"evidence.{row.id}"), ("url", f"evidence_url.{row.id}")):
        if commitment := commitments.get(field):
            said[part] = commitment
    return said


def _commitments(events: list[UUID]) -> dict[str, str]:
    if not events:
        return {}
    rows = EventText.objects.filter(event_id__in=events, field__startswith="evidence", redacted_by__isnull=True)
    return {row.field: hashlib.sha256(bytes(row.salt or b"") + row.text.encode()).hexdigest() for row in rows}
