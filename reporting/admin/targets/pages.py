"""What is wanted, and what was: all indicators, and one with its history."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies.access import Deed
from agencies.middleware import ActingRequest
from reporting.admin.site import site
from reporting.admin.targets.fields import Field
from reporting.domain.errors import Refusal
from reporting.queries import targets as queries
from reporting.queries.shown import name_shown


def overview(request: ActingRequest) -> HttpResponse:
    """Every indicator with its targets; `?waiting=1` those with a proposal to decide on."""
    _must(request)
    waiting = bool(request.GET.get("waiting"))
    rows = queries.listed(actor=request.actor)
    context = {
        **site.each_context(request),
        "title": _("Targets and milestones"),
        "rows": [row for row in rows if row.proposals] if waiting else rows,
        "waiting": waiting,
        "number": sum(row.proposals for row in rows),
        "total": len(rows),
    }
    return TemplateResponse(request, "reporting/admin/targets.html", context)


def of_indicator(request: ActingRequest, code: str) -> HttpResponse:
    """One indicator: what is in force, what is proposed, what was."""
    _must(request)
    page = queries.indicator_targets(actor=request.actor, code=code)
    if page is None:
        raise Http404
    context = {
        **site.each_context(request),
        "title": name_shown(page.definition.indicator),
        "page": page,
        "defines": request.actor.may(Deed.DEFINE_INDICATOR),
        "sees_log": request.actor.may(Deed.SEE_LOG),
    }
    return TemplateResponse(request, "reporting/admin/targets_of.html", context)


def page_of(request: ActingRequest, name: str, context: dict[str, Any], refusal: Refusal | None) -> HttpResponse:
    """A page with a form: what was refused is said above it, and beside its field."""
    said = refusal and _(refusal.message) % (refusal.params | _named(refusal, context))
    context = {**site.each_context(request), "refusal": said, **context}
    status = refusal.status if refusal else 200
    return TemplateResponse(request, f"reporting/admin/{name}.html", context, status=status).render()


def _named(refusal: Refusal, context: Any) -> dict[str, str]:
    """The fields a refusal is about by their labels, where it names some."""
    labels = {field.name: field.label for field in _fields_in(context)}
    names = refusal.params.get("problems", {})
    return {"fields": _(", ").join(dict.fromkeys(labels.get(name, name) for name in names))} if names else {}


def _fields_in(part: Any) -> Iterator[Field]:
    match part:
        case Field():
            yield part
        case dict():
            for inner in part.values():
                yield from _fields_in(inner)
        case list() | tuple():
            for inner in part:
                yield from _fields_in(inner)


def _must(request: ActingRequest) -> None:
    if not request.actor.may(Deed.SEE_DESK):
        raise PermissionDenied
