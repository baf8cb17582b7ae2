"""What a plan file says of one thing, in the words of the events it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicators.periods import Frequency


@dataclass(frozen=True)
class Fact:
    """What the file says about one thing: the event it becomes. `key` names the thing within its type."""

    line: int
    type: str
    key: str
    data: Mapping[str, Any]


def assignment_data(
    *, agency: str, node: str, role: str, indicators: list[str], assumed: bool, via_group: str, usual: str,
    own: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    """What AgencyAssigned says. `usual` is the frequency of the agency's kind; an indicator's `own` may ask for less,
    never for more."""
    entries = [
        {"indicator": code, "frequency": str(Frequency.slower_of(Frequency(usual), Frequency(own.get(code) or usual)))}
        for code in indicators
    ]
    return {
        "id": f"{agency}.{node}", "agency": agency, "node": node, "role": role,
        "frequency": entries[0]["frequency"] if len(entries) == 1 else usual, "via_group": via_group,
        "assumed": assumed, "indicators": entries,
    }  # fmt: skip


def text_of(number: Decimal | None) -> str | None:
    return None if number is None else format(number.normalize(), "f")
