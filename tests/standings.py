"""Standings in tests: the clock finds a class without the reports behind it; a person sets another."""

from datetime import date, datetime
from uuid import UUID

from agencies import access
from agencies.access import Actor
from reporting import alerts, event_store
from reporting.commands.overrides import override_standing
from reporting.domain.events import standing_stream
from reporting.event_store import NewEvent, Recorded
from reporting.models import Standing, StandingOverride
from reporting.projections import standings as projection
from tests.acts import at, reading

NOW = at("2027-07-05 10:00")
UNTIL = date(2027, 9, 30)
EVIDENCE = {
    "observed": "7000", "observed_at": "2026", "expected": "8666.666667", "baseline": "6500", "target": "13000",
    "target_at": "2030", "attainment": "0.230769", "shortfall": "1666.666667", "coverage": "1",
    "reason": "attainment_below_060", "table": "B1_level", "method": 1, "lower_bound": False,
    "thresholds": [["on_track_from", "0.95"], ["off_track_below", "0.6"]],
}  # fmt: skip


def judged(
    cls: str,
    previous: str | None = None,
    *,
    agency: str | None = None,
    indicator: str = "IND-02",
    when: datetime = NOW,
) -> UUID:
    """The clock finds a class, and alerts follow. Gives the id of the standing."""
    data = {
        "indicator": indicator, "agency": agency, "domain": None, "class": cls, "previous": previous,
        "period": "FY2026", "evidence": EVIDENCE,
    }  # fmt: skip
    type_ = "IndicatorFellBehind" if previous else "IndicatorFirstJudged"
    event = NewEvent(standing_stream(indicator, agency, None), type_, data, {"actor": "clock"}, when)
    with access.following():
        projection.apply([event], event_store.append([event]))
    follow()
    return event.event_id


def follow() -> None:
    """Alerts, up to the head of the log."""
    while True:
        with access.following():
            if not alerts.read_page(now=NOW):
                return


def set_by_hand(
    actor: Actor, standing: UUID, cls: str = "on_track", until: date = UNTIL, *, now: datetime = NOW
) -> Recorded:
    recorded = override_standing(
        actor=actor, standing=standing, cls=cls, until=until, reason="年度途中の制度変更のため", now=now
    )
    follow()
    return recorded


def in_force(agency: str | None = None) -> Standing:
    with reading():
        return Standing.objects.get(indicator="IND-02", agency=agency, domain=None, to_position=None)


def overrides() -> list[StandingOverride]:
    with reading():
        return list(StandingOverride.objects.order_by("from_position"))
