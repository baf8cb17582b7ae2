"""Why a mail of an alert arrived, or did not."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from agencies.middleware import ActingRequest
from reporting.admin.alerts.page import must_see
from reporting.admin.site import site
from reporting.models import Telling
from reporting.queries.alerting import told as queries


def told(request: ActingRequest) -> HttpResponse:
    must_see(request)
    found = queries.told_page(actor=request.actor, asked=queries.read_asked(request.GET))
    context = {
        **site.each_context(request),
        "title": _("Why a mail arrived, or did not"),
        "found": found,
        "sees_all": queries.sees_all(request.actor),
        "became": Telling.Became.choices,
        "kept": urlencode(found.asked.query),
    }
    return TemplateResponse(request, "reporting/admin/alerts/told.html", context)
