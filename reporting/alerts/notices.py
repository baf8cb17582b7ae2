"""What happened to reports becomes notices: to the unit and all who worked on one, and to its reviewers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agencies.models import Membership, Role
from reporting.domain.events import SUBMISSIONS, report_stream
from reporting.domain.notices import FIGURES_MOVED, TOLD, Concerned, changed, is_news, people_told, units_told
from reporting.models import Charge, CurrentEvent, Draft, Event, Figure, Notice, Report, ReviewBegun, ReviewDuty
from reporting.queries.alerting.responsible import responsible_for, units_of

OF_AN_AGENCY = (Role.REPORTER, Role.RESPONSIBLE)
NUMBERS = ("indicator", "domain", "component", "answer", "value", "numerator", "denominator", "counted_elsewhere")
Ids = dict[str, set[int]]  # people by report


def tell(page: Sequence[CurrentEvent], now: datetime) -> None:
    """The notices of a page of events; read twice, each is there once. A constant number of queries."""
    news = [event for event in page if event.type in TOLD and is_news(event.occurred_at, now)]
    if not news:
        return
    reports = {row.id: row for row in Report.objects.filter(id__in={_report(event) for event in news})}
    concerned = _concerned(reports)
    told = []
    for event in news:
        row, who = reports[_report(event)], concerned[_report(event)]
        reviewing = who.turn | who.begun
        for person in sorted(people_told(event.type, who, by=event.meta.get("person"))):
            told.append(_notice(event, row, person_id=person, detail={"review": person in reviewing}))
        for unit in sorted(units_told(event.type, who)):
            told.append(_notice(event, row, unit_id=unit, detail={"review": unit != who.unit}))
    told += _moved([event for event in news if event.type == "CorrectionApproved"], reports)
    Notice.objects.bulk_create(told, ignore_conflicts=True, batch_size=2_000)


def _report(event: CurrentEvent) -> str:
    return f"{event.data['assignment']}@{event.data['period']}"


def _notice(event: CurrentEvent, row: Report, **to: Any) -> Notice:
    return Notice(
        kind=event.type,
        position=event.position,
        report=row,
        agency_id=row.agency_id,
        by=str(event.meta.get("actor", "")),
        at=event.occurred_at,
        **to,
    )


def _concerned(reports: Mapping[str, Report]) -> dict[str, Concerned]:
    worked, turn, begun = _worked_on(reports), Ids(), Ids()
    for report, person in ReviewDuty.objects.filter(report__in=reports).values_list("report", "person"):
        turn.setdefault(report, set()).add(person)
    for report, person in ReviewBegun.objects.filter(report__in=reports).values_list("report", "begun_by"):
        begun.setdefault(report, set()).add(person)
    reviewing = Membership.objects.filter(role=Role.REVIEWER, ended_on=None)
    able = set(reviewing.values_list("person", flat=True))
    units = frozenset(reviewing.values_list("unit", flat=True))
    return {
        id_: Concerned(
            worked_on=frozenset(worked.get(id_, ())),
            unit=row.submitted_unit_id,
            turn=frozenset(turn.get(id_, set()) & able),
            begun=frozenset(begun.get(id_, set()) & able),
            review_units=units,
        )
        for id_, row in reports.items()
    }


def _worked_on(reports: Mapping[str, Report]) -> Ids:
    """Who typed, prepared, released or submitted something of it, or is in charge of it, and still works there."""
    found: Ids = {id_: set() for id_ in reports}
    of: dict[str, list[str]] = {}
    for row in reports.values():
        of.setdefault(row.assignment_id, []).append(row.id)
    charges = Charge.objects.filter(assignment__in=of, until_at=None)
    for assignment, person in charges.values_list("assignment", "person"):
        for report in of[assignment]:
            found[report].add(person)
    for report, hands in Draft.objects.filter(id__in=reports).values_list("id", "hands"):
        found[report] |= set(hands)
    streams = {report_stream(row.assignment_id, row.period): row.id for row in reports.values()}
    said = Event.objects.filter(stream__in=list(streams), type__in=SUBMISSIONS)
    for stream, data, meta in said.values_list("stream", "data__sign_off", "meta__person"):
        found[streams[stream]] |= {meta, (data or {}).get("prepared", {}).get("person")} - {None}
    there = set(
        Membership.objects.filter(
            person__in=set().union(*found.values()), role__in=OF_AN_AGENCY, ended_on=None
        ).values_list("person", "agency")
    )
    return {id_: {p for p in people if (p, reports[id_].agency_id) in there} for id_, people in found.items()}


def _moved(corrections: Sequence[CurrentEvent], reports: Mapping[str, Report]) -> list[Notice]:
    """To the ministries and units responsible for the indicators whose figures a correction changed."""
    if not corrections:
        return []
    at = [event.position for event in corrections]
    of: dict[int, set[str]] = {}
    closed = Figure.objects.filter(approved=True, to_position__in=at).values_list("to_position", *NUMBERS)
    opened = Figure.objects.filter(approved=True, from_position__in=at).values_list("from_position", *NUMBERS)
    for position in at:
        of[position] = changed(*([row[1:] for row in rows if row[0] == position] for rows in (closed, opened)))
    responsible = responsible_for(set().union(*of.values()))
    agencies = set(filter(None, responsible.values()))
    people = list(
        Membership.objects.filter(agency__in=agencies, role=Role.MINISTRY, ended_on=None)
        .values_list("agency", "person")
        .distinct()
    )
    units = units_of(agencies)
    told = []
    for event in corrections:
        for agency in sorted(agencies & {responsible[code] for code in of[event.position]}):
            codes = sorted(code for code in of[event.position] if responsible[code] == agency)
            detail = {"indicators": codes, "period": event.data["period"]}
            row = reports[_report(event)]
            for to in [{"person_id": p} for a, p in people if a == agency] + [{"unit_id": u.pk} for u in units[agency]]:
                notice = _notice(event, row, **to)
                # A ministry that does not see the agency's reports is told too: whose it was stays unsaid.
                notice.kind, notice.report, notice.agency_id = FIGURES_MOVED, None, agency
                notice.detail, notice.by = detail, ""
                told.append(notice)
    return told
