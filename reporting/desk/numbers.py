"""One number, and what makes it: the agencies, the reports, the events, the people, the receipts. Only reading."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from agencies.access import Deed
from reporting.desk.door import TimedRequest, at_a_time, for_those_who_may
from reporting.domain.errors import NoSuchNumber
from reporting.queries import desk as queries
from reporting.queries import lineage
from reporting.queries.lineage import words


@for_those_who_may(Deed.SEE_DESK)
@at_a_time
def number(request: TimedRequest, indicator: str, period: str) -> HttpResponse:
    """One of another agency is as if it were not there."""
    try:
        which = lineage.read_which(indicator, period, request.GET.dict())
    except NoSuchNumber as refusal:
        said = {"refusal": _(refusal.message)}
        return render(request, "reporting/desk/no_such_number.html", said, status=refusal.status)
    page = lineage.number_page(
        actor=request.actor,
        which=which,
        now=request.at.moment,
        as_of=request.at.position,
        page=lineage.read_page(request.GET.get("page", "")),
    )
    if page is None:
        raise Http404
    context = {
        "page": page,
        "rules": words.rules(page),
        "formula": words.formula(page),
        "sees_log": request.actor.may(Deed.SEE_LOG),
    }
    return render(request, "reporting/desk/number_page.html", context)


@for_those_who_may(Deed.SEE_DESK)
@at_a_time
def agencies(request: TimedRequest, code: str) -> HttpResponse:
    """Who brings what to an indicator, year by year."""
    page = queries.agencies_page(
        actor=request.actor,
        code=code,
        now=request.at.moment,
        as_of=request.at.position,
        page=lineage.read_page(request.GET.get("page", "")),
    )
    if page is None:
        raise Http404
    return render(request, "reporting/desk/indicator_agencies.html", {"page": page, "tab": "agencies"})


@for_those_who_may(Deed.SEE_DESK)
@at_a_time
def events(request: TimedRequest, code: str) -> HttpResponse:
    """The newest events that touched an indicator."""
    page = queries.events_page(actor=request.actor, code=code, now=request.at.moment, as_of=request.at.position)
    if page is None:
        raise Http404
    context = {"page": page, "tab": "events", "sees_log": request.actor.may(Deed.SEE_LOG)}
    return render(request, "reporting/desk/indicator_events.html", context)
