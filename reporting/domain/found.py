"""What has happened since a series was last judged: the facts, and what moved them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reporting.domain.evaluation import Evaluation, Inputs
from reporting.domain.standing import fact_of

# What of the inputs is the figures'. The rest is the plan's, and the method.
OF_THE_FIGURES = "periods"


@dataclass(frozen=True)
class Recorded:
    """The standing in force: its class, and what was official after each period. Of a standing that was judged by the
    first method nothing more is known than its class."""

    cls: str
    by_period: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, Any] | None = None
    inputs: Inputs | None = None

    @classmethod
    def of(cls, standing: str, evidence: Mapping[str, Any]) -> "Recorded":
        by_period = {row["period"]: row["official"] for row in evidence.get("periods", ())}
        return cls(standing, by_period, evidence.get("held"), evidence.get("inputs"))


@dataclass(frozen=True)
class Fact:
    """One event of a standing. `restated`: of past periods, [period, what was official, what is]."""

    type: str
    cls: str
    restated: list[list[str]] = field(default_factory=list)


def facts_of(before: Recorded | None, inputs: Inputs, now: Evaluation) -> list[Fact]:
    """In the order they are to be recorded; none when nothing happened.

    A past standing is never written over: that it comes out otherwise today is a fact of its own, whose class is the
    one still in force. Then what became of the class; where it stays, whether a change of it was held for confirmation,
    one that was held has been dropped, or a new period was judged and the class kept.

    Another target, definition or method judges the past anew only to know where today stands: what was official then
    was so by the plan of then, and is not restated.
    """
    facts = []
    restated = _restated(before, now) if before and cause_of(before, inputs, now) in ("figures", "period") else []
    if before is not None and restated:
        facts.append(Fact("StandingRestated", before.cls, restated))
    new = now.official.cls
    if type_ := fact_of(before.cls if before else None, new):
        facts.append(Fact(type_, new))
    elif before is not None:
        was, held = (before.held or {}).get("class"), now.official.held
        if held is not None and held.cls != was:
            facts.append(Fact("StandingChangeHeld", new))
        elif held is None and was is not None:
            facts.append(Fact("StandingChangeDropped", new))
        elif before.by_period and now.today.code not in before.by_period:
            facts.append(Fact("StandingKept", new))
    return facts


def cause_of(before: Recorded | None, inputs: Inputs, now: Evaluation) -> str:
    """What moved it: first, method, plan, period (a new one is judged) or figures (of a period judged before)."""
    if before is None:
        return "first"
    was = before.inputs
    if was is None or was["method"] != inputs["method"]:
        return "method"
    if any(was[name] != inputs[name] for name in inputs if name != OF_THE_FIGURES):
        return "plan"
    return "period" if now.today.code not in before.by_period else "figures"


def _restated(before: Recorded, now: Evaluation) -> list[list[str]]:
    past = {period.code: period.official.cls for period in now.periods[:-1]}
    return [[code, was, past[code]] for code, was in before.by_period.items() if code in past and past[code] != was]
