"""What an indicator's definition may say, whoever says it: the plan file, or CSTI by command. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

from indicators.quantities import UnitKind

PACE_WINDOW: Final = range(2, 21)  # points of the recent pace: two make a difference, more than 20 are not recent
# 公開, 関係府省限り, 非公開: who may be told what it comes to. Only an edition publishes, and only what is public.
DISCLOSURES: Final = ("public", "ministries", "closed")
UNLESS_SAID: Final = "closed"
# What changes every figure ever reported: only while there is none.
OF_THE_FIGURES: Final = ("unit", "aggregation")
# Which mark 仮定 stands for which fields.
MARKS: Final[Mapping[str, str]] = {
    "noise_sigma": "judgement", "tolerance": "judgement", "pace_window": "judgement", "responsible": "responsible",
    "source": "source", "decision": "decision", "trajectory": "trajectory", "disclosure": "disclosure",
}  # fmt: skip


class DefinitionError(ValueError):
    """`field` cannot say this."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@dataclass(frozen=True)
class Decision:
    """閣議決定: what set the indicator. `decided_on` is None where the document does not print the day; the document is
    what we have read of it."""

    title_ja: str
    title_en: str = ""
    decided_on: str | None = None
    document_ja: str = ""
    document_date: str | None = None

    def as_data(self) -> dict[str, str | None]:
        return asdict(self)


def check_judgement(said: Mapping[str, Any]) -> None:
    """σ is a share above 0 and below 1 (none for what has no noise), the tolerance from 0 and below 1, the window a
    few points. Raises DefinitionError."""
    for field, lowest_taken in (("noise_sigma", False), ("tolerance", True)):
        if (text := said.get(field)) is None:
            continue
        number = Decimal(text)
        if not (0 <= number < 1) or (number == 0 and not lowest_taken):
            raise DefinitionError(field, "not_a_share")
        if number != round(number, 4):
            raise DefinitionError(field, "too_many_decimals")
    window = said.get("pace_window", PACE_WINDOW.start)
    if isinstance(window, bool) or not isinstance(window, int) or window not in PACE_WINDOW:
        raise DefinitionError("pace_window", "not_a_window")


def still_assumed(assumed: list[str], confirmed: set[str]) -> list[str]:
    """The marks 仮定 that stay when CSTI has decided on those in `confirmed`."""
    return [name for name in assumed if name not in confirmed]


def checks_that_still_fit(checks: Iterable[Mapping[str, Any]], kind: UnitKind, aggregation: str) -> list[Any]:
    """Of the checks of a figure those that can be asked of it in another unit, or added up in another way."""
    fits = {
        "history": kind in (UnitKind.COUNT, UnitKind.MONEY, UnitKind.PERCENT),
        "share": aggregation == "ratio_of_sums",
    }
    return [check for check in checks if fits.get(check["kind"], True)]
