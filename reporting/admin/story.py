"""The whole story of one report, for whoever may see the report."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies.access import Deed
from agencies.middleware import ActingRequest
from indicators.periods import Period
from reporting.admin.site import site
from reporting.queries import attachments, work
from reporting.queries.calendar import window_of
from reporting.queries.shown import name_shown
from reporting.queries.story import tell


def told(request: ActingRequest, report: str) -> HttpResponse:
    """A report of another agency is as if it were not there."""
    if not request.actor.may(Deed.SEE_DESK):
        raise PermissionDenied
    found = work.find_report(request.actor, report)
    if found is None:
        raise Http404
    node = found.assignment.node
    chapters = tell(actor=request.actor, report=found)
    context = {
        **site.each_context(request),
        "title": _("The whole story of a report"),
        "report": found,
        "agency": name_shown(found.agency),
        "node": node,
        "node_name": name_shown(node),
        "window": window_of(found.assignment, Period.parse(found.period)),
        "chapters": chapters,
        "evidence": attachments.stood_with(actor=request.actor, events=[chapter.event for chapter in chapters]),
        "sees_log": request.actor.may(Deed.SEE_LOG),
        "decides": request.actor.may(Deed.DECIDE),
        "erases": request.actor.may(Deed.REDACT),
        "writes": request.actor.may(Deed.SUBMIT) and found.agency_id == request.actor.agency,
    }
    return TemplateResponse(request, "reporting/admin/timeline.html", context)
