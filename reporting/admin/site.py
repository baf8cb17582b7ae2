"""The web admin, everybody's workplace. Who may see what is asked of the actor, not of Django's flags."""

from collections.abc import Callable
from typing import Any, ClassVar

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth import logout as sign_out
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from agencies.access import Deed
from agencies.middleware import acts


class ShinchokuAdminSite(UnfoldAdminSite):
    site_title = _("Shinchoku")
    site_header = _("Shinchoku")
    enable_nav_sidebar = True
    # Our own pages: route, view, name. Filled by the package, which knows them.
    pages: ClassVar[list[tuple[str, Callable[..., HttpResponse], str]]] = []

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.actor.deeds)  # type: ignore[attr-defined]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One sign-in for all doors."""
        return redirect("sign-in")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST":  # no GET changes anything
            sign_out(request)
        return redirect("sign-in")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect(home_of(request))

    def admin_view(
        self, view: Callable[..., HttpResponseBase], cacheable: bool = False
    ) -> Callable[..., HttpResponseBase]:
        wrapped = super().admin_view(view, cacheable)
        # unfold's Alpine evaluates expressions and sets style attributes; nothing outside /admin/ may.
        relaxed = csp_update({"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]})(wrapped)
        return acts(relaxed) if getattr(view, "acts", False) else relaxed

    def extra_urls(self) -> list[URLPattern]:
        return [path(route, self.admin_view(view), name=name) for route, view, name in self.pages]


def home_of(request: HttpRequest) -> str:
    """Where this actor's work is."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor.may(Deed.ANSWER):
        return "admin:duties"
    if actor.may(Deed.RELEASE):
        return "admin:sign-offs"
    if actor.may(Deed.DECIDE):
        return "admin:queue"
    return "desk:front"


site = ShinchokuAdminSite()
