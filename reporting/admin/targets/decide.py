"""One proposal: what it would change, and CSTI's word on it."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from reporting.admin.targets.fields import Field, problems_of
from reporting.admin.targets.pages import page_of
from reporting.commands import plan as commands
from reporting.domain.errors import NotFound, Refusal
from reporting.queries import targets as queries


@acts
def decide(request: ActingRequest, proposal: UUID) -> HttpResponse:
    """GET shows old and new, POST accepts or declines. Another agency's proposal is as if it were not there."""
    if not request.actor.may(Deed.SEE_DESK):
        raise PermissionDenied
    refusal: Refusal | None = None
    reason = request.POST.get("reason", "")
    if request.method == "POST":
        try:
            if request.POST.get("do") == "accept":
                commands.accept_target(actor=request.actor, proposal=proposal, now=clock.now())
                messages.success(request, _("Accepted. It is in force from now on."))
            else:
                commands.decline_target(actor=request.actor, proposal=proposal, reason=reason, now=clock.now())
                messages.success(request, _("Declined. The agency sees the reason."))
            return redirect("admin:proposal", proposal)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        found = queries.find_proposal(actor=request.actor, proposal=proposal)
        if found is None:
            raise Http404
        asked, page = found
        problems = problems_of(refusal)
        context = {
            "title": _("A proposal"),
            "asked": asked,
            "page": page,
            "decides": request.actor.may(Deed.ACCEPT_TARGET) and asked.open,
            "reason": Field("reason", _("Why it is declined"), reason, problem=problems.get("reason", "")),
        }
        return page_of(request, "proposal", context, refusal)
