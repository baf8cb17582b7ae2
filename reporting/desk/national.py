"""The nation: the front page and its pillars, two times beside each other, and saying up to where one has looked."""

from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from agencies import clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from reporting.commands.desk_visits import say_seen
from reporting.desk.door import TimedRequest, at_a_time, for_those_who_may, with_places
from reporting.domain.errors import Refusal
from reporting.queries import desk as queries
from reporting.queries.desk.comparing import sheet
from reporting.sheets import delimited


@for_those_who_may(Deed.SEE_DESK)
@with_places("since")
@at_a_time
def front(request: TimedRequest) -> HttpResponse:
    page = _national(request, queries.read_asked(request.GET.dict()))
    return render(request, "reporting/desk/front.html", {"page": page, "since": request.places["since"]})


@for_those_who_may(Deed.SEE_DESK)
@with_places("since")
@at_a_time
def pillar(request: TimedRequest, code: str) -> HttpResponse:
    """The measures of one pillar, narrowed as the front page is."""
    page = _national(request, replace(queries.read_asked(request.GET.dict()), pillar=code))
    name = dict(page.narrowing.choices["pillar"]).get(code) if page else None
    if name is None:
        raise Http404
    context = {"page": page, "since": request.places["since"], "name": name}
    return render(request, "reporting/desk/pillar.html", context)


def _national(request: TimedRequest, asked: queries.Asked) -> queries.FrontPage | None:
    return queries.front_page(
        actor=request.actor,
        now=request.at.moment,
        as_of=request.at.position,
        asked=asked,
        since=request.places["since"].position,
    )


@for_those_who_may(Deed.SEE_DESK)
@with_places("from", "to")
@at_a_time
def compare(request: TimedRequest) -> HttpResponse:
    """Two times: `?from=…&to=…`, days, times or positions; without `to` that of the page, or now."""
    page = _compared(request)
    asked = {name: said for name in ("from", "to", "as_of") if (said := request.GET.get(name, ""))}
    context = {"page": page, "asked": asked, "address": urlencode(asked), "sees_log": request.actor.may(Deed.SEE_LOG)}
    return render(request, "reporting/desk/compare.html", context)


@for_those_who_may(Deed.SEE_DESK)
@with_places("from", "to")
@at_a_time
def compare_as_csv(request: TimedRequest) -> HttpResponse:
    """The same as a spreadsheet opens it: no text of it is ever a formula."""
    page = _compared(request)
    if page is None:
        raise Http404
    response = HttpResponse(delimited.written(sheet(page)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="comparison.csv"'
    return response


def _compared(request: TimedRequest) -> queries.Comparison | None:
    earlier, later = request.places["from"], request.places["to"]
    if not earlier.text:
        return None
    return queries.comparison(actor=request.actor, earlier=earlier, later=later if later.text else request.at)


@acts
@require_POST
def seen(request: ActingRequest) -> HttpResponse:
    """「ここまで確認した」."""
    if not request.actor.may(Deed.SEE_DESK):
        raise PermissionDenied
    said = request.POST.get("position", "")
    position = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else -1
    try:
        visit = say_seen(actor=request.actor, position=position, now=clock.now())
    except Refusal as refusal:
        messages.error(request, _(refusal.message) % refusal.params)
    else:
        messages.success(request, _("Noted: you have looked up to position %(n)s of the log.") % {"n": visit.position})
    back = request.POST.get("next", "")
    safe = back.startswith("/desk/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if safe else reverse("desk:front"))
