"""Meeting papers by machine: ask for one, see how far it is, get the file."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from agencies.access import Deed
from reporting.api.door import REFUSALS, ActorView
from reporting.api.serializers import read
from reporting.commands import papers as commands
from reporting.domain.errors import NotAllowed, NotFound
from reporting.models import PaperJob
from reporting.papers.kinds import TYPES
from reporting.queries import papers as queries
from reporting.queries.papers import Subject, Told


class AskShape(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(PaperJob.Kind.values)
    code = serializers.CharField(
        max_length=64, allow_blank=True, default="", help_text="of the pillar, the indicator or the agency"
    )
    form = serializers.ChoiceField(PaperJob.Form.values)
    language = serializers.ChoiceField([code for code, _ in settings.LANGUAGES], default="ja")
    as_of = serializers.CharField(
        max_length=40, allow_blank=True, default="", help_text="a position, a day or a time; left out: when it is made"
    )


class AskedShape(serializers.Serializer[Any]):
    paper = serializers.UUIDField()


class PaperShape(serializers.Serializer[Any]):
    paper = serializers.UUIDField()
    kind = serializers.ChoiceField(PaperJob.Kind.values)
    code = serializers.CharField()
    about = serializers.CharField(help_text="what it is about, in words")
    form = serializers.ChoiceField(PaperJob.Form.values)
    language = serializers.CharField()
    as_of = serializers.CharField(help_text="as it was asked")
    state = serializers.ChoiceField(PaperJob.State.values)
    progress = serializers.IntegerField(help_text="percent")
    failed_because = serializers.CharField(help_text="why it could not be made, or empty")
    asked_at = serializers.DateTimeField()
    title = serializers.CharField()
    position = serializers.IntegerField(allow_null=True, help_text="of the log, that all its numbers stand for")
    moment = serializers.DateTimeField(allow_null=True)
    same = serializers.CharField(help_text="as of this the pages, and a paper asked for again, say the same")
    size = serializers.IntegerField(help_text="bytes")
    sha256 = serializers.CharField()


class Papers(ActorView):
    @extend_schema(responses={200: PaperShape(many=True), **REFUSALS})
    def get(self, request: Request) -> Response:
        """My newest meeting papers."""
        _must(self)
        with access.reading(self.actor):
            found = queries.papers_of(actor=self.actor)
        return Response(PaperShape([_said(told) for told in found], many=True).data)

    @extend_schema(request=AskShape, responses={201: AskedShape, 429: REFUSALS[400], **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Have a meeting paper made. It is made by a worker; ask for it until its state is ready or failed."""
        _must(self)
        said = read(AskShape(data=request.data))
        once = self.once(lambda paper: {"paper": str(paper)}, status=201)
        asked = commands.Asked(
            subject=Subject(said["kind"], said["code"]),
            form=said["form"],
            language=said["language"],
            as_of=said["as_of"],
        )
        commands.ask_paper(actor=self.actor, asked=asked, now=clock.now(), once=once)
        return self.answer(once)


class Paper(ActorView):
    @extend_schema(responses={200: PaperShape, **REFUSALS})
    def get(self, request: Request, paper: UUID) -> Response:
        """One of my meeting papers: how far it is."""
        _must(self)
        with access.reading(self.actor):
            told = queries.find_paper(actor=self.actor, paper=paper)
        if told is None:
            raise NotFound()
        return Response(PaperShape(_said(told)).data)


class File(ActorView):
    @extend_schema(
        responses={
            (200, TYPES[PaperJob.Form.PDF]): OpenApiTypes.BINARY,
            (200, TYPES[PaperJob.Form.XLSX]): OpenApiTypes.BINARY,
            410: REFUSALS[400],
            **REFUSALS,
        }
    )
    def get(self, request: Request, paper: UUID) -> HttpResponse:
        """The file of one of my meeting papers."""
        with access.reading(self.actor):
            job, content = queries.file_of(actor=self.actor, paper=paper)
        response = HttpResponse(content, content_type=TYPES[PaperJob.Form(job.form)])
        response["Content-Disposition"] = content_disposition_header(True, queries.file_name(job))
        return response


def _said(told: Told) -> dict[str, Any]:
    names = ("kind", "code", "form", "language", "as_of", "state", "progress", "asked_at", "title", "position",
             "moment", "same", "size", "sha256")  # fmt: skip
    job = told.job
    return {
        "paper": job.id,
        "about": told.about,
        "failed_because": told.failure,
        **{name: getattr(job, name) for name in names},
    }


def _must(view: ActorView) -> None:
    if not view.actor.may(Deed.SEE_DESK):
        raise NotAllowed()
