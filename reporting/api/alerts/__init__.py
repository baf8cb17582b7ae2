"""Alerts by machine: all that the pages of the web admin show and do."""

from reporting.api.alerts.acts import Acknowledge, Approve, Decide, EndSilence, Plans, Silence
from reporting.api.alerts.holds import DecideHold, Freeze, Holds
from reporting.api.alerts.reading import Alerts, OneAlert, Told
from reporting.api.alerts.settings import Choices, OneLadder

__all__ = [
    "Acknowledge",
    "Alerts",
    "Approve",
    "Choices",
    "Decide",
    "DecideHold",
    "EndSilence",
    "Freeze",
    "Holds",
    "OneAlert",
    "OneLadder",
    "Plans",
    "Silence",
    "Told",
]
