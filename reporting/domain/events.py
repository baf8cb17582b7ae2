"""Every event there is: its name, its newest schema version, which stream it lives in.

An event is a fact in the past tense. To add one: a line in EVENTS, its stream below, its branch in
reporting/migrations/sql/event_current.sql with a golden file, its fold in reporting/projections; the README lists all
the files to touch. All versions from 1 to the one in EVENTS have been written and are in logs for ever.
"""

from uuid import UUID

EVENTS: dict[str, int] = {
    # the plan, and whatever in it changes a number
    "PlanAdopted": 1,
    "PlanNodeAdopted": 1,
    "DomainAdopted": 1,
    "ProgrammeAdopted": 1,
    "AgencyRegistered": 1,
    "GroupJoined": 1,
    "IndicatorDefined": 3,
    "AgencyAssigned": 1,
    "GroupAssigned": 1,
    "TargetProposed": 1,
    "TargetProposalDeclined": 1,
    "TargetSet": 1,
    "TargetRevised": 1,
    "MilestoneScheduled": 1,
    # the life of a report
    "ReportSubmitted": 1,
    "ReportWithdrawn": 1,
    "ReportReturned": 1,
    "ReportApproved": 1,
    "ReportReopened": 1,
    "CorrectionAsked": 1,
    "CorrectionSubmitted": 1,
    "CorrectionWithdrawn": 1,
    "CorrectionReturned": 1,
    "CorrectionApproved": 1,
    # beside it, in a stream of its own, for it decides nothing: the first of two levels of review
    "SubmissionEndorsed": 1,
    # deadlines of one agency, and days on which everybody is closed
    "DeadlineExtended": 1,
    "ExtensionWithdrawn": 1,
    "PeriodReopened": 1,
    "ReopeningWithdrawn": 1,
    "HolidayAdded": 1,
    "HolidayRemoved": 1,
    # a text is erased by two people
    "RedactionProposed": 1,
    "RedactionDeclined": 1,
    "TextRedacted": 1,
    # standings: what the clock finds
    "IndicatorFirstJudged": 2,
    "IndicatorFellBehind": 2,
    "IndicatorRecovered": 2,
    "IndicatorAchieved": 2,
    "IndicatorBecameUnjudgeable": 2,
    "StandingKept": 1,
    "StandingChangeHeld": 1,
    "StandingChangeDropped": 1,
    "StandingRestated": 1,
    # what a person sets beside them for a time
    "StandingOverridden": 1,
    "OverrideExpired": 1,
    "OverrideWithdrawn": 1,
    # what people answer to an alert; and, of the clock, that a day by which something was due is over
    "AlertAcknowledged": 1,
    "AcknowledgementLapsed": 1,
    "ActionPlanSubmitted": 1,
    "ActionPlanReturned": 1,
    "ActionPlanAccepted": 1,
    "ActionOverdue": 1,
    "AlertSilenced": 1,
    "SilenceApproved": 1,
    "SilenceEnded": 1,
    # a cut of the log is published
    "EditionDrafted": 1,
    "EditionPublished": 1,
    "EditionDropped": 1,
}

# What an agency says in a report, the first time or again.
SUBMISSIONS = ("ReportSubmitted", "CorrectionSubmitted")
NATION = "nation"


def report_stream(assignment: str, period: str) -> str:
    return f"report/{assignment}/{period}"


def review_stream(assignment: str, period: str) -> str:
    """Of what reviewers say of a report among themselves."""
    return f"review/{assignment}/{period}"


def report_of(stream: str) -> str | None:
    """The id of the report whose stream this is: "JST.P1.A1@FY2026Q1"; None for a stream of another kind."""
    match stream.split("/"):
        case ["report", assignment, period] if assignment and period:
            return f"{assignment}@{period}"
        case _:
            return None


def target_stream(indicator: str, agency: str | None) -> str:
    return f"target/{indicator}/{agency or NATION}"


def standing_stream(indicator: str, agency: str | None, domain: str | None) -> str:
    return f"standing/{indicator}/{agency or NATION}" + (f"/{domain}" if domain else "")


def plan_stream(plan: str) -> str:
    return f"plan/{plan}"


def agency_stream(agency: str) -> str:
    return f"agency/{agency}"


def indicator_stream(indicator: str) -> str:
    return f"indicator/{indicator}"


def assignment_stream(assignment: str) -> str:
    return f"assignment/{assignment}"


def deadline_stream(agency: str, period: str) -> str:
    return f"deadline/{agency}/{period}"


HOLIDAYS_STREAM = "calendar/holidays"


def redaction_stream(event_id: UUID, field: str) -> str:
    """Of one text: the event beside which it stands, and its field there."""
    return f"redaction/{event_id}/{field}"


def alert_stream(alert: int) -> str:
    return f"alert/{alert}"


def edition_stream(number: int) -> str:
    return f"edition/{number}"
