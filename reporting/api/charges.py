"""Who is in charge, and handing a desk over, by machine."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from agencies.access import Deed, Scope
from reporting.api.door import REFUSALS, ActorView
from reporting.api.serializers import read
from reporting.commands import charges as commands
from reporting.domain.errors import NotAllowed, NotFound
from reporting.models import Handover
from reporting.queries import charges as queries


class ChargeShape(serializers.Serializer[Any]):
    assignment = serializers.CharField()
    person = serializers.IntegerField()
    name = serializers.CharField()
    unit = serializers.CharField()
    since = serializers.DateTimeField()


class PutShape(serializers.Serializer[Any]):
    charges = serializers.DictField(
        child=serializers.IntegerField(min_value=1, allow_null=True), help_text="by assignment; null: nobody"
    )


class ChangedShape(serializers.Serializer[Any]):
    changed = serializers.ListField(child=serializers.CharField())


class HandoverShape(serializers.Serializer[Any]):
    agency = serializers.CharField(max_length=32, required=False, help_text="an operator says whose; else my agency")
    predecessor = serializers.IntegerField(min_value=1)
    successor = serializers.IntegerField(min_value=1)
    note = serializers.CharField(max_length=2_000, allow_blank=True, default="")


class HandedOverShape(serializers.Serializer[Any]):
    handover = serializers.IntegerField()
    predecessor = serializers.CharField()
    successor = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    note = serializers.CharField()
    moved = serializers.DictField()


class Charges(ActorView):
    @extend_schema(responses={200: ChargeShape(many=True), **REFUSALS})
    def get(self, request: Request) -> Response:
        """Who is in charge of what in my agency."""
        if not self.actor.may(Deed.SUBMIT):
            raise NotAllowed()
        with access.reading(self.actor):
            rows = [
                {
                    "assignment": assignment,
                    "person": row.person_id,
                    "name": str(row.person),
                    "unit": row.unit.name_ja,
                    "since": row.from_at,
                }
                for assignment, row in sorted(queries.in_charge(self.actor).items())
            ]
        return Response(ChargeShape(rows, many=True).data)

    @extend_schema(request=PutShape, responses={200: ChangedShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Say who is in charge."""
        people = read(PutShape(data=request.data))["charges"]
        once = self.once(lambda changed: {"changed": changed})
        commands.put_in_charge(actor=self.actor, people=people, now=clock.now(), once=once)
        return self.answer(once)


class Handovers(ActorView):
    @extend_schema(
        responses={200: HandedOverShape(many=True), **REFUSALS},
        parameters=[OpenApiParameter("agency", str, description="an operator says whose; else my agency")],
    )
    def get(self, request: Request) -> Response:
        """What has been handed over, newest first."""
        if not self.actor.may(Deed.HAND_OVER):
            raise NotAllowed()
        agency = self._agency(request.query_params.get("agency"))
        with access.reading(self.actor):
            rows = [_handed_over(row) for row in queries.handovers(self.actor, agency)]
        return Response(HandedOverShape(rows, many=True).data)

    @extend_schema(request=HandoverShape, responses={201: HandedOverShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Hand a desk over to a successor."""
        data = read(HandoverShape(data=request.data))
        once = self.once(lambda row: dict(HandedOverShape(_handed_over(row)).data), status=201)
        commands.hand_over(
            actor=self.actor,
            agency=self._agency(data.get("agency")),
            predecessor=data["predecessor"],
            successor=data["successor"],
            note=data["note"],
            now=clock.now(),
            once=once,
        )
        return self.answer(once)

    def _agency(self, given: str | None) -> str:
        agency = given or self.actor.agency
        if self.actor.scope is not Scope.ALL and agency != self.actor.agency:
            raise NotFound()
        return agency


def _handed_over(row: Handover) -> dict[str, Any]:
    return {
        "handover": row.pk,
        "predecessor": row.predecessor_name,
        "successor": row.successor_name,
        "by": row.by_name,
        "at": row.at,
        "note": row.note,
        "moved": row.moved,
    }
