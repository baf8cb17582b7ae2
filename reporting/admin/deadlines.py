"""Deadlines: CSTI gives an agency longer or reopens a period for it; operators add days to the holidays."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from indicators.holidays_jp import unknown_from
from indicators.periods import JST
from reporting.admin.site import site
from reporting.commands import deadlines as commands
from reporting.domain.deadline import Kind
from reporting.domain.errors import BadDay, DayMissing, NotFound, Refusal
from reporting.queries import deadlines as queries
from reporting.queries.calendar import added_holidays


def overview(request: ActingRequest) -> HttpResponse:
    """The agencies that report on a period, with what is granted to them."""
    if not request.actor.may(Deed.SET_DEADLINE):
        raise PermissionDenied
    found = queries.deadlines_of(
        actor=request.actor,
        period=request.GET.get("period", ""),
        agency=request.GET.get("agency", "").strip()[:100],
        page=_number(request.GET.get("page", "")),
        now=clock.now(),
    )
    context = {**site.each_context(request), "title": _("Deadlines"), "found": found}
    return TemplateResponse(request, "reporting/admin/deadlines.html", context)


@acts
def change(request: ActingRequest, agency: str, period: str) -> HttpResponse:
    """One agency's period: GET shows it, POST extends, reopens or withdraws."""
    if not request.actor.may(Deed.SET_DEADLINE):
        raise PermissionDenied
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            messages.success(request, _act(request, agency, period))
            return redirect(request.path)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        found = queries.deadline_of(actor=request.actor, agency=agency, period=period, now=clock.now())
        if found is None:
            raise Http404
        typed = {name: request.POST.get(name, "") for name in ("do", "assignment", "until", "reason")}
        context = {"title": _("Deadlines of an agency"), "found": found, "typed": typed}
        return _page(request, "deadline", context, refusal)


def _act(request: ActingRequest, agency: str, period: str) -> str:
    """What was done, in words. Raises a Refusal."""
    about: dict[str, Any] = {
        "actor": request.actor,
        "agency": agency,
        "period": period,
        "assignment": request.POST.get("assignment") or None,
        "reason": request.POST.get("reason", ""),
        "now": clock.now(),
    }
    match request.POST.get("do"):
        case "extend":
            commands.extend_deadline(until=_day(request, "until"), **about)
            return _("The deadline has been extended. The agency sees it on its desk.")
        case "reopen":
            commands.reopen_period(until=_day(request, "until"), **about)
            return _("The period has been reopened. The agency sees it on its desk.")
        case "withdraw-extended":
            commands.withdraw_change(kind=Kind.EXTENDED, **about)
            return _("The extension has been withdrawn.")
        case "withdraw-reopened":
            commands.withdraw_change(kind=Kind.REOPENED, **about)
            return _("The reopening has been withdrawn.")
        case _:
            raise NotFound()


@acts
def holidays(request: ActingRequest) -> HttpResponse:
    """The days added to the holidays: GET shows them, POST adds or removes one."""
    if not request.actor.may(Deed.OPERATE):
        raise PermissionDenied
    refusal: Refusal | None = None
    if request.method == "POST":
        act: Callable[..., Any] = commands.add_holiday
        if request.POST.get("do") == "remove":
            act = commands.remove_holiday
        try:
            act(actor=request.actor, day=_day(request, "day"), reason=request.POST.get("reason", ""), now=clock.now())
            messages.success(request, _("Done. Deadlines that fall on the day move with it, from now on."))
            return redirect(request.path)
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        today = clock.now().astimezone(JST).date()
        context = {
            "title": _("Holidays"),
            "days": [row for row in added_holidays() if row.day >= today],
            "past": [row for row in added_holidays() if row.day < today],
            "uncovered": unknown_from(today),
            "typed": {name: request.POST.get(name, "") for name in ("do", "day", "reason")},
        }
        return _page(request, "holidays", context, refusal)


def _page(request: ActingRequest, name: str, context: dict[str, Any], refusal: Refusal | None) -> HttpResponse:
    wrong = {"reason_missing": "reason", "figure_invalid": "reason"}.get(refusal.code, "until") if refusal else ""
    said = refusal and _(refusal.message) % refusal.params
    context = {**site.each_context(request), "refusal": said, "wrong": wrong, **context}
    status = refusal.status if refusal else 200
    return TemplateResponse(request, f"reporting/admin/{name}.html", context, status=status).render()


def _day(request: ActingRequest, name: str) -> date:
    text = request.POST.get(name, "").strip()
    if not text:
        raise DayMissing()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadDay(text=text[:40]) from None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 else 1
