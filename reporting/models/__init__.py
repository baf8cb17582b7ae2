from reporting.models.alerts import Alert, OutboxMail
from reporting.models.answers import AnsweredRequest
from reporting.models.drafts import Draft, DraftField
from reporting.models.findings import Finding
from reporting.models.heads import HeadWitness, LogKey, TreeHead
from reporting.models.log import CurrentEvent, Event, EventText, Follower, LogHead
from reporting.models.redactions import Redaction
from reporting.models.reports import Answer, Figure, Report, ReportState, Status
from reporting.models.rollups import Rollup, TouchedCell
from reporting.models.standings import Standing, StandingClass
from reporting.models.threads import ThreadMessage
from reporting.models.uploads import Upload, UploadLine

__all__ = [
    "Alert",
    "Answer",
    "AnsweredRequest",
    "CurrentEvent",
    "Draft",
    "DraftField",
    "Event",
    "EventText",
    "Figure",
    "Finding",
    "Follower",
    "HeadWitness",
    "LogHead",
    "LogKey",
    "OutboxMail",
    "Redaction",
    "Report",
    "ReportState",
    "Rollup",
    "Standing",
    "StandingClass",
    "Status",
    "ThreadMessage",
    "TouchedCell",
    "TreeHead",
    "Upload",
    "UploadLine",
]
