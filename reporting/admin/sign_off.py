"""Inside the agency: handing a report over, releasing it or sending it back; and whether an agency wants that."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.access import Actor, Deed
from agencies.middleware import ActingRequest, acts
from reporting.admin.site import site
from reporting.commands import sign_off as commands
from reporting.domain.drafts import NARRATIVE
from reporting.domain.errors import NotFound, Refusal
from reporting.domain.sign_off import PREPARED, TAKEN_BACK, Ruling, read_ruling
from reporting.models import Report
from reporting.queries import attachments, sign_off
from reporting.queries.shown import name_shown


def of_report(actor: Actor, report: Report) -> dict[str, Any]:
    """What the page of a report says about sign-off and evidence."""
    preparation = sign_off.find_preparation(actor=actor, report=report.id)
    return {
        "wanted": sign_off.is_wanted(report.agency_id),
        "preparation": preparation,
        "waits": preparation is not None and preparation.state == PREPARED,
        "taken_back": preparation is not None and preparation.state == TAKEN_BACK,
        "begun": sign_off.begun(report=report) if report.version else None,
        "evidence": attachments.attached(actor=actor, report=report.id),
    }


def ruling_of(request: ActingRequest) -> Ruling:
    return read_ruling(request.POST.get("decided_on", ""), request.POST.get("document_number", ""))


def number_of(request: ActingRequest) -> int:
    raw = request.POST.get("seen_number", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else -1


def take_back(request: ActingRequest, report: str) -> None:
    commands.take_back_preparation(actor=request.actor, report=report, seen_number=number_of(request), now=clock.now())
    messages.success(request, _("Taken back. Change it and hand it over again."))


def overview(request: ActingRequest) -> HttpResponse:
    """What waits for the responsible person, and whether the agency wants sign-off at all."""
    actor = request.actor
    if not actor.may(Deed.SET_SIGN_OFF):
        raise PermissionDenied
    context = {
        **site.each_context(request),
        "title": _("Sign-off"),
        "waiting": sign_off.waiting(actor=actor),
        "releases": actor.may(Deed.RELEASE),
        "agencies": sign_off.agencies_and_wishes(actor=actor),
    }
    return TemplateResponse(request, "reporting/admin/sign_offs.html", context)


@acts
def wish(request: ActingRequest, agency: str) -> HttpResponse:
    """POST: whether an agency wants its reports released by a responsible person."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.actor.may(Deed.SET_SIGN_OFF):
        raise PermissionDenied
    wanted = request.POST.get("wanted") == "yes"
    try:
        commands.set_sign_off(actor=request.actor, agency=agency, wanted=wanted, now=clock.now())
    except NotFound:
        raise Http404 from None
    messages.success(
        request,
        _("From now on a responsible person releases the reports.") if wanted else _("Reports go to CSTI directly."),
    )
    return redirect("admin:sign-offs")


@acts
def release(request: ActingRequest, report: str) -> HttpResponse:
    """One report handed over: GET shows it beside what was said before, POST releases it or sends it back."""
    if not request.actor.may(Deed.RELEASE):
        raise PermissionDenied
    refusal: Refusal | None = None
    if request.method == "POST":
        both: dict[str, Any] = {"actor": request.actor, "report": report, "now": clock.now()}
        try:
            if request.POST.get("do") == "send-back":
                comment = request.POST.get("comment", "")
                commands.send_back_preparation(**both, seen_number=number_of(request), comment=comment)
                messages.success(request, _("Sent back inside your agency. CSTI does not see it."))
            else:
                commands.release_report(**both, seen_number=number_of(request), ruling=ruling_of(request))
                messages.success(request, _("Released: the report has been submitted to CSTI."))
            return redirect("admin:sign-offs")
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        found = sign_off.find_preparation(actor=request.actor, report=report)
        if found is None:
            raise Http404
        node = found.report.assignment.node
        context = {
            **site.each_context(request),
            "title": f"{node.code} {name_shown(node)}",
            "preparation": found,
            "report": found.report,
            "rows": sign_off.compare(preparation=found),
            "narrative": [(name, found.narrative.get(name, "")) for name in NARRATIVE],
            "evidence": attachments.attached(actor=request.actor, report=report),
            "waits": found.state == PREPARED,
            "own": found.prepared_by_id == request.actor.person_id,
            "comment": request.POST.get("comment", ""),
            "decided_on": request.POST.get("decided_on", found.decided_on.isoformat() if found.decided_on else ""),
            "document_number": request.POST.get("document_number", found.document_number),
            "refusal": refusal and _(refusal.message) % refusal.params,
        }
        status = refusal.status if refusal else 200
        return TemplateResponse(request, "reporting/admin/release.html", context, status=status).render()
