"""Who has reported and who has not: for CSTI and the ministries."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from reporting.admin.site import site
from reporting.domain.errors import Refusal
from reporting.queries.as_of import AsOf, find_as_of
from reporting.queries.board import By, Stand, board, read_filter
from reporting.queries.words import BY, STANDS


@acts
def shown(request: ActingRequest) -> HttpResponse:
    """The board, now or as of a time; filters and pages are in the address."""
    if not request.actor.may(Deed.SEE_BOARD):
        raise PermissionDenied
    now, refusal = clock.now(), None
    try:
        # In a transaction before: the one that reads must not be older than the heads it goes by.
        with transaction.atomic():
            at = find_as_of(text=request.GET.get("as_of", ""), now=now)
    except Refusal as error:
        refusal, at = error, AsOf("", None, now)
    asked = read_filter(request.GET)
    with access.reading(request.actor, at_one_moment=True):
        found = board(actor=request.actor, asked=asked, now=at.moment, as_of=at.position)
        context = {
            **site.each_context(request),
            "title": _("Who has reported"),
            "board": found,
            "at": at,
            "by": [(by, BY[by]) for by in By],
            "states": [(stand, STANDS[stand]) for stand in Stand],
            "refusal": refusal and _(refusal.message) % refusal.params,
            "kept": urlencode(_kept(request, ("by", "page"))),
            "kept_page": urlencode(_kept(request, ("page",))),
            "drill": urlencode(_kept(request, ("by", "page", "agency", "measure", "period"))),
        }
        status = refusal.status if refusal else 200
        return TemplateResponse(request, "reporting/admin/board.html", context, status=status).render()


def _kept(request: ActingRequest, without: tuple[str, ...]) -> list[tuple[str, Any]]:
    """What the address asks, for links that change one thing of it."""
    return [(name, value) for name, value in request.GET.items() if name not in without]
