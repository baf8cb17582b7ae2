"""Erasing texts by machine: one person asks, another confirms or declines."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from agencies.access import Deed
from reporting.api.door import REFUSALS, ActorView
from reporting.api.serializers import read
from reporting.commands import redaction as commands
from reporting.domain.errors import NotAllowed
from reporting.event_store import Recorded
from reporting.queries import redactions


class RequestShape(serializers.Serializer[Any]):
    event_id = serializers.UUIDField(help_text="the event beside which the text stands")
    field = serializers.CharField(max_length=200, help_text="narrative.summary, comment, reason.IND-02 …")
    reason = serializers.CharField(max_length=2_000, help_text="stays in sight where the text was")


class ReasonShape(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2_000)


class RequestedShape(serializers.Serializer[Any]):
    redaction = serializers.UUIDField()


class DecidedShape(RequestedShape):
    event_id = serializers.UUIDField()
    position = serializers.IntegerField()


class RedactionShape(RequestedShape):
    event_id = serializers.UUIDField()
    field = serializers.CharField()
    agency = serializers.CharField(allow_null=True)
    state = serializers.CharField()
    proposed_at = serializers.DateTimeField()
    proposed_by = serializers.CharField()


class Redactions(ActorView):
    @extend_schema(responses={200: RedactionShape(many=True), **REFUSALS})
    def get(self, request: Request) -> Response:
        """The requests that wait for a second person, oldest first."""
        if not self.actor.may(Deed.REDACT):
            raise NotAllowed()
        with access.reading(self.actor):
            rows = [asked.redaction for asked in redactions.requests(actor=self.actor, waiting=True)]
        data = [
            {
                "redaction": row.id,
                "event_id": row.event_id,
                "field": row.field,
                "agency": row.agency_id,
                "state": row.state,
                "proposed_at": row.proposed_at,
                "proposed_by": row.proposed_name,
            }
            for row in rows
        ]
        return Response(RedactionShape(data, many=True).data)

    @extend_schema(request=RequestShape, responses={201: RequestedShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Ask for a text to be erased, with a reason."""
        data = read(RequestShape(data=request.data))
        once = self.once(lambda proposal: {"redaction": str(proposal)}, status=201)
        commands.propose_redaction(actor=self.actor, now=clock.now(), once=once, **data)
        return self.answer(once)


class Confirm(ActorView):
    @extend_schema(request=None, responses={200: DecidedShape, **REFUSALS})
    def post(self, request: Request, proposal: UUID) -> HttpResponse:
        """Confirm, as a person of another unit: the text is erased for good."""
        once = self.once(lambda recorded: _decided(proposal, recorded))
        commands.redact_text(actor=self.actor, proposal=proposal, now=clock.now(), once=once)
        return self.answer(once)


class Decline(ActorView):
    @extend_schema(request=ReasonShape, responses={200: DecidedShape, **REFUSALS})
    def post(self, request: Request, proposal: UUID) -> HttpResponse:
        """Decline, with a reason: the text stays."""
        reason = read(ReasonShape(data=request.data))["reason"]
        once = self.once(lambda recorded: _decided(proposal, recorded))
        commands.decline_redaction(actor=self.actor, proposal=proposal, reason=reason, now=clock.now(), once=once)
        return self.answer(once)


def _decided(proposal: UUID, recorded: Recorded) -> dict[str, Any]:
    return {"redaction": str(proposal), "event_id": str(recorded.event_id), "position": recorded.position}
