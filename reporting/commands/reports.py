"""What people do with a report. Each command: open the transaction, lock the report, ask the rule, append, fold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agencies import access
from agencies.access import Actor, Deed
from indicators.models import Assignment
from indicators.periods import Period
from reporting import event_store
from reporting.commands import drafts
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.texts import Texts
from reporting.domain import checks as checking
from reporting.domain import report as rules
from reporting.domain.drafts import NARRATIVE
from reporting.domain.entries import Question, read_answers
from reporting.domain.errors import FigureInvalid, NotAllowed, NotFound, StaleVersion
from reporting.domain.events import report_stream
from reporting.domain.report import Entry
from reporting.event_store import NewEvent, Recorded, StaleStream
from reporting.models import Report, Status
from reporting.projections import reports as projection
from reporting.queries import checks, forms
from reporting.queries.calendar import window


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
    once: Once | None = None,
) -> Recorded:
    """Submit one report. `answers` are raw texts by field and part (reporting.domain.entries). Raises a Refusal.

    With `seen_version`, only if the report is still what the author had before them; with `seen_draft`
    (drafts.take_up), only if nobody else has typed anything else since. With `once` (here and below) a request sent
    twice acts once.
    """
    _must(actor, Deed.SUBMIT)
    with command(actor, once) as done:
        assigned = _assignment(actor, assignment)
        when = _period(assigned, period)
        report = _locked(assigned, when)
        if seen_version is not None and seen_version != report.version:
            raise StaleVersion()
        questions = forms.questions(assigned, when)
        past = history_of(assigned.agency_id, questions)
        submission = read_submission(questions, answers, narrative, assigned.agency_id, period=when, past=past)
        fact = decide_submission(forms.state_with_content(report), submission, window=window(when), now=now)
        texts = submission.texts
        drafts.take_up(assigned, when, seen_draft)
        return done(_record(report, fact, actor, now, texts))


@dataclass(frozen=True)
class History:
    """What reports are checked against: the rules of the plan, and by field what the agency has said before."""

    rules: Sequence[checking.Rule] = ()
    figures: Mapping[str, Sequence[checking.Past]] = field(default_factory=dict)


@dataclass(frozen=True)
class Submission:
    """What an author says in one report, read and checked: entries, what is odd about them, and the texts that will
    stand beside the event."""

    questions: Sequence[Question]
    entries: list[Entry]
    texts: Texts
    findings: Sequence[checking.Finding] = ()

    @property
    def words(self) -> dict[str, str]:
        return {name: text for name, (_, text) in self.texts.rows.items()}


def read_submission(
    questions: Sequence[Question],
    answers: Mapping[str, Mapping[str, str]],
    narrative: Mapping[str, str],
    agency: str,
    *,
    period: Period,
    past: History,
) -> Submission:
    """What one report says, the same at every door. `past`: the rules of the plan, and what the agency has said before.
    Raises FigureInvalid with every problem."""
    entries, problems = read_answers(questions, answers)
    about = checks.about(questions, past.rules)
    findings = checking.run(questions, entries, about, past.figures, period)
    checking.refuse(questions, entries, problems, findings)
    words = {name: text for name, text in narrative.items() if text.strip()}
    if unknown := sorted(set(words) - set(NARRATIVE)):
        raise FigureInvalid(fields=", ".join(unknown), problems=dict.fromkeys(unknown, "unexpected"))
    texts = Texts(
        {f"narrative.{name}": text for name, text in words.items()}
        | {f"reason.{rules.field_of(e)}": e.reason for e in entries if e.reason}
        | {f"explanation.{rules.field_of(e)}": e.explanation for e in entries if e.explanation},
        agency,
    )
    return Submission(questions, entries, texts, findings)


def decide_submission(
    state: rules.ReportState, submission: Submission, *, window: rules.Window, now: datetime
) -> rules.Fact:
    """Whether it may be submitted, by the one rule of every door: the event's type and data. Raises a Refusal."""
    asked = [question.asked for question in submission.questions]
    fact = rules.submit(state, submission.entries, submission.words, asked=asked, window=window, now=now)
    fact.data["texts"] = submission.texts.commitments()
    fact.data.update(checking.on_record(submission.entries, submission.findings))
    return fact


def history_of(agency: str, questions: Iterable[Question]) -> History:
    """What any number of reports of one agency are checked against. Two queries, whatever is asked."""
    about = checks.about(questions, checks.all_rules())
    indicators = {indicator for rule in about for indicator in rule.indicators}
    return History(about, checks.history([agency], indicators).get(agency, {}))


def withdraw_report(
    *, actor: Actor, report: str, seen_version: int, now: datetime, once: Once | None = None
) -> Recorded:
    """The agency takes its report back before a decision."""
    _must(actor, Deed.SUBMIT)
    with command(actor, once) as done:
        row = _lock_existing(actor, report)
        when = window(Period.parse(row.period))
        fact = rules.withdraw(forms.state_of(row), seen_version=seen_version, window=when, now=now)
        return done(_record(row, fact, actor, now))


def approve_report(
    *, actor: Actor, report: str, seen_version: int, now: datetime, once: Once | None = None
) -> Recorded:
    """CSTI approves the version it has seen."""
    _must(actor, Deed.DECIDE)
    with command(actor, once) as done:
        row = _lock_existing(actor, report)
        fact = rules.approve(forms.state_of(row), seen_version=seen_version, who=forms.who(actor))
        return done(_record(row, fact, actor, now))


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
    _must(actor, Deed.DECIDE)
    with command(actor, once) as done:
        row = _lock_existing(actor, report)
        fact = rules.send_back(forms.state_of(row), seen_version=seen_version, who=forms.who(actor), comments=comments)
        asked = {""} | {question.field for question in forms.questions(row.assignment, Period.parse(row.period))}
        if unknown := sorted(set(comments) - asked):
            raise FigureInvalid(fields=", ".join(unknown), problems=dict.fromkeys(unknown, "unexpected"))
        texts = Texts(
            {f"comment.{field}" if field else "comment": text for field, text in comments.items()}, row.agency_id
        )
        fact.data["texts"] = texts.commitments()
        return done(_record(row, fact, actor, now, texts))


def _record(
    report: Report,
    fact: rules.Fact,
    actor: Actor,
    now: datetime,
    texts: Texts | None = None,
) -> Recorded:
    event = NewEvent(
        stream=report_stream(report.assignment_id, report.period),
        type=fact.type,
        data={"assignment": report.assignment_id, "agency": report.agency_id, "period": report.period, **fact.data},
        meta=actor.as_meta(),
        occurred_at=now,
    )
    try:
        # The log's lock is taken here, last: all reading and deciding is done.
        recorded = event_store.append([event], {event.stream: report.version})[0]
    except StaleStream as error:
        raise StaleVersion() from error
    if texts:
        texts.keep(event.event_id)
    projection.apply(event, recorded, report)
    return recorded


def _must(actor: Actor, deed: Deed) -> None:
    if not actor.may(deed):
        raise NotAllowed()


def _assignment(actor: Actor, assignment: str) -> Assignment:
    """One's own agency's only: whoever sees more may still not report for others."""
    rows = access.visible(Assignment.objects.filter(to_position__isnull=True), actor)
    found = rows.filter(id=assignment, agency=actor.agency).select_related("node").first()
    if found is None:
        raise NotFound()
    return found


def _period(assignment: Assignment, code: str) -> Period:
    period = forms.period_of(assignment, code)
    if period is None:
        raise NotFound()
    return period


def _locked(assignment: Assignment, period: Period) -> Report:
    """The report's row, made if need be, and locked: it is the lock of its stream."""
    key = f"{assignment.id}@{period.code}"
    Report.objects.bulk_create(
        [Report(id=key, assignment=assignment, agency_id=assignment.agency_id, period=period.code, status=Status.OPEN)],
        ignore_conflicts=True,
    )
    return Report.objects.select_for_update().get(id=key)


def _lock_existing(actor: Actor, report: str) -> Report:
    rows = access.visible(Report.objects.all(), actor)
    found = rows.select_for_update().filter(id=report).first()
    if found is None:
        raise NotFound()
    return found
