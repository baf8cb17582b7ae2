"""Evidence by machine, and the one address at which anybody opens a file."""

import hashlib
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from reporting.api.door import OF_THE_PAST, REFUSALS, ActorView, PastView
from reporting.api.parsing import StrictJSONParser
from reporting.api.serializers import read
from reporting.commands import attachments as commands
from reporting.commands.attachments.files import open_file
from reporting.commands.attachments.uploads import too_large
from reporting.domain.attachments import MEDIA_TYPES, FileGone, Infected, NotAttached, NotServedYet
from reporting.domain.errors import NotFound
from reporting.models import Attachment
from reporting.queries import attachments, work
from reporting.queries.attachments import Shown


class FileShape(serializers.Serializer[Any]):
    file = serializers.FileField()
    field = serializers.CharField(required=False, help_text="the figure it is for; left out: the whole report")


class LinkShape(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="http:// or https://; never fetched by this system")
    name = serializers.CharField(required=False, allow_blank=True, help_text="what it is")
    field = serializers.CharField(required=False, allow_blank=True, help_text="as for a file")


class AttachmentShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    field = serializers.CharField()
    kind = serializers.CharField(help_text="link, or the extension of a file")
    name = serializers.CharField()
    url = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField(help_text="bytes")
    added_at = serializers.DateTimeField()
    virus_check = serializers.CharField(help_text="clean, infected, or empty when there was none yet")
    submitted = serializers.BooleanField(help_text="a submission has taken it along: it stays")
    file = serializers.CharField(allow_null=True, help_text="where it is given out, once it may be")


class AttachedShape(serializers.Serializer[Any]):
    attachment = serializers.UUIDField()


class Evidence(PastView):
    parser_classes = [StrictJSONParser, MultiPartParser]

    @extend_schema(responses={200: AttachmentShape(many=True), **REFUSALS}, parameters=OF_THE_PAST)
    def get(self, request: Request, report: str) -> Response:
        """What stands with a report's last submission, now or then; of one's own report, now, what will go with the
        next one as well."""
        with self.reading():
            found = work.find_report(self.actor, report, as_of=self.at.position)
            rows = attachments.submitted_with(actor=self.actor, report=found) if found else []
            assigned = work.find_assignment(self.actor, report.partition("@")[0], as_of=self.at.position)
            if found is None and (assigned is None or assigned.agency_id != self.actor.agency):
                raise NotFound()
            if self.at.position is None:
                there = {one.row.id for one in rows}
                mine = attachments.attached(actor=self.actor, report=report)
                rows += [one for one in mine if one.row.id not in there]
            return Response(AttachmentShape([_shape(one) for one in rows], many=True).data)

    @extend_schema(
        request={"multipart/form-data": FileShape, "application/json": LinkShape},
        responses={201: AttachedShape, **REFUSALS},
    )
    def post(self, request: Request, report: str) -> HttpResponse:
        """Attach a file (multipart) or a link (JSON)."""
        assignment, _at, period = report.partition("@")
        where: dict[str, Any] = {"actor": self.actor, "assignment": assignment, "period": period, "now": clock.now()}

        def word(attachment: UUID) -> dict[str, Any]:
            return {"attachment": str(attachment)}

        if not str(request.content_type).startswith("multipart/"):
            link = read(LinkShape(data=request.data))
            once = self.once(word, status=201)
            commands.attach_link(**where, **link, once=once)
            return self.answer(once)
        upload = request.FILES.get("file")
        if too_large(request._request):
            raise NotAttached("too_large", limit=settings.EVIDENCE_FILE_MB)
        if upload is None:
            raise NotAttached("no_file")
        field, name = request.POST.get("field", ""), str(upload.name)
        digest = hashlib.sha256()
        for chunk in upload.chunks():
            digest.update(chunk)
        once = self.once(word, status=201, meant={"field": field, "name": name, "sha256": digest.hexdigest()})
        commands.attach_file(**where, field=field, name=name, content=upload.file, once=once)
        return self.answer(once)


class Remove(ActorView):
    @extend_schema(request=None, responses={200: AttachedShape, **REFUSALS})
    def post(self, request: Request, attachment: UUID) -> HttpResponse:
        """Take an attachment away; with a submission it was made with, it stays."""
        once = self.once(lambda _: {"attachment": str(attachment)})
        commands.remove_attachment(actor=self.actor, attachment=attachment, now=clock.now(), once=once)
        return self.answer(once)


class File(ActorView):
    @extend_schema(responses={200: OpenApiTypes.BINARY, **REFUSALS})
    def get(self, request: Request, attachment: UUID) -> HttpResponseBase:
        """An attached file, to be saved and not shown: its content is other people's."""
        with access.reading(self.actor):
            found = attachments.find_attachment(actor=self.actor, attachment=attachment)
        if found is None or found.is_link:
            raise NotFound()
        if found.row.verdict == Attachment.Verdict.INFECTED:
            raise Infected()
        if settings.VIRUS_SCANNER and found.row.verdict != Attachment.Verdict.CLEAN:
            raise NotServedYet()
        file = open_file(found.row.sha256) if found.opens else None
        if file is None:
            raise FileGone()
        name = f"{found.row.sha256[:12]}.{found.row.kind}" if found.erased else found.name
        return FileResponse(
            file,
            as_attachment=True,
            filename=name,
            content_type=MEDIA_TYPES[found.row.kind],
            headers={
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "X-Content-Type-Options": "nosniff",
                "Cross-Origin-Resource-Policy": "same-origin",
                "Cache-Control": "private, no-store",
            },
        )


def _shape(one: Shown) -> dict[str, Any]:
    return {
        "id": one.row.id,
        "field": one.row.field,
        "kind": one.row.kind,
        "name": one.name,
        "url": one.url,
        "sha256": one.row.sha256,
        "size": one.row.size,
        "added_at": one.row.added_at,
        "virus_check": one.row.verdict,
        "submitted": one.row.submitted_event is not None,
        "file": reverse("api-evidence-file", args=[one.row.id]) if one.opens else None,
    }
