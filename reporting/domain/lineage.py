"""From a number to what it is made of: which of an agency's answers count in it, and why the others do not."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from indicators.aggregation import Answer, Kind, behind
from indicators.periods import Frequency, Period


class Place(StrEnum):
    COUNTS = "counts"
    CARRIED = "carried"  # of the reporting period before: it stands in for an answer that is missing
    WAITS = "waits"  # for approval
    YEAR_COUNTS = "year_counts"  # the fiscal year's own answer has taken its place
    LATER_COUNTS = "later_counts"  # of a level, a newer answer has
    NOT_MEASURED = "not_measured"  # "not measurable yet" takes no older answer away


COUNTING = frozenset({Place.COUNTS, Place.CARRIED})


@dataclass(frozen=True)
class Placed:
    answer: Answer
    place: Place


def placed(kind: Kind, cell: Period, answers: Iterable[Answer], *, frequency: Frequency | None) -> list[Placed]:
    """An agency's answers in a cell, and what was carried into it, in the order of their periods."""
    said = sorted(answers, key=lambda answer: (answer.period, not answer.approved))
    counting = behind(kind, cell, said, frequency=frequency)
    year_answered = any(answer.period == cell and answer.approved for answer in said) and cell.final
    found = []
    for answer in said:
        inside = answer.period == cell or (cell.final and answer.period.year == cell)
        if any(answer is one for one in counting):
            found.append(Placed(answer, Place.COUNTS if inside else Place.CARRIED))
        elif inside:
            found.append(Placed(answer, _why_not(answer, year_answered=year_answered)))
    return found


def _why_not(answer: Answer, *, year_answered: bool) -> Place:
    if not answer.approved:
        return Place.WAITS
    if year_answered:
        return Place.YEAR_COUNTS
    return Place.LATER_COUNTS if answer.said else Place.NOT_MEASURED
