"""What commands about reports ask of the sign-off, in their own transaction, with the report locked."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.timezone import localtime

from agencies.access import Actor
from reporting.domain.errors import OwnReport
from reporting.domain.sign_off import PREPARED, TAKEN_BACK, ReviewHasBegun, SignOffWanted, prepared_own
from reporting.models import CurrentEvent, Preparation, Report, ReviewBegun
from reporting.queries import forms
from reporting.queries.sign_off import is_wanted


def must_not_be_wanted(agency: str) -> None:
    if is_wanted(agency):
        raise SignOffWanted()


def changed(report: Report, actor: Actor, now: datetime) -> None:
    """Something of the report is not what was handed over any more: it has to be handed over again."""
    Preparation.objects.filter(report=report, state=PREPARED).update(
        state=TAKEN_BACK, answered_name=actor.name, answered_at=now
    )


def end(reports: Iterable[Report]) -> None:
    """They are submissions now."""
    Preparation.objects.filter(report__in=list(reports)).delete()


def begin_review_of(report: Report, actor: Actor, now: datetime) -> None:
    """From now on the agency cannot take it back. Twice is once."""
    begun = ReviewBegun(
        report=report,
        agency_id=report.agency_id,
        submission=report.submitted_version,
        begun_by_id=actor.person_id or 0,
        begun_name=actor.name,
        begun_at=now,
    )
    ReviewBegun.objects.bulk_create([begun], ignore_conflicts=True)


def review_must_not_have_begun(report: Report) -> None:
    begun = ReviewBegun.objects.filter(report=report, submission=report.submitted_version).first()
    if begun:
        raise ReviewHasBegun(name=begun.begun_name, at=f"{localtime(begun.begun_at):%Y-%m-%d %H:%M}")


def must_not_be_prepared_by(report: Report, actor: Actor) -> None:
    """Nobody decides on what was prepared in a unit of theirs, though somebody else released it."""
    if report.submitted_event is None:
        return
    submission = CurrentEvent.objects.get(event_id=report.submitted_event)
    if prepared_own(submission.data, forms.who(actor)):
        raise OwnReport()
