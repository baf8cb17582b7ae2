"""Files that were sent in, and what their check has found."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from agencies import access
from agencies.access import Actor
from indicators.models import Indicator
from reporting.models import Upload, UploadLine
from reporting.queries.words import upload_words

PAGE = 100


@dataclass(frozen=True)
class Shown:
    """A line of the result as people read it."""

    line: UploadLine
    name: str  # of the figure, or of the part of the narrative
    words: str  # what is wrong, or what its holder should know


def uploads_of(actor: Actor, limit: int = 20) -> list[Upload]:
    """The files of the actor's agency, newest first."""
    rows = access.visible(Upload.objects.filter(agency=actor.agency), actor)
    return list(rows.defer("content", "said").order_by("-uploaded_at")[:limit])


def find_upload(actor: Actor, upload: UUID) -> Upload | None:
    rows = access.visible(Upload.objects.filter(agency=actor.agency), actor)
    return rows.defer("content", "said").filter(id=upload).first()


def lines_of(actor: Actor, upload: UUID, kind: str, after: int = 0, limit: int | None = PAGE) -> list[Shown]:
    """The lines of one kind after a number: errors by where they stand, and changes."""
    rows = access.visible(UploadLine.objects.filter(upload=upload, kind=kind, number__gt=after), actor)
    lines = list(rows.order_by("number")[:limit])
    codes = {line.field.partition("/")[0] for line in lines}
    names = {row.code: row for row in Indicator.objects.filter(code__in=codes)}
    return [
        Shown(line, _name(names, line), upload_words(line.code, line.params) if line.code else "") for line in lines
    ]


def refusal_of(upload: Upload) -> str:
    """Why the whole file was refused, in words; nothing if it was not."""
    return upload_words(upload.refusal["code"], upload.refusal["params"]) if upload.refusal else ""


def _name(names: dict[str, Any], line: UploadLine) -> str:
    if line.field == "narrative":
        words = {
            "summary": gettext("Outline of progress"),
            "issues": gettext("Issues"),
            "plans": gettext("Next steps"),
        }
        return words.get(line.part, "")
    row = names.get(line.field.partition("/")[0])
    return f"{line.field} {row.name_ja}" if row else line.field
