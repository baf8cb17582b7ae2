"""Targets, milestones and definitions by machine: who reports proposes, CSTI accepts or declines, and redefines."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import clock
from indicators.models import IndicatorDefinition, Target
from indicators.target_marks import Mark
from indicators.target_path import SHAPES
from reporting.api.door import OF_THE_PAST, REFUSALS, ActorView, PastView
from reporting.api.serializers import QuantityField, YearField, read
from reporting.commands import plan as commands
from reporting.commands.plan.definitions import FIELDS
from reporting.domain.errors import NotFound
from reporting.queries import targets as queries


class InterimShape(serializers.Serializer[Any]):
    year = YearField()
    value = QuantityField(help_text="as typed, in the indicator's unit; of a running total the total by then")


class TargetShape(serializers.Serializer[Any]):
    indicator = serializers.CharField(max_length=32)
    year = YearField(help_text='the fiscal year: 2030, "FY2030", "令和12年度", "R12"')
    value = QuantityField(default="", help_text="as typed, in the indicator's unit; of a band left out")
    reason = serializers.CharField(max_length=2_000)
    agency = serializers.CharField(max_length=32, allow_null=True, default=None, help_text="null: the nation")
    domain = serializers.CharField(max_length=8, allow_null=True, default=None)
    baseline = QuantityField(default="")
    baseline_year = YearField(allow_null=True, default=None)
    shape = serializers.ChoiceField(
        sorted(SHAPES), default="", help_text="left out: the indicator's, or that of the target that is revised"
    )
    interim = InterimShape(
        many=True, allow_null=True, default=None, help_text="through which the path goes; null: as it was"
    )
    stepped = serializers.BooleanField(default=False, help_text="of milestones: each holds from its year on")
    low = QuantityField(default="", help_text="of a band")
    high = QuantityField(default="", help_text="of a band")
    flow_before = QuantityField(default="", help_text="of a ramp: the yearly flow before its window")
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


class TargetInForceShape(serializers.Serializer[Any]):
    """Quantities as stored: money in millions of yen, all else in the indicator's unit."""

    indicator = serializers.CharField()
    agency = serializers.CharField(allow_null=True)
    domain = serializers.CharField(allow_null=True)
    component = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(["level", "cumulative", "rank", "stage"])
    year = serializers.IntegerField()
    value = serializers.CharField()
    baseline = serializers.CharField(allow_null=True)
    baseline_year = serializers.CharField(allow_null=True)
    trajectory = serializers.DictField()
    assumed = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()
    mark = serializers.ChoiceField([str(mark) for mark in Mark])
    since = serializers.IntegerField(help_text="position of the event that set it")
    until = serializers.IntegerField(allow_null=True, help_text="position of the event that revised it")


class DefinitionShape(serializers.Serializer[Any]):
    indicator = serializers.CharField()
    unit = serializers.CharField()
    aggregation = serializers.CharField()
    higher_is_better = serializers.BooleanField()
    shape = serializers.CharField()
    noise_sigma = serializers.CharField(allow_null=True, help_text="a share: 0.02 is 2 percent")
    tolerance = serializers.CharField()
    pace_window = serializers.IntegerField()
    natural_limit = serializers.CharField(allow_null=True)
    disclosure = serializers.CharField(help_text="public, ministries or closed: only what is public is in an edition")
    responsible = serializers.CharField(allow_null=True)
    source = serializers.DictField()  # type: ignore[assignment]
    decision = serializers.DictField()
    assumed = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()
    since = serializers.IntegerField()
    until = serializers.IntegerField(allow_null=True)


class IndicatorShape(serializers.Serializer[Any]):
    """What is in force, and what was, newest first."""

    definition = DefinitionShape()
    targets = TargetInForceShape(many=True)
    revisions = TargetInForceShape(many=True)
    definitions = DefinitionShape(many=True)


class RedefinitionShape(serializers.Serializer[Any]):
    changes = serializers.DictField(
        child=serializers.CharField(allow_blank=True),
        help_text="what changes, as typed: " + ", ".join(sorted(FIELDS)) + ". noise_sigma and tolerance in percent",
    )
    reason = serializers.CharField(allow_blank=True, max_length=2_000)
    seen = serializers.IntegerField(required=False, help_text="`since` of the definition that was looked at")


class RedefinedShape(serializers.Serializer[Any]):
    indicator = serializers.CharField()
    since = serializers.IntegerField()


class ProposedShape(serializers.Serializer[Any]):
    proposal = serializers.UUIDField()


class ReasonShape(serializers.Serializer[Any]):
    reason = serializers.CharField(allow_blank=True, max_length=2_000)


class Targets(PastView):
    @extend_schema(responses={200: TargetInForceShape(many=True), **REFUSALS}, parameters=OF_THE_PAST)
    def get(self, request: Request) -> Response:
        """The targets in force now or then: the nation's, and those of the agencies the caller may see."""
        with self.reading():
            rows = queries.listed(actor=self.actor, as_of=self.at.position)
            data = [_target(shown.target, shown.mark) for row in rows for shown in row.targets]
        return Response(TargetInForceShape(data, many=True).data)

    @extend_schema(request=TargetShape, responses={201: ProposedShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Propose a target, or another value for one in force."""
        data = read(TargetShape(data=request.data))
        if data["interim"] is not None:
            data["interim"] = [(step["year"], step["value"]) for step in data["interim"]]
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
            rows = queries.proposals(actor=self.actor, as_of=self.at.position)
            data = [{"proposal": row.id, "agency": row.agency_id, "content": row.content} for row in rows]
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


class OneIndicator(PastView):
    @extend_schema(responses={200: IndicatorShape, **REFUSALS}, parameters=OF_THE_PAST)
    def get(self, request: Request, code: str) -> Response:
        """An indicator's definition and targets, with all there were before, now or then."""
        with self.reading():
            page = queries.indicator_targets(actor=self.actor, code=code, as_of=self.at.position)
            if page is None:
                raise NotFound()
            data = {
                "definition": _definition(page.definition),
                "targets": [_target(shown.target, shown.mark) for shown in page.targets],
                "revisions": [_target(told.target, told.mark) for told in page.history.revisions],
                "definitions": [_definition(told.definition) for told in page.history.definitions],
            }
        return Response(IndicatorShape(data).data)


class Redefine(ActorView):
    @extend_schema(request=RedefinitionShape, responses={200: RedefinedShape, **REFUSALS})
    def post(self, request: Request, code: str) -> HttpResponse:
        """CSTI's secretariat changes a definition, with a reason. Unit and aggregation only while no figure is in
        force."""
        data = read(RedefinitionShape(data=request.data))
        once = self.once(lambda position: {"indicator": code, "since": position})
        commands.redefine_indicator(actor=self.actor, indicator=code, now=clock.now(), once=once, **data)
        return self.answer(once)


def _target(row: Target, mark: Mark) -> dict[str, Any]:
    return {
        "indicator": row.indicator_id, "agency": row.agency_id, "domain": row.domain_id, "component": row.component,
        "kind": row.kind, "year": row.year, "value": _text(row.value), "baseline": _text(row.baseline_value),
        "baseline_year": _text(row.baseline_year), "trajectory": row.trajectory, "assumed": row.assumed,
        "reason": row.reason, "mark": str(mark), "since": row.from_position, "until": row.to_position,
    }  # fmt: skip


def _definition(row: IndicatorDefinition) -> dict[str, Any]:
    return {
        "indicator": row.indicator_id, "unit": row.unit, "aggregation": row.aggregation,
        "higher_is_better": row.higher_is_better, "shape": row.trajectory.get("shape", "linear"),
        "noise_sigma": _text(row.noise_sigma), "tolerance": _text(row.tolerance), "pace_window": row.pace_window,
        "natural_limit": _text(row.natural_limit), "responsible": row.responsible_id, "source": row.source,
        "decision": row.decision, "disclosure": row.disclosure, "assumed": row.assumed, "reason": row.reason,
        "since": row.from_position, "until": row.to_position,
    }  # fmt: skip


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number.normalize(), "f")


def _proposed(proposal: UUID) -> dict[str, Any]:
    return {"proposal": str(proposal)}
