"""What the pages of alerts have in common."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies.access import Deed
from agencies.middleware import ActingRequest
from reporting.admin.drafts import plain
from reporting.admin.site import site
from reporting.domain.errors import BadDay, Refusal

NUMBER = re.compile(r"[0-9]{1,9}")


def must_see(request: ActingRequest) -> None:
    """Who only answers for a department is told of no alert."""
    if not request.actor.may(Deed.SEE_DESK):
        raise PermissionDenied


def page(request: ActingRequest, name: str, context: Mapping[str, Any], refusal: Refusal | None = None) -> HttpResponse:
    """What was refused is said above the page; inside a transaction that reads."""
    found = {
        **site.each_context(request),
        "refusal": refusal and _(refusal.message) % refusal.params,
        **context,
    }
    status = refusal.status if refusal else 200
    return TemplateResponse(request, f"reporting/admin/alerts/{name}.html", found, status=status).render()


def typed(request: ActingRequest) -> dict[str, str]:
    """All that was typed, to stand in the form again."""
    return {name: plain(str(value)) for name, value in request.POST.items()}


def day(text: str) -> date | None:
    """None where nothing is typed. Raises BadDay."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadDay(text=text[:40]) from None


def number(text: str) -> int:
    """-1 for what is none: no alert has such a turn, no plan such a number."""
    return int(text) if NUMBER.fullmatch(text) else -1
