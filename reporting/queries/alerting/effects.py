"""Expected against actual effect of an action plan: by fiscal year, in the indicator's own unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reporting.queries.standings.evidence import number_in


@dataclass(frozen=True)
class Effect:
    """One fiscal year. `difference`: actual less expected, where there are both."""

    year: int
    expected: Decimal | None
    actual: Decimal | None
    provisional: bool = False

    @property
    def difference(self) -> Decimal | None:
        return None if self.expected is None or self.actual is None else self.actual - self.expected


def effects_of(expected: Mapping[str, str], evidence: Mapping[str, Any]) -> list[Effect]:
    """A row for each year that a plan expects something of, beside what the standing in force was judged by."""
    actual = observed_in(evidence)
    found = []
    for year in sorted(map(int, expected)):
        value, provisional = actual.get(year, (None, False))
        found.append(Effect(year, Decimal(expected[str(year)]), value, provisional))
    return found


def observed_in(evidence: Mapping[str, Any]) -> dict[int, tuple[Decimal, bool]]:
    """By fiscal year the value that was judged, and whether it is provisional."""
    found = {}
    for row in evidence.get("periods") or ():
        value, code = number_in(row, "observed"), str(row.get("period", ""))
        if value is not None and code.startswith("FY") and code[2:].isdigit():
            found[int(code[2:])] = value, bool(row.get("provisional"))
    return found
