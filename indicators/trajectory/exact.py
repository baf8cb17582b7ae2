"""Exact numbers: what was rounded once cannot be exact again."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

Exact = Fraction | Decimal | int
_DECIMAL_TEXT: Final = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")


class TrajectoryError(ValueError):
    """The definition of a trajectory is not one we can compute exactly."""


def exact(value: object) -> Fraction:
    """`value` as a Fraction: an int, Fraction, finite Decimal, or decimal text ("3623", "-1.5").

    Raises TrajectoryError for a float, a boolean and anything else: what was rounded once cannot be exact again.
    """
    if isinstance(value, bool) or not isinstance(value, int | Fraction | Decimal | str):
        raise TrajectoryError(f"not an exact number: {value!r}")
    if isinstance(value, str) and not _DECIMAL_TEXT.fullmatch(value):
        raise TrajectoryError(f"not a decimal number: {value[:40]!r}")
    if isinstance(value, Decimal) and not value.is_finite():
        raise TrajectoryError(f"not a finite number: {value}")
    return Fraction(value)
