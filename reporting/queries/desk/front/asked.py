"""What the front page is narrowed by: parts of the plan, who is responsible, who leads, and where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

from reporting.domain.distribution import SHOWN

STANDINGS = (*SHOWN, "no_target")


@dataclass(frozen=True)
class Asked:
    """By codes; every part that is given narrows. `ministry`: who is responsible for an indicator; `kind`: of an agency
    that leads the measure."""

    pillar: str = ""
    domain: str = ""
    programme: str = ""
    ministry: str = ""
    kind: str = ""
    standing: str = ""

    @property
    def query(self) -> dict[str, str]:
        """As it stands in an address."""
        return {part: said for part in PARTS if (said := getattr(self, part))}

    @property
    def of_measures(self) -> bool:
        """Whether something is asked that only measures have."""
        return bool(self.programme or self.kind)

    def without(self, part: str) -> "Asked":
        return replace(self, **{part: ""})


PARTS = tuple(field.name for field in fields(Asked))
Choice = tuple[str, str]  # code, name


@dataclass(frozen=True)
class Narrowing:
    """What was asked and could be chosen. `unknown`: what was asked that there is none of; it narrows nothing."""

    asked: Asked
    choices: Mapping[str, Sequence[Choice]]
    unknown: tuple[Choice, ...] = ()

    @property
    def shown(self) -> list[tuple[str, str, Asked]]:
        """What is narrowed by: which part, the name of what was chosen, and all of it without that."""
        names = {(part, code): name for part, choices in self.choices.items() for code, name in choices}
        return [(part, names[part, code], self.asked.without(part)) for part, code in self.asked.query.items()]


def read_asked(said: Mapping[str, str]) -> Asked:
    """From the query of an address. What there is none of is found out by `narrowed_to`."""
    return Asked(**{part: said.get(part, "").strip()[:64] for part in PARTS})


def narrowed_to(asked: Asked, choices: Mapping[str, Sequence[Choice]]) -> Narrowing:
    unknown = tuple(
        (part, code) for part, code in asked.query.items() if code not in {known for known, _ in choices[part]}
    )
    return Narrowing(replace(asked, **dict.fromkeys((part for part, _ in unknown), "")), choices, unknown)
