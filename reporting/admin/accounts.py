"""Signing in and out, where to go then, and which of one's memberships to act as."""

import re

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from agencies.middleware import ACTING_MEMBERSHIP, ActingRequest
from reporting.admin.site import home_of

sign_in = LoginView.as_view(template_name="reporting/sign_in.html", redirect_authenticated_user=False)
sign_out = LogoutView.as_view()


def home(request: ActingRequest) -> HttpResponse:
    """To one's work; to the sign-in page when nobody is signed in; a word of explanation without a membership."""
    if not request.user.is_authenticated:
        return redirect("sign-in")
    if not request.actor.deeds:
        return render(request, "reporting/no_membership.html", status=403)
    return redirect(home_of(request))


@require_POST
def act_as(request: HttpRequest) -> HttpResponse:
    """Act as another of one's memberships. One that is not one's own is as if it were not chosen."""
    raw = request.POST.get("membership", "")
    if re.fullmatch(r"[0-9]{1,9}", raw):
        request.session[ACTING_MEMBERSHIP] = int(raw)
    back = request.POST.get("next", "/")
    return redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "/")
