"""What one has been told: the list in the application, and where each notice leads."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_noop as _

from agencies import access
from agencies.access import Actor
from reporting.domain.notices import FIGURES_MOVED
from reporting.domain.reminders import DUE, OVERDUE
from reporting.models import Notice

PAGE = 50
KINDS = {
    "ReportSubmitted": _("A report was submitted"),
    "ReportWithdrawn": _("A report was withdrawn"),
    "ReportReturned": _("A report was returned"),
    "ReportApproved": _("A report was approved"),
    "ReportReopened": _("An approval was undone"),
    "CorrectionAsked": _("A correction is asked for"),
    "CorrectionSubmitted": _("A correction was submitted"),
    "CorrectionWithdrawn": _("A correction was given up"),
    "CorrectionReturned": _("A correction was returned"),
    "CorrectionApproved": _("A correction was approved"),
    "SubmissionEndorsed": _("A report was endorsed and waits for the chief reviewer"),
    DUE: _("A report is due soon"),
    OVERDUE: _("A report is overdue"),
    FIGURES_MOVED: _("A correction moved national figures of your indicators"),
}


@dataclass(frozen=True)
class Told:
    """One page of notices, newest first."""

    rows: tuple[Notice, ...]
    unread: int
    number: int
    page: int
    pages: int


def unread(actor: Actor) -> int:
    return unread_notices(actor).count()


def unread_notices(actor: Actor) -> QuerySet[Notice]:
    return _ones_own(actor).filter(read_at=None)


def notices_of(actor: Actor, page: int = 1) -> Told:
    """Three queries."""
    mine = _ones_own(actor)
    number = mine.count()
    pages = max(1, -(-number // PAGE))
    page = min(max(1, page), pages)
    about = [f"{what}__{of}" for what in ("report", "reminder") for of in ("assignment__node", "agency")]
    rows = mine.select_related(*about).order_by("-position", "-pk")
    return Told(tuple(rows[(page - 1) * PAGE : page * PAGE]), unread(actor), number, page, pages)


def find_notice(actor: Actor, notice: int) -> Notice | None:
    return _ones_own(actor).filter(pk=notice).select_related("reminder").first()


def moves_told(actor: Actor, position: int) -> Notice | None:
    """What one was told of the figures that an event moved."""
    return _ones_own(actor).filter(position=position, kind=FIGURES_MOVED).first()


def address_of(notice: Notice) -> str:
    """Where to look at it, and to act: the path of a page."""
    if notice.kind == FIGURES_MOVED:
        return reverse("admin:moved-nationally", args=[notice.position])
    assignment, _at, period = (report_of(notice) or "").rpartition("@")
    if notice.detail.get("review"):
        return reverse("admin:decide", args=[notice.report_id])
    return reverse("admin:report", args=[assignment, period])


def report_of(notice: Notice) -> str | None:
    """The id of the report it is about, whether anything of it is in or not."""
    return notice.reminder.report_id if notice.reminder else notice.report_id


def _ones_own(actor: Actor) -> QuerySet[Notice]:
    return access.visible(Notice.objects.filter(person=actor.person_id), actor)
