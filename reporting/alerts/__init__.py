"""Standings that worsen, findings of the self-check, work that stands still, inquiries and what happens to reports
become mails, which are sent from their rows."""

from reporting.alerts.follow import NAME, read_page
from reporting.alerts.inquiries import queue_inquiry_mails
from reporting.alerts.notice_mails import queue_notice_mails
from reporting.alerts.outbox import send_due
from reporting.alerts.self_check import self_check
from reporting.alerts.stuck_work import tell_of_stuck_work

__all__ = [
    "NAME",
    "queue_inquiry_mails",
    "queue_notice_mails",
    "read_page",
    "self_check",
    "send_due",
    "tell_of_stuck_work",
]
