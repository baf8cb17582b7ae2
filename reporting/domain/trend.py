"""Which way a national figure goes: beside the period before, and beside the pace that is still needed. Pure.

A trend is no standing: it is told of what has no target too, and a year that is better is not yet on track. What moves
by no more than the noise of the indicator stays where it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

Number = Fraction | Decimal | int


class Way(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    FLAT = "flat"
    NONE = "none"  # there is nothing to compare with


class Pace(StrEnum):
    """The change a year of late, beside what is needed every year from now on."""

    ENOUGH = "enough"
    SHORT = "short"
    AWAY = "away"  # from the target
    NONE = "none"


@dataclass(frozen=True)
class Aim:
    """What is better: more, less, or (a band) nearer to what lies between two values."""

    higher: bool = True
    band: tuple[Number, Number] | None = None

    def merit(self, value: Number) -> Fraction:
        """The greater, the better."""
        exact = Fraction(value)
        if self.band is None:
            return exact if self.higher else -exact
        low, high = Fraction(self.band[0]), Fraction(self.band[1])
        return -max(low - exact, exact - high, Fraction(0))


@dataclass(frozen=True)
class Trend:
    """`before`: the year that the newest is compared with; `change` is not turned round where less is better."""

    way: Way = Way.NONE
    year: int | None = None
    before: int | None = None
    change: Fraction | None = None


def trend_of(values: Mapping[int, Number], aim: Aim, *, noise: Number = 0) -> Trend:
    """From the values of whole years: the newest beside that of the year before it, and of no earlier one. `noise` is
    relative (0.02 is 2 %)."""
    year = max(values, default=None)
    if year is None or year - 1 not in values:
        return Trend(year=year)
    now, then = values[year], values[year - 1]
    change = Fraction(now) - Fraction(then)
    gain = aim.merit(now) - aim.merit(then)
    if gain == 0 or abs(gain) <= Fraction(noise) * abs(Fraction(then)):
        return Trend(Way.FLAT, year, year - 1, change)
    return Trend(Way.BETTER if gain > 0 else Way.WORSE, year, year - 1, change)


def pace_of(index: Number | None) -> Pace:
    """From the recent pace over the needed one; None where there is no such number."""
    if index is None:
        return Pace.NONE
    if index >= 1:
        return Pace.ENOUGH
    return Pace.SHORT if index > 0 else Pace.AWAY
