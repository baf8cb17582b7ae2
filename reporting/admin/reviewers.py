"""Who reviews what, and how much each has before them."""

import re
from datetime import timedelta

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
from reporting.commands import reviewers as commands
from reporting.domain.errors import NotFound, Refusal
from reporting.models import Post
from reporting.queries import reviewers as queries

NUMBER = re.compile(r"[0-9]{1,9}")
COUNTED = timedelta(days=30)


@acts
def reviewers(request: ActingRequest) -> HttpResponse:
    """GET shows who is named for what and the workload of each, to all who review; POST names somebody or ends that."""
    if not (request.actor.may(Deed.DECIDE) or request.actor.may(Deed.NAME_REVIEWERS)):
        raise PermissionDenied
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            _change(request)
            return redirect(request.path)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        now = clock.now()
        context = {
            **site.each_context(request),
            "title": _("Who reviews what"),
            "overview": queries.overview(request.actor, now - COUNTED),
            "now": now,
            "posts": Post.choices,
            "agencies": queries.agencies_that_report(request.actor),
            "may_name": request.actor.may(Deed.NAME_REVIEWERS),
            "refusal": refusal and _(refusal.message) % refusal.params,
        }
        status = refusal.status if refusal else 200
        return TemplateResponse(request, "reporting/admin/reviewers.html", context, status=status).render()


def _change(request: ActingRequest) -> None:
    given, now = request.POST, clock.now()
    if NUMBER.fullmatch(end := given.get("end", "")):
        commands.end_post(actor=request.actor, post=int(end), now=now)
        messages.success(request, _("It has ended."))
        return
    kind, _colon, code = given.get("place", "").partition(":")
    person = given.get("person", "")
    if kind not in ("node", "agency") or not NUMBER.fullmatch(person):
        raise NotFound()
    named = commands.name_reviewer(
        actor=request.actor,
        post=given.get("post", ""),
        node=code if kind == "node" else None,
        agency=code if kind == "agency" else None,
        person=int(person),
        now=now,
    )
    messages.success(request, _("%(name)s has been named.") % {"name": named.person})
