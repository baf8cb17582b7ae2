"""The figures behind a number, and of each the events that put it in force: who, when, at which position."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators.aggregation import Answer, Kind
from indicators.periods import Period
from reporting.models import Event, Figure, ReportState
from reporting.queries.lineage.which import Which


@dataclass(frozen=True)
class Step:
    """One event in the life of a report: its place in the log, and its version, by which there is a receipt."""

    by: str
    at: datetime | None
    version: int
    position: int | None  # None where the log does not hold it


@dataclass(frozen=True)
class Story:
    submitted: Step
    approved: Step | None  # None: waits


def figures_behind(
    *, actor: Actor, which: Which, kind: Kind, members: set[str] | None, as_of: int | None = None
) -> dict[str, list[Figure]]:
    """By agency, those in force in the years of a number, that the actor may see; of a stock also those of the year
    before, which may stand in. One query."""
    years = {period.year.code for period in which.periods}
    if kind.carries:
        years |= {period.year.previous().code for period in which.periods}
    rows = Figure.objects.filter(
        in_force(as_of), indicator=which.indicator, year_period__in=years, domain=which.domain,
        component=which.component,
    )  # fmt: skip
    if members is not None:
        rows = rows.filter(agency__in=members)
    found: dict[str, list[Figure]] = defaultdict(list)
    for figure in access.visible(rows.select_related("agency").defer("raw"), actor).order_by("agency", "period"):
        found[figure.agency_id].append(figure)
    return found


def as_answer(figure: Figure) -> Answer:
    return Answer(
        Period.parse(figure.period), figure.answer, figure.value, figure.numerator, figure.denominator,
        figure.counted_elsewhere, figure.approved,
    )  # fmt: skip


def stories(*, actor: Actor, figures: Iterable[Figure]) -> dict[int, Story]:
    """By figure, what put it in force. Two queries: positions of the past do not change, so none is asked as of."""
    wanted = {(figure.report_id, figure.from_position): figure for figure in figures}
    states = ReportState.objects.filter(
        report__in={report for report, _ in wanted}, from_position__in={position for _, position in wanted}
    )
    opened = {(state.report_id, state.from_position): state for state in access.visible(states, actor)}
    submissions = {state.submitted_event for state in opened.values() if state.submitted_event}
    events = access.visible(Event.objects.filter(event_id__in=submissions), actor)
    positions: dict[UUID | None, int] = dict(events.values_list("event_id", "position"))
    return {
        figure.pk: _story(opened[key], approved=figure.approved, positions=positions)
        for key, figure in wanted.items()
        if key in opened
    }


def _story(state: ReportState, *, approved: bool, positions: dict[Any, int]) -> Story:
    submitted = Step(
        state.submitted_name, state.submitted_at, state.submitted_version, positions.get(state.submitted_event)
    )
    if not approved:
        return Story(submitted, None)
    return Story(submitted, Step(state.approved_name, state.approved_at, state.version, state.from_position))
