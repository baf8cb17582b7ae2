"""Spreadsheets: download a template, send it in filled, look at what would change, confirm."""

import re
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from reporting.admin.site import site
from reporting.commands import uploads as commands
from reporting.domain.desk import Todo
from reporting.domain.errors import FileTooLarge, NotFound, Refusal
from reporting.models import Upload, UploadLine
from reporting.queries import templates, uploads, work
from reporting.sheets.archive import MAX_BYTES
from reporting.sheets.delimited import written
from reporting.sheets.template import csv_table
from reporting.sheets.workbook import write_xlsx

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@acts
def overview(request: ActingRequest) -> HttpResponse:
    """GET: the periods with their templates, and what was sent in; POST takes a file."""
    _must(request)
    refusal: Refusal | str = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            refusal = _("Choose a file.")
        else:
            try:
                return redirect("admin:upload", _taken(request, file))
            except Refusal as error:
                refusal = error
    with access.reading(request.actor):
        due = work.duties(request.actor, clock.now())
        open_ = {duty.period.code for todo in due for duty in due[todo] if todo not in (Todo.DONE, Todo.WAITING)}
        choices = templates.periods_for(request.actor)
        context = {
            **site.each_context(request),
            "title": _("Spreadsheets"),
            "now_open": [choice for choice in reversed(choices) if choice.period.code in open_],
            "others": [choice for choice in choices if choice.period.code not in open_],
            "uploads": uploads.uploads_of(request.actor),
            "refusal": _words(refusal),
            "limit": MAX_BYTES // 1024 // 1024,
        }
        status = 400 if refusal else 200
        return TemplateResponse(request, "reporting/admin/sheets.html", context, status=status).render()


@acts  # so that no transaction stays open while a large file is written
@require_safe
def download(request: ActingRequest, period: str, kind: str) -> HttpResponse:
    """The template of one's agency for a period."""
    _must(request)
    with access.reading(request.actor):
        found = templates.template(request.actor, period) if kind in KINDS else None
    if found is None:
        raise Http404
    content = write_xlsx(found) if kind == "xlsx" else written(csv_table(found))
    name = f"shinchoku-{request.actor.agency}-{found.stamp['period']}.{kind}"
    return HttpResponse(
        content, content_type=KINDS[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@acts
def opened(request: ActingRequest, upload: UUID) -> HttpResponse:
    """One file: GET shows how far its check is, then what it found; POST confirms, discards or checks it again."""
    _must(request)
    refusal: Refusal | str = ""
    if request.method == "POST":
        try:
            return _done(request, upload)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        row = uploads.find_upload(request.actor, upload)
        if row is None:
            raise Http404
        context = {
            **site.each_context(request),
            "title": _("Uploaded file"),
            "upload": row,
            "running": row.state in (Upload.State.WAITING, Upload.State.CHECKING),
            "refused": uploads.refusal_of(row),
            "refusal": _words(refusal),
            **{f"{kind}s": _page(request, row, kind) for kind in UploadLine.Kind.values},
        }
        status = refusal.status if isinstance(refusal, Refusal) else 200
        return TemplateResponse(request, "reporting/admin/upload.html", context, status=status).render()


@require_safe
def progress(request: ActingRequest, upload: UUID) -> HttpResponse:
    """How far the check is, for the page's script."""
    _must(request)
    row = uploads.find_upload(request.actor, upload)
    if row is None:
        raise Http404
    running = row.state in (Upload.State.WAITING, Upload.State.CHECKING)
    return JsonResponse({"percent": row.progress, "running": running})


def _taken(request: ActingRequest, file: Any) -> UUID:
    if file.size > MAX_BYTES:
        raise FileTooLarge(limit=MAX_BYTES // 1024 // 1024)
    content = file.read()
    upload = commands.stage_upload(actor=request.actor, file_name=file.name or "", content=content, now=clock.now())
    if len(content) <= commands.SMALL:
        commands.check_upload(actor=request.actor, upload=upload, now=clock.now())
    return upload


def _done(request: ActingRequest, upload: UUID) -> HttpResponse:
    do = request.POST.get("do")
    if do == "confirm":
        number = commands.confirm_upload(actor=request.actor, upload=upload, now=clock.now())
        if number:
            said = ngettext("%(number)d report has been submitted.", "%(number)d reports have been submitted.", number)
            messages.success(request, said % {"number": number})
        else:
            messages.info(request, _("Nothing was submitted: the file changes nothing."))
    elif do == "discard":
        commands.discard_upload(actor=request.actor, upload=upload)
        messages.success(request, _("The file has been discarded. Nothing of it was submitted."))
        return redirect("admin:sheets")
    elif do == "check":
        commands.check_again(actor=request.actor, upload=upload)
        with access.reading(request.actor):
            row = uploads.find_upload(request.actor, upload)
        if row and row.size <= commands.SMALL:
            commands.check_upload(actor=request.actor, upload=upload, now=clock.now())
    else:
        raise NotFound()
    return redirect("admin:upload", upload)


def _page(request: HttpRequest, row: Upload, kind: str) -> dict[str, Any]:
    raw = request.GET.get(f"{kind}s", "")
    after = int(raw) if re.fullmatch(r"[0-9]{1,9}", raw) else 0
    shown = uploads.lines_of(request.actor, row.id, kind, after)  # type: ignore[attr-defined]
    full = len(shown) == uploads.PAGE
    return {"rows": shown, "after": after, "next": shown[-1].line.number if full else None}


def _words(refusal: Refusal | str) -> str:
    return _(refusal.message) % refusal.params if isinstance(refusal, Refusal) else refusal


def _must(request: ActingRequest) -> None:
    if not request.actor.may(Deed.SUBMIT):
        raise PermissionDenied
