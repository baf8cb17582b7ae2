"""Numbers that lead to what makes them, and the words of the page they lead to."""

from collections.abc import Mapping
from decimal import Decimal

from django import template
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from indicators.quantities import Unit
from reporting.domain.lineage import Place
from reporting.models import Figure
from reporting.queries.lineage import Which, words
from reporting.queries.shown import component_name
from reporting.templatetags.desk import desk_url

register = template.Library()


@register.inclusion_tag("reporting/desk/number.html", takes_context=True)
def number(
    context: template.Context,
    shown: str,
    indicator: str,
    period: int | str,
    since: int | str = "",
    at: str = "",
    **asked: str,
) -> dict[str, str]:
    """A shown number as a link to what makes it. A period may be the number of a fiscal year; `since` of a total is the
    one it begins with. `at`: as of this position, whatever time is looked at."""
    code, first = (f"FY{p}" if isinstance(p, int) else p for p in (period, since))
    if first and first != code:
        asked["since"] = first
    query = {name: value for name, value in asked.items() if value}
    if not shown:
        return {"shown": ""}
    if at:
        href = f"{reverse('desk:number', args=(indicator, code))}?{urlencode(query | {'as_of': at})}"
    else:
        href = desk_url(context, "desk:number", indicator, code, **query)
    return {"shown": shown, "href": href, "indicator": indicator, "code": code}


@register.inclusion_tag("reporting/desk/number.html", takes_context=True)
def number_at(context: template.Context, shown: str, which: Which) -> dict[str, str]:
    return number(context, shown, which.indicator, which.period.code, **which.asked)


@register.simple_tag(takes_context=True)
def number_page(context: template.Context, which: Which, page: int) -> str:
    """The address of another page of a long one."""
    return desk_url(context, "desk:number", which.indicator, which.period.code, **which.asked, page=str(page))


@register.simple_tag(takes_context=True)
def number_of_nation(context: template.Context, which: Which) -> str:
    """The address of the nation's number of the same thing."""
    whole = Which(which.indicator, which.period, which.since, domain=which.domain, component=which.component)
    return desk_url(context, "desk:number", which.indicator, which.period.code, **whole.asked)


@register.simple_tag
def figure_said(figure: Figure, unit: Unit) -> str:
    return words.figure_said(figure, unit)


@register.filter
def place_name(place: Place) -> str:
    return gettext(words.PLACES[place])


@register.filter
def agency_kind(kind: str) -> str:
    return gettext(words.AGENCY_KINDS.get(kind, kind))


@register.filter
def part_name(component: Mapping[str, str]) -> str:
    return component_name(component)


@register.filter
def plain(value: Decimal | None) -> str:
    return words.plain(value)


@register.filter
def year_state(state: str) -> str:
    """What an agency has brought to a fiscal year, in words."""
    return gettext(words.YEAR_STATES[state]) if state else ""
