"""The numbers of an alert in words, in the active language: how far from its trajectory, and why it is said so."""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import dateformat
from django.utils.translation import gettext, ngettext

from indicators.periods import JST
from indicators.quantities import Unit, UnitKind
from reporting.alerts.letters.said import Said
from reporting.alerts.letters.words import KINDS
from reporting.domain.standing import NAMES
from reporting.queries.shown import period_shown, quantity_shown, share_shown
from reporting.queries.standings.evidence import number_in
from reporting.queries.words import reason_words

Facts = list[tuple[str, str]]


def inert(text: str) -> str:
    """One line of what somebody has written, which cannot turn the text around it nor begin another line."""
    line = " ".join(text.split())  # at every kind of line end as well
    return " ".join("".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cf", "Cs")).split())


def day_shown(day: date | datetime) -> str:
    """2027年7月1日（木）; in English Thu 1 Jul 2027. The day in Japan."""
    if isinstance(day, datetime):
        day = day.astimezone(JST)
    return dateformat.format(day, gettext("D j M Y"))


def until_shown(until: str) -> str:
    try:
        return day_shown(date.fromisoformat(until))
    except ValueError:
        return inert(until)


def numbers(evidence: Mapping[str, Any], unit: Unit) -> Facts:
    """The value, what was expected of it, the difference and the target, as far as they are known."""
    value, expected, target = (number_in(evidence, key) for key in ("observed", "expected", "target"))
    places = _places(value, expected)
    rows = [
        (gettext("Value"), _of_what_kind(quantity_shown(value, unit, places=places), evidence)),
        (gettext("Expected by the trajectory"), quantity_shown(expected, unit, places=places)),
        (gettext("Difference from the trajectory"), gap_shown(evidence, unit)),
        (gettext("Target"), quantity_shown(target, unit)),
    ]
    return [(name, shown) for name, shown in rows if shown]


def gap_shown(evidence: Mapping[str, Any], unit: Unit) -> str:
    """Signed; ranks and stages, which are no amounts, as how many of them it is behind. "" where there is nothing to
    tell."""
    value, expected = number_in(evidence, "observed"), number_in(evidence, "expected")
    if value is None or expected is None or unit.kind in (UnitKind.BINARY, UnitKind.RATING):
        return ""
    gap = value - expected
    if unit.kind in (UnitKind.RANK, UnitKind.STAGE):
        behind = int(gap if unit.kind is UnitKind.RANK else -gap)
        if behind <= 0:
            return ""
        if unit.kind is UnitKind.RANK:
            return ngettext("%(n)s place behind", "%(n)s places behind", behind) % {"n": behind}
        return ngettext("%(n)s stage behind", "%(n)s stages behind", behind) % {"n": behind}
    amount = quantity_shown(abs(gap), unit, places=_places(value, expected))
    if unit.kind is UnitKind.PERCENT:
        amount = gettext("%(n)s points") % {"n": amount.removesuffix("%")}
    signed = f"{'−' if gap < 0 else '+' if gap > 0 else ''}{amount}"
    made = number_in(evidence, "attainment")
    if made is None:
        return signed
    return gettext("%(gap)s (%(share)s of the planned progress)") % {"gap": signed, "share": share_shown(made)}


def _places(value: Decimal | None, expected: Decimal | None) -> int | None:
    """More of them where rounding would hide that there is a difference."""
    small = value is not None and expected is not None and 0 < abs(value - expected) < 1
    return 3 if small else None


def in_force(said: Said) -> str:
    """The class that holds now: of what waits to be confirmed the one before."""
    return (said.previous or "") if said.kind == "pending" else said.severity


def facts(said: Said, evidence: Mapping[str, Any], unit: Unit) -> Facts:
    """All there is to say of one alert, a line each."""
    standing = _name(in_force(said))
    if said.previous and said.previous != in_force(said) and said.kind != "late":
        standing = gettext("%(standing)s (before: %(previous)s)") % {
            "standing": standing,
            "previous": _name(said.previous),
        }
    coverage = number_in(evidence, "coverage")
    rows = [
        (gettext("Standing"), standing),
        (gettext("Day of the action"), until_shown(said.detail.get("due_on", ""))),
        (gettext("In force since"), day_shown(said.since)),
        (gettext("Period"), inert(period_shown(said.period)) if said.period else ""),
        *numbers(evidence, unit),
        (gettext("Coverage"), "" if coverage is None else share_shown(coverage)),
        (gettext("Why"), _reason(said, evidence)),
        (gettext("Set by hand until"), until_shown(said.until)),
        (gettext(KINDS[said.kind].by), inert(said.by)),
    ]
    return [(name, shown) for name, shown in rows if shown]


def _reason(said: Said, evidence: Mapping[str, Any]) -> str:
    """Why the system thinks so; of what a person has set, that is on the page."""
    reason = evidence.get("reason")
    return gettext(reason_words(str(reason))) if reason and said.kind != "by_hand" else ""


def _of_what_kind(value: str, evidence: Mapping[str, Any]) -> str:
    if value and evidence.get("lower_bound"):
        return gettext("%(value)s (lower bound)") % {"value": value}
    newest = ((evidence.get("inputs") or {}).get("periods") or [{}])[-1]
    return gettext("%(value)s (provisional)") % {"value": value} if value and newest.get("provisional") else value


def _name(cls: str) -> str:
    return gettext(NAMES[cls]) if cls in NAMES else inert(cls)
