"""The row of an alert as the rules take it."""

from collections.abc import Mapping
from typing import Any

from reporting.domain.alerts.life import Life, State
from reporting.models import Alert

FIELDS = ("state", "severity", "seq", "clock_from", "told_level", "due_on", "reopened", "period", "well_in")


def life_of(row: Alert) -> Life:
    return Life(**{name: getattr(row, name) for name in FIELDS} | {"state": State(row.state)})


def about(row: Alert) -> Mapping[str, Any]:
    """What every event of an alert says of it: a number alone means nothing outside this database."""
    return {
        "alert": row.pk,
        "indicator": row.indicator_id,
        "agency": row.agency_id,
        "domain": row.domain_id,
        "responsible": row.responsible_id,
    }
