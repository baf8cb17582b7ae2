"""学内・所内照会: a reporter asks departments for figures, they answer, the answers go into the report's draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import Unit
from indicators.models import Assignment
from indicators.periods import JST, Period
from reporting.commands import drafts
from reporting.commands.drafts import Saved
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.domain import inquiries as rules
from reporting.domain.entries import TEXT_LIMIT, Question, read_entries
from reporting.domain.errors import (
    AlreadyAsked,
    AnswerChanged,
    DueDayMissing,
    FigureInvalid,
    InquiryClosed,
    NotAllowed,
    NotFound,
    NothingAnswered,
    NothingAsked,
    NothingToMerge,
    NotToBeWritten,
    ReasonMissing,
)
from reporting.domain.report import may_be_written
from reporting.models import AskedFigure, Inquiry, Report
from reporting.queries import forms, inquiries
from reporting.queries.inquiries import Side

SUM = "sum"


@dataclass(frozen=True)
class Choice:
    """What is taken over for one figure: a unit's answer in the version that was seen, or the sum of all answers."""

    source: str  # SUM, or the id of the asked figure
    version: int = 0  # of that answer; of a sum, the versions added up


def ask_departments(
    *,
    actor: Actor,
    assignment: str,
    period: str,
    fields: Sequence[str],
    units: Sequence[int],
    due_on: date | None,
    note: str,
    now: datetime,
    once: Once | None = None,
) -> list[int]:
    """Ask units of one's agency for figures of one report by a day. Gives the inquiries' ids. Raises a Refusal."""
    if not actor.may(Deed.SUBMIT):
        raise NotAllowed()
    with command(actor, once) as done:
        assigned, when = report_of(actor, assignment, period)
        asked = {q.question.field: q for q in forms.asked(assigned, when)}
        known = access.visible(Unit.objects.filter(agency=actor.agency, pk__in=list(units)), actor)
        rows = list(known.order_by("pk"))
        if not fields or not units:
            raise NothingAsked()
        if set(fields) - set(asked) or len(rows) != len(set(units)):
            raise NotFound()
        if due_on is None or due_on < now.astimezone(JST).date():
            raise DueDayMissing()
        if len(note) > TEXT_LIMIT or "\x00" in note:
            raise FigureInvalid(fields="note", problems={"note": "too_long"})
        report = Report.objects.filter(id=f"{assigned.id}@{when.code}").first()
        if report and not may_be_written(forms.state_of(report)):
            raise NotToBeWritten()
        assert actor.person_id is not None, "inquiries are people's"
        made = Inquiry.objects.bulk_create(
            [
                Inquiry(
                    assignment=assigned,
                    agency_id=actor.agency,
                    node_id=assigned.node_id,
                    period=when.code,
                    unit=unit,
                    unit_name=unit.name_ja,
                    due_on=due_on,
                    note=note.strip(),
                    asked_by_id=actor.person_id,
                    asked_name=actor.name,
                    asked_at=now,
                )
                for unit in rows
            ],
            ignore_conflicts=True,
        )
        # Rows that met an open inquiry were left out, and have no id: the index decides, whoever asks at once.
        mine = inquiries.of_report(actor, assigned.id, when.code).filter(asked_at=now, asked_by=actor.person_id)
        new = {row.unit_id: row for row in mine.filter(figures__isnull=True)}
        if left_out := [row.unit_name for row in made if row.unit_id not in new]:
            raise AlreadyAsked(units="、".join(left_out))
        AskedFigure.objects.bulk_create(
            [
                AskedFigure(
                    inquiry=row,
                    agency_id=actor.agency,
                    unit_id=row.unit_id,
                    field=name,
                    previous=question.previous,
                    last_year=question.last_year,
                )
                for row in new.values()
                for name, question in asked.items()
                if name in fields
            ]
        )
        return done([row.pk for row in new.values()])


def withdraw_inquiry(*, actor: Actor, inquiry: int, now: datetime, once: Once | None = None) -> int:
    """Take an inquiry back: the unit need not answer any more. What it has answered stays in the table, unseen."""
    if not actor.may(Deed.SUBMIT):
        raise NotAllowed()
    with command(actor, once) as done:
        row = access.visible(Inquiry.objects.filter(agency=actor.agency), actor).select_for_update()
        found = row.filter(pk=inquiry).first()
        if found is None:
            raise NotFound()
        if found.withdrawn_at is not None:
            raise InquiryClosed()
        found.withdrawn_at = now
        found.save(update_fields=["withdrawn_at"])
        return done(found.pk)


def answer_inquiry(
    *,
    actor: Actor,
    inquiry: int,
    answers: Mapping[str, Mapping[str, str]],
    remarks: Mapping[str, str],
    seen: Mapping[str, int],
    now: datetime,
    once: Once | None = None,
) -> list[str]:
    """Answer figures asked of one's own unit. `answers`: as in a report, those left empty are not answered yet; `seen`:
    the version of each answer its author had before them. Gives the fields that changed. Raises a Refusal."""
    if not actor.may(Deed.ANSWER):
        raise NotAllowed()
    with command(actor, once) as done:
        found = inquiries.to_answer(actor, inquiry)
        if found is None:
            raise NotFound()
        row, _ = found
        questions = {one.row.field: one.asked.question for one in found[1]}
        # The inquiry's row is the lock of its figures; a withdrawal takes it too.
        if not Inquiry.objects.select_for_update().filter(pk=row.pk, withdrawn_at__isnull=True).exists():
            raise InquiryClosed()
        figures = {f.field: f for f in AskedFigure.objects.filter(inquiry=row.pk)}
        given = {name: {p: t for p, t in parts.items() if t.strip()} for name, parts in answers.items()}
        given = {name: parts for name, parts in given.items() if set(parts) - {"answer"} or _without(parts)}
        if not given:
            raise NothingAnswered()
        _must_be_readable(list(questions.values()), given, remarks)
        said = {
            name: (parts, remarks.get(name, "").strip())
            for name, parts in given.items()
            if (parts, remarks.get(name, "").strip()) != (figures[name].parts, figures[name].remark)
        }
        if stale := [name for name in said if seen.get(name, 0) != figures[name].version]:
            raise AnswerChanged(fields="、".join(stale))
        for name, (parts, remark) in said.items():
            figure = figures[name]
            figure.parts, figure.remark, figure.version = parts, remark, figure.version + 1
            figure.answered_by_id, figure.answered_name, figure.answered_at = actor.person_id, actor.name, now
        AskedFigure.objects.bulk_update(
            [figures[name] for name in said],
            ["parts", "remark", "version", "answered_by", "answered_name", "answered_at"],
        )
        return done(sorted(said))


def merge_answers(
    *,
    actor: Actor,
    assignment: str,
    period: str,
    choices: Mapping[str, Choice],
    seen: Mapping[str, int],
    now: datetime,
    once: Once | None = None,
) -> Saved:
    """Take answers over into the report's draft, by field. `seen`: the versions of the draft's fields that were shown,
    by name; what someone has typed since is left as it is and comes back as a conflict. Raises a Refusal.

    No department's answer is marked: whether it has been taken over is whether the draft says it.
    """
    if not actor.may(Deed.SUBMIT):
        raise NotAllowed()
    if not choices:
        raise NothingToMerge()
    with access.reading(actor):
        assigned, when = report_of(actor, assignment, period)
        sides = {side.asked.question.field: side for side in inquiries.shared_out(actor, assigned, when, now).sides}
    if set(choices) - set(sides):
        raise NotFound()
    changes = {}
    for name, choice in choices.items():
        side = sides[name]
        for part, text in rules.draft_changes(side.asked.question, _chosen(side, choice)).items():
            changes[part] = (text, seen.get(part, 0))
    return drafts.save_fields(actor=actor, assignment=assignment, period=period, changes=changes, now=now, once=once)


def report_of(actor: Actor, assignment: str, period: str) -> tuple[Assignment, Period]:
    """One's own agency's report. Raises NotFound."""
    rows = access.visible(Assignment.objects.filter(to_position__isnull=True, agency=actor.agency), actor)
    found = rows.filter(id=assignment).select_related("node__plan", "agency").first()
    when = forms.period_of(found, period) if found else None
    if found is None or when is None:
        raise NotFound()
    return found, when


def _chosen(side: Side, choice: Choice) -> Mapping[str, str]:
    """What is taken over. Raises AnswerChanged where a department has answered anew since it was looked at."""
    name = side.asked.question.field
    if choice.source == SUM:
        if side.total is None:
            raise NotFound()
        if choice.version != side.version:
            raise AnswerChanged(fields=name)
        return side.total
    found = next((answer.figure for answer in side.answers if str(answer.figure.pk) == choice.source), None)
    if found is None:
        raise NotFound()
    if choice.version != found.version:
        raise AnswerChanged(fields=name)
    return {str(part): str(text) for part, text in found.parts.items()}


def _without(parts: Mapping[str, str]) -> bool:
    """Whether it says why there is no value: that alone is an answer, if one to be refused for its missing reason."""
    return parts.get("answer", "value") != "value"


def _must_be_readable(
    questions: Sequence[Question], given: Mapping[str, Mapping[str, str]], remarks: Mapping[str, str]
) -> None:
    entries = read_entries(questions, given)
    if any(entry.answer != "value" and not entry.reason.strip() for entry in entries):
        raise ReasonMissing()
    wrong = {f"{name}.remark": "too_long" for name, text in remarks.items() if len(text) > TEXT_LIMIT}
    wrong |= {f"{name}.remark": "control_character" for name, text in remarks.items() if "\x00" in text}
    if wrong:
        raise FigureInvalid(fields=", ".join(wrong), problems=wrong)
