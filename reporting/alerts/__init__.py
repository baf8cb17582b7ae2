"""Standings that worsen, and findings of the self-check, become rows and mails; mails are sent from their rows."""

from reporting.alerts.follow import NAME, read_page
from reporting.alerts.outbox import send_due
from reporting.alerts.self_check import self_check

__all__ = ["NAME", "read_page", "self_check", "send_due"]
