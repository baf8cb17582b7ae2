"""Alerts: which there are, one with what can be done about it, who is told, and what has been told."""

from reporting.admin.alerts.holds import holds
from reporting.admin.alerts.ladder import ladder
from reporting.admin.alerts.listing import alerts
from reporting.admin.alerts.one import alert, chart
from reporting.admin.alerts.settings import settings
from reporting.admin.alerts.told import told

__all__ = ["alert", "alerts", "chart", "holds", "ladder", "settings", "told"]
