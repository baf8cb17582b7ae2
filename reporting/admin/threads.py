"""Questions and answers about an agency's indicators."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from indicators.periods import Period, PeriodError
from reporting.admin.drafts import plain
from reporting.admin.site import site
from reporting.commands import threads as commands
from reporting.domain.errors import NotFound, Refusal
from reporting.queries import threads as queries


def waiting(request: ActingRequest) -> HttpResponse:
    """What agencies have asked and nobody has answered yet."""
    if not request.actor.may(Deed.DECIDE) and not request.actor.may(Deed.ACCEPT_TARGET):
        raise PermissionDenied
    context = {
        **site.each_context(request),
        "title": _("Questions of agencies"),
        "questions": queries.waiting(request.actor),
    }
    return TemplateResponse(request, "reporting/admin/threads.html", context)


@acts
def thread(request: ActingRequest, agency: str, indicator: str) -> HttpResponse:
    """One thread: GET shows it, POST adds to it. One that may not be seen is as if it were not there."""
    refusal: Refusal | None = None
    text = plain(request.POST.get("text", ""))
    period = _period(request)
    if request.method == "POST":
        try:
            commands.say(
                actor=request.actor, agency=agency, indicator=indicator, period=period, text=text, now=clock.now()
            )
            messages.success(request, _("Your message has been added."))
            return redirect(request.get_full_path())
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        about = queries.about(request.actor, agency, indicator)
        if about is None:
            raise Http404
        context = {
            **site.each_context(request),
            "title": _("Questions and answers"),
            "about": about,
            "messages_said": queries.threads_of(request.actor, agency, [indicator]).get(indicator, []),
            "period": period,
            "writes": request.actor.may(Deed.SUBMIT) and agency == request.actor.agency,
            "speaks": (request.actor.may(Deed.SUBMIT) and agency == request.actor.agency)
            or any(request.actor.may(deed) for deed in commands.CSTI),
            "text": text,
            "refusal": refusal and _(refusal.message) % refusal.params,
        }
        status = refusal.status if refusal else 200
        return TemplateResponse(request, "reporting/admin/thread.html", context, status=status).render()


def _period(request: ActingRequest) -> str:
    """The period the question is about; none for anything that is no period."""
    try:
        return Period.parse(request.GET.get("period", "")).code
    except PeriodError:
        return ""
