"""確定版: naming a cut of the log, looking at what would be published, and publishing it."""

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
from reporting.commands import editions as commands
from reporting.domain.editions import is_own
from reporting.domain.errors import NotFound, Refusal
from reporting.models import Edition
from reporting.queries import editions as queries
from reporting.queries.desk.target_words import DISCLOSED
from reporting.queries.forms import who

TYPED = ("title_ja", "title_en", "as_of", "note")


@acts
def overview(request: ActingRequest) -> HttpResponse:
    """All editions; POST drafts another one."""
    _must(request)
    refusal: Refusal | None = None
    typed = {name: request.POST.get(name, "") for name in TYPED}
    if request.method == "POST":
        try:
            number = commands.draft_edition(
                actor=request.actor, title_ja=typed["title_ja"], title_en=typed["title_en"], as_of=typed["as_of"],
                note=typed["note"], now=clock.now(),
            )  # fmt: skip
            messages.success(request, _("Drafted. Its files are being made; then another person publishes it."))
            return redirect("admin:edition", number)
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        context = {
            **site.each_context(request),
            "title": _("Editions"),
            "editions": queries.listed(actor=request.actor),
            "drafts": request.actor.may(Deed.DRAFT_EDITION),
            "typed": typed,
            "refusal": refusal and _(refusal.message) % refusal.params,
        }
        status = refusal.status if refusal else 200
        return TemplateResponse(request, "reporting/admin/editions.html", context, status=status).render()


@acts
def edition(request: ActingRequest, number: int) -> HttpResponse:
    """One: what would be published and what not; POST publishes or drops it."""
    _must(request)
    refusal: Refusal | None = None
    reason = request.POST.get("reason", "")
    if request.method == "POST":
        try:
            if request.POST.get("do") == "publish":
                commands.publish_edition(actor=request.actor, edition=number, now=clock.now())
                messages.success(request, _("Published. Anybody can read it from now on, and it does not change."))
            else:
                commands.drop_edition(actor=request.actor, edition=number, reason=reason, now=clock.now())
                messages.success(request, _("Dropped. It will not be published."))
            return redirect("admin:edition", number)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        page = queries.edition_page(actor=request.actor, number=number)
        if page is None:
            raise Http404
        row = page.edition
        context = {
            **site.each_context(request),
            "title": f"{_('Edition')} {row.number}: {row.title_ja}",
            "page": page,
            "left": [(left.indicator, _(DISCLOSED.get(left.cls, left.cls))) for left in page.left],
            "drafted": row.state == Edition.State.DRAFTED,
            "published": row.state == Edition.State.PUBLISHED,
            "publishes": request.actor.may(Deed.PUBLISH_EDITION),
            "drops": request.actor.may(Deed.DRAFT_EDITION),
            "own": is_own(queries.state_of(row), who(request.actor)),
            "reason": reason,
            "refusal": refusal and _(refusal.message) % refusal.params,
        }
        status = refusal.status if refusal else 200
        return TemplateResponse(request, "reporting/admin/edition.html", context, status=status).render()


def file(request: ActingRequest, number: int, name: str) -> HttpResponse:
    """A file before it is published, for those who decide on that: the bytes that would be."""
    _must(request)
    found = queries.prepared_file(actor=request.actor, number=number, name=name)
    if found is None:
        raise Http404
    answer = HttpResponse(bytes(found.content), content_type=found.content_type)
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _must(request: ActingRequest) -> None:
    if not request.actor.may(Deed.SEE_LOG):
        raise PermissionDenied
