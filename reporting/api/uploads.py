"""Spreadsheets by machine: the template, a file sent in, what its check found, confirm."""

import hashlib
from collections.abc import Mapping
from typing import IO, Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from agencies.access import Deed
from reporting.api.door import REFUSALS, ActorView
from reporting.commands import uploads as commands
from reporting.domain.errors import FileTooLarge, NotAllowed, NotFound
from reporting.models import Upload, UploadLine
from reporting.queries import templates, uploads
from reporting.sheets.archive import MAX_BYTES
from reporting.sheets.delimited import written
from reporting.sheets.template import csv_table
from reporting.sheets.workbook import write_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
PAGE = 1_000


class Sent(dict[str, str]):
    """What a body of bytes is for the key that makes a request act once: its hash. `content` are the bytes."""

    content: bytes = b""


class FileParser(BaseParser):
    """The body is the file, whatever its type says: what it is is found out from its content."""

    media_type = "*/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Sent:
        content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise FileTooLarge(limit=MAX_BYTES // 1024 // 1024)
        sent = Sent(sha256=hashlib.sha256(content).hexdigest())
        sent.content = content
        return sent


class LineShape(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["problem", "note", "change"])
    number = serializers.IntegerField()
    sheet = serializers.CharField()
    cell = serializers.CharField()
    report = serializers.CharField()
    field = serializers.CharField()
    part = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class UploadShape(serializers.Serializer[Any]):
    upload = serializers.UUIDField()
    file_name = serializers.CharField()
    state = serializers.ChoiceField(["waiting", "checking", "refused", "ready", "confirmed", "discarded"])
    progress = serializers.IntegerField(help_text="percent")
    refused_because = serializers.CharField(help_text="why the whole file cannot be read, or empty")
    problems = serializers.IntegerField()
    changes = serializers.IntegerField()
    changed_reports = serializers.IntegerField()
    unchanged_reports = serializers.IntegerField()


class ResultShape(UploadShape):
    lines = LineShape(many=True)


class StagedShape(serializers.Serializer[Any]):
    upload = serializers.UUIDField()


class ConfirmedShape(StagedShape):
    submitted = serializers.IntegerField(help_text="how many reports; 0 when nothing has changed")


class Sheet(ActorView):
    @extend_schema(responses={(200, XLSX): OpenApiTypes.BINARY, (200, CSV): OpenApiTypes.STR, **REFUSALS})
    def get(self, request: Request, period: str, kind: str) -> HttpResponse:
        """The template of my agency for a period, with what is known already: FY2026Q1.xlsx or FY2026Q1.csv."""
        _must(self)
        with access.reading(self.actor):
            found = templates.template(self.actor, period) if kind in ("xlsx", "csv") else None
        if found is None:
            raise NotFound()
        if kind == "csv":
            return HttpResponse(written(csv_table(found)), content_type=f"{CSV}; charset=utf-8")
        return HttpResponse(write_xlsx(found), content_type=XLSX)


class Uploads(ActorView):
    parser_classes = [FileParser]

    @extend_schema(responses={200: UploadShape(many=True), **REFUSALS})
    def get(self, request: Request) -> Response:
        """The newest files of my agency."""
        _must(self)
        with access.reading(self.actor):
            rows = uploads.uploads_of(self.actor)
        return Response(UploadShape([_said(row) for row in rows], many=True).data)

    @extend_schema(
        request={XLSX: OpenApiTypes.BINARY, CSV: OpenApiTypes.BINARY},
        responses={201: StagedShape, **dict.fromkeys((413, 429), REFUSALS[400]), **REFUSALS},
        parameters=[OpenApiParameter("name", str, description="what the file is called")],
    )
    def post(self, request: Request) -> HttpResponse:
        """Send in a file: the body is the file. It is checked; nothing is submitted before it is confirmed."""
        _must(self)
        once = self.once(lambda upload: {"upload": str(upload)}, status=201)
        sent: Sent = request.data  # type: ignore[assignment]
        content, name = sent.content, request.query_params.get("name", "")
        now = clock.now()
        upload = commands.stage_upload(actor=self.actor, file_name=name, content=content, now=now, once=once)
        if len(content) <= commands.SMALL:
            commands.check_upload(actor=self.actor, upload=upload, now=now)
        return self.answer(once)


class Result(ActorView):
    @extend_schema(
        responses={200: ResultShape, **REFUSALS},
        parameters=[
            OpenApiParameter("kind", str, enum=UploadLine.Kind.values, description="of the lines; left out: problems"),
            OpenApiParameter("after", int, description=f"lines after this number, at most {PAGE}"),
        ],
    )
    def get(self, request: Request, upload: UUID) -> Response:
        """How far the check is, and what it has found."""
        _must(self)
        kind, after = request.query_params.get("kind", "problem"), request.query_params.get("after", "0")
        number = int(after) if after.isascii() and after.isdecimal() and len(after) < 10 else 0
        with access.reading(self.actor):
            row = uploads.find_upload(self.actor, upload)
            if row is None:
                raise NotFound()
            shown = uploads.lines_of(self.actor, upload, kind, number, PAGE)
        names = ("kind", "number", "sheet", "cell", "report", "field", "part", "old", "new", "code")
        lines = [{name: getattr(s.line, name) for name in names} | {"message": s.words} for s in shown]
        return Response(ResultShape({**_said(row), "lines": lines}).data)


class Confirm(ActorView):
    @extend_schema(request=None, responses={200: ConfirmedShape, **REFUSALS})
    def post(self, request: Request, upload: UUID) -> HttpResponse:
        """Submit what the checked file says, all of it or nothing."""
        once = self.once(lambda number: {"upload": str(upload), "submitted": number})
        commands.confirm_upload(actor=self.actor, upload=upload, now=clock.now(), once=once)
        return self.answer(once)


class CheckAgain(ActorView):
    @extend_schema(request=None, responses={200: StagedShape, **REFUSALS})
    def post(self, request: Request, upload: UUID) -> HttpResponse:
        """Check the file again, because something has changed since."""
        once = self.once(lambda _: {"upload": str(upload)})
        commands.check_again(actor=self.actor, upload=upload, once=once)
        return self.answer(once)


class Discard(ActorView):
    @extend_schema(request=None, responses={200: StagedShape, **REFUSALS})
    def post(self, request: Request, upload: UUID) -> HttpResponse:
        """Discard the file: nothing of it is submitted, and it is kept no longer."""
        once = self.once(lambda _: {"upload": str(upload)})
        commands.discard_upload(actor=self.actor, upload=upload, once=once)
        return self.answer(once)


def _said(row: Upload) -> dict[str, Any]:
    names = ("file_name", "state", "progress", "problems", "changes", "changed_reports", "unchanged_reports")
    return {
        "upload": row.id,
        "refused_because": uploads.refusal_of(row),
        **{name: getattr(row, name) for name in names},
    }


def _must(view: ActorView) -> None:
    if not view.actor.may(Deed.SUBMIT):
        raise NotAllowed()
