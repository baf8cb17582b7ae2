"""The list of alerts: what waits for the reader first."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from agencies import clock
from agencies.middleware import ActingRequest
from reporting.admin.alerts.page import must_see
from reporting.admin.site import site
from reporting.models.alerts import SEVERITIES
from reporting.queries.alerting import listing as queries
from reporting.queries.alerting import told


def alerts(request: ActingRequest) -> HttpResponse:
    must_see(request)
    asked = queries.read_asked(request.GET)
    found = queries.listed(actor=request.actor, now=clock.now(), asked=asked)
    context = {
        **site.each_context(request),
        "title": _("Alerts"),
        "found": found,
        "states": [(state, words, found.counted[state]) for state, words in queries.STATES.items()],
        "orders": queries.ORDERS,
        "severities": SEVERITIES,
        "kept": urlencode(found.asked.query),
        "kept_but_state": urlencode({name: text for name, text in found.asked.query.items() if name != "state"}),
        "narrowed": bool(set(found.asked.query) - {"state", "order"}),
        "sees_log": told.sees_all(request.actor),
        "decides_holds": queries.decides_holds(request.actor),
    }
    return TemplateResponse(request, "reporting/admin/alerts/list.html", context)
