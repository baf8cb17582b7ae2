"""Reports that may be approved together, and what that would do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators.models import PlanNode
from reporting.domain.sign_off import prepared_own
from reporting.domain.together import MOST, WHY, Candidate, problem_of
from reporting.models import CurrentEvent, Report, ReportState
from reporting.queries import forms
from reporting.queries.effects import Effect, effects_of
from reporting.queries.reviewers import named_for


@dataclass(frozen=True)
class Chosen:
    """One of the reports, with the reason, if there is one, why it needs a look of its own."""

    report: Report
    node: PlanNode
    problem: str | None

    @property
    def why(self) -> str:
        return WHY.get(self.problem or "", "")


@dataclass(frozen=True)
class Together:
    """`ready`: what may be approved together; `left`: what may not; `effects`: of approving all that is ready."""

    period: str
    ready: tuple[Chosen, ...]
    left: tuple[Chosen, ...]
    effects: tuple[Effect, ...]


def candidates(rows: Sequence[Report], actor: Actor) -> list[Candidate]:
    """As the rule sees them. Four queries."""
    who, named = forms.who(actor), named_for(actor, rows)
    events = CurrentEvent.objects.filter(event_id__in=[row.submitted_event for row in rows if row.submitted_event])
    said = dict(events.values_list("event_id", "data"))
    nothing: dict[str, object] = {}
    found = []
    for row in rows:
        data = said.get(row.submitted_event, nothing) if row.submitted_event else nothing
        found.append(
            Candidate(
                report=row.id,
                period=row.period,
                state=forms.state_of(row),
                warnings=len(data.get("warnings", ())),  # type: ignore[arg-type]
                prepared_own=prepared_own(data, who),
                named=named[row.id],
            )
        )
    return found


def together(*, actor: Actor, reports: Sequence[str], now: datetime) -> Together:
    """What would be approved of these reports, by one decision, and what that does. A constant number of queries."""
    states = access.visible(ReportState.objects.filter(in_force(), report__in=list(reports)[:MOST]), actor)
    states = states.select_related("report__assignment__node", "report__agency").order_by("submitted_at", "report")
    rows = [state.as_report() for state in states]
    who = forms.who(actor)
    period = rows[0].period if rows else ""
    found = [
        Chosen(row, row.assignment.node, problem_of(one, period=period, seen_version=row.version, who=who))
        for row, one in zip(rows, candidates(rows, actor), strict=True)
    ]
    ready = tuple(one for one in found if one.problem is None)
    effects = effects_of(actor=actor, reports=[one.report.id for one in ready], now=now)
    return Together(period, ready, tuple(one for one in found if one.problem), tuple(effects))
