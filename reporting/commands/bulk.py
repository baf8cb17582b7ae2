"""Many reports submitted as one act: weighed without a word to the database, then all of them or none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators.models import Assignment
from indicators.periods import Period, PeriodError
from reporting import event_store
from reporting.commands import attachments, handing_over
from reporting.commands.attachments import NO_EVIDENCE, Evidence
from reporting.commands.drafts import take_up_many
from reporting.commands.opening import in_todays_units
from reporting.commands.own_report import event_of
from reporting.commands.submission import History, Submission, decide_submission, history_of, read_submission
from reporting.commands.texts import Texts, keep_all
from reporting.domain import report as rules
from reporting.domain.drafts import NARRATIVE
from reporting.domain.entries import Question
from reporting.domain.errors import FigureInvalid, NotFound, Refusal, StaleVersion
from reporting.domain.report import Entry
from reporting.domain.sign_off import SignOffWanted
from reporting.event_store import NewEvent, Recorded, StaleStream
from reporting.models import DraftField, Report, Status
from reporting.projections import reports as projection
from reporting.queries import forms
from reporting.queries.calendar import Calendar, calendar_of
from reporting.queries.sign_off import is_wanted
from reporting.queries.templates import once_asked

Raw = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Ground:
    """What is known of many reports before they are submitted, by report; what is not here is not the actor's."""

    assignments: dict[str, Assignment] = field(default_factory=dict)
    questions: dict[str, list[Question]] = field(default_factory=dict)
    rows: dict[str, Report] = field(default_factory=dict)
    before: dict[str, tuple[list[Entry], dict[str, str]]] = field(default_factory=dict)
    once_asked: set[tuple[str, str]] = field(default_factory=set)
    past: History = field(default_factory=History)
    drafts: set[str] = field(default_factory=set)  # reports that somebody is typing
    evidence: dict[str, Evidence] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=Calendar)
    sign_off: bool = False  # a responsible person of the agency wants to release what is submitted


@dataclass
class Weighed:
    """One report of many. `problems`: by (field, part), or ("", "") for the whole, a code and what fills its words."""

    report: str
    submission: Submission | None = None
    fact: rules.Fact | None = None  # None too when nothing would change
    problems: dict[tuple[str, str], tuple[str, dict[str, Any]]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)  # fields that are asked no more, left aside


def survey(actor: Actor, reports: Iterable[str], *, locked: bool = False) -> Ground:
    """All that weighing needs, in a number of queries that does not grow with the reports. In a transaction of the
    actor. `locked`: the rows are made where they are missing, and locked, in one order."""
    if locked:
        in_todays_units()
    known_keys = once_asked(actor)
    ground = Ground()
    by_period: dict[Period, set[str]] = {}
    for report in reports:
        wanted_id, _, code = report.rpartition("@")
        try:
            by_period.setdefault(Period.parse(code), set()).add(wanted_id)
        except PeriodError:
            continue
    mine = access.visible(Assignment.objects.filter(in_force(), agency=actor.agency), actor)
    for period, wanted in by_period.items():
        rows = mine.filter(id__in=wanted).select_related("node__plan")
        found = {a.id: a for a in rows if forms.period_of(a, period.code)}
        asked = forms.questions_of_many(dict.fromkeys(found, period))
        for id_, assignment in found.items():
            report = f"{id_}@{period.code}"
            ground.assignments[report] = assignment
            ground.questions[report] = asked[id_]
    ids = sorted(ground.assignments)
    if locked:
        Report.objects.bulk_create(
            [
                Report(
                    id=id_, assignment=ground.assignments[id_], agency_id=actor.agency,
                    period=id_.rpartition("@")[2], status=Status.OPEN,
                )
                for id_ in ids
            ],
            ignore_conflicts=True,
            batch_size=2_000,
        )  # fmt: skip
    known = access.visible(Report.objects.filter(id__in=ids), actor).order_by("id")
    ground.rows.update({row.id: row for row in (known.select_for_update() if locked else known)})
    before = forms.last_submissions(list(ground.rows.values()))
    past = history_of(actor.agency, [question for asked in ground.questions.values() for question in asked])
    drafts = set(DraftField.objects.filter(draft__in=ids).exclude(text="").values_list("draft_id", flat=True))
    return replace(
        ground, before=before, once_asked=known_keys, past=past, drafts=drafts, evidence=attachments.evidence_of(ids),
        calendar=calendar_of(agencies=[actor.agency]), sign_off=is_wanted(actor.agency),
    )  # fmt: skip


def weigh(ground: Ground, report: str, answers: Raw, narrative: Mapping[str, str], now: datetime) -> Weighed:
    """What would become of one report of which something is said. No database, no refusal: problems are listed, all
    of them."""
    weighed = Weighed(report)
    assignment = ground.assignments.get(report)
    if assignment is None:
        weighed.problems["", ""] = ("unknown_key", {})
        return weighed
    questions = ground.questions[report]
    asked = {question.field: question for question in questions}
    kept: dict[str, Mapping[str, str]] = {}
    for name, parts in answers.items():
        if name in asked:
            kept[name] = parts
        elif (assignment.id, name.partition("/")[0]) in ground.once_asked:
            weighed.gone.append(name)
        else:
            weighed.problems[name, ""] = ("unknown_key", {})
    _complete(asked, kept, weighed)
    for name in narrative:
        if name not in NARRATIVE:
            weighed.problems["narrative", name] = ("unknown_key", {})
    try:
        said = {name: text for name, text in narrative.items() if name in NARRATIVE}
        period = Period.parse(report.rpartition("@")[2])
        weighed.submission = read_submission(
            questions, kept, said, assignment.agency_id, period=period, past=ground.past,
            evidence=ground.evidence.get(report, NO_EVIDENCE),
        )  # fmt: skip
    except FigureInvalid as error:
        for place, code in error.params["problems"].items():
            weighed.problems.setdefault(_place(asked, place), (code, {}))
    if weighed.problems or weighed.submission is None:
        return weighed
    _decide(ground, weighed, now)
    return weighed


def _complete(asked: Mapping[str, Question], answers: Raw, weighed: Weighed) -> None:
    """Every question has an answer, and every "no value" its reason: said beside the cell, and not first come first."""
    for name, question in asked.items():
        parts = answers.get(name, {})
        if not any(text.strip() for text in parts.values()):
            part = "numerator" if question.is_ratio else "value"
            weighed.problems[name, part] = ("missing", {})
        elif parts.get("answer", "value") in ("nothing", "not_measurable") and not parts.get("reason", "").strip():
            weighed.problems[name, "reason"] = ("reason_missing", {})


def _place(asked: Mapping[str, Question], name: str) -> tuple[str, str]:
    """(field, part) of a problem as the rules name it: "IND-06/former_basis.value", "narrative.summary"."""
    for kind, where in (("narrative.", "narrative"), ("reason.", "")):
        if name.startswith(kind):
            rest = name.removeprefix(kind)
            return (where, rest) if where else (rest, "reason")
    found = max((f for f in asked if name.startswith(f"{f}.")), key=len, default="")
    return (found, name.removeprefix(f"{found}.")) if found else (name, "")


def _decide(ground: Ground, weighed: Weighed, now: datetime) -> None:
    assert weighed.submission is not None
    row = ground.rows.get(weighed.report)
    state = forms.state_of(row) if row else rules.ReportState()
    before = ground.before.get(weighed.report)
    if before and state.status != Status.WITHDRAWN:
        content = rules.content_of(*before)
        if content == rules.content_of(weighed.submission.entries, weighed.submission.words):
            return  # it has been said already
        state = rules.with_content(state, content)
    if state.status in (Status.SUBMITTED, Status.APPROVED):
        code = "waits_for_review" if state.status == Status.SUBMITTED else "already_approved"
        weighed.problems["", ""] = (code, {})
        return
    if ground.sign_off:
        weighed.problems["", ""] = (SignOffWanted.code, {})
        return
    assignment = ground.assignments[weighed.report]
    period = Period.parse(weighed.report.rpartition("@")[2])
    window = ground.calendar.of(assignment.agency_id, assignment.id, period)
    try:
        weighed.fact = decide_submission(state, weighed.submission, window=window, now=now)
    except Refusal as error:
        problems = error.params.get("problems")
        if not problems:
            weighed.problems["", ""] = (error.code, error.params)
            return
        asked = {question.field: question for question in weighed.submission.questions}
        for place, code in problems.items():
            weighed.problems[_place(asked, place)] = (code, {})


def submit_reports(*, actor: Actor, reports: Mapping[str, Mapping[str, Any]], now: datetime) -> list[Recorded]:
    """Submit what changes of many reports in one append, inside a command's transaction. `reports`: by report its
    "answers", its "narrative" and the "version" it was looked at in. Raises a Refusal, and then nothing is submitted.
    """
    handing_over.must_not_be_wanted(actor.agency)
    ground = survey(actor, reports, locked=True)
    events: list[NewEvent] = []
    rows: list[Report] = []
    texts: list[Texts] = []  # and no more of what was read: the memory of a worker is small
    for report, said in reports.items():
        row = ground.rows.get(report)
        if row is None:
            raise NotFound()
        weighed = weigh(ground, report, said["answers"], said["narrative"], now)
        if weighed.problems or (weighed.fact and row.version != said["version"]):
            raise StaleVersion()
        if weighed.fact is None or weighed.submission is None:
            continue
        events.append(event_of(row, weighed.fact, actor, now))
        rows.append(row)
        texts.append(weighed.submission.texts)
    if not events:
        return []
    take_up_many([row.id for row in rows])
    try:
        recorded = event_store.append(events, {e.stream: r.version for e, r in zip(events, rows, strict=True)})
    except StaleStream as error:
        raise StaleVersion() from error
    keep_all((event.event_id, mine) for event, mine in zip(events, texts, strict=True))
    for event, row in zip(events, rows, strict=True):
        ground.evidence.get(row.id, NO_EVIDENCE).keep(event.event_id)
    handing_over.end(rows)
    projection.apply_submissions(events, recorded, rows)
    return recorded
