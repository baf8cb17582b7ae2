"""What people do with a report. Each command: open the transaction, lock the report, ask the rule, append, fold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from agencies.access import Actor, Deed
from indicators.periods import Period
from reporting import event_store
from reporting.commands import attachments, drafts, handing_over
from reporting.commands.attachments import Evidence
from reporting.commands.once import Once
from reporting.commands.opening import command, in_todays_units
from reporting.commands.own_report import assignment_of, event_of, lock_existing, locked, must, period_of
from reporting.commands.submission import decide_submission, history_of, read_submission
from reporting.commands.texts import Texts
from reporting.domain import report as rules
from reporting.domain.errors import FigureInvalid, StaleVersion
from reporting.domain.events import review_stream
from reporting.domain.report import Named
from reporting.domain.sign_off import NO_RULING, Ruling, check_ruling
from reporting.event_store import Recorded, StaleStream
from reporting.models import Report, Status
from reporting.projections import reports as projection
from reporting.queries import forms
from reporting.queries.calendar import window_of
from reporting.queries.reviewers import named_for


@dataclass(frozen=True)
class Composed:
    """A submission that nothing speaks against, before it is recorded."""

    report: Report
    fact: rules.Fact
    texts: Texts
    evidence: Evidence


def submit_report(
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
) -> Recorded:
    """Submit one report. `answers` are raw texts by field and part (reporting.domain.entries). Raises a Refusal.

    With `seen_version`, only if the report is still what the author had before them; with `seen_draft`
    (drafts.take_up), only if nobody else has typed anything else since. `ruling`: when the agency decided on it, and
    under which number. `correction`: why a report that is approved is corrected; what was approved stays in force until
    the correction is approved. With `once` (here and below) a request sent twice acts once.
    """
    must(actor, Deed.SUBMIT)
    with command(actor, once) as done:
        handing_over.must_not_be_wanted(actor.agency)
        what = compose(actor, assignment, period, answers, narrative, now, seen_version, seen_draft, ruling, correction)
        return done(record(what, actor, now))


def compose(
    actor: Actor,
    assignment: str,
    period: str,
    answers: Mapping[str, Mapping[str, str]],
    narrative: Mapping[str, str],
    now: datetime,
    seen_version: int | None,
    seen_draft: Mapping[str, tuple[str, int]] | None,
    ruling: Ruling,
    correction: str = "",
) -> Composed:
    """Lock the report, read what was typed, ask the rule. In a command's transaction; raises a Refusal."""
    in_todays_units()
    assigned = assignment_of(actor, assignment)
    when = period_of(assigned, period)
    report = locked(assigned, when)
    if seen_version is not None and seen_version != report.version:
        raise StaleVersion()
    check_ruling(ruling, now)
    questions = forms.questions(assigned, when)
    submission = read_submission(
        questions,
        answers,
        narrative,
        assigned.agency_id,
        period=when,
        past=history_of(assigned.agency_id, questions),
        evidence=attachments.evidence_for(report),
        ruling=ruling,
        correction=correction,
    )
    state, window = forms.state_with_content(report), window_of(assigned, when)
    fact = decide_submission(state, submission, window=window, now=now)
    drafts.take_up(assigned, when, seen_draft)
    return Composed(report, fact, submission.texts, submission.evidence)


def record(what: Composed, actor: Actor, now: datetime) -> Recorded:
    """Into the log with it. Last in its command, but for rows that are locked already."""
    recorded = _record(what.report, what.fact, actor, now, what.texts)
    what.evidence.keep(recorded.event_id)
    handing_over.end([what.report])
    return recorded


def withdraw_report(
    *, actor: Actor, report: str, seen_version: int, now: datetime, once: Once | None = None
) -> Recorded:
    """The agency takes its report back before a reviewer has begun, or gives up a correction."""
    must(actor, Deed.SUBMIT, Deed.RELEASE)
    with command(actor, once) as done:
        row = lock_existing(actor, report)
        if row.status == Status.SUBMITTED:
            handing_over.review_must_not_have_begun(row)
        when = window_of(row.assignment, Period.parse(row.period))
        fact = rules.withdraw(forms.state_of(row), seen_version=seen_version, window=when, now=now)
        return done(_record(row, fact, actor, now))


def approve_report(
    *, actor: Actor, report: str, seen_version: int, now: datetime, once: Once | None = None
) -> Recorded:
    """CSTI approves the version it has seen."""
    must(actor, Deed.DECIDE)
    with command(actor, once) as done:
        row, named = _taken_up(actor, report)
        fact = rules.approve(forms.state_of(row), seen_version=seen_version, who=forms.who(actor), named=named)
        return done(_record(row, fact, actor, now))


def endorse_report(
    *, actor: Actor, report: str, seen_version: int, now: datetime, once: Once | None = None
) -> Recorded:
    """Where two decide: a reviewer has nothing against the version they have seen, and passes it on to the chief."""
    must(actor, Deed.DECIDE)
    with command(actor, once) as done:
        row, named = _taken_up(actor, report)
        fact = rules.endorse(forms.state_of(row), seen_version=seen_version, who=forms.who(actor), named=named)
        handing_over.begin_review_of(row, actor, now)
        # In a stream of its own: the report stays as it is, and what was seen of it the newest.
        stream = review_stream(row.assignment_id, row.period)
        return done(event_store.append([event_of(row, fact, actor, now, stream)])[0])


def return_report(
    *,
    actor: Actor,
    report: str,
    seen_version: int,
    comments: Mapping[str, str],
    now: datetime,
    once: Once | None = None,
) -> Recorded:
    """CSTI returns the version it has seen. `comments`: "" for the whole, else by indicator."""
    must(actor, Deed.DECIDE)
    with command(actor, once) as done:
        row, named = _taken_up(actor, report)
        fact = rules.send_back(
            forms.state_of(row),
            seen_version=seen_version,
            who=forms.who(actor),
            comments=comments,
            named=named,
        )
        return done(_record(row, fact, actor, now, _commented(row, fact, comments)))


def ask_for_correction(
    *,
    actor: Actor,
    report: str,
    seen_version: int,
    comments: Mapping[str, str],
    now: datetime,
    once: Once | None = None,
) -> Recorded:
    """CSTI asks for a correction of what it has approved and seen. `comments` as in a return."""
    must(actor, Deed.DECIDE)
    with command(actor, once) as done:
        row = lock_existing(actor, report)
        fact = rules.ask_for_correction(forms.state_of(row), seen_version=seen_version, comments=comments)
        return done(_record(row, fact, actor, now, _commented(row, fact, comments)))


def reopen_report(
    *, actor: Actor, report: str, seen_version: int, reason: str, now: datetime, once: Once | None = None
) -> Recorded:
    """CSTI undoes an approval: the same submission waits for a decision again."""
    must(actor, Deed.DECIDE)
    with command(actor, once) as done:
        row, named = _taken_up(actor, report)
        fact = rules.reopen(
            forms.state_of(row),
            seen_version=seen_version,
            who=forms.who(actor),
            reason=reason,
            named=named,
        )
        texts = Texts({"reason": reason}, row.agency_id)
        fact.data["texts"] = texts.commitments()
        return done(_record(row, fact, actor, now, texts))


def _taken_up(actor: Actor, report: str) -> tuple[Report, Named]:
    """The report, locked, to be decided on by who has not prepared it; and who is named for it."""
    row = lock_existing(actor, report)
    handing_over.must_not_be_prepared_by(row, actor)
    return row, named_for(actor, [row])[row.id]


def _commented(report: Report, fact: rules.Fact, comments: Mapping[str, str]) -> Texts:
    """The comments as texts beside the event, which commits to them. Raises FigureInvalid for what is not asked."""
    asked = {""} | {question.field for question in forms.questions(report.assignment, Period.parse(report.period))}
    if unknown := sorted(set(comments) - asked):
        raise FigureInvalid(fields=", ".join(unknown), problems=dict.fromkeys(unknown, "unexpected"))
    texts = Texts(
        {f"comment.{field}" if field else "comment": text for field, text in comments.items()}, report.agency_id
    )
    fact.data["texts"] = texts.commitments()
    return texts


def _record(
    report: Report,
    fact: rules.Fact,
    actor: Actor,
    now: datetime,
    texts: Texts | None = None,
) -> Recorded:
    event = event_of(report, fact, actor, now)
    try:
        # The log's lock is taken here, last: all reading and deciding is done.
        recorded = event_store.append([event], {event.stream: report.version})[0]
    except StaleStream as error:
        raise StaleVersion() from error
    if texts:
        texts.keep(event.event_id)
    projection.apply(event, recorded, report)
    return recorded
