"""Targets and milestones by machine: the lead proposes, CSTI accepts or declines."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from agencies.models import in_force
from indicators.models import TargetProposal
from reporting.api.door import OF_THE_PAST, REFUSALS, ActorView, PastView
from reporting.api.serializers import QuantityField, YearField, read
from reporting.commands import plan as commands


class TargetShape(serializers.Serializer[Any]):
    indicator = serializers.CharField(max_length=32)
    year = YearField(help_text='the fiscal year: 2030, "FY2030", "令和12年度", "R12"')
    value = QuantityField(help_text="as typed, in the indicator's unit")
    reason = serializers.CharField(max_length=2_000)
    agency = serializers.CharField(max_length=32, allow_null=True, default=None, help_text="null: the nation")
    domain = serializers.CharField(max_length=8, allow_null=True, default=None)
    baseline = QuantityField(default="")
    baseline_year = YearField(allow_null=True, default=None)
    revises = serializers.BooleanField(default=False, help_text="true when a target is in force already")


class MilestoneShape(serializers.Serializer[Any]):
    indicator = serializers.CharField(max_length=32)
    stage = serializers.IntegerField(min_value=0, max_value=4)
    due_on = serializers.DateField()
    reason = serializers.CharField(max_length=2_000)
    agency = serializers.CharField(max_length=32, allow_null=True, default=None)
    domain = serializers.CharField(max_length=8, allow_null=True, default=None)


class ProposalShape(serializers.Serializer[Any]):
    proposal = serializers.UUIDField()
    agency = serializers.CharField()
    content = serializers.DictField()


class ProposedShape(serializers.Serializer[Any]):
    proposal = serializers.UUIDField()


class ReasonShape(serializers.Serializer[Any]):
    reason = serializers.CharField(allow_blank=True, max_length=2_000)


class Targets(ActorView):
    @extend_schema(request=TargetShape, responses={201: ProposedShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Propose a target, or another value for one in force."""
        data = read(TargetShape(data=request.data))
        propose = commands.revise_target if data.pop("revises") else commands.set_target
        once = self.once(_proposed, status=201)
        propose(actor=self.actor, draft=commands.TargetDraft(**data), now=clock.now(), once=once)
        return self.answer(once)


class Milestones(ActorView):
    @extend_schema(request=MilestoneShape, responses={201: ProposedShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Propose the day by which a stage is to be reached."""
        data = read(MilestoneShape(data=request.data))
        once = self.once(_proposed, status=201)
        commands.schedule_milestone(actor=self.actor, now=clock.now(), once=once, **data)
        return self.answer(once)


class Proposals(PastView):
    @extend_schema(responses={200: ProposalShape(many=True), **REFUSALS}, parameters=OF_THE_PAST)
    def get(self, request: Request) -> Response:
        """The proposals open now or then: all for CSTI, one's own agency's for others."""
        with self.reading():
            rows = access.visible(TargetProposal.objects.filter(in_force(self.at.position)), self.actor)
            data = [
                {"proposal": row.id, "agency": row.agency_id, "content": row.content}
                for row in rows.order_by("from_position")
            ]
        return Response(ProposalShape(data, many=True).data)


class Accept(ActorView):
    @extend_schema(request=None, responses={200: ProposedShape, **REFUSALS})
    def post(self, request: Request, proposal: UUID) -> HttpResponse:
        """Accept a proposal: it is in force from now on."""
        once = self.once(lambda _: _proposed(proposal))
        commands.accept_target(actor=self.actor, proposal=proposal, now=clock.now(), once=once)
        return self.answer(once)


class Decline(ActorView):
    @extend_schema(request=ReasonShape, responses={200: ProposedShape, **REFUSALS})
    def post(self, request: Request, proposal: UUID) -> HttpResponse:
        """Decline a proposal, with a reason."""
        reason = read(ReasonShape(data=request.data))["reason"]
        once = self.once(lambda _: _proposed(proposal))
        commands.decline_target(actor=self.actor, proposal=proposal, reason=reason, now=clock.now(), once=once)
        return self.answer(once)


def _proposed(proposal: UUID) -> dict[str, Any]:
    return {"proposal": str(proposal)}
