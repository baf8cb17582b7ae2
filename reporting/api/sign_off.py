"""Sign-off by machine: what a reporter hands over, what a responsible person releases, what a reviewer begins."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from agencies.access import Deed
from reporting.api import serializers as shapes
from reporting.api.door import REFUSALS, ActorView
from reporting.api.views import recorded
from reporting.commands import sign_off as commands
from reporting.domain.errors import NotAllowed, NotFound
from reporting.models import Preparation
from reporting.queries import sign_off


class PreparedShape(serializers.Serializer[Any]):
    report = serializers.CharField()
    state = serializers.CharField(help_text="prepared, sent_back or taken_back")
    number = serializers.IntegerField(help_text="of this handing-over: what is released is the one that was seen")
    prepared_at = serializers.DateTimeField()
    prepared_by = serializers.CharField()


class ComparedShape(serializers.Serializer[Any]):
    field = serializers.CharField()
    now = serializers.CharField()
    last_period = serializers.CharField()
    since_period = serializers.CharField()
    last_submission = serializers.CharField()
    since_submission = serializers.CharField()


class PreparationShape(PreparedShape):
    decided_on = serializers.DateField(allow_null=True)
    document_number = serializers.CharField()
    comment = serializers.CharField(help_text="of who sent it back")
    narrative = serializers.DictField(child=serializers.CharField())
    figures = ComparedShape(many=True)


class SeenNumberShape(serializers.Serializer[Any]):
    seen_number = serializers.IntegerField(min_value=1, help_text="`number` of what was looked at")


class ReleaseShape(shapes.RulingSerializer, SeenNumberShape):
    pass


class SendBackShape(SeenNumberShape):
    comment = serializers.CharField(max_length=10_000, allow_blank=True)


class ReportShape(serializers.Serializer[Any]):
    report = serializers.CharField()


class WishShape(serializers.Serializer[Any]):
    agency = serializers.CharField(max_length=32)
    wanted = serializers.BooleanField()


class Preparations(ActorView):
    @extend_schema(responses={200: PreparedShape(many=True), **REFUSALS})
    def get(self, request: Request) -> Response:
        """What waits for the responsible person of my agency, oldest first."""
        if not self.actor.may(Deed.RELEASE):
            raise NotAllowed()
        with access.reading(self.actor):
            rows = [_prepared(found.preparation) for found in sign_off.waiting(actor=self.actor)]
        return Response(PreparedShape(rows, many=True).data)

    @extend_schema(request=shapes.SubmissionSerializer, responses={201: PreparedShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Hand one report over to the responsible person: the body is that of a submission."""
        body = shapes.SubmissionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        once = self.once(lambda row: dict(PreparedShape(_prepared(row)).data), status=201)
        commands.prepare_report(
            actor=self.actor,
            assignment=data["assignment"],
            period=data["period"],
            answers=body.answers(),
            narrative=data.get("narrative", {}),
            now=clock.now(),
            seen_version=data.get("seen_version"),
            ruling=body.ruling(),
            correction=data.get("correction", ""),
            once=once,
        )
        return self.answer(once)


class OnePreparation(ActorView):
    @extend_schema(responses={200: PreparationShape, **REFUSALS})
    def get(self, request: Request, report: str) -> Response:
        """What was handed over, beside the last period's figures and the last submission's."""
        with access.reading(self.actor):
            row = sign_off.find_preparation(actor=self.actor, report=report)
            if row is None:
                raise NotFound()
            figures = [
                {
                    "field": one.asked.question.field,
                    "now": one.shown,
                    "last_period": one.asked.previous,
                    "since_period": one.since_period,
                    "last_submission": one.before,
                    "since_submission": one.since_submission,
                }
                for one in sign_off.compare(preparation=row)
            ]
        more = {name: getattr(row, name) for name in ("decided_on", "document_number", "comment", "narrative")}
        return Response(PreparationShape(_prepared(row) | more | {"figures": figures}).data)


class Release(ActorView):
    @extend_schema(request=ReleaseShape, responses={201: shapes.RecordedSerializer, **REFUSALS})
    def post(self, request: Request, report: str) -> HttpResponse:
        """Release what was looked at: it is submitted to CSTI."""
        body = ReleaseShape(data=request.data)
        body.is_valid(raise_exception=True)
        once = self.once(recorded(report), status=201)
        said = {"decided_on", "document_number"} & set(body.validated_data)
        commands.release_report(
            actor=self.actor,
            report=report,
            seen_number=body.validated_data["seen_number"],
            ruling=body.ruling() if said else None,
            now=clock.now(),
            once=once,
        )
        return self.answer(once)


class SendBack(ActorView):
    @extend_schema(request=SendBackShape, responses={200: ReportShape, **REFUSALS})
    def post(self, request: Request, report: str) -> HttpResponse:
        """Send it back inside the agency, with a comment."""
        said = shapes.read(SendBackShape(data=request.data))
        once = self.once(lambda _: {"report": report})
        commands.send_back_preparation(actor=self.actor, report=report, now=clock.now(), once=once, **said)
        return self.answer(once)


class TakeBack(ActorView):
    @extend_schema(request=SeenNumberShape, responses={200: ReportShape, **REFUSALS})
    def post(self, request: Request, report: str) -> HttpResponse:
        """Take it back before it is released, to change it."""
        said = shapes.read(SeenNumberShape(data=request.data))
        once = self.once(lambda _: {"report": report})
        commands.take_back_preparation(actor=self.actor, report=report, now=clock.now(), once=once, **said)
        return self.answer(once)


class BeginReview(ActorView):
    @extend_schema(request=shapes.SeenSerializer, responses={200: ReportShape, **REFUSALS})
    def post(self, request: Request, report: str) -> HttpResponse:
        """Begin the review of the version that was looked at: the agency can no longer take it back."""
        said = shapes.read(shapes.SeenSerializer(data=request.data))
        once = self.once(lambda _: {"report": report})
        commands.begin_review(actor=self.actor, report=report, now=clock.now(), once=once, **said)
        return self.answer(once)


class Wish(ActorView):
    @extend_schema(responses={200: WishShape(many=True), **REFUSALS})
    def get(self, request: Request) -> Response:
        """Whether my agency, or each agency I look after, wants its reports released by a responsible person."""
        if not self.actor.may(Deed.SET_SIGN_OFF):
            raise NotAllowed()
        with access.reading(self.actor):
            found = sign_off.agencies_and_wishes(actor=self.actor)
        return Response([{"agency": agency.code, "wanted": wanted} for agency, wanted in found])

    @extend_schema(request=WishShape, responses={200: WishShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Say whether an agency wants it."""
        said = shapes.read(WishShape(data=request.data))
        once = self.once(lambda _: said)
        commands.set_sign_off(actor=self.actor, now=clock.now(), once=once, **said)
        return self.answer(once)


def _prepared(row: Preparation) -> dict[str, Any]:
    return {
        "report": row.report_id,
        "state": row.state,
        "number": row.number,
        "prepared_at": row.prepared_at,
        "prepared_by": row.prepared_name,
    }
