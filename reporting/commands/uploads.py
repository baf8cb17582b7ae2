"""What people do with a file: send it in, have it checked, confirm or discard it. Until it is confirmed, nothing of it
is submitted."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from agencies import access
from agencies.access import Actor, Deed
from reporting.commands.bulk import submit_reports
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.upload_check import Findings, look_through
from reporting.domain.errors import (
    FileTooLarge,
    NotAllowed,
    NotFound,
    TooManyUploads,
    UploadHasErrors,
    UploadNotChecked,
    UploadOver,
)
from reporting.event_store import Recorded
from reporting.models import Upload, UploadLine
from reporting.sheets.archive import MAX_BYTES
from reporting.sheets.process import read_file
from reporting.sheets.table import FileRefused

SMALL = 200_000  # bytes: checked while the person waits
WAITING_AT_ONCE = 5  # of one agency
LEASE = "5 minutes"
State = Upload.State
CLAIM = f"""
UPDATE reporting_upload SET state = 'checking', claimed_at = now(), progress = 0
WHERE id = %s AND (state = 'waiting' OR (state = 'checking' AND claimed_at < now() - interval '{LEASE}'))
"""  # noqa: S608 - our own constant
TO_CHECK = f"""
SELECT id, person_id, membership_id FROM reporting_upload
WHERE state = 'waiting' OR (state = 'checking' AND claimed_at < now() - interval '{LEASE}')
ORDER BY uploaded_at LIMIT 10
"""  # noqa: S608
# A hundred thousand figures are more than any other request brings.
TAKE_TIME = "SET LOCAL statement_timeout = '120s'; SET LOCAL idle_in_transaction_session_timeout = '120s'"
LINES = """
INSERT INTO reporting_uploadline (upload_id, agency_id, number, kind, sheet, cell, report, field, part, old, new, code,
    params)
SELECT %(upload)s, %(agency)s, l.*
FROM unnest(%(numbers)s::integer[], %(kinds)s::text[], %(sheets)s::text[], %(cells)s::text[], %(reports)s::text[],
    %(fields)s::text[], %(parts)s::text[], %(olds)s::text[], %(news)s::text[], %(codes)s::text[], %(params)s::jsonb[])
    AS l
"""


def stage_upload(*, actor: Actor, file_name: str, content: bytes, now: datetime, once: Once | None = None) -> UUID:
    """Keep a file until it has been checked. Raises a Refusal."""
    _must(actor)
    if len(content) > MAX_BYTES:
        raise FileTooLarge(limit=MAX_BYTES // 1024 // 1024)
    assert actor.person_id is not None
    assert actor.membership is not None
    with command(actor, once) as done:
        waiting = Upload.objects.filter(agency=actor.agency, state__in=[State.WAITING, State.CHECKING])
        if waiting.count() >= WAITING_AT_ONCE:
            raise TooManyUploads(number=WAITING_AT_ONCE)
        upload = Upload.objects.create(
            agency_id=actor.agency,
            person_id=actor.person_id,
            membership_id=actor.membership,
            person_name=actor.name,
            file_name=_name(file_name),
            kind=_kind(file_name, content),
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            uploaded_at=now,
        )
        return done(upload.id)


def check_upload(*, actor: Actor, upload: UUID, now: datetime) -> bool:
    """The dry run: read the file in a process of its own, weigh what it says, write down what was found. False when
    there is nothing to check, or another process is at it."""
    with access.acting(actor):
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [upload])
            if not cursor.rowcount:
                return False
        row = access.visible(Upload.objects.filter(id=upload), actor).get()
    tell = _teller(actor, upload)
    expected = max(row.size // 60, 1)  # rows: a guess, which only moves the bar
    try:
        reading = read_file(row.kind, bytes(row.content or b""), lambda rows: tell(5 + 45 * min(rows / expected, 1)))
    except FileRefused as error:
        _found(actor, upload, now, Findings(refusal={"code": error.code, "params": error.params}))
        return True
    findings = look_through(actor, reading, now, lambda share: tell(50 + 40 * share))
    del row, reading  # before it is written down: the memory of a worker is small
    _found(actor, upload, now, findings)
    return True


def to_check() -> list[tuple[UUID, int, int]]:
    """(upload, person, membership) of files that wait to be checked. In a follower's transaction: of all agencies."""
    with connection.cursor() as cursor:
        cursor.execute(TO_CHECK)
        return list(cursor.fetchall())


def give_up_upload(upload: UUID) -> None:
    """Nobody is left in whose name the file could be checked. In a follower's transaction."""
    Upload.objects.filter(id=upload).update(state=State.DISCARDED, content=None)


def confirm_upload(*, actor: Actor, upload: UUID, now: datetime, once: Once | None = None) -> int:
    """Submit what the checked file says, all of it in one append. Returns how many reports that submitted; a second
    confirmation, or one of a file that changes nothing, submits none. Raises a Refusal."""
    _must(actor)
    with command(actor, once) as done:
        _take_time()
        row = _locked(actor, upload)
        if row.state == State.CONFIRMED:
            return done(0)
        if row.state == State.REFUSED:
            raise UploadHasErrors(number=row.problems or 1)
        if row.state == State.DISCARDED:
            raise UploadOver()
        if row.state != State.READY:
            raise UploadNotChecked()
        # Before the append, whose lock is taken last: whatever fails after takes this back as well.
        Upload.objects.filter(id=upload).update(
            state=State.CONFIRMED, confirmed_at=now, confirmed_name=actor.name, content=None, said=None
        )
        recorded: list[Recorded] = submit_reports(actor=actor, reports=row.said or {}, now=now)
        return done(len(recorded))


def discard_upload(*, actor: Actor, upload: UUID, once: Once | None = None) -> None:
    """Nothing of the file is kept but that it was there. Raises a Refusal."""
    _must(actor)
    with command(actor, once) as done:
        row = _locked(actor, upload)
        if row.state == State.CONFIRMED:
            raise UploadOver()
        Upload.objects.filter(id=upload).update(state=State.DISCARDED, content=None, said=None)
        UploadLine.objects.filter(upload=upload).delete()
        return done(None)


def check_again(*, actor: Actor, upload: UUID, once: Once | None = None) -> None:
    """Something has changed since the check: the file is checked anew. Raises a Refusal."""
    _must(actor)
    with command(actor, once) as done:
        row = _locked(actor, upload)
        if row.state in (State.CONFIRMED, State.DISCARDED):
            raise UploadOver()
        if row.state in (State.READY, State.REFUSED):
            Upload.objects.filter(id=upload).update(state=State.WAITING, progress=0)
        return done(None)


def forget_uploads(*, days: int) -> int:
    """Files that nobody has confirmed for so long, and the lists of changes of old ones, go. In a follower's
    transaction. Returns how many files."""
    old = Upload.objects.filter(uploaded_at__lt=Now() - timedelta(days=days)).exclude(state=State.CHECKING)
    UploadLine.objects.filter(upload__in=old).delete()
    return old.filter(~Q(content=None)).update(content=None, said=None, state=State.DISCARDED)


def _take_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_TIME)


def _must(actor: Actor) -> None:
    if not actor.may(Deed.SUBMIT):
        raise NotAllowed()


def _locked(actor: Actor, upload: UUID) -> Upload:
    rows = access.visible(Upload.objects.filter(agency=actor.agency), actor)
    found = rows.select_for_update().defer("content").filter(id=upload).first()
    if found is None:
        raise NotFound()
    return found


def _kind(name: str, content: bytes) -> str:
    workbook = content.startswith((b"PK", b"\xd0\xcf\x11\xe0")) or name.lower().endswith((".xlsx", ".xlsm", ".xls"))
    return "xlsx" if workbook else "csv"


def _name(name: str) -> str:
    plain = "".join(c for c in PurePath(name.replace("\\", "/")).name if c.isprintable())
    return plain[-200:] or "file"


def _teller(actor: Actor, upload: UUID) -> Callable[[float], None]:
    """Writes the progress where the page reads it, each time it has moved on by some percent."""
    told = 0

    def tell(percent: float) -> None:
        nonlocal told
        if percent >= told + 4:
            told = int(percent)
            with access.acting(actor):
                # Still at work, so the lease begins anew.
                Upload.objects.filter(id=upload, state=State.CHECKING).update(progress=told, claimed_at=Now())

    return tell


def _found(actor: Actor, upload: UUID, now: datetime, findings: Findings) -> None:
    """Write down what the check has found, unless somebody has discarded the file meanwhile."""
    refused = findings.refusal is not None or findings.problems > 0
    values: dict[str, Any] = {
        "state": State.REFUSED if refused else State.READY,
        "refusal": findings.refusal,
        "said": None if refused else findings.said,
        "problems": findings.problems,
        "changes": findings.changes,
        "changed_reports": len(findings.said),
        "unchanged_reports": findings.unchanged,
        "progress": 100,
        "checked_at": now,
    }
    with access.acting(actor):
        _take_time()
        if not Upload.objects.filter(id=upload, state=State.CHECKING).update(**values):
            return
        UploadLine.objects.filter(upload=upload).delete()
        with connection.cursor() as cursor:
            for page in findings.pages():
                cursor.execute(LINES, {"upload": upload, "agency": actor.agency, **page})
