"""Every refusal as JSON: {"code", "message", "fields"}. The one table from refusals to HTTP is Refusal.status."""

from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler

from reporting.api.door import sent
from reporting.commands.once import AlreadyAnswered
from reporting.domain.checks import Finding
from reporting.domain.errors import Busy, NotAllowed, NotFound, Refusal
from reporting.queries.words import finding_words, problem_words

log = structlog.get_logger()


def answer(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's exception handler."""
    if isinstance(error, AlreadyAnswered):
        return sent(error.answer, **{"Idempotency-Replayed": "true"})
    if isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = NotAllowed()
    elif isinstance(error, OperationalError):
        log.warning("database not there in time", cause=type(error.__cause__).__name__)
        error = Busy()
    if isinstance(error, Refusal):
        body: dict[str, Any] = {"code": error.code, "message": gettext(error.message) % error.params}
        if problems := error.params.get("problems"):
            body["fields"] = {
                field: {"code": code, "message": gettext(problem_words(code))} for field, code in problems.items()
            }
        if findings := error.params.get("findings"):
            body["findings"] = [
                {"field": f.field, "code": f.code, "stops": f.stops, "message": _found(f), "numbers": f.numbers}
                for f in findings
            ]
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
        return Response(body, status=error.status, headers=headers)
    response = exception_handler(error, context)
    if response is not None and isinstance(error, APIException):
        codes = error.get_codes()
        response.data = {"code": codes if isinstance(codes, str) else "invalid", "message": _text(error.detail)}
        if not isinstance(codes, str):
            response.data["fields"] = error.detail
    return response


def _found(finding: Finding) -> str:
    message, filled = finding_words(finding.code, finding.numbers, finding.unit)
    return gettext(message) % filled


def _text(detail: Any) -> str:
    if isinstance(detail, dict):
        return " ".join(f"{field}: {_text(inner)}" for field, inner in detail.items())
    if isinstance(detail, list):
        return " ".join(_text(inner) for inner in detail)
    return str(detail)
