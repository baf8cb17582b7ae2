"""The standings themselves: all at a time, one with all that made it, those that people have set. Only reading."""

from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import urlencode

from agencies.access import Deed
from reporting.desk.door import TimedRequest, at_a_time, for_those_who_may
from reporting.queries import overrides as by_hand
from reporting.queries import standings as queries
from reporting.sheets import delimited

NARROWING = ("class", "pillar", "agency", "indicator", "overridden")


@for_those_who_may(Deed.SEE_DESK)
@at_a_time
def listed(request: TimedRequest) -> HttpResponse:
    """All standings in force then, narrowed by what is asked in the address."""
    page = queries.listed(actor=request.actor, asked=queries.read_asked(request.GET.dict()), as_of=request.at.position)
    kept = {name: request.GET[name] for name in NARROWING if request.GET.get(name)}
    kept |= {"as_of": request.at.text} if request.at.text else {}
    context = {
        "page": page,
        "kept": urlencode(kept),
        "counted": queries.COUNTED,
        "sees_overrides": request.actor.may(Deed.SEE_LOG),
    }
    return render(request, "reporting/desk/standings.html", context)


@for_those_who_may(Deed.SEE_DESK)
@at_a_time
def one(request: TimedRequest, event_id: UUID) -> HttpResponse:
    page = queries.standing_page(
        actor=request.actor, event_id=event_id, now=request.at.moment, as_of=request.at.position
    )
    if page is None:
        raise Http404
    context = {"page": page, "sees_log": request.actor.may(Deed.SEE_LOG)}
    return render(request, "reporting/desk/standing_page.html", context)


@for_those_who_may(Deed.SEE_DESK)
@at_a_time
def as_csv(request: TimedRequest) -> HttpResponse:
    """The list as a spreadsheet opens it: no text of it is ever a formula."""
    table = queries.sheet(actor=request.actor, asked=queries.read_asked(request.GET.dict()), as_of=request.at.position)
    response = HttpResponse(delimited.written(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="standings.csv"'
    return response


@for_those_who_may(Deed.SEE_DESK)
@at_a_time
def as_json(request: TimedRequest) -> HttpResponse:
    found = queries.records(
        actor=request.actor, asked=queries.read_asked(request.GET.dict()), as_of=request.at.position
    )
    response = JsonResponse(found, safe=False, json_dumps_params={"ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="standings.json"'
    return response


@for_those_who_may(Deed.SEE_LOG)
@at_a_time
def overrides(request: TimedRequest) -> HttpResponse:
    """What people have set, in force and past, with the day it ends."""
    found = by_hand.listed(actor=request.actor, now=request.at.moment, as_of=request.at.position)
    context = {
        "current": [one for one in found if one.in_force],
        "past": [one for one in found if not one.in_force],
        "withdraws": request.at.position is None and request.actor.may(Deed.OVERRIDE),
    }
    return render(request, "reporting/desk/overrides.html", context)
