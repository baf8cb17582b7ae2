"""Alerts that were open at a position of the log: what the alerts' follower makes of the standings of then."""

from collections.abc import Iterable, Mapping

from agencies.models import Agency
from reporting.domain.standing import is_alarm
from reporting.models import Alert, Standing

RESOLVES = ("on_track", "achieved")


def open_alerts(*, standings: Iterable[Standing], responsible: Mapping[str, Agency | None]) -> list[Alert]:
    """From all standings up to then; `responsible` for the nation by indicator. To be shown, never saved."""
    opened: dict[tuple[str, str | None, str | None], Alert] = {}
    for standing in sorted(standings, key=lambda s: s.from_position):
        thing = (standing.indicator_id, standing.agency_id, standing.domain_id)
        if standing.cls in RESOLVES:
            opened.pop(thing, None)
        if not is_alarm(standing.cls):
            continue  # what can no longer be judged is not thereby well
        alert = opened.get(thing)
        if alert is None:
            who = standing.agency if standing.agency_id else responsible.get(standing.indicator_id)
            if who is None:
                continue
            alert = opened[thing] = Alert(
                indicator_id=standing.indicator_id,
                agency_id=standing.agency_id,
                domain_id=standing.domain_id,
                responsible=who,
                opened_at=standing.since,
            )
        elif alert.severity == standing.cls:
            continue  # the same said again, of a new period or with other numbers
        alert.severity, alert.changed_at, alert.position = standing.cls, standing.since, standing.from_position
        if standing.domain_id:
            alert.domain = standing.domain
    return list(opened.values())
