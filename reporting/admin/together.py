"""Approving many reports at once: what would happen, and then, by one button, that."""

import re

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from reporting.admin.site import site
from reporting.commands.approving_together import approve_reports
from reporting.domain.errors import Refusal
from reporting.domain.together import WHY
from reporting.queries.together import together


@acts
def approve(request: ActingRequest) -> HttpResponse:
    """GET shows what approving the chosen reports together would do; POST approves them in the versions shown."""
    if not request.actor.may(Deed.DECIDE):
        raise PermissionDenied
    chosen, refusal = request.GET.getlist("report"), None
    if request.method == "POST":
        try:
            number = len(approve_reports(actor=request.actor, seen=dict(_seen(request)), now=clock.now()))
            words = ngettext("%(n)s report approved.", "%(n)s reports approved.", number) % {"n": number}
            messages.success(request, f"{words} {_('The national figures will follow within seconds.')}")
            return redirect("admin:queue")
        except Refusal as error:
            refusal, chosen = error, [report for report, _version in _seen(request)]
    with access.reading(request.actor):
        problems = refusal.params.get("problems", {}) if refusal else {}
        context = {
            **site.each_context(request),
            "title": _("Approve together"),
            "page": together(actor=request.actor, reports=chosen, now=clock.now()),
            "refusal": refusal and _(refusal.message) % refusal.params,
            "problems": [(report, _(WHY[code])) for report, code in sorted(problems.items())],
        }
        status = refusal.status if refusal else 200
        return TemplateResponse(request, "reporting/admin/together.html", context, status=status).render()


def _seen(request: ActingRequest) -> list[tuple[str, int]]:
    """What the form says was shown, "report version"; what is no such thing was not shown by us."""
    said = [re.fullmatch(r"([\w.@-]+) ([0-9]{1,9})", text) for text in request.POST.getlist("seen")]
    return [(found[1], int(found[2])) for found in said if found]
