"""How many stand where: of a measure, an area, a pillar, a domain, a programme or the plan. Pure.

The rule: the worst class is shown with how many stand there of how many that are judged ("1 of 5 off track"). Classes
are never averaged or weighed, and the figures beneath, of unlike units, never added. What has no target is counted
beside, not in it; what cannot be judged, has not begun or has not been judged yet is counted, but is no worst: no order
holds between it and the rest.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reporting.domain.standing import ORDER

NO_TARGET = "no_target"
# As they are shown: worst first, then what has no place in the order.
SHOWN = (*reversed(ORDER), "unknown", "not_started", "not_judged")


@dataclass(frozen=True)
class Distribution:
    """`counts`: by class, without those of no target, which are `without_target`."""

    counts: Mapping[str, int] = field(default_factory=dict)
    without_target: int = 0

    @property
    def judged(self) -> int:
        """How many stand somewhere between achieved and off track."""
        return sum(self.counts.get(cls, 0) for cls in ORDER)

    @property
    def total(self) -> int:
        """How many have a target."""
        return sum(self.counts.values())

    @property
    def worst(self) -> str | None:
        return next((cls for cls in reversed(ORDER) if self.counts.get(cls)), None)

    @property
    def worst_count(self) -> int:
        return self.counts.get(self.worst or "", 0)

    @property
    def shown(self) -> list[tuple[str, int]]:
        return [(cls, self.counts[cls]) for cls in SHOWN if self.counts.get(cls)]


def distribution(classes: Iterable[str]) -> Distribution:
    """Of the classes of whatever is counted, each once."""
    counts = Counter(classes)
    without_target = counts.pop(NO_TARGET, 0)
    return Distribution(dict(counts), without_target)
