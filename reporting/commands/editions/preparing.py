"""The files of an edition are made by the worker, outside of any request, and written down all at once."""

from datetime import datetime

import structlog
from django.db import connection
from django.db.models.functions import Now

from agencies import access
from reporting.models import Edition, EditionFile
from reporting.papers import editions as papers

log = structlog.get_logger()

# Whoever has it for longer without telling how far they are has died over it.
LEASE = "5 minutes"
WAITS = f"state = 'drafted' AND prepared_at IS NULL AND (claimed_at IS NULL OR claimed_at < now() - interval '{LEASE}')"
TO_PREPARE = f"SELECT number FROM reporting_edition WHERE {WAITS} ORDER BY number"  # noqa: S608
# The row count decides who of several workers makes them.
CLAIM = f"UPDATE reporting_edition SET claimed_at = now(), progress = 0 WHERE number = %s AND {WAITS}"  # noqa: S608


def to_prepare() -> list[int]:
    """The drafts that nobody makes the files of. In a follower's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(TO_PREPARE)
        return [number for (number,) in cursor.fetchall()]


def is_to_be_looked_after() -> bool:
    """Whether files are to be made, or the seal of a published edition is to be handed to the witnesses."""
    unseen = Edition.objects.filter(state=Edition.State.PUBLISHED, witnessed=False)
    return bool(to_prepare()) or unseen.exists()


def prepare_edition(*, edition: int, now: datetime) -> bool:
    """Make its files from the cut, as one who sees the nation's approved numbers and nothing else. False when there is
    nothing to make, or another process is at it. May be killed at any time: the next look begins anew."""
    with access.following():
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [edition])
            if not cursor.rowcount:
                return False
        row = Edition.objects.get(number=edition)
    try:
        with access.reading(papers.READER, at_one_moment=True):
            content = papers.gather(edition=row)
        files = papers.files_of(content, lambda percent: _tell(edition, percent))
    except Exception as error:
        # It is tried again when the lease has run out; until then its page says what is wrong.
        with access.following():
            Edition.objects.filter(number=edition).update(error=f"{type(error).__name__}: {error}"[:500])
        raise
    with access.following():
        # All or none, and once: a slower worker finds it done.
        waiting = Edition.objects.filter(number=edition, state=Edition.State.DRAFTED, prepared_at__isnull=True)
        if not waiting.update(prepared_at=now, progress=100, error="", numbers=content.numbers):
            return False
        EditionFile.objects.bulk_create(
            EditionFile(
                edition_id=edition, name=file.name, content_type=file.content_type, size=len(file.content),
                sha256=file.sha256, content=file.content,
            )
            for file in files
        )  # fmt: skip
    log.info("edition prepared", edition=edition, files=len(files))
    return True


def _tell(edition: int, percent: int) -> None:
    """Where the page reads it; still at work, so the lease begins anew."""
    with access.following():
        Edition.objects.filter(number=edition, prepared_at__isnull=True).update(progress=percent, claimed_at=Now())
