"""Receipts 受領証: what an official keeps to show later what was reported, and when."""

import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies.access import Deed
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
    return _file(lambda: receipts.receipt_of(actor=request.actor, report=report, version=version))


@require_safe
def receipt_of_any(request: ActingRequest, position: str) -> HttpResponse:
    """The receipt of any event, as a file, for whoever may see the log."""
    if not request.actor.may(Deed.SEE_LOG):
        raise PermissionDenied
    return _file(lambda: receipts.receipt_at(actor=request.actor, position=position_in(position)))


def position_in(address: str) -> int:
    """0, where no event is, for what is no position."""
    return int(address) if re.fullmatch(r"[0-9]{1,18}", address) else 0


def _file(make: Callable[[], receipts.Record]) -> HttpResponse:
    try:
        found = make()
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
