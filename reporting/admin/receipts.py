"""Receipts 受領証: what an official keeps to show later what was reported, and when."""

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies.middleware import ActingRequest
from reporting.admin.site import site
from reporting.domain.errors import NotFound, Refusal
from reporting.queries import receipts, work


@require_safe
def receipt(request: ActingRequest, report: str, version: int) -> HttpResponse:
    """The receipt of one event of a report, to read and to print."""
    row = work.find_report(request.actor, report)
    if row is None:
        raise Http404
    found: dict[str, Any] | None = None
    refusal: Refusal | None = None
    try:
        event = receipts.event_of(actor=request.actor, report=report, version=version)
        found = receipts.receipt_of(actor=request.actor, report=report, version=version)
    except NotFound:
        raise Http404 from None
    except Refusal as error:
        refusal = error
    context = {
        **site.each_context(request),
        "title": _("Receipt"),
        "report": row,
        "event": event,
        "receipt": found,
        "sealed_at": found and parse_datetime(found["head"]["sealed_at"]),
        "refusal": refusal and _(refusal.message) % refusal.params,
    }
    # Not sealed yet is no error of the page: it says so, and what to do.
    status = refusal.status if refusal and refusal.status >= 500 else 200
    return TemplateResponse(request, "reporting/admin/receipt.html", context, status=status)


@require_safe
def receipt_file(request: ActingRequest, report: str, version: int) -> HttpResponse:
    """The same as a file, which a program checks without this system."""
    try:
        found = receipts.receipt_of(actor=request.actor, report=report, version=version)
    except NotFound:
        raise Http404 from None
    except Refusal as error:
        answer = HttpResponse(_(error.message) % error.params, status=error.status, content_type="text/plain")
        if error.retry_after:
            answer["Retry-After"] = str(error.retry_after)
        return answer
    name = f"receipt-{found['event']['position']}.json"
    return JsonResponse(
        found,
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
