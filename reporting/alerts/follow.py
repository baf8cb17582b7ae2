"""The follower that turns events into alerts, into notices, and into what is to be told to whom: in one transaction
with its checkpoint. It writes no mail: that is done when what it tells still holds."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from reporting.alerts import answers, lag
from reporting.alerts.notices import tell
from reporting.domain.events import EVENTS
from reporting.event_store import follow_page
from reporting.models import CurrentEvent
from reporting.queries.calendar import calendar_of

NAME = "alerts"


def read_page(*, now: datetime) -> int | None:
    """Fold the next page of events. Returns the number of events read; None when another worker is reading. In a
    follower's transaction."""
    return follow_page(NAME, partial(_apply, now=now), known=EVENTS)


def _apply(page: Sequence[CurrentEvent], now: datetime) -> None:
    lag.fold(page, calendar_of(agencies=[]).is_holiday)
    answers.tell(page)
    tell(page, now)
