"""Attaching and removing, by one's own agency and while the report may be written. None of it is in the log yet."""

from datetime import datetime
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from agencies import access
from agencies.access import Actor, Deed
from reporting.commands.attachments import files
from reporting.commands.handing_over import changed
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.own_report import lock_to_write, must
from reporting.domain.attachments import NotAttached, check_file, check_link, clean_name
from reporting.domain.errors import NotFound
from reporting.event_store import new_event_id
from reporting.models import Attachment, Report
from reporting.queries import forms


def attach_file(
    *,
    actor: Actor,
    assignment: str,
    period: str,
    field: str = "",
    name: str,
    content: IO[bytes],
    now: datetime,
    once: Once | None = None,
) -> UUID:
    """Attach a file to a report or, with `field`, to one figure of it. Returns its id. Raises a Refusal."""
    must(actor, Deed.SUBMIT)
    own_name, kind, size = check_file(name, content, limit=settings.EVIDENCE_FILE_MB)
    with files.incoming(content) as file, command(actor, once) as done:
        report = _open_report(actor, assignment, period, field)
        row = Attachment(kind=kind, name=own_name, sha256=file.sha256, size=size)
        if _of(report).filter(field=field, sha256=file.sha256).exists():
            raise NotAttached("already_there")
        # What the same content was found to be elsewhere is not looked up: whoever asks would learn that it is there.
        file.keep()
        return done(_keep(row, actor, report, field, now))


def attach_link(
    *,
    actor: Actor,
    assignment: str,
    period: str,
    field: str = "",
    name: str = "",
    url: str,
    now: datetime,
    once: Once | None = None,
) -> UUID:
    """Attach a link, with words for it if need be. Nothing here ever follows it. Returns its id. Raises a Refusal."""
    must(actor, Deed.SUBMIT)
    url = check_link(url)
    own_name = clean_name(name.replace("/", "／")) if name.strip() else ""
    with command(actor, once) as done:
        report = _open_report(actor, assignment, period, field)
        return done(_keep(Attachment(kind="link", name=own_name, url=url), actor, report, field, now))


def remove_attachment(*, actor: Actor, attachment: UUID, now: datetime, once: Once | None = None) -> None:
    """Remove what is attached. What was submitted stays with its submission; the next one goes without it."""
    must(actor, Deed.SUBMIT)
    with command(actor, once) as done:
        rows = access.visible(Attachment.objects.filter(id=attachment, attached=True), actor)
        row = rows.filter(agency=actor.agency).select_related("report").first()
        if row is None:
            raise NotFound()
        report = lock_to_write(actor, row.report.assignment_id, row.report.period)
        if row.submitted_event is None:
            row.delete()
        else:
            Attachment.objects.filter(id=row.id).update(attached=False)
        changed(report, actor, now)
        done(None)


def _open_report(actor: Actor, assignment: str, period: str, field: str) -> Report:
    report = lock_to_write(actor, assignment, period)
    if field and field not in {asked.question.field for asked in forms.questions_for(actor, assignment, period) or ()}:
        raise NotAttached("no_such_figure")
    if _of(report).count() >= settings.EVIDENCE_PER_REPORT:
        raise NotAttached("too_many", limit=settings.EVIDENCE_PER_REPORT)
    return report


def _of(report: Report) -> "QuerySet[Attachment]":
    return Attachment.objects.filter(report=report, attached=True)


def _keep(row: Attachment, actor: Actor, report: Report, field: str, now: datetime) -> UUID:
    row.id, row.report, row.agency_id, row.field = new_event_id(), report, report.agency_id, field
    row.added_by_id, row.added_name, row.added_at = actor.person_id or 0, actor.name, now
    row.save(force_insert=True)
    changed(report, actor, now)
    return row.id
