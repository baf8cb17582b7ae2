"""Who is in charge of which assignment, and handing a desk to a successor."""

import re
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies import access, clock
from agencies.access import Deed, Scope
from agencies.middleware import ActingRequest, acts
from agencies.models import Agency
from reporting.admin.site import site
from reporting.commands import charges as commands
from reporting.domain.errors import NotFound, Refusal
from reporting.queries import charges as queries

NUMBER = re.compile(r"[0-9]{1,9}")


@acts
def charges(request: ActingRequest) -> HttpResponse:
    """GET shows who is in charge of what in the agency, POST changes it."""
    if not request.actor.may(Deed.SUBMIT):
        raise PermissionDenied
    refusal: Refusal | None = None
    if request.method == "POST":
        people = {
            name.removeprefix("charge:"): int(str(text)) if NUMBER.fullmatch(str(text)) else None
            for name, text in request.POST.items()
            if name.startswith("charge:")
        }
        try:
            changed = commands.put_in_charge(actor=request.actor, people=people, now=clock.now())
            said = ngettext("%(n)s assignment has been changed.", "%(n)s assignments have been changed.", len(changed))
            messages.success(request, said % {"n": len(changed)})
            return redirect(request.path)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        standing = queries.in_charge(request.actor)
        context = {
            "title": _("Who is in charge"),
            "rows": [
                {"assignment": assignment, "charge": standing.get(assignment.id)}
                for assignment in queries.assignments_of(request.actor)
            ],
            "reporters": queries.reporters(request.actor),
        }
        return _page(request, "charges", context, refusal)


@acts
def handover(request: ActingRequest) -> HttpResponse:
    """GET chooses two people and shows what would pass from one to the other; POST does it."""
    if not request.actor.may(Deed.HAND_OVER):
        raise PermissionDenied
    refusal: Refusal | None = None
    given = request.POST if request.method == "POST" else request.GET
    operator = request.actor.scope is Scope.ALL
    agency = given.get("agency", "") if operator else request.actor.agency
    old, new = given.get("predecessor", ""), given.get("successor", "")
    chosen = bool(NUMBER.fullmatch(old) and NUMBER.fullmatch(new))
    if request.method == "POST":
        if not chosen:
            raise Http404
        try:
            done = commands.hand_over(
                actor=request.actor,
                agency=agency,
                predecessor=int(old),
                successor=int(new),
                note=given.get("note", ""),
                now=clock.now(),
            )
            said = _("The desk of %(old)s has been handed over to %(new)s.")
            messages.success(request, said % {"old": done.predecessor_name, "new": done.successor_name})
            return redirect("admin:handover" if operator or str(request.actor.person_id) != old else "home")
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        passes = queries.passes(request.actor, agency, int(old), int(new)) if chosen else None
        if chosen and passes is None:
            raise Http404
        shown = refusal or (passes.refusal if passes else None)
        context = {
            "title": _("Handover"),
            "agency": agency,
            "agencies": list(Agency.objects.filter(units__isnull=False).distinct()) if operator else [],
            "people": queries.colleagues(request.actor, agency) if agency else [],
            "predecessor": old,
            "successor": new,
            "passes": passes if passes and passes.passing else None,
            "handovers": queries.handovers(request.actor, agency) if agency else [],
            "operator": operator,
        }
        return _page(request, "handover", context, shown)


def _page(request: ActingRequest, name: str, context: dict[str, Any], refusal: Refusal | None) -> HttpResponse:
    context = {**site.each_context(request), "refusal": refusal and _(refusal.message) % refusal.params, **context}
    status = refusal.status if refusal else 200
    return TemplateResponse(request, f"reporting/admin/{name}.html", context, status=status).render()
