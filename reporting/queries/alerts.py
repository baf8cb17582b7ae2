"""Alerts that were open at a position of the log: what the alerts' follower makes of the standings of then."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from agencies.models import Agency
from reporting.domain.overrides import alarm_of, is_over
from reporting.models import Alert, Standing, StandingOverride
from reporting.queries.overrides import Scope, scope_of


@dataclass(frozen=True)
class _Turn:
    """One event of a scope: the class it computed, or what it set by hand; `ends` what was set."""

    position: int
    at: datetime
    of: Standing | StandingOverride
    ends: bool = False


def open_alerts(
    *,
    standings: Iterable[Standing],
    overrides: Iterable[StandingOverride],
    responsible: Mapping[str, Agency | None],
    upto: int,
) -> list[Alert]:
    """From all standings up to then, with what people had set; `responsible` for the nation by indicator. To be shown,
    never saved."""
    turns = [_Turn(s.from_position, s.since, s) for s in standings]
    for override in overrides:
        turns.append(_Turn(override.from_position, override.set_at, override))
        if override.to_position is not None and override.to_position <= upto:
            assert override.ended_at is not None
            turns.append(_Turn(override.to_position, override.ended_at, override, ends=True))
    opened: dict[Scope, Alert] = {}
    computed: dict[Scope, str] = {}
    by_hand: dict[Scope, str | None] = {}
    for turn in sorted(turns, key=lambda turn: turn.position):
        row, thing = turn.of, scope_of(turn.of)
        if isinstance(row, Standing):
            if computed.get(thing) == row.cls:
                continue  # the same said again, of a new period or with other numbers
            computed[thing] = row.cls
        else:
            by_hand[thing] = None if turn.ends else row.cls
        beneath, over = computed.get(thing, "unknown"), by_hand.get(thing)
        severity = alarm_of(beneath, over)
        if severity is None:
            if is_over(beneath, over):
                opened.pop(thing, None)
            continue  # what can no longer be judged is not thereby well
        alert = opened.get(thing)
        if alert is None:
            who = row.agency if row.agency_id else responsible.get(row.indicator_id)
            if who is None:
                continue
            alert = opened[thing] = Alert(
                indicator_id=row.indicator_id,
                agency_id=row.agency_id,
                domain_id=row.domain_id,
                responsible=who,
                opened_at=turn.at,
            )
        alert.severity, alert.changed_at, alert.position = severity, turn.at, turn.position
        if row.domain_id:
            alert.domain = row.domain
    return list(opened.values())
