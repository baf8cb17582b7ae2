"""The grades of incorporated administrative agencies (独立行政法人 評定区分), by achievement of a planned figure.

Agencies know their figures by these grades, so they are shown beside ours. They are not our standing: they compare a
year's figure with that year's plan, and know no baseline.
"""

from enum import StrEnum
from fractions import Fraction
from typing import Final

from indicators.trajectory import Exact, exact


class Grade(StrEnum):
    S_OR_A = "S_or_A"
    B = "B"
    C = "C"
    D = "D"


# S and A differ by a judgement of quality, which no figure holds.
_FROM_PERCENT: Final = ((Fraction(120), Grade.S_OR_A), (Fraction(100), Grade.B), (Fraction(80), Grade.C))


def grade(achievement_percent: Exact) -> Grade:
    """The grade that 100 × actual / planned comes to; of research agencies it is not the rule. Exact."""
    achieved = exact(achievement_percent)
    return next((grade for edge, grade in _FROM_PERCENT if achieved >= edge), Grade.D)
