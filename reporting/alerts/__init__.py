"""Standings that worsen become alert rows and mails; the mails are sent from their rows."""

from reporting.alerts.follow import NAME, read_page
from reporting.alerts.outbox import send_due

__all__ = ["NAME", "read_page", "send_due"]
