"""The official standing: a fold over the classes of the periods, which one odd year alone does not turn.

| the class of the period is   | the official standing                                                                 |
|------------------------------|---------------------------------------------------------------------------------------|
| the first there is           | follows at once                                                                       |
| achieved, unknown, not       | follows at once; unknown keeps beside it what was known last                          |
| started, or after one such   |                                                                                       |
| worse                        | follows at once as far as it is clear of the edge (`if_better`); the rest is held,   |
|                              | and confirmed by a next period that is as bad or worse                                |
| better                       | likewise (`if_worse`): two periods in a row                                           |
| the same                     | stays; what was held is dropped                                                       |
| provisional (速報)           | stays, and the provisional class is shown beside it; two provisional periods in a row |
|                              | of the same class count as one that is not                                            |

Nothing here refuses: what is folded has happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reporting.domain.errors import gettext_noop

# From best to worst. not_started and unknown stand outside: no order holds between them and the rest.
ORDER = ["achieved", "on_track", "at_risk", "off_track"]

NAMES = {
    "achieved": gettext_noop("Achieved"),
    "on_track": gettext_noop("On track"),
    "at_risk": gettext_noop("At risk"),
    "off_track": gettext_noop("Off track"),
    "not_started": gettext_noop("Not started"),
    "unknown": gettext_noop("Cannot be judged"),
    "no_target": gettext_noop("No target (trend only)"),
}
IN_ORDER = ("on_track", "at_risk", "off_track")


@dataclass(frozen=True, slots=True)
class Judged:
    """The class of one period; `if_better` and `if_worse` as in indicators.assessment.Assessment."""

    period: str
    cls: str
    if_better: str
    if_worse: str
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A change that waits for the next period to confirm it, since the period it was first seen in."""

    cls: str
    since: str
    worse: bool


@dataclass(frozen=True, slots=True)
class Known:
    """The last class before it could no longer be told, and the period it was of."""

    cls: str
    period: str


@dataclass(frozen=True, slots=True)
class Official:
    """The official standing after a period, and how it came about: first, same, at_once, confirmed, held, dropped,
    outside (the order of classes) or provisional."""

    period: str
    cls: str
    how: str
    held: Held | None = None
    provisional: str | None = None
    known: Known | None = None


def fold(periods: Iterable[Judged]) -> tuple[Official, ...]:
    """The official standing after each period, in order of time."""
    found: list[Official] = []
    before: Judged | None = None
    for judged in periods:
        found.append(_next(found[-1] if found else None, judged, before))
        before = judged
    return tuple(found)


def _next(was: Official | None, judged: Judged, before: Judged | None) -> Official:
    if judged.provisional and judged.cls not in ("unknown", "not_started") and not _repeats(judged, before):
        if was is None or was.cls == "not_started":
            return Official(judged.period, "unknown", "provisional", provisional=judged.cls)
        return replace(was, period=judged.period, how="provisional", provisional=judged.cls)
    if was is None or judged.cls not in IN_ORDER or was.cls not in IN_ORDER:
        known = _known(was) if judged.cls == "unknown" else None
        return Official(judged.period, judged.cls, "outside" if was else "first", known=known)
    if judged.cls == was.cls:
        return Official(judged.period, was.cls, "dropped" if was.held else "same")
    return _moved(was, judged)


def _repeats(judged: Judged, before: Judged | None) -> bool:
    return before is not None and before.provisional and before.cls == judged.cls


def _moved(was: Official, judged: Judged) -> Official:
    """One step in the order of classes: at once as far as it is clear, else as far as it is confirmed."""
    now, aim = ORDER.index(was.cls), ORDER.index(judged.cls)
    worse = aim > now
    clear = judged.if_better if worse else judged.if_worse
    at_once = _between(now, ORDER.index(clear) if clear in ORDER else now, aim)
    confirmed = now
    if was.held and was.held.worse is worse:
        confirmed = _between(now, ORDER.index(was.held.cls), aim)
    new = max(at_once, confirmed) if worse else min(at_once, confirmed)
    held = Held(judged.cls, judged.period, worse) if new != aim else None
    if new == now:
        return Official(judged.period, was.cls, "held", held)
    return Official(judged.period, ORDER[new], "at_once" if new == at_once else "confirmed", held)


def _between(now: int, place: int, aim: int) -> int:
    """`place`, but neither behind `now` nor past `aim`."""
    return min(max(place, min(now, aim)), max(now, aim))


def _known(was: Official | None) -> Known | None:
    if was is None or was.cls == "not_started":
        return None
    return was.known if was.cls == "unknown" else Known(was.cls, was.period)


def fact_of(old: str | None, new: str) -> str | None:
    """The event type when the class goes from `old` (None: never judged) to `new`; None when nothing happened."""
    if old == new:
        return None
    if old is None or old == "not_started":
        return "IndicatorFirstJudged"
    if new in ("unknown", "not_started"):
        return "IndicatorBecameUnjudgeable"
    if new == "achieved":
        return "IndicatorAchieved"
    if old == "unknown":
        # Where it comes back to matters, not where it was: a judged class that is good is a recovery.
        return "IndicatorRecovered" if new == "on_track" else "IndicatorFellBehind"
    return "IndicatorFellBehind" if ORDER.index(new) > ORDER.index(old) else "IndicatorRecovered"


def is_alarm(cls: str) -> bool:
    return cls in ("at_risk", "off_track")
