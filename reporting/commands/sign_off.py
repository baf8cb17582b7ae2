"""Handing a report over to the responsible person, who releases it to CSTI or sends it back; and CSTI's beginning."""

from collections.abc import Mapping
from datetime import datetime

from agencies.access import Actor, Deed, Scope
from agencies.models import Agency
from reporting.commands import handing_over
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.own_report import lock_existing, must
from reporting.commands.reports import compose, record
from reporting.domain import sign_off as rules
from reporting.domain.errors import NotFound, NothingToDecide, OwnReport, StaleVersion
from reporting.domain.report import is_own
from reporting.domain.report.reviewing import must_be_named
from reporting.domain.sign_off import NO_RULING, Ruling
from reporting.event_store import Recorded
from reporting.models import Preparation, Report, SignOffRule, Status
from reporting.queries import forms
from reporting.queries.reviewers import named_for
from reporting.queries.sign_off import is_wanted, prepared_of


def set_sign_off(*, actor: Actor, agency: str, wanted: bool, now: datetime, once: Once | None = None) -> None:
    """Whether an agency wants its reports released by a responsible person: its own to say, or the secretariat's."""
    must(actor, Deed.SET_SIGN_OFF)
    with command(actor, once) as done:
        if actor.agency != agency and actor.scope is not Scope.ALL:
            raise NotFound()
        if not Agency.objects.filter(code=agency).exists():
            raise NotFound()
        if is_wanted(agency) != wanted:
            SignOffRule.objects.create(
                agency_id=agency, wanted=wanted, set_by_id=actor.person_id or 0, set_name=actor.name, set_at=now
            )
        done(None)


def prepare_report(
    *,
    actor: Actor,
    assignment: str,
    period: str,
    answers: Mapping[str, Mapping[str, str]],
    narrative: Mapping[str, str],
    now: datetime,
    seen_version: int | None = None,
    seen_draft: Mapping[str, tuple[str, int]] | None = None,
    ruling: Ruling = NO_RULING,
    correction: str = "",
    once: Once | None = None,
) -> Preparation:
    """Hand one report over, as submit_report would submit it: what could not be submitted is refused here already.
    Handed over again, it takes the place of what was there."""
    must(actor, Deed.SUBMIT)
    with command(actor, once) as done:
        if not is_wanted(actor.agency):
            raise rules.SignOffNotWanted()
        what = compose(actor, assignment, period, answers, narrative, now, seen_version, seen_draft, ruling, correction)
        before = Preparation.objects.filter(report=what.report).first()
        preparation, _ = Preparation.objects.update_or_create(
            report=what.report,
            defaults={
                "agency_id": what.report.agency_id,
                "state": rules.PREPARED,
                "number": before.number + 1 if before else 1,
                "answers": {field: dict(parts) for field, parts in answers.items()},
                "narrative": dict(narrative),
                "correction": correction,
                "decided_on": ruling.decided_on,
                "document_number": ruling.document_number,
                "prepared_by_id": actor.person_id or 0,
                "prepared_unit_id": actor.unit_id or 0,
                "prepared_name": actor.name,
                "prepared_at": now,
                "comment": "",
                "answered_name": "",
                "answered_at": None,
            },
        )
        return done(preparation)


def release_report(
    *,
    actor: Actor,
    report: str,
    seen_number: int,
    now: datetime,
    ruling: Ruling | None = None,
    once: Once | None = None,
) -> Recorded:
    """The responsible person releases what they have seen: it is submitted, as theirs. `ruling`: in place of the one
    that came with it."""
    must(actor, Deed.RELEASE)
    with command(actor, once) as done:
        row, preparation = _locked(actor, report)
        signed = rules.release(prepared_of(preparation), seen_number=seen_number, who=forms.who(actor))
        kept = Ruling(preparation.decided_on, preparation.document_number)
        what = compose(
            actor,
            row.assignment_id,
            row.period,
            preparation.answers,
            preparation.narrative,
            now,
            None,
            None,
            kept if ruling is None else ruling,
            preparation.correction,
        )
        what.fact.data.update(signed)
        return done(record(what, actor, now))


def send_back_preparation(
    *, actor: Actor, report: str, seen_number: int, comment: str, now: datetime, once: Once | None = None
) -> None:
    """The responsible person sends it back inside the agency; CSTI sees nothing of it."""
    must(actor, Deed.RELEASE)
    with command(actor, once) as done:
        _row, preparation = _locked(actor, report)
        rules.send_back(prepared_of(preparation), seen_number=seen_number, comment=comment)
        _answer(preparation, actor, now, rules.SENT_BACK, comment.strip())
        done(None)


def take_back_preparation(
    *, actor: Actor, report: str, seen_number: int, now: datetime, once: Once | None = None
) -> None:
    """Those who report take it back, to change it."""
    must(actor, Deed.SUBMIT)
    with command(actor, once) as done:
        _row, preparation = _locked(actor, report)
        rules.take_back(prepared_of(preparation), seen_number=seen_number)
        _answer(preparation, actor, now, rules.TAKEN_BACK, "")
        done(None)


def begin_review(*, actor: Actor, report: str, seen_version: int, now: datetime, once: Once | None = None) -> None:
    """A reviewer opens a submission to decide on it: the agency can no longer take it back. Twice is once."""
    must(actor, Deed.DECIDE)
    with command(actor, once) as done:
        row = lock_existing(actor, report)
        if row.status != Status.SUBMITTED:
            raise NothingToDecide()
        if row.version != seen_version:
            raise StaleVersion()
        if is_own(forms.state_of(row), forms.who(actor)):
            raise OwnReport()
        handing_over.must_not_be_prepared_by(row, actor)
        must_be_named(forms.who(actor), named_for(actor, [row])[row.id])
        handing_over.begin_review_of(row, actor, now)
        done(None)


def _answer(preparation: Preparation, actor: Actor, now: datetime, state: str, comment: str) -> None:
    Preparation.objects.filter(report=preparation.report_id).update(
        state=state, comment=comment, answered_name=actor.name, answered_at=now
    )


def _locked(actor: Actor, report: str) -> tuple[Report, Preparation]:
    """The report, locked, and what has been handed over of it. Of one's own agency only."""
    row = lock_existing(actor, report)
    preparation = Preparation.objects.filter(report=row, agency=actor.agency).first()
    if row.agency_id != actor.agency or preparation is None:
        raise NotFound()
    return row, preparation
