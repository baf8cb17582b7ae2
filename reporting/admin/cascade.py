"""What a correction moved."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies.access import Deed
from agencies.middleware import ActingRequest
from reporting.admin.site import site
from reporting.queries import work
from reporting.queries.cascade import cascade_of


def moved(request: ActingRequest, report: str, version: int) -> HttpResponse:
    """For whoever may see the report; an event of another agency is as if it were not there."""
    if not request.actor.may(Deed.SEE_DESK):
        raise PermissionDenied
    found = work.find_report(request.actor, report)
    cascade = found and cascade_of(actor=request.actor, report=report, version=version)
    if not found or not cascade:
        raise Http404
    context = {**site.each_context(request), "title": _("What this moved"), "report": found, "cascade": cascade}
    return TemplateResponse(request, "reporting/admin/cascade.html", context)
