"""Editions by machine: drafting, publishing, dropping, and how far they are. What is published everybody reads at
/editions/."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from agencies.access import Deed
from reporting.api.door import REFUSALS, ActorView
from reporting.api.serializers import read
from reporting.commands import editions as commands
from reporting.domain.editions import LONGEST_NOTE, LONGEST_TITLE
from reporting.domain.errors import NotAllowed, NotFound
from reporting.event_store import Recorded
from reporting.models import Edition
from reporting.queries import editions as queries


class DraftShape(serializers.Serializer[Any]):
    title_ja = serializers.CharField(max_length=LONGEST_TITLE)
    title_en = serializers.CharField(max_length=LONGEST_TITLE)
    as_of = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        default="",
        help_text="as everywhere; left out: what is known now",
    )
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")


class DropShape(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=LONGEST_NOTE)


class EditionShape(serializers.Serializer[Any]):
    edition = serializers.IntegerField()
    title_ja = serializers.CharField()
    title_en = serializers.CharField()
    note = serializers.CharField()
    position = serializers.IntegerField()
    moment = serializers.DateTimeField()
    state = serializers.CharField()
    prepared = serializers.BooleanField()
    progress = serializers.IntegerField(help_text="percent of its files made")
    published_position = serializers.IntegerField(allow_null=True)


class EditionFileShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()


class EditionWholeShape(EditionShape):
    indicators = serializers.DictField(child=serializers.CharField(), help_text="each indicator's class of disclosure")
    files = EditionFileShape(many=True)


class DraftedShape(serializers.Serializer[Any]):
    edition = serializers.IntegerField()


class EditionDecidedShape(DraftedShape):
    position = serializers.IntegerField()


class Editions(ActorView):
    @extend_schema(responses={200: EditionShape(many=True), **REFUSALS})
    def get(self, request: Request) -> Response:
        """All editions, the newest first."""
        if not self.actor.may(Deed.SEE_LOG):
            raise NotAllowed()
        with access.reading(self.actor):
            rows = [_said(row) for row in queries.listed(actor=self.actor)]
        return Response(EditionShape(rows, many=True).data)

    @extend_schema(request=DraftShape, responses={201: DraftedShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Draft an edition: its files are made within a minute or two."""
        data = read(DraftShape(data=request.data))
        once = self.once(lambda number: {"edition": number}, status=201)
        commands.draft_edition(actor=self.actor, now=clock.now(), once=once, **data)
        return self.answer(once)


class OneEdition(ActorView):
    @extend_schema(responses={200: EditionWholeShape, **REFUSALS})
    def get(self, request: Request, number: int) -> Response:
        """One edition with its files and what is in it."""
        with access.reading(self.actor):
            page = queries.edition_page(actor=self.actor, number=number)
        if page is None:
            raise NotFound()
        data = {**_said(page.edition), "indicators": page.edition.disclosure, "files": page.files}
        return Response(EditionWholeShape(data).data)


class PublishEdition(ActorView):
    @extend_schema(request=None, responses={200: EditionDecidedShape, **REFUSALS})
    def post(self, request: Request, number: int) -> HttpResponse:
        """Publish it, as a person of another unit than the one who drafted it. It cannot be taken back."""
        once = self.once(lambda recorded: _decided(number, recorded))
        commands.publish_edition(actor=self.actor, edition=number, now=clock.now(), once=once)
        return self.answer(once)


class DropEdition(ActorView):
    @extend_schema(request=DropShape, responses={200: EditionDecidedShape, **REFUSALS})
    def post(self, request: Request, number: int) -> HttpResponse:
        """Drop a draft, with a reason."""
        reason = read(DropShape(data=request.data))["reason"]
        once = self.once(lambda recorded: _decided(number, recorded))
        commands.drop_edition(actor=self.actor, edition=number, reason=reason, now=clock.now(), once=once)
        return self.answer(once)


def _decided(number: int, recorded: Recorded) -> dict[str, Any]:
    return {"edition": number, "position": recorded.position}


def _said(row: Edition) -> dict[str, Any]:
    return {
        "edition": row.number, "title_ja": row.title_ja, "title_en": row.title_en, "note": row.note,
        "position": row.position, "moment": row.moment, "state": row.state, "prepared": row.prepared_at is not None,
        "progress": row.progress, "published_position": row.published_position,
    }  # fmt: skip
