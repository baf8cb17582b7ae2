"""Erasing texts: what waits for a second person, asking, and confirming or declining."""

from typing import Any
from uuid import UUID

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
from reporting.commands import redaction as commands
from reporting.domain.errors import NotFound, Refusal
from reporting.models import Redaction
from reporting.queries import redactions, work


def overview(request: ActingRequest) -> HttpResponse:
    """What waits, what has been decided, and the texts of one report, to ask for one of them to be erased."""
    _must(request)
    asked_for = request.GET.get("report", "").strip()
    report = work.find_report(request.actor, asked_for) if asked_for else None
    context = {
        **site.each_context(request),
        "title": _("Erasing texts"),
        "waiting": redactions.requests(actor=request.actor, waiting=True),
        "decided": redactions.requests(actor=request.actor, waiting=False),
        "asked_for": asked_for,
        "report": report,
        "story": work.story(report) if report else [],
    }
    return TemplateResponse(request, "reporting/admin/redactions.html", context)


@acts
def ask(request: ActingRequest, event_id: UUID, field: str) -> HttpResponse:
    """GET shows the text, POST asks for it to be erased."""
    _must(request)
    refusal: Refusal | None = None
    reason = request.POST.get("reason", "")
    if request.method == "POST":
        try:
            proposal = commands.propose_redaction(
                actor=request.actor, event_id=event_id, field=field, reason=reason, now=clock.now()
            )
            messages.success(request, _("You have asked for the text to be erased. It waits for a second person."))
            return redirect("admin:redaction", proposal)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        words = redactions.words_at(actor=request.actor, event_id=event_id, field=field)
        if words is None:
            raise Http404
        about = redactions.event_of(actor=request.actor, event_id=event_id)
        context = {"title": _("Ask for a text to be erased"), "said": words, "about": about, "reason": reason}
        return _page(request, "ask_redaction", context, refusal)


@acts
def decide(request: ActingRequest, proposal: UUID) -> HttpResponse:
    """One request: GET shows it, POST confirms or declines it."""
    _must(request)
    refusal: Refusal | None = None
    reason = request.POST.get("reason", "")
    if request.method == "POST":
        try:
            if request.POST.get("do") == "confirm":
                commands.redact_text(actor=request.actor, proposal=proposal, now=clock.now())
                messages.success(request, _("The text has been erased."))
            else:
                commands.decline_redaction(actor=request.actor, proposal=proposal, reason=reason, now=clock.now())
                messages.success(request, _("Declined. The text stays."))
            return redirect("admin:redactions")
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        asked = redactions.request(actor=request.actor, proposal=proposal)
        if asked is None:
            raise Http404
        context = {
            "title": _("A text to be erased"),
            "asked": asked,
            "waits": asked.redaction.state == Redaction.State.PROPOSED,
            "reason": reason,
        }
        return _page(request, "redaction", context, refusal)


def _page(request: ActingRequest, name: str, context: dict[str, Any], refusal: Refusal | None) -> HttpResponse:
    context = {**site.each_context(request), "refusal": refusal and _(refusal.message) % refusal.params, **context}
    status = refusal.status if refusal else 200
    return TemplateResponse(request, f"reporting/admin/{name}.html", context, status=status).render()


def _must(request: ActingRequest) -> None:
    if not request.actor.may(Deed.REDACT):
        raise PermissionDenied
