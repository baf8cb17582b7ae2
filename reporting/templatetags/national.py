"""Marks of the pages about the nation: which way a figure goes, how fresh it is, what of it moved, and what waits for a
decision. Made without templates of their own, for a page shows hundreds."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from reporting.domain.comparison import Turn
from reporting.domain.trend import Pace, Way
from reporting.queries.desk.comparing import By
from reporting.queries.desk.front.asked import Asked
from reporting.queries.desk.national import National
from reporting.queries.shown import SYMBOLS, class_shown, period_shown
from reporting.templatetags.desk import desk_url

register = template.Library()

# A sign beside each word, so that no trend is told by colour alone.
WAYS = {Way.BETTER: ("↗", _("better")), Way.WORSE: ("↘", _("worse")), Way.FLAT: ("→", _("unchanged"))}
PACES = {
    Pace.ENOUGH: _("pace enough for the target"),
    Pace.SHORT: _("pace short of the target"),
    Pace.AWAY: _("going away from the target"),
}
TURNS = {Turn.FELL: _("fell"), Turn.ROSE: _("rose"), Turn.FIRST: _("judged for the first time"),
         Turn.OUTSIDE: _("judged otherwise")}  # fmt: skip
# What waits, and where it is done.
DECISIONS = {
    "returned": (_("Returned reports to put right"), "admin:duties", ""),
    "prepared": (_("Reports that wait for your release"), "admin:sign-offs", ""),
    "reports": (_("Reports that wait for review"), "admin:queue", ""),
    "plans": (_("Action plans that wait for CSTI's decision"), "admin:alerts", "state=mine"),
    "alerts": (_("Alerts that your agency is to answer"), "admin:alerts", "state=mine"),
    "overdue": (_("Alerts past the day of their answer or action"), "admin:alerts", ""),
    "proposals": (_("Proposed targets"), "admin:targets", ""),
    "overrides": (_("Standings set by hand that end within 14 days"), "desk:overrides", ""),
    "silences": (_("Requests to keep back the mails of an alert"), "admin:alerts", "state=mine"),
    "erasures": (_("Requests to erase a text"), "admin:redactions", ""),
    "holds": (_("Mails of alerts that are held back"), "admin:alert-holds", ""),
}
PARTS = {
    "pillar": (_("Pillar"), _("Every pillar")),
    "domain": (_("Technology domain"), _("Every domain")),
    "programme": (_("Programme"), _("Every programme")),
    "ministry": (_("Responsible ministry"), _("Every ministry")),
    "kind": (_("Kind of the leading agency"), _("Every kind")),
    "standing": (_("Standing"), _("Every class")),
}


@register.simple_tag
def trend(figure: National) -> SafeString:
    """Beside the year before, and beside the pace that is needed."""
    found = figure.trend
    if found.way is Way.NONE:
        return format_html('<span class="quiet">{}</span>', gettext("No earlier year to compare with"))
    sign, word = WAYS[found.way][0], gettext(WAYS[found.way][1])
    beside = gettext("than %(year)s") % {"year": period_shown(f"FY{found.before}")}
    pace = PACES.get(figure.pace)
    marks = [
        format_html('<span class="trend trend-{}"><span aria-hidden="true">{}</span> {}</span>', found.way, sign, word),
        format_html('<span class="quiet nowrap">{}</span>', beside),
        format_html('<span class="mark">{}</span>', gettext(pace)) if pace else SafeString(""),
    ]
    return SafeString(" ".join(marks))


@register.simple_tag
def way(name: str, number: int) -> SafeString:
    """How many go one way; nothing where none does."""
    if not number:
        return SafeString("")
    sign, word = WAYS[Way(name)]
    return format_html(
        '<span class="trend trend-{} nowrap"><span aria-hidden="true">{}</span> {} {}</span> ', name, sign,
        gettext(word), number,
    )  # fmt: skip


@register.simple_tag
def fresh(figure: National) -> SafeString:
    """How long ago the newest figure was approved."""
    days = figure.pulse.days
    return SafeString("") if days is None else format_html(' <span class="quiet nowrap">{}</span>', days_ago(days))


@register.filter
def days_ago(days: int) -> str:
    if days <= 0:
        return gettext("approved today")
    return ngettext("approved %(n)s day ago", "approved %(n)s days ago", days) % {"n": days}


@register.simple_tag
def changed(figure: National) -> SafeString:
    """What of it moved since the time that is asked about."""
    pulse = figure.pulse
    parts = [
        word
        for moved, word in (
            (figure.turn, _("standing")), (pulse.figures, _("figures")), (pulse.target, _("target")),
            (pulse.definition, _("definition")),
        )
        if moved
    ]  # fmt: skip
    if not parts:
        return SafeString("")
    said = gettext("changed: %(what)s") % {"what": gettext(", ").join(gettext(part) for part in parts)}
    return format_html(' <span class="mark mark-changed">{}</span>', said)


@register.simple_tag
def turn(before: str | None, after: str | None, how: Turn) -> SafeString:
    """From one class to another, in marks and in a word."""
    return format_html(
        '{} <span aria-hidden="true">→</span> {} <span class="quiet">{}</span>', _class(before), _class(after),
        gettext(TURNS[how]),
    )  # fmt: skip


def _class(cls: str | None) -> SafeString:
    return format_html(
        '<span class="standing standing-{0}"><span class="symbol" aria-hidden="true">{1}</span>{2}</span>',
        cls or "none", SYMBOLS.get(cls or "", "…"), class_shown(cls or ""),
    )  # fmt: skip


@register.simple_tag
def event_links(events: tuple[By, ...], more: int, sees_log: bool) -> SafeString:
    """The events that did it: opened by who may see the log, and the standing's own page by everybody."""
    found = SafeString("")
    for by in events:
        words = gettext("%(what)s (position %(n)s)") % {"what": by.name, "n": f"{by.position:,}"}
        when = f"{by.at:%Y-%m-%d}" if by.at else ""
        if by.standing is not None:
            words = format_html('<a href="{}">{}</a>', reverse("desk:standing", args=[by.standing]), words)
        elif sees_log:
            words = format_html('<a href="{}">{}</a>', reverse("admin:event", args=[by.position]), words)
        found += format_html(
            '<li>{} <span class="quiet nowrap">{}{}</span></li>', words, f"{by.agency} " if by.agency else "", when
        )
    if more:
        found += format_html(
            "<li>{}</li>", ngettext("and %(n)s more event", "and %(n)s more events", more) % {"n": more}
        )
    return found


@register.simple_tag
def decision(name: str) -> dict[str, str]:
    """What waits, in words, and the address where it is done."""
    words, address, query = DECISIONS[name]
    return {"words": gettext(words), "address": reverse(address) + (f"?{query}" if query else "")}


@register.filter
def part_name(part: str) -> str:
    return gettext(PARTS[part][0])


@register.filter
def every(part: str) -> str:
    return gettext(PARTS[part][1])


@register.simple_tag(takes_context=True)
def narrowed_url(context: template.Context, name: str, asked: Asked, *args: str) -> str:
    """A page of the nation, narrowed, with the times that are looked at."""
    query = asked.query
    if name == "desk:pillar":
        query.pop("pillar", None)
    since = context.get("since")
    if since and since.text:
        query["since"] = since.text
    return str(desk_url(context, name, *args, **query))
