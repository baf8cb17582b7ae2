"""What a reporter does next: in which order, and how long there is. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from indicators.periods import JST

TODAY = timedelta(days=1)


class Todo(StrEnum):
    """Where a report stands for the one who has to write it, in the order of what to do next."""

    RETURNED = "returned"
    DUE_SOON = "due_soon"
    DUE = "due"
    OVERDUE = "overdue"
    WAITING = "waiting"
    DONE = "done"


class Left(StrEnum):
    """How what is left of the time is said."""

    MINUTES = "minutes"  # before the deadline, on its last day
    HOURS = "hours"
    TOMORROW = "tomorrow"
    DAYS = "days"
    PAST = "past"  # days since


@dataclass(frozen=True)
class TimeLeft:
    kind: Left
    number: int


def time_left(deadline: datetime, now: datetime) -> TimeLeft:
    """Until the deadline: on its last day in hours, in the last hour in minutes (begun ones count), before that in days
    of the calendar in Tokyo. After it the days since; the first begins with the deadline."""
    if now >= deadline:
        return TimeLeft(Left.PAST, (now - deadline) // TODAY + 1)
    minutes = -((now - deadline) // timedelta(minutes=1))
    if minutes < 60:
        return TimeLeft(Left.MINUTES, minutes)
    last_day = (deadline - timedelta(microseconds=1)).astimezone(JST).date()
    days = (last_day - now.astimezone(JST).date()).days
    if days == 0:
        return TimeLeft(Left.HOURS, minutes // 60)
    return TimeLeft(Left.TOMORROW, 1) if days == 1 else TimeLeft(Left.DAYS, days)


def urgency(todo: Todo, deadline: datetime, now: datetime) -> tuple[int, float]:
    """By this, rising, one does them: what can still be on time today; what came back; what is due soon; what is not
    due soon; what is late already. Within each the earlier deadline first, of the late ones the latest."""
    if todo is Todo.OVERDUE:
        return (4, -deadline.timestamp())
    if todo in (Todo.WAITING, Todo.DONE):
        return (5, deadline.timestamp())
    if timedelta(0) < deadline - now <= TODAY:
        return (0, deadline.timestamp())
    return ({Todo.RETURNED: 1, Todo.DUE_SOON: 2}.get(todo, 3), deadline.timestamp())
