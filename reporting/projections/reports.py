"""A report's row, its states and its figures, folded in the transaction of the append: people see their own act at
once."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from indicators.periods import Period
from reporting.domain import report as rules
from reporting.event_store import NewEvent, Recorded
from reporting.models import Figure, Report, ReportState
from reporting.models.reports import STANDPOINT
from reporting.projections.plan import succeed
from reporting.queries.forms import state_of


def apply(event: NewEvent, recorded: Recorded, report: Report) -> None:
    """Fold one event into its report, which the caller has locked."""
    state = rules.evolve(state_of(report), event.type, event.data, event.meta)
    report.status, report.version, report.position = state.status, recorded.version, recorded.position
    match event.type:
        case "ReportSubmitted":
            report.submitted_version = recorded.version
            report.submitted_event = event.event_id
            report.submitted_at = event.occurred_at
            report.submitted_by_id = event.meta["person"]
            report.submitted_unit_id = event.meta["unit"]
            report.submitted_name = event.meta["actor"]
            report.late = event.data["late"]
            report.decided_at, report.decided_name = None, ""
            _close(report, recorded.position, approved=False)
            _open(report, event.data["figures"], recorded.position)
        case "ReportWithdrawn":
            _close(report, recorded.position, approved=False)
        case "ReportReturned":
            report.decided_at, report.decided_name = event.occurred_at, event.meta["actor"]
            _close(report, recorded.position, approved=False)
        case "ReportApproved":
            report.decided_at, report.decided_name = event.occurred_at, event.meta["actor"]
            _approve(report, recorded.position)
    report.save()
    there = {name: getattr(report, name) for name in STANDPOINT}
    succeed(ReportState, {"report_id": report.id, "agency_id": report.agency_id}, there, recorded.position)


def _close(report: Report, position: int, *, approved: bool) -> None:
    Figure.objects.filter(report=report, to_position__isnull=True, approved=approved).update(to_position=position)


def _approve(report: Report, position: int) -> None:
    """The pending figures end and stand again as approved, from the same position."""
    pending = list(Figure.objects.filter(report=report, to_position__isnull=True, approved=False))
    _close(report, position, approved=False)
    _close(report, position, approved=True)
    for figure in pending:
        figure.pk, figure.approved, figure.from_position = None, True, position
    Figure.objects.bulk_create(pending)


def _open(report: Report, figures: list[Mapping[str, Any]], position: int) -> None:
    year = Period.parse(report.period).year.code
    Figure.objects.bulk_create(
        Figure(
            report=report,
            agency_id=report.agency_id,
            indicator_id=data["indicator"],
            period=report.period,
            year_period=year,
            domain_id=data.get("domain"),
            component=data.get("component"),
            answer=data["answer"],
            value=_number(data, "value"),
            numerator=_number(data, "numerator"),
            denominator=_number(data, "denominator"),
            counted_elsewhere=_number(data, "counted_elsewhere") or Decimal(0),
            raw=data.get("raw", {}),
            approved=False,
            from_position=position,
        )
        for data in figures
    )


def _number(data: Mapping[str, Any], name: str) -> Decimal | None:
    return Decimal(data[name]) if name in data else None
