"""Words and marks of the desk's templates."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from agencies.access import Deed
from agencies.models import Role
from indicators.aggregation import Assumption
from indicators.quantities import Unit
from reporting.queries import shown as words
from reporting.queries.desk import target_words
from reporting.queries.scenarios import ASSUMPTIONS

register = template.Library()

register.filter("named", words.name_shown)
register.filter("period_name", words.period_shown)
register.filter("unit_name", words.unit_shown)


@register.filter
def shown(value: Decimal | Fraction | str | None, unit: Unit) -> str:
    """A stored value, rounded for reading, with its unit. What a template does not find it hands in as ""."""
    return "" if isinstance(value, str) else words.quantity_shown(value, unit)


@register.filter
def signed(value: Decimal, unit: Unit) -> str:
    """A difference of two stored values."""
    return ("−" if value < 0 else "+" if value > 0 else "±") + words.quantity_shown(abs(value), unit)


@register.filter
def share(value: Decimal | Fraction | str | None) -> str:
    return "" if isinstance(value, str) else words.share_shown(value)


@register.filter
def year_name(year: int) -> str:
    return words.period_shown(f"FY{year}")


@register.filter
def aggregation(kind: str) -> str:
    return gettext(words.AGGREGATIONS.get(kind, kind))


@register.filter
def shape(name: str) -> str:
    return gettext(words.SHAPES.get(name, name))


register.filter("source", target_words.source_shown)
register.filter("decision", target_words.decision_shown)
register.filter("target_value", target_words.target_shown)
register.filter("target_years", target_words.years_shown)
register.filter("target_path", target_words.shape_shown)
register.filter("target_baseline", target_words.baseline_shown)
register.filter("interim", target_words.interim_shown)


@register.filter
def outcome(name: str) -> str:
    """What became of a proposal."""
    return gettext({"accepted": words.ACCEPTED, "declined": words.DECLINED}.get(name, name))


@register.filter
def assumption(name: str) -> str:
    return gettext(ASSUMPTIONS[Assumption(name)])


@register.filter
def of(found: Mapping[str, str], key: str) -> str:
    """What a mapping has under a key that is itself a variable."""
    return found.get(key, "")


@register.filter
def assigned_as(role: str) -> str:
    return gettext(words.ROLES.get(role, role))


@register.filter
def acting_as(role: str) -> str:
    return str(Role(role).label) if role in Role.values else role


@register.filter
def stage_name(stage: int) -> str:
    return gettext(words.STAGES[min(max(stage, 0), 4)])


@register.filter
def standing_name(cls: str) -> str:
    return words.class_shown(cls)


@register.inclusion_tag("reporting/desk/standing.html")
def standing(cls: str) -> dict[str, str]:
    return {"cls": cls, "symbol": words.SYMBOLS.get(cls, "…"), "name": standing_name(cls)}


@register.inclusion_tag("reporting/desk/waits.html")
def waits(evidence: Mapping[str, Any] | None) -> dict[str, str]:
    """The class that waits beside the official one, without which the reason seems to contradict it: by its next year,
    or by provisional figures."""
    found = evidence or {}
    return {"held": (found.get("held") or {}).get("class", ""), "provisional": found.get("provisional") or ""}


@register.inclusion_tag("reporting/desk/by_hand.html")
def by_hand(row: Any, computed: str, length: int = 80) -> dict[str, Any]:
    """The mark 手動判定 beside a standing that a person has set, with the computed one, who, why and until when;
    nothing where nobody has."""
    return {"row": row, "computed": computed, "reason": getattr(row, "said", None) or "", "length": length}


@register.inclusion_tag("reporting/desk/assumed.html")
def assumed(names: list[str], name: str) -> dict[str, bool]:
    """The mark 仮定 beside what is our proposal and not the document's."""
    return {"assumed": name in names}


@register.inclusion_tag("reporting/desk/value.html", takes_context=True)
def value(context: template.Context, what: Any, unit: Unit) -> dict[str, Any]:
    """A national value, which leads to what makes it, with its period, its marks and its coverage."""
    return {"value": what, "unit": unit, "request": context.get("request")}


@register.simple_tag(takes_context=True)
def desk_url(context: template.Context, name: str, *args: str, **query: str) -> str:
    """The address of a page of the desk, at the time that is looked at."""
    at = getattr(context.get("request"), "at", None)
    query |= {"as_of": at.text} if at and at.text else {}
    return reverse(name, args=args) + (f"?{urlencode(query)}" if query else "")


@register.simple_tag(takes_context=True)
def others(context: template.Context, *but: str) -> list[tuple[str, str]]:
    """What else the address of this page asks, to be kept in its forms."""
    request = context.get("request")
    return [(name, said) for name, said in request.GET.items() if said and name not in but] if request else []


@register.simple_tag(takes_context=True)
def here_without(context: template.Context, *names: str) -> str:
    """This page, narrowed as it is, but not asked these."""
    kept = urlencode(others(context, *names))
    return str(context["request"].path) + (f"?{kept}" if kept else "")


@register.simple_tag(takes_context=True)
def navigation(context: template.Context) -> list[dict[str, Any]]:
    """The doors this actor may use: address, where it leads, words, whether it is this one."""
    request = context.get("request")
    actor = getattr(request, "actor", None)
    if actor is None or not actor.deeds:
        return []
    doors = []
    if actor.may(Deed.SEE_DESK):
        doors.append(("desk:front", gettext("CSTI desk")))
    doors.append(("admin:index", gettext("Reports and administration")))
    if actor.may(Deed.SEE_LOG) and settings.DEMO and settings.MAIL_SINK_DIR:
        doors.append(("desk:mails", gettext("Mails of the demo")))
    addresses = {reverse(name): text for name, text in doors}
    inside = [address for address in addresses if request is not None and request.path.startswith(address)]
    # The mails lie under the desk's address: the longest one is where we are.
    here = max(inside, key=len, default="")
    return [
        {"address": address, "href": desk_url(context, name) if name == "desk:front" else address, "text": text,
         "here": address == here}
        for (name, text), address in zip(doors, addresses, strict=True)
    ]  # fmt: skip
