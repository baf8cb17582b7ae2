"""What passes to a successor when people move (4月異動). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reporting.domain.errors import NothingToHandOver, SamePerson, SuccessorDisabled

# What an agency gives to its people itself. Every other role is given by operators, and does not pass on.
PASSED_ON = frozenset({"reporter", "contributor"})


@dataclass(frozen=True)
class Held:
    """A membership someone holds or held in the agency."""

    id: int
    unit: int
    role: str
    ended_on: date | None


@dataclass(frozen=True)
class Passing:
    """`ends`: ids of the predecessor's memberships. `begins`: unit and role of the successor's new ones. `stays`: ids
    of what the predecessor holds and operators alone may end."""

    ends: tuple[int, ...]
    begins: tuple[tuple[int, str], ...]
    stays: tuple[int, ...]


def pass_on(
    *,
    predecessor: int,
    successor: int,
    successor_is_active: bool,
    held: Sequence[Held],
    successors: Sequence[Held],
    desk: int,
) -> Passing:
    """Which memberships end and begin. Of a predecessor who holds none any more, those that ended last pass on: their
    account may have been closed before anybody thought of the desk. `desk`: how many other things would pass on."""
    if predecessor == successor:
        raise SamePerson()
    if not successor_is_active:
        raise SuccessorDisabled()
    theirs = [m for m in held if m.role in PASSED_ON]
    current = [m for m in theirs if m.ended_on is None]
    last = max((m.ended_on for m in theirs if m.ended_on is not None), default=None)
    passed = current or [m for m in theirs if m.ended_on == last]
    has = {(m.unit, m.role) for m in successors if m.ended_on is None}
    begins = tuple(dict.fromkeys((m.unit, m.role) for m in passed if (m.unit, m.role) not in has))
    if not (current or begins or desk):
        raise NothingToHandOver()
    stays = tuple(m.id for m in held if m.ended_on is None and m.role not in PASSED_ON)
    return Passing(tuple(m.id for m in current), begins, stays)
