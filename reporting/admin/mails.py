"""Mails: one, with all that was tried and what an operator decides about it; addresses that take none; and whether any
are sent at all."""

import re
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from reporting.admin.site import site
from reporting.commands import delivery as commands
from reporting.domain.delivery import Decision
from reporting.domain.errors import NotFound, Refusal
from reporting.models import OutboxMail
from reporting.queries.alerting.told import told_by_mail
from reporting.queries.delivery import lifted_addresses, mail_told, suppressed_addresses
from reporting.queries.delivery import sending as how_it_goes


@acts
def opened(request: ActingRequest, mail: int) -> HttpResponse:
    """GET shows one mail and its tries; POST says what becomes of one that failed or is in doubt."""
    _must(request)
    refusal = None
    if request.method == "POST":
        decision = _decision(request)
        refusal = _done(
            lambda: commands.decide_about_mail(
                actor=request.actor, mail=mail, decision=decision, sure="sure" in request.POST, now=clock.now()
            )
        )
        if refusal is None:
            messages.success(request, _("Noted. What becomes of the mail is below."))
            return redirect("admin:mail", mail)
    with access.reading(request.actor):
        told = mail_told(actor=request.actor, mail=mail)
        if told is None:
            raise Http404
        context = {"title": _("Mail"), "told": told, "tells": told_by_mail(actor=request.actor, mail=mail)}
        return _page(request, "mail", context, refusal)


@acts
def sending(request: ActingRequest) -> HttpResponse:
    """GET shows how many mails are in which state and whether the sender is paused; POST lets it go on."""
    _must(request)
    refusal = None
    if request.method == "POST":
        refusal = _done(lambda: commands.resume_sending(actor=request.actor))
        if refusal is None:
            messages.success(request, _("Mails are sent again."))
            return redirect("admin:mail-sending")
    with access.reading(request.actor):
        found = how_it_goes(actor=request.actor)
        states = [(state.value, state.label, found.states[state.value]) for state in OutboxMail.State]
        context = {"title": _("Sending of mails"), "found": found, "states": states}
        return _page(request, "mail_sending", context, refusal)


@acts
def addresses(request: ActingRequest) -> HttpResponse:
    """GET shows the addresses that are suppressed, and were; POST lifts one."""
    _must(request)
    refusal = None
    if request.method == "POST":
        lifted = request.POST.get("lift", "")
        if not re.fullmatch(r"[0-9]{1,18}", lifted):
            raise Http404
        refusal = _done(lambda: commands.lift_suppression(actor=request.actor, suppression=int(lifted)))
        if refusal is None:
            messages.success(request, _("The address is written to again."))
            return redirect("admin:mail-addresses")
    with access.reading(request.actor):
        context: dict[str, object] = {
            "title": _("Addresses that take no mail"),
            "in_force": suppressed_addresses(actor=request.actor),
            "over": lifted_addresses(actor=request.actor),
        }
        return _page(request, "mail_addresses", context, refusal)


def _decision(request: ActingRequest) -> Decision:
    try:
        return Decision(request.POST.get("do", ""))
    except ValueError:
        raise Http404 from None


def _done(act: Callable[[], None]) -> Refusal | None:
    try:
        act()
    except NotFound:
        raise Http404 from None
    except Refusal as refusal:
        return refusal
    return None


def _page(request: ActingRequest, name: str, context: dict[str, object], refusal: Refusal | None) -> HttpResponse:
    context = {
        **site.each_context(request),
        "refusal": refusal and _(refusal.message) % refusal.params,
        "operates": request.actor.may(Deed.OPERATE),
        **context,
    }
    status = refusal.status if refusal else 200
    return TemplateResponse(request, f"reporting/admin/{name}.html", context, status=status).render()


def _must(request: ActingRequest) -> None:
    if not request.actor.may(Deed.SEE_LOG):
        raise PermissionDenied
