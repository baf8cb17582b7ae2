"""What a plan expects of the coming years, as people type it: read by the one parser, in the indicator's unit."""

from collections.abc import Mapping
from decimal import Decimal

from indicators.quantities import QuantityError, Unit, parse_quantity, parse_year
from reporting.domain.errors import FigureInvalid


def read_expected(texts: Mapping[str, str], unit: Unit) -> dict[int, Decimal]:
    """By fiscal year; a year without a value is left out. Raises FigureInvalid, which names each year that cannot be
    read as "expected.2027"."""
    found: dict[int, Decimal] = {}
    problems = {}
    for year, text in texts.items():
        if not text.strip():
            continue
        try:
            found[parse_year(year)] = parse_quantity(text, unit)
        except QuantityError as error:
            problems[f"expected.{year}"] = str(error.reason)
    if problems:
        raise FigureInvalid(fields=", ".join(problems), problems=problems)
    return found
