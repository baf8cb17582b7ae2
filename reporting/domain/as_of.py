"""Which place of the log a person means: a position, or a time."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from indicators.periods import JST
from reporting.domain.errors import BadAsOf, FutureAsOf

A_DAY = timedelta(days=1)


def read_as_of(text: str, now: datetime) -> int | datetime:
    """A position, or a moment that is not later than `now` (aware).

    A day means its end in Tokyo, today what there is of it; a time without an offset is Tokyo's. Raises BadAsOf,
    FutureAsOf.
    """
    said = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(r"[0-9]{1,18}", said):
        return int(said)
    try:
        moment = _moment(said, now)
    except (ValueError, OverflowError):
        raise BadAsOf(text=text[:40]) from None
    if moment > now:
        raise FutureAsOf(text=text[:40])
    return moment


def _moment(said: str, now: datetime) -> datetime:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", said):
        day = date.fromisoformat(said)
        if day == now.astimezone(JST).date():
            return now
        return datetime.combine(day + A_DAY, time(), JST) - timedelta(microseconds=1)
    # A "+" that was not quoted in an address arrives as a space.
    said = re.sub(r" (?=[0-9]{2}:[0-9]{2}$)", "+", said)
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", said):
        raise ValueError
    moment = datetime.fromisoformat(said)
    return moment if moment.tzinfo else moment.replace(tzinfo=JST)


def again(text: str, moment: datetime) -> str:
    """What gives the same place whenever it is asked: a position as it is; of a day that is not over, and of now, the
    moment that was meant."""
    said = unicodedata.normalize("NFKC", text).strip()
    return said if said.isdecimal() else moment.astimezone(JST).isoformat()
