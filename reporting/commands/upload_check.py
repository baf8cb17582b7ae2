"""The dry run of a file: every error and every change, each with its cell."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as fresh
from datetime import datetime
from typing import Any

from agencies import access
from agencies.access import Actor
from indicators.periods import Period, PeriodError
from indicators.quantities import format_quantity
from reporting.commands.bulk import Ground, Weighed, survey, weigh
from reporting.domain.entries import Question
from reporting.domain.report import Entry, field_of
from reporting.queries.templates import asked_of, stamp_of
from reporting.sheets.columns import ANSWERS, PARTS_OF_NARRATIVE, TEMPLATE_VERSION, unit_label
from reporting.sheets.process import Reading
from reporting.sheets.table import Said

SHOWN_ANSWER = {answer: word for word, answer in ANSWERS.items()}
PAGE = 5_000
LONG = 200  # of a text that is shown as a change


@dataclass(frozen=True, slots=True)
class Line:
    """A row of UploadLine to be."""

    kind: str
    sheet: str = ""
    cell: str = ""
    report: str = ""
    field: str = ""
    part: str = ""
    old: str = ""
    new: str = ""
    code: str = ""
    params: Mapping[str, Any] = fresh(default_factory=dict)


@dataclass
class Findings:
    """What a check has found. `said`: what is to be submitted, by report, when there are no problems."""

    refusal: dict[str, Any] | None = None
    said: dict[str, dict[str, Any]] = fresh(default_factory=dict)
    lines: list[Line] = fresh(default_factory=list)
    unchanged: int = 0

    @property
    def problems(self) -> int:
        return sum(line.kind == "problem" for line in self.lines)

    @property
    def changes(self) -> int:
        return sum(line.kind == "change" for line in self.lines)

    def problem(
        self, sheet: str, cell: str, code: str, report: str = "", field: str = "", part: str = "", **params: Any
    ) -> None:
        self.lines.append(Line("problem", sheet, cell, report, field, part, code=code, params=params))

    def note(
        self, code: str, report: str = "", field: str = "", *, sheet: str = "", cell: str = "", **params: Any
    ) -> None:
        self.lines.append(Line("note", sheet, cell, report, field, code=code, params=params))

    def pages(self) -> Iterator[dict[str, list[Any]]]:
        """The lines by column, some thousand at a time, as they go to the database, which holds no NUL. Each is
        numbered within its kind."""
        told: dict[str, int] = {}
        for start in range(0, len(self.lines), PAGE):
            page = self.lines[start : start + PAGE]
            columns: dict[str, list[Any]] = {
                f"{name}s": [getattr(line, name).replace("\x00", "\ufffd") for line in page]
                for name in ("kind", "sheet", "cell", "report", "field", "part", "old", "new", "code")
            }
            columns["params"] = [json.dumps(line.params).replace("\\u0000", "") for line in page]
            columns["numbers"] = []
            for line in page:
                told[line.kind] = told.get(line.kind, 0) + 1
                columns["numbers"].append(told[line.kind])
            yield columns


def look_through(
    actor: Actor, reading: Reading, now: datetime, progress: Callable[[float], None] = lambda share: None
) -> Findings:
    """Weigh all that a file says against what is asked and what is stored. Reads in a transaction of its own."""
    findings = Findings()
    collected = reading.collected
    with access.reading(actor):
        _stamp(actor, reading, findings)
        ground = survey(actor, collected.reports)
    for fault in collected.faults:
        findings.problem(fault.sheet, fault.cell, fault.code, fault.about, **fault.params)
    for header in collected.headers.values():
        for name in header.notes[:20]:
            findings.note("unknown_column", sheet=header.sheet, name=name)
    for number, (report, said) in enumerate(collected.reports.items()):
        _report(reading, ground, report, said, now, findings)
        if number % 20 == 0:
            progress(number / len(collected.reports))
    if not collected.reports and not findings.problems:
        findings.refusal = {"code": "nothing_inside", "params": {}}
    return findings


def _stamp(actor: Actor, reading: Reading, findings: Findings) -> None:
    """Tell the holder of an old template what has changed since. In the reading transaction."""
    stamp = reading.stamp
    if not stamp:
        return
    if stamp.get("version") != TEMPLATE_VERSION:
        findings.note("other_version", version=stamp.get("version", "")[:20])
    try:
        period = Period.parse(stamp.get("period", ""))
    except PeriodError:
        return
    assignments, asked = asked_of(actor, period)
    if not assignments or stamp.get("content") == stamp_of(asked):
        return
    findings.note("template_changed")
    for assignment, questions in asked.items():
        report = f"{assignment}@{period.code}"
        said = reading.collected.reports.get(report)
        if said is None:
            findings.note("report_added", report)
            continue
        for question in questions:
            if (question.field, "") not in said.places:
                findings.note("figure_added", report, question.field)


def _report(reading: Reading, ground: Ground, report: str, said: Said, now: datetime, findings: Findings) -> None:
    place = reading.collected.place
    asked = {question.field: question for question in ground.questions.get(report, [])}
    if report in ground.assignments:
        _keys(reading, ground, report, said, asked, findings)
    if not any(said.answers.values()) and not any(text.strip() for text in said.narrative.values()):
        if report not in ground.assignments:
            findings.problem(*next(iter(_cells(reading, said))), "unknown_key", report)
        return  # left blank: nothing is said of it
    weighed = weigh(ground, report, said.answers, said.narrative, now)
    for name in weighed.gone:
        sheet, cell = place(report, name, "value")
        findings.note("no_longer_asked", report, name, sheet=sheet, cell=cell)
    for (name, part), (code, params) in weighed.problems.items():
        if report not in ground.assignments:
            for sheet, cell in _cells(reading, said):
                findings.problem(sheet, cell, code, report)
            continue
        if code == "unknown_key":
            continue  # said with its row, in _keys
        findings.problem(*place(report, name, part or "key"), code, report, name, part, **params)
    for name, unit in said.units.items():
        own = asked[name].unit.name if name in asked and name in said.answers else unit
        if unit not in (own, unit_label(own)):  # the name itself stands in older templates
            sheet, cell = place(report, name, "unit")
            findings.problem(sheet, cell, "unit_changed", report, name, old=unit[:40], new=unit_label(own))
    if weighed.problems:
        return
    if weighed.fact is None:
        findings.unchanged += 1
        return
    row = ground.rows.get(report)
    answers = {name: parts for name, parts in said.answers.items() if name in asked}
    narrative = {name: text for name, text in said.narrative.items() if text.strip()}
    findings.said[report] = {"version": row.version if row else 0, "answers": answers, "narrative": narrative}
    if report in ground.drafts:
        findings.note("draft_discarded", report)
    _changes(reading, ground, weighed, asked, findings)


def _keys(
    reading: Reading, ground: Ground, report: str, said: Said, asked: Mapping[str, Question], findings: Findings
) -> None:
    """Rows of this report that are about nothing it is asked."""
    assignment = ground.assignments[report].id
    for (name, part), (sheet, number) in said.places.items():
        question = asked.get(name)
        known = (
            part in PARTS_OF_NARRATIVE
            if name == "narrative"
            else question is not None and (not part or part in question.domains)
        )
        if known or (question is None and (assignment, name.partition("/")[0]) in ground.once_asked):
            continue
        findings.problem(sheet, reading.collected.cell(sheet, number, "key"), "unknown_key", report, name)


def _cells(reading: Reading, said: Said) -> list[tuple[str, str]]:
    """The key cells of all rows of a report."""
    return [(sheet, reading.collected.cell(sheet, number, "key")) for sheet, number in said.places.values()]


def _changes(
    reading: Reading, ground: Ground, weighed: Weighed, asked: Mapping[str, Question], findings: Findings
) -> None:
    """What is different from what was said last, figure by figure and text by text."""
    assert weighed.submission is not None
    entries, texts = ground.before.get(weighed.report, ([], {}))
    old, new = _shown(entries, asked), _shown(weighed.submission.entries, asked)
    for name, domain in dict.fromkeys([*old, *new]):
        before, after = old.get((name, domain), ""), new.get((name, domain), "")
        if before != after:
            part = f"domain.{domain}" if domain else "numerator" if asked[name].is_ratio else "value"
            where = reading.collected.place(weighed.report, name, part)
            findings.lines.append(Line("change", *where, weighed.report, name, domain, before, after))
    for section in PARTS_OF_NARRATIVE:
        before = texts.get(f"narrative.{section}", "")
        after = weighed.submission.words.get(f"narrative.{section}", "")
        if before != after:
            where = reading.collected.place(weighed.report, "narrative", section)
            findings.lines.append(
                Line("change", *where, weighed.report, "narrative", section, before[:LONG], after[:LONG])
            )


def _shown(entries: list[Entry], asked: Mapping[str, Question]) -> dict[tuple[str, str], str]:
    shown = {}
    for entry in entries:
        question = asked.get(field_of(entry)) or asked.get(entry.indicator)
        if question is None or (entry.component or None) != question.component:
            continue  # a total that was computed, or what is asked no more
        if entry.value is None:
            text = f"{SHOWN_ANSWER[entry.answer]}（{entry.reason[:LONG]}）"
        elif question.is_ratio and entry.numerator is not None and entry.denominator is not None:
            text = f"{entry.numerator:,f} / {entry.denominator:,f}"
        else:
            text = format_quantity(entry.value, question.unit)
            if entry.counted_elsewhere:
                text += f"（他機関計上分 {format_quantity(entry.counted_elsewhere, question.unit)}）"
        shown[question.field, entry.domain or ""] = text
    return shown
