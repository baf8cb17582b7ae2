"""A report's row, its states and its figures, folded in the transaction of the append: people see their own act at
once."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from indicators.periods import Period
from reporting.domain import report as rules
from reporting.event_store import NewEvent, Recorded
from reporting.models import CurrentEvent, Figure, Report, ReportState
from reporting.models.reports import STANDPOINT
from reporting.projections.plan import succeed
from reporting.queries.forms import state_of

# Of reports that are submitted together: what was pending ends, and the state in force, each at its position.
CLOSE_MANY = """
WITH submitted AS (SELECT * FROM unnest(%(reports)s::text[], %(positions)s::bigint[]) AS s (report, position)),
figures AS (
    UPDATE reporting_figure f SET to_position = s.position FROM submitted s
    WHERE f.report_id = s.report AND f.to_position IS NULL AND NOT f.approved
)
UPDATE reporting_reportstate r SET to_position = s.position FROM submitted s
WHERE r.report_id = s.report AND r.to_position IS NULL
"""
# Their figures, from the events just appended.
OPEN_MANY = """
INSERT INTO reporting_figure (report_id, agency_id, indicator_id, period, year_period, domain_id, component, answer,
    value, numerator, denominator, counted_elsewhere, raw, approved, from_position)
SELECT (e.data ->> 'assignment') || '@' || (e.data ->> 'period'), e.data ->> 'agency', f.indicator, e.data ->> 'period',
    s.year, f.domain, f.component, f.answer, f.value, f.numerator, f.denominator, coalesce(f.counted_elsewhere, 0),
    coalesce(f.raw, '{}'), false, e.position
FROM event_current e
JOIN unnest(%(positions)s::bigint[], %(years)s::text[]) AS s (position, year) ON s.position = e.position
CROSS JOIN LATERAL jsonb_to_recordset(e.data -> 'figures') AS f (indicator text, domain text, component text,
    answer text, value numeric, numerator numeric, denominator numeric, counted_elsewhere numeric, raw jsonb)
WHERE e.position BETWEEN %(first)s AND %(last)s
"""

# Of first approvals: what was pending ends and stands again as approved, each at its position.
APPROVE_MANY = """
WITH approved AS (SELECT * FROM unnest(%(reports)s::text[], %(positions)s::bigint[]) AS a (report, position)),
pending AS (
    UPDATE reporting_figure f SET to_position = a.position FROM approved a
    WHERE f.report_id = a.report AND f.to_position IS NULL AND NOT f.approved
    RETURNING f.*
),
states AS (
    UPDATE reporting_reportstate s SET to_position = a.position FROM approved a
    WHERE s.report_id = a.report AND s.to_position IS NULL
)
INSERT INTO reporting_figure (report_id, agency_id, indicator_id, period, year_period, domain_id, component, answer,
    value, numerator, denominator, counted_elsewhere, raw, approved, from_position)
SELECT report_id, agency_id, indicator_id, period, year_period, domain_id, component, answer, value, numerator,
    denominator, counted_elsewhere, raw, true, to_position
FROM pending
"""


def apply(event: NewEvent, recorded: Recorded, report: Report) -> None:
    """Fold one event into its report, which the caller has locked."""
    state = rules.evolve(state_of(report), event.type, event.data, event.meta)
    report.status, report.version, report.position = state.status, recorded.version, recorded.position
    match event.type:
        case "ReportSubmitted" | "CorrectionSubmitted":
            _submitted(report, event, recorded)
            _close(report, recorded.position, approved=False)
            _open(report, event.data["figures"], recorded.position)
        case "ReportWithdrawn":
            _close(report, recorded.position, approved=False)
        case "CorrectionWithdrawn":
            report.decided_at, report.decided_name = report.approved_at, report.approved_name
            in_force = CurrentEvent.objects.get(event_id=report.approved_event or "")
            _shows(report, in_force, report.approved_version)
            _close(report, recorded.position, approved=False)
        case "ReportReturned" | "CorrectionReturned" | "CorrectionAsked":
            report.decided_at, report.decided_name = event.occurred_at, event.meta["actor"]
            _close(report, recorded.position, approved=False)
        case "ReportApproved" | "CorrectionApproved":
            _approved(report, event)
            _approve(report, recorded.position)
        case "ReportReopened":
            report.decided_at, report.decided_name = None, ""
            report.approved_version, report.approved_event = 0, None
            report.approved_at, report.approved_name = None, ""
            _reopen(report, recorded.position)
    report.save()
    there = {name: getattr(report, name) for name in STANDPOINT}
    succeed(ReportState, {"report_id": report.id, "agency_id": report.agency_id}, there, recorded.position)


def _approved(report: Report, event: NewEvent) -> None:
    report.decided_at, report.decided_name = event.occurred_at, event.meta["actor"]
    report.approved_version, report.approved_event = report.submitted_version, report.submitted_event
    report.approved_at, report.approved_name = report.decided_at, report.decided_name
    report.corrected = event.type == "CorrectionApproved"


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


def _reopen(report: Report, position: int) -> None:
    """The approved figures end and wait again, from the same position."""
    approved = list(Figure.objects.filter(report=report, to_position__isnull=True, approved=True))
    _close(report, position, approved=True)
    for figure in approved:
        figure.pk, figure.approved, figure.from_position = None, False, position
    Figure.objects.bulk_create(approved)


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


def apply_submissions(events: Sequence[NewEvent], recorded: Sequence[Recorded], reports: Sequence[Report]) -> None:
    """Fold many submissions, each into its report, which the caller has locked: the same rows as one by one."""
    for event, mine, report in zip(events, recorded, reports, strict=True):
        _submitted(report, event, mine)
    _save(reports)
    with connection.cursor() as cursor:
        positions = [report.position for report in reports]
        years = [Period.parse(report.period).year.code for report in reports]
        cursor.execute(CLOSE_MANY, {"reports": [report.id for report in reports], "positions": positions})
        cursor.execute(
            OPEN_MANY, {"first": min(positions), "last": max(positions), "positions": positions, "years": years}
        )
    _open_states(reports)


def apply_approvals(events: Sequence[NewEvent], recorded: Sequence[Recorded], reports: Sequence[Report]) -> None:
    """Fold many first approvals, each into its report, which the caller has locked: the same rows as one by one."""
    for event, mine, report in zip(events, recorded, reports, strict=True):
        report.status = rules.evolve(state_of(report), event.type, event.data, event.meta).status
        report.version, report.position = mine.version, mine.position
        _approved(report, event)
    _save(reports)
    with connection.cursor() as cursor:
        ids, positions = [report.id for report in reports], [report.position for report in reports]
        cursor.execute(APPROVE_MANY, {"reports": ids, "positions": positions})
    _open_states(reports)


def _save(reports: Sequence[Report]) -> None:
    Report.objects.bulk_create(
        reports,
        batch_size=2_000,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*STANDPOINT, "position"],
    )


def _open_states(reports: Sequence[Report]) -> None:
    ReportState.objects.bulk_create(
        (
            ReportState(
                report_id=r.id,
                agency_id=r.agency_id,
                from_position=r.position,
                **{name: getattr(r, name) for name in STANDPOINT},
            )
            for r in reports
        ),
        batch_size=2_000,
    )


def _submitted(report: Report, event: NewEvent, recorded: Recorded) -> None:
    report.status = rules.evolve(state_of(report), event.type, event.data, event.meta).status
    report.version, report.position = recorded.version, recorded.position
    _shows(report, event, recorded.version)
    report.decided_at, report.decided_name = None, ""


def _shows(report: Report, submission: NewEvent | CurrentEvent, version: int) -> None:
    report.submitted_version = version
    report.submitted_event = submission.event_id
    report.submitted_at = submission.occurred_at
    report.submitted_by_id = submission.meta["person"]
    report.submitted_unit_id = submission.meta["unit"]
    report.submitted_name = submission.meta["actor"]
    report.late = submission.data["late"]
