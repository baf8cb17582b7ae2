"""What the worker does about files: has them scanned, and removes those that nobody has. May run twice or at once."""

from pathlib import Path

from django.db.models import Q

from agencies import access
from reporting.commands.attachments import files, scanner
from reporting.commands.attachments.scanner import ScannerSilent
from reporting.models import Attachment, EventText

AT_ONCE = 50
GIVE_UP = 3  # files in a row without an answer: the scanner is down, and it is not a matter of the file


def scan_waiting() -> int:
    """Ask about the files nobody has asked about, oldest first. Returns how many were answered; raises ScannerSilent
    at the end when some were not, which then stay in quarantine."""
    if not scanner.configured():
        return 0
    answered, silent, silence = 0, 0, None
    with access.following():
        waiting = Attachment.objects.filter(~Q(kind="link"), verdict="").order_by("added_at")
        found = list(dict.fromkeys(waiting.values_list("sha256", flat=True)[:AT_ONCE]))
    for sha256 in found:
        # Outside any transaction: a scanner may take its time.
        try:
            clean = scanner.is_clean(files.place_of(sha256))
        except ScannerSilent as error:
            silent, silence = silent + 1, error
            if silent >= GIVE_UP:
                break
            continue
        silent = 0
        verdict = Attachment.Verdict.CLEAN if clean else Attachment.Verdict.INFECTED
        with access.following():
            answered += Attachment.objects.filter(sha256=sha256, verdict="").update(verdict=verdict)
    if silence:
        raise silence
    return answered


def tidy() -> int:
    """Remove files that no attachment has, or whose erasure two people have agreed on. Returns how many."""
    removed = files.remove_left_over()
    for sha256 in list(files.stored()):
        with access.following():
            if _nobody_has(sha256):
                removed += files.remove_if(sha256, lambda sha256=sha256: _nobody_has(sha256))  # type: ignore[misc]
    return removed


def _nobody_has(sha256: str) -> bool:
    rows = list(Attachment.objects.filter(sha256=sha256).values_list("id", "submitted_event"))
    if not rows:
        return files.old(_place(sha256))
    erased = EventText.objects.filter(
        event_id__in=[event for _, event in rows if event],
        field__in=[f"evidence_file.{id_}" for id_, _ in rows],
        redacted_by__isnull=False,
    )
    return erased.count() == len(rows)


def _place(sha256: str) -> Path:
    return files.place_of(sha256)
