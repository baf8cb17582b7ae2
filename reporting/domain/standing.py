"""From one official class to the next: which fact happened when an indicator is judged again."""

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
