"""Saving what is being typed: by the form's script as JSON, field by field, and by its button without a script."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from agencies import clock
from agencies.middleware import ActingRequest, acts
from reporting.commands import drafts as commands
from reporting.commands.drafts import Saved
from reporting.domain.errors import DraftUnreadable, OtherPerson, Refusal
from reporting.queries.drafts import Draft, Typed

Seen = dict[str, tuple[int, str]]  # by field: the version that was shown, and a digest of its text


@acts
@require_POST
def save(request: ActingRequest, assignment: str, period: str) -> HttpResponse:
    """{"as": membership, "changes": {name: [text, seen version]}} → {"versions", "conflicts", "at"} or a problem."""
    try:
        membership, changes = _body(request)
        if membership != request.actor.membership:
            raise OtherPerson()
        saved = commands.save_fields(
            actor=request.actor, assignment=assignment, period=period, changes=changes, now=clock.now()
        )
    except Refusal as error:
        problem = {"code": error.code, "detail": _(error.message) % error.params}
        return JsonResponse(problem, status=error.status)
    return JsonResponse(
        {
            "versions": saved.versions,
            "conflicts": {name: shown(theirs) for name, theirs in saved.conflicts.items()},
            "at": f"{timezone.localtime(clock.now()):%H:%M}",
        }
    )


def save_form(request: ActingRequest, assignment: str, period: str, fields: Mapping[str, str], seen: Seen) -> Saved:
    """What the form holds, as far as it is not what it showed. Raises a Refusal."""
    changes = {
        name: (text, seen.get(name, (0, ""))[0])
        for name, text in fields.items()
        if digest(text) != seen.get(name, _untouched(name))[1]
    }
    return commands.save_fields(
        actor=request.actor, assignment=assignment, period=period, changes=changes, now=clock.now()
    )


def fields_of(request: HttpRequest) -> dict[str, str]:
    """The form's fields by name; of those that stand against someone else's text, the one that was chosen."""
    fields = {
        name: plain(str(text)) for name, text in request.POST.items() if name.startswith(("figure:", "narrative:"))
    }
    for name in fields:
        if request.POST.get(f"choose:{name}", "").startswith("theirs:"):
            fields[name] = plain(request.POST.get(f"theirs:{name}", ""))
    return fields


def seen_of(request: HttpRequest) -> Seen:
    """What the form had shown. What cannot be read counts as never seen, so that nothing is overwritten by it."""
    try:
        raw = json.loads(request.POST.get("seen", "{}"))
        seen = {str(name): (int(version), str(mark)) for name, (version, mark) in raw.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}
    for name, choice in request.POST.items():
        version = str(choice).partition(":")[2]
        if name.startswith("choose:") and version.isdecimal() and len(version) < 19:
            name = name.removeprefix("choose:")
            seen[name] = (int(version), seen.get(name, _untouched(name))[1])
    return seen


def as_shown(texts: Mapping[str, str], draft: Draft) -> Seen:
    """The versions and texts a fresh form shows. `texts`: the draft's among them."""
    names = set(texts) | set(draft)
    return {name: (draft[name].version if name in draft else 0, digest(plain(texts.get(name, "")))) for name in names}


def shown(theirs: Typed) -> dict[str, Any]:
    at = timezone.localtime(theirs.at)
    return {"text": theirs.text, "version": theirs.version, "by": theirs.by, "at": f"{at:%m-%d %H:%M}"}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]


def _untouched(name: str) -> tuple[int, str]:
    """A field nobody has filled in is empty; of the kinds of answer one is always chosen."""
    return 0, digest("value" if name.endswith(":answer") else "")


def plain(text: str) -> str:
    """Browsers send the ends of a text's lines as CR LF and show them as LF."""
    return text.replace("\r\n", "\n")


def _body(request: HttpRequest) -> tuple[int | None, dict[str, tuple[str, int]]]:
    try:
        raw = json.loads(request.body)
        changes = {
            str(name): (plain(text), seen)
            for name, (text, seen) in raw["changes"].items()
            if isinstance(text, str) and type(seen) is int and 0 <= seen < 2**63
        }
        if len(changes) != len(raw["changes"]):
            raise DraftUnreadable()
        # PostgreSQL takes no lone half of a surrogate pair.
        json.dumps(list(changes.items()), ensure_ascii=False).encode()
        return raw.get("as"), changes
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DraftUnreadable() from error
