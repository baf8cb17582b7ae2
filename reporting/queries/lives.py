"""The row of an alert as the rules take it."""

from reporting.domain.alerts.life import Life, State
from reporting.models import Alert

FIELDS = ("state", "severity", "seq", "clock_from", "told_level", "due_on", "reopened", "period", "well_in")


def life_of(row: Alert) -> Life:
    return Life(**{name: getattr(row, name) for name in FIELDS} | {"state": State(row.state)})
