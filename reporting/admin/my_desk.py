"""My desk: what is due, what came back, what waits; and what is asked of one's department."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies import clock
from agencies.access import Deed
from agencies.middleware import ActingRequest
from reporting.admin.site import site
from reporting.queries.inquiries import errands
from reporting.queries.my_desk import Whose, my_desk


def duties(request: ActingRequest) -> HttpResponse:
    """A reporter's desk. Who only answers for a department sees what is asked of it, and nothing else."""
    actor, now = request.actor, clock.now()
    if not actor.may(Deed.SUBMIT):
        if not actor.may(Deed.ANSWER):
            raise PermissionDenied
        context = {**site.each_context(request), "title": _("What is asked of us"), "errands": errands(actor, now)}
        return TemplateResponse(request, "reporting/admin/errands.html", context)
    asked = request.GET.get("whose", "")
    desk = my_desk(actor, now, Whose(asked) if asked in set(Whose) else None)
    context = {
        **site.each_context(request),
        "title": _("My reports"),
        "desk": desk,
        "choices": [(Whose.MINE, _("Mine")), (Whose.UNIT, _("My department's")), (Whose.ALL, _("All of the agency"))],
    }
    return TemplateResponse(request, "reporting/admin/duties.html", context)
