"""Who is asking, and the transaction they ask in."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar, cast

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.template.loader import render_to_string

from agencies import access

log = structlog.get_logger()

ACTING_MEMBERSHIP = "acting_membership"  # session key: which of their memberships a person acts as

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class ActingRequest(HttpRequest):
    """A request after this middleware: it knows its actor."""

    actor: access.Actor


def acts(view: View) -> View:
    """Mark a view that calls commands: commands open their own durable transactions, so none is opened around it.
    Such a view reads inside `access.reading(request.actor)` itself."""
    view.acts = True  # type: ignore[attr-defined]
    return view


def for_anybody(view: View) -> View:
    """Mark a view that is the same for whoever asks: who that is, is not even looked up."""
    view.for_anybody = True  # type: ignore[attr-defined]
    return view


class ActingMiddleware:
    """Sets `request.actor`, and runs every view that is not marked `acts` in one reading transaction, its rendering
    included (ATOMIC_REQUESTS would end before a TemplateResponse is rendered)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest("NUL")  # PostgreSQL holds none; nobody's browser sends one
        response = self.get_response(request)
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers.setdefault("Retry-After", "60")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        acting = cast(ActingRequest, request)
        try:
            if getattr(view, "for_anybody", False):
                acting.actor = access.NOBODY
                return view(request, *args, **kwargs)
            acting.actor = access.actor_for(request.user, request.session.get(ACTING_MEMBERSHIP))
            if getattr(view, "acts", False):
                return view(request, *args, **kwargs)
            with access.reading(acting.actor):
                response = view(request, *args, **kwargs)
                if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                    response = response.render()
            return response
        except OperationalError as error:
            return _busy(error)


def _busy(error: OperationalError) -> HttpResponseBase:
    """The database is away, full or was not there in time, outside of a command, which says so itself. Before one or
    after: so the page does not say that nothing was changed."""
    log.warning("database not there in time", error=type(error).__name__, cause=type(error.__cause__).__name__)
    return HttpResponse(render_to_string("503.html"), status=HTTPStatus.SERVICE_UNAVAILABLE)
