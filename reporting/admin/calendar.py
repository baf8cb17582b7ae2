"""An agency's year: what falls due when, and how much that is; and all agencies by how much they are asked for."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies import clock
from agencies.access import Deed
from agencies.middleware import ActingRequest
from reporting.admin.site import site
from reporting.queries.burden import Limits, burdens, year_plan


def limits() -> Limits:
    return Limits(settings.HEAVY_REPORTS_A_YEAR, settings.HEAVY_FIGURES_A_YEAR)


def year(request: ActingRequest, agency: str = "") -> HttpResponse:
    """年間の報告予定: one's own agency's, or that of an agency one may see."""
    if not request.actor.may(Deed.SEE_DESK):
        raise PermissionDenied
    text = request.GET.get("year", "")
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else None
    found = year_plan(
        actor=request.actor, agency=agency or request.actor.agency, year=wanted, now=clock.now(), limits=limits()
    )
    if found is None:
        raise Http404
    context = {
        **site.each_context(request),
        "title": _("Reports of the year"),
        "found": found,
        "limits": limits(),
        "before": found.year - 1 if found.year > found.years[0] else None,
        "after": found.year + 1 if found.year < found.years[-1] else None,
        "may_move": request.actor.may(Deed.SET_DEADLINE),
    }
    return TemplateResponse(request, "reporting/admin/year.html", context)


def burden(request: ActingRequest) -> HttpResponse:
    """The agencies by how much they are asked for in a year."""
    if not request.actor.may(Deed.SEE_BOARD):
        raise PermissionDenied
    found = burdens(actor=request.actor, limits=limits())
    context = {
        **site.each_context(request),
        "title": _("Burden by agency"),
        "found": found[:200],
        "number": len(found),
        "heavy": sum(row.heavy for row in found),
        "limits": limits(),
    }
    return TemplateResponse(request, "reporting/admin/burden.html", context)
