"""CSTI's desk: what the plan comes to, and why. Every page only reads."""

from csp.constants import NONE
from csp.decorators import csp
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from agencies.access import Deed
from reporting.desk.door import TimedRequest, at_a_time, for_those_who_may
from reporting.queries import charts, scenarios
from reporting.queries import desk as queries

KEPT_SECONDS = 24 * 60 * 60  # a drawn chart, under the digest of its data


@for_those_who_may(Deed.SEE_DESK)
@at_a_time
def indicator(request: TimedRequest, code: str) -> HttpResponse:
    page = queries.indicator_page(actor=request.actor, code=code, now=request.at.moment, as_of=request.at.position)
    if page is None:
        raise Http404
    return render(request, "reporting/desk/indicator.html", {"page": page, "figure": page.figure})


@for_those_who_may(Deed.SEE_BOARD)
@at_a_time
def scenario(request: TimedRequest, code: str) -> HttpResponse:
    """What if those who are missing report: asked by an address, so that it can be shown again, and nothing is kept."""
    asked = scenarios.read_asked(request.GET)
    page = scenarios.scenario_page(
        actor=request.actor, code=code, asked=asked, now=request.at.moment, as_of=request.at.position
    )
    if page is None:
        raise Http404
    fields = [(agency, asked.typed.get(agency.code, "")) for agency in page.missing[: scenarios.MOST_TYPED]]
    context = {"page": page, "figure": page.figure, "fields": fields, "assumptions": list(scenarios.ASSUMPTIONS)}
    return render(request, "reporting/desk/scenario.html", context)


@for_those_who_may(Deed.SEE_DESK)
@at_a_time
def measure(request: TimedRequest, code: str) -> HttpResponse:
    page = queries.measure_page(actor=request.actor, code=code, now=request.at.moment, as_of=request.at.position)
    if page is None:
        raise Http404
    return render(request, "reporting/desk/measure.html", {"page": page})


# A picture: it loads nothing and has no styles in it. (django-csp's types know no view with arguments.)
@csp({"default-src": [NONE], "frame-ancestors": [NONE]})  # type: ignore[arg-type]
@for_those_who_may(Deed.SEE_DESK)
@at_a_time
def chart(request: TimedRequest, code: str) -> HttpResponse:
    size: charts.Size = "small" if request.GET.get("size") == "small" else "large"
    language = get_language() or "ja"
    data = queries.chart_of(actor=request.actor, code=code, now=request.at.moment, as_of=request.at.position)
    if data is None:
        raise Http404
    name = f"chart-{data.digest}-{language}-{size}"
    etag = f'"{name}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        svg = cache.get(name)
        if svg is None:
            svg = charts.draw(data, language, size)
            cache.set(name, svg, KEPT_SECONDS)
        response = HttpResponse(svg, content_type="image/svg+xml")
        response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response
