"""What one has been told: the list, with what is unread; and what a correction moved, for those responsible."""

import re

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.middleware import ActingRequest, acts
from reporting.admin.site import site
from reporting.commands.notices import read_notices
from reporting.domain.errors import NotFound
from reporting.queries import cascade
from reporting.queries import notices as queries

NUMBER = re.compile(r"[0-9]{1,9}")


@acts
def notices(request: ActingRequest) -> HttpResponse:
    """GET lists, newest first. POST marks one as read and goes to what it is about, or marks all."""
    if not request.actor.deeds:
        raise PermissionDenied
    if request.method == "POST":
        one = request.POST.get("open", "")
        if not one:
            read_notices(actor=request.actor, now=clock.now())
            messages.success(request, _("All notices are marked as read."))
            return redirect("admin:notices")
        if not NUMBER.fullmatch(one):
            raise Http404
        try:
            read_notices(actor=request.actor, notice=int(one), now=clock.now())
        except NotFound:
            raise Http404 from None
        with access.reading(request.actor):
            found = queries.find_notice(request.actor, int(one))
        if found is None:
            raise Http404
        return redirect(queries.address_of(found))
    page = request.GET.get("page", "1")
    with access.reading(request.actor):
        context = {
            **site.each_context(request),
            "title": _("Notices"),
            "told": queries.notices_of(request.actor, int(page) if NUMBER.fullmatch(page) else 1),
            "kinds": queries.KINDS,
        }
        return TemplateResponse(request, "reporting/admin/notices.html", context).render()


def moved_nationally(request: ActingRequest, position: int) -> HttpResponse:
    """The nation's figures and standings that a correction moved: for who was told of them."""
    told = queries.moves_told(request.actor, position)
    if told is None:
        raise Http404
    figures, standings = cascade.national_moves(
        actor=request.actor,
        position=position,
        at=told.at,
        indicators=told.detail["indicators"],
        period=told.detail["period"],
    )
    context = {
        **site.each_context(request),
        "title": _("What a correction moved"),
        "told": told,
        "figures": figures,
        "standings": standings,
    }
    return TemplateResponse(request, "reporting/admin/moved_nationally.html", context)
