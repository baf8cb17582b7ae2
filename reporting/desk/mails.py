"""The mails of a demo: what its mail server has received, as files. A real system has no such pages."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render

from agencies.access import Deed
from agencies.middleware import ActingRequest
from reporting.desk.door import for_those_who_may

NEWEST = 200


@dataclass(frozen=True)
class Mail:
    name: str
    date: datetime | None
    to: str
    subject: str
    text: str


@for_those_who_may(Deed.SEE_LOG)
def listed(request: ActingRequest) -> HttpResponse:
    files = sorted(_folder().glob("*.eml"), reverse=True)  # sorted by name is sorted by time
    mails = [_read(file) for file in files[:NEWEST]]
    return render(request, "reporting/desk/mails.html", {"mails": mails, "total": len(files)})


@for_those_who_may(Deed.SEE_LOG)
def one(request: ActingRequest, name: str) -> HttpResponse:
    file = _folder() / f"{name}.eml"
    if not file.is_file():
        raise Http404
    return render(request, "reporting/desk/mail.html", {"mail": _read(file)})


def _folder() -> Path:
    if not (settings.DEMO and settings.MAIL_SINK_DIR):
        raise Http404
    return Path(settings.MAIL_SINK_DIR)


def _read(file: Path) -> Mail:
    message: EmailMessage = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(file.read_bytes())
    date = message["Date"]
    body = message.get_body(("plain",))
    return Mail(
        name=file.stem,
        date=date.datetime if date is not None else None,
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or "").strip(),
        text=body.get_content() if body is not None else "",
    )
