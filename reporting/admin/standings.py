"""What people say and set about a standing: a class set by hand, its end, opinions and replies."""

from datetime import date
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
from indicators.periods import JST
from reporting.admin.drafts import plain
from reporting.admin.site import site
from reporting.commands import opinions as opinion_commands
from reporting.commands import overrides as commands
from reporting.domain.errors import (
    BadDay,
    ClassNotToBeSet,
    DayMissing,
    DayPassed,
    DayTooFar,
    NotAllowed,
    NotFound,
    ReasonMissing,
    Refusal,
)
from reporting.domain.overrides import CLASSES, furthest
from reporting.domain.standing import NAMES
from reporting.models import Opinion
from reporting.queries import opinions, standings
from reporting.queries import overrides as by_hand

# Which field a refusal is about, to stand beside it.
FIELDS: dict[type[Refusal], str] = {
    ReasonMissing: "reason", DayMissing: "until", BadDay: "until", DayPassed: "until", DayTooFar: "until",
    ClassNotToBeSet: "class",
}  # fmt: skip


@acts
def override(request: ActingRequest, event_id: UUID) -> HttpResponse:
    """GET shows the standing with a form, POST sets another class in its place."""
    if not request.actor.may(Deed.OVERRIDE):
        raise PermissionDenied
    refusal: Refusal | None = None
    now = clock.now()
    if request.method == "POST":
        try:
            commands.override_standing(
                actor=request.actor,
                standing=event_id,
                cls=request.POST.get("class", ""),
                until=_day(request.POST.get("until", "")),
                reason=plain(request.POST.get("reason", "")),
                now=now,
            )
            messages.success(request, _("Set. Every page shows it, marked as set by hand, until the end of the day."))
            return redirect("desk:standing", event_id)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        page = standings.standing_page(actor=request.actor, event_id=event_id, now=now)
        if page is None:
            raise Http404
        context = {
            "title": _("Set a standing by hand"),
            "page": page,
            "classes": [(cls, _(NAMES[cls])) for cls in CLASSES],
            "typed": {name: request.POST.get(name, "") for name in ("class", "until", "reason")},
            "first": now.astimezone(JST).date(),
            "last": furthest(now),
        }
        return _page(request, "override", context, refusal)


@acts
def withdraw(request: ActingRequest, override: UUID) -> HttpResponse:
    """One that a person has set: GET shows it, POST ends it."""
    if not request.actor.may(Deed.OVERRIDE):
        raise PermissionDenied
    refusal: Refusal | None = None
    reason = plain(request.POST.get("reason", ""))
    if request.method == "POST":
        try:
            commands.withdraw_override(actor=request.actor, override=override, reason=reason, now=clock.now())
            messages.success(request, _("Withdrawn. The computed standing is shown again."))
            return redirect("desk:overrides")
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        found = by_hand.listed(actor=request.actor, now=clock.now())
        one = next((one for one in found if one.row.event_id == override), None)
        if one is None:
            raise Http404
        context = {"title": _("Withdraw a standing set by hand"), "one": one, "reason": reason}
        return _page(request, "withdraw_override", context, refusal)


@acts
def opinion(request: ActingRequest, event_id: UUID, agency: str) -> HttpResponse:
    """What one agency and CSTI have said on a standing: GET shows it, POST adds to it."""
    refusal: Refusal | None = None
    text = plain(request.POST.get("text", ""))
    replies = any(request.actor.may(deed) for deed in opinion_commands.CSTI)
    if request.method == "POST":
        try:
            opinion_commands.give_opinion(
                actor=request.actor, standing=event_id, agency=agency, text=text, now=clock.now()
            )
            messages.success(request, _("Your message has been added."))
            return redirect(request.path)
        except NotFound:
            raise Http404 from None
        except NotAllowed:
            raise PermissionDenied from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        page = standings.standing_page(actor=request.actor, event_id=event_id, now=clock.now())
        if page is None:
            raise Http404
        said: list[Opinion] = [row for row in page.opinions if row.agency_id == agency]
        writes = page.speaks and agency == request.actor.agency
        if not said and not writes:
            raise Http404
        context = {
            "title": _("Opinion on a standing"),
            "page": page,
            "said": said,
            "writes": writes,
            "speaks": writes or (replies and bool(said)),
            "text": text,
        }
        return _page(request, "opinion", context, refusal)


def waiting(request: ActingRequest) -> HttpResponse:
    """The opinions of agencies that CSTI has not replied to."""
    if not any(request.actor.may(deed) for deed in opinion_commands.CSTI):
        raise PermissionDenied
    context = {
        **site.each_context(request),
        "title": _("Opinions of agencies"),
        "opinions": opinions.waiting(request.actor),
    }
    return TemplateResponse(request, "reporting/admin/opinions.html", context)


def _day(text: str) -> date:
    """Raises DayMissing, BadDay."""
    if not text.strip():
        raise DayMissing()
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadDay(text=text[:40]) from None


def _page(request: ActingRequest, name: str, context: dict[str, Any], refusal: Refusal | None) -> HttpResponse:
    context = {
        **site.each_context(request),
        "refusal": refusal and _(refusal.message) % refusal.params,
        "wrong": FIELDS.get(type(refusal), "") if refusal else "",
        **context,
    }
    status = refusal.status if refusal else 200
    return TemplateResponse(request, f"reporting/admin/{name}.html", context, status=status).render()
