"""Two places of the log beside each other: what moved between them, from what to what. Pure."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from reporting.domain.errors import Refusal, gettext_noop
from reporting.domain.standing import ORDER

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class InvertedTimes(Refusal):
    code, status = "inverted_times", 400
    message = gettext_noop(
        "The time to compare with must be before the other one. You asked from %(earlier)s to %(later)s."
    )


class Turn(StrEnum):
    """How a standing turned. What cannot be judged has no place in the order of classes; what had not begun was not
    judged before."""

    FELL = "fell"
    ROSE = "rose"
    FIRST = "first"
    OUTSIDE = "outside"


@dataclass(frozen=True)
class Move(Generic[K, V]):
    """None: was not there, or is not there any more."""

    key: K
    before: V | None
    after: V | None


def moves(
    before: Mapping[K, V], after: Mapping[K, V], *, differ: Callable[[V, V], bool] = lambda old, new: old != new
) -> list[Move[K, V]]:
    """What is another afterwards, in the order of what there is then; what has gone comes last."""
    keys = [*after, *(key for key in before if key not in after)]
    found = [Move(key, before.get(key), after.get(key)) for key in keys]
    return [m for m in found if m.before is None or m.after is None or differ(m.before, m.after)]


def must_be_before(earlier: int, later: int, *, said: tuple[str, str]) -> None:
    """Two positions. Raises InvertedTimes, with what was said."""
    if earlier > later:
        raise InvertedTimes(earlier=said[0], later=said[1])


def turn_of(before: str | None, after: str | None) -> Turn | None:
    """From one class to another; None when it is the same."""
    if before == after:
        return None
    if before in (None, "not_started"):
        return Turn.FIRST
    if before not in ORDER or after not in ORDER:
        return Turn.OUTSIDE
    return Turn.FELL if ORDER.index(after) > ORDER.index(before) else Turn.ROSE
