"""A target set when its result was known already, or equal to a result that was: achieved by construction. Pure.

Positions are those of the log: what was recorded at a lower one was known before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Mark(StrEnum):
    NONE = "none"
    SET_AFTER_RESULT = "set_after_result"
    EQUALS_RESULT = "equals_result"


@dataclass(frozen=True)
class Result:
    """What was approved of a fiscal year, at the target's scope: first recorded at `recorded`. `value` is None where
    there is only an answer without a number. Of a running total it is the total by that year."""

    recorded: int
    year: int
    value: Decimal | None


def mark_of(*, recorded: int, year: int, value: Decimal | None, results: Iterable[Result]) -> Mark:
    """The mark of a target recorded at a position. `value` is None for a target that is no single number: a band.

    Equal is the stronger word: of the year itself or of any other, such a target asks for what has been reached.
    """
    known = [result for result in results if result.recorded < recorded]
    if value is not None and any(result.value == value for result in known):
        return Mark.EQUALS_RESULT
    if any(result.year == year for result in known):
        return Mark.SET_AFTER_RESULT
    return Mark.NONE
