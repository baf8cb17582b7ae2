"""Results that others published for the methods we use: `data/published_results.json`, numbers as exact decimals."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from indicators.trajectory import exact

ROWS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "published_results.json").read_text(), parse_float=Decimal
)


def of(*methods: str) -> pytest.MarkDecorator:
    """The rows of these methods as the parameter `row`, each named by its id."""
    rows = [row for row in ROWS if row["method"] in methods]
    return pytest.mark.parametrize("row", rows, ids=[row["id"] for row in rows])


def agrees(row: dict[str, Any], found: Any, expected: Any) -> bool:
    """Whether what we found is what was published, within the row's tolerance; words and None exactly."""
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(lambda a, b: agrees(row, a, b), found, expected))
    if expected is None or isinstance(expected, str) or found is None:
        return bool(found == expected)
    tolerance, away = row["tolerance"], abs(exact(found) - exact(expected))
    if "abs" in tolerance:
        return away <= Fraction(tolerance["abs"])
    return away <= Fraction(tolerance["rel"]) * abs(exact(expected))
