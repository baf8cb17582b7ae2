"""The evidence of one report: a page of its own, so that what is typed in the report's form waits where it is."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from reporting.admin.site import site
from reporting.commands import attachments as commands
from reporting.commands.attachments.uploads import too_large
from reporting.domain.attachments import KINDS, NotAttached
from reporting.domain.errors import NotFound, Refusal
from reporting.domain.report import may_be_written
from reporting.queries import attachments, forms, work
from reporting.queries.shown import name_shown


@acts
def evidence(request: ActingRequest, assignment: str, period: str) -> HttpResponse:
    """GET lists what will go with the report, POST adds a file or a link."""
    if not (request.actor.may(Deed.SUBMIT) or request.actor.may(Deed.RELEASE)):
        raise PermissionDenied
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            _attach(request, assignment, period)
            messages.success(request, _("Attached. It goes to CSTI with the next submission."))
            return redirect("admin:evidence", assignment, period)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        assigned = work.find_assignment(request.actor, assignment)
        if assigned is None or assigned.agency_id != request.actor.agency:
            raise Http404
        when = forms.period_of(assigned, period)
        if when is None:
            raise Http404
        report = work.find_report(request.actor, f"{assignment}@{period}")
        context = {
            **site.each_context(request),
            "title": _("Evidence: %s") % f"{assigned.node_id} {name_shown(assigned.node)}",
            "assignment": assigned,
            "period": when,
            "attached": attachments.attached(actor=request.actor, report=f"{assignment}@{period}"),
            "editable": request.actor.may(Deed.SUBMIT) and (report is None or may_be_written(forms.state_of(report))),
            "writes": request.actor.may(Deed.SUBMIT),
            "figures": forms.asked(assigned, when),
            "typed": request.POST if refusal else {"field": request.GET.get("field", "")},
            "refusal": refusal and _(refusal.message) % refusal.params,
            "wrong": refusal and ("url" if "url" in request.POST else "file"),
            "kinds": KINDS,
            "megabytes": settings.EVIDENCE_FILE_MB,
            "at_most": settings.EVIDENCE_PER_REPORT,
        }
        status = refusal.status if refusal else 200
        return TemplateResponse(request, "reporting/admin/evidence.html", context, status=status).render()


@acts
def remove(request: ActingRequest, attachment: UUID) -> HttpResponse:
    """POST only: what has not been submitted goes, what has stays with its submission."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.actor.may(Deed.SUBMIT):
        raise PermissionDenied
    with access.reading(request.actor):
        found = attachments.find_attachment(actor=request.actor, attachment=attachment)
        if found is None or found.row.agency_id != request.actor.agency:
            raise Http404
        assignment, period = found.row.report.assignment_id, found.row.report.period
    try:
        commands.remove_attachment(actor=request.actor, attachment=attachment, now=clock.now())
        messages.success(request, _("Removed. It does not go with the next submission."))
    except NotFound:
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, _(refusal.message) % refusal.params)
    return redirect("admin:evidence", assignment, period)


def _attach(request: ActingRequest, assignment: str, period: str) -> None:
    field = request.POST.get("field", "")
    upload = request.FILES.get("file")
    where = {"actor": request.actor, "assignment": assignment, "period": period}
    if too_large(request):
        raise NotAttached("too_large", limit=settings.EVIDENCE_FILE_MB)
    if upload is not None:
        commands.attach_file(**where, field=field, name=upload.name or "", content=upload.file, now=clock.now())  # type: ignore[arg-type]
    elif url := request.POST.get("url", ""):
        name = request.POST.get("name", "")
        commands.attach_link(**where, field=field, name=name, url=url, now=clock.now())  # type: ignore[arg-type]
    else:
        raise NotAttached("no_file")
