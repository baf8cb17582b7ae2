"""Mails of alerts that are held back: what changed, and what becomes of them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from reporting.admin.alerts.page import number, page, typed
from reporting.commands.alerts import decide_about_hold, freeze_mails
from reporting.commands.alerts.holding import WHO
from reporting.domain.errors import NotAllowed, NotFound, Refusal
from reporting.queries.alerting.holds import holds_page

DOES = ("freeze", "release", "discard")


@acts
def holds(request: ActingRequest) -> HttpResponse:
    """GET shows what is held and was, to those who see the log; POST decides, or holds all mails back."""
    if not request.actor.may(Deed.SEE_LOG):
        raise PermissionDenied
    refusal: Refusal | None = None
    texts = typed(request)
    if request.method == "POST":
        try:
            messages.success(request, _done(request, texts))
            return redirect("admin:alert-holds")
        except NotFound:
            raise Http404 from None
        except NotAllowed:
            raise PermissionDenied from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        found = holds_page(actor=request.actor)
        mine = {why.value for why, deeds in WHO.items() if any(request.actor.may(deed) for deed in deeds)}
        context = {
            "title": _("Mails of alerts that are held back"),
            "found": found,
            "mine": mine,
            "freezes": request.actor.may(Deed.FREEZE_MAILS) and not found.frozen,
            "typed": texts,
        }
        return page(request, "holds", context, refusal)


def _done(request: ActingRequest, texts: dict[str, str]) -> str:
    """Raises a Refusal."""
    do, now = request.POST.get("do", ""), clock.now()
    if do not in DOES:
        raise NotFound()
    if do == "freeze":
        freeze_mails(actor=request.actor, reason=texts.get("reason", ""), now=now)
        return _("All mails of alerts are held back now.")
    hold = number(texts.get("hold", ""))
    decide_about_hold(actor=request.actor, hold=hold, release=do == "release", now=now)
    if do == "release":
        return _("Decided. What has waited goes out with the next round.")
    return _("Decided. What has waited is not told, and stays on record.")
