from reporting.models.alerts import Alert, OutboxMail
from reporting.models.answers import AnsweredRequest
from reporting.models.attachments import Attachment
from reporting.models.findings import Finding
from reporting.models.heads import HeadWitness, LogKey, TreeHead
from reporting.models.log import CurrentEvent, Event, EventText, Follower, LogHead
from reporting.models.redactions import Redaction
from reporting.models.reports import Answer, Figure, Report, ReportState, Status
from reporting.models.rollups import Rollup, TouchedCell
from reporting.models.sign_off import Preparation, ReviewBegun, SignOffRule
from reporting.models.standings import Standing, StandingClass

__all__ = [
    "Alert",
    "Answer",
    "AnsweredRequest",
    "Attachment",
    "CurrentEvent",
    "Event",
    "EventText",
    "Figure",
    "Finding",
    "Follower",
    "HeadWitness",
    "LogHead",
    "LogKey",
    "OutboxMail",
    "Preparation",
    "Redaction",
    "Report",
    "ReportState",
    "ReviewBegun",
    "Rollup",
    "SignOffRule",
    "Standing",
    "StandingClass",
    "Status",
    "TouchedCell",
    "TreeHead",
]
