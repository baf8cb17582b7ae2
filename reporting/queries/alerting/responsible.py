"""責任府省: who is told that an indicator lags, and what a correction moved. Never a contributor in their place."""

from collections.abc import Iterable

from agencies.models import Unit
from indicators.models import IndicatorDefinition


def responsible_for(indicators: Iterable[str]) -> dict[str, str | None]:
    """The ministry responsible for each indicator. One query."""
    rows = IndicatorDefinition.objects.filter(indicator__in=list(indicators), to_position__isnull=True)
    return dict(rows.values_list("indicator_id", "responsible_id"))


def units_of(agencies: Iterable[str]) -> dict[str, list[Unit]]:
    """Of each agency the units that have been named for it; where none has, all: better too many than nobody. Of those
    with an address. One query."""
    found: dict[str, list[Unit]] = {agency: [] for agency in agencies}
    for unit in Unit.objects.filter(agency__in=found).exclude(email="").order_by("pk"):
        found[unit.agency_id].append(unit)
    return {agency: [unit for unit in units if unit.told_of_lag] or units for agency, units in found.items()}
