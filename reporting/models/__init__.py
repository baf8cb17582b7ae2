from reporting.models.alerts import IS_OPEN, Alert, OutboxMail
from reporting.models.answers import AnsweredRequest
from reporting.models.answers_to_alerts import ActionPlan, AlertChange, Silence
from reporting.models.attachments import Attachment
from reporting.models.charges import Charge, Handover
from reporting.models.cuts import Cut, CutCell
from reporting.models.deadlines import AddedHoliday, DeadlineChange
from reporting.models.delivery import MailAttempt, MailImage, MailSender, SuppressedAddress
from reporting.models.desk_visits import DeskVisit
from reporting.models.drafts import Draft, DraftField
from reporting.models.editions import Edition, EditionChange, EditionFile
from reporting.models.findings import Finding
from reporting.models.heads import HeadWitness, LogKey, TreeHead
from reporting.models.inquiries import AskedFigure, Inquiry
from reporting.models.judging import JudgedIndicator, TouchedIndicator
from reporting.models.log import CurrentEvent, Event, EventText, Follower, LogHead
from reporting.models.mail_settings import Ladder, LadderContact, MailChoice, MailReader
from reporting.models.notices import Notice
from reporting.models.overrides import Opinion, StandingOverride
from reporting.models.papers import PaperFile, PaperJob
from reporting.models.redactions import Redaction
from reporting.models.reminders import Reminder, ReminderRound
from reporting.models.reports import Answer, Figure, Report, ReportState, Status
from reporting.models.reviewers import Post, ReviewDuty, ReviewPost
from reporting.models.rollups import Rollup, TouchedCell
from reporting.models.saved_filters import SavedFilter
from reporting.models.sign_off import Preparation, ReviewBegun, SignOffRule
from reporting.models.standings import Standing, StandingClass
from reporting.models.tellings import MailHold, Telling
from reporting.models.threads import ThreadMessage
from reporting.models.uploads import Upload, UploadLine

__all__ = [
    "IS_OPEN",
    "ActionPlan",
    "AddedHoliday",
    "Alert",
    "AlertChange",
    "Answer",
    "AnsweredRequest",
    "AskedFigure",
    "Attachment",
    "Charge",
    "CurrentEvent",
    "Cut",
    "CutCell",
    "DeadlineChange",
    "DeskVisit",
    "Draft",
    "DraftField",
    "Edition",
    "EditionChange",
    "EditionFile",
    "Event",
    "EventText",
    "Figure",
    "Finding",
    "Follower",
    "Handover",
    "HeadWitness",
    "Inquiry",
    "JudgedIndicator",
    "Ladder",
    "LadderContact",
    "LogHead",
    "LogKey",
    "MailAttempt",
    "MailChoice",
    "MailHold",
    "MailImage",
    "MailReader",
    "MailSender",
    "Notice",
    "Opinion",
    "OutboxMail",
    "PaperFile",
    "PaperJob",
    "Post",
    "Preparation",
    "Redaction",
    "Reminder",
    "ReminderRound",
    "Report",
    "ReportState",
    "ReviewBegun",
    "ReviewDuty",
    "ReviewPost",
    "Rollup",
    "SavedFilter",
    "SignOffRule",
    "Silence",
    "Standing",
    "StandingClass",
    "StandingOverride",
    "Status",
    "SuppressedAddress",
    "Telling",
    "ThreadMessage",
    "TouchedCell",
    "TouchedIndicator",
    "TreeHead",
    "Upload",
    "UploadLine",
]
