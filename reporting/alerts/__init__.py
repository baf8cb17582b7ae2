"""Standings that worsen, answers to alerts and days that pass, findings of the self-check, work that stands still,
inquiries, what happens to reports and what is to happen to them become mails, which are sent from their rows; what
servers report of these is taken in."""

from reporting.alerts.days import look_at_days
from reporting.alerts.follow import NAME, read_page
from reporting.alerts.inquiries import queue_inquiry_mails
from reporting.alerts.notice_mails import queue_notice_mails
from reporting.alerts.outbox import send_due
from reporting.alerts.outbox.come_back import Report
from reporting.alerts.outbox.come_back import take as take_reports
from reporting.alerts.reminder_mails import queue_reminder_mails
from reporting.alerts.reminders import remind
from reporting.alerts.rounds import send_round
from reporting.alerts.self_check import self_check
from reporting.alerts.stuck_work import tell_of_stuck_work

__all__ = [
    "NAME",
    "Report",
    "look_at_days",
    "queue_inquiry_mails",
    "queue_notice_mails",
    "queue_reminder_mails",
    "read_page",
    "remind",
    "self_check",
    "send_due",
    "send_round",
    "take_reports",
    "tell_of_stuck_work",
]
