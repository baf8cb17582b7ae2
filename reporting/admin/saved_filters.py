"""A reviewer's own filters of the review queue: saved and deleted there."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from agencies import access
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from reporting.admin.review import queue_page
from reporting.commands import saved_filters as commands
from reporting.domain.errors import NotFound, Refusal


@acts
def save(request: ActingRequest) -> HttpResponse:
    """POST keeps what the query of the address narrows by under a name; GET, as after a reload, is the queue."""
    _must_decide(request)
    if request.method != "POST":
        return redirect(_queue(request))
    name = request.POST.get("name", "")
    try:
        saved = commands.save_filter(actor=request.actor, name=name, query=request.GET)
    except Refusal as error:
        return _refused(request, error, name)
    messages.success(request, _("The filter “%(name)s” has been saved.") % {"name": saved.name})
    return redirect(_queue(request))


@acts
def forget(request: ActingRequest, saved: int) -> HttpResponse:
    """POST deletes one."""
    _must_decide(request)
    if request.method != "POST":
        return redirect(_queue(request))
    try:
        commands.forget_filter(actor=request.actor, saved=saved)
    except NotFound:
        raise Http404 from None
    except Refusal as error:
        return _refused(request, error)
    messages.success(request, _("The filter has been deleted."))
    return redirect(_queue(request))


def _must_decide(request: ActingRequest) -> None:
    if not request.actor.may(Deed.DECIDE):
        raise PermissionDenied


def _refused(request: ActingRequest, refusal: Refusal, typed: str = "") -> HttpResponse:
    with access.reading(request.actor):
        return queue_page(request, refusal=refusal, typed=typed).render()


def _queue(request: ActingRequest) -> str:
    kept = request.GET.urlencode()
    return reverse("admin:queue") + (f"?{kept}" if kept else "")
