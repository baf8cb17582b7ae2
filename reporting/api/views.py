"""The API: the same commands and queries as the admin. Each view translates, makes one call, translates back."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import clock
from reporting.api import serializers as shapes
from reporting.api.door import OF_THE_PAST, REFUSALS, ActorView, PastView
from reporting.commands import reports as commands
from reporting.commands.approving_together import approve_reports
from reporting.domain.errors import NotFound
from reporting.event_store import Recorded
from reporting.queries import forms, work


class Assignments(PastView):
    @extend_schema(responses={200: shapes.DutySerializer(many=True), **REFUSALS}, parameters=OF_THE_PAST)
    def get(self, request: Request) -> Response:
        """What my agency has to report, by what to do next."""
        with self.reading():
            found = work.duties(self.actor, self.at.moment, as_of=self.at.position)
        rows = [
            {
                "assignment": duty.assignment.id,
                "node": duty.node.code,
                "name_ja": duty.node.name_ja,
                "period": duty.period.code,
                "todo": str(duty.todo),
                "due_on": duty.due_on,
                "granted": [change for change in (duty.window.extension, duty.window.reopening) if change],
                "version": duty.report.version if duty.report else 0,
            }
            for duties in found.values()
            for duty in duties
        ]
        return Response(shapes.DutySerializer(rows, many=True).data)


class Questions(PastView):
    @extend_schema(responses={200: shapes.QuestionSerializer(many=True), **REFUSALS}, parameters=OF_THE_PAST)
    def get(self, request: Request, assignment: str, period: str) -> Response:
        """The figures one report asks for."""
        with self.reading():
            rows = forms.questions_for(self.actor, assignment, period, as_of=self.at.position)
        if rows is None:
            raise NotFound()
        data = [
            {
                "field": row.question.field,
                "name_ja": row.name_ja,
                "name_en": row.name_en,
                "unit": row.question.unit.name,
                "is_ratio": row.question.is_ratio,
            }
            for row in rows
        ]
        return Response(shapes.QuestionSerializer(data, many=True).data)


class Submit(ActorView):
    @extend_schema(request=shapes.SubmissionSerializer, responses={201: shapes.RecordedSerializer, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Submit one report."""
        body = shapes.SubmissionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        once = self.once(recorded(f"{data['assignment']}@{data['period']}"), status=201)
        commands.submit_report(
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


class Withdraw(ActorView):
    @extend_schema(request=shapes.SeenSerializer, responses={200: shapes.RecordedSerializer, **REFUSALS})
    def post(self, request: Request, report: str) -> HttpResponse:
        """Take a report back before it is decided."""
        seen = shapes.read(shapes.SeenSerializer(data=request.data))
        once = self.once(recorded(report))
        commands.withdraw_report(
            actor=self.actor, report=report, seen_version=seen["seen_version"], now=clock.now(), once=once
        )
        return self.answer(once)


class Approve(ActorView):
    @extend_schema(request=shapes.SeenSerializer, responses={200: shapes.RecordedSerializer, **REFUSALS})
    def post(self, request: Request, report: str) -> HttpResponse:
        """Approve the version that was looked at."""
        seen = shapes.read(shapes.SeenSerializer(data=request.data))
        once = self.once(recorded(report))
        commands.approve_report(
            actor=self.actor, report=report, seen_version=seen["seen_version"], now=clock.now(), once=once
        )
        return self.answer(once)


class Return(ActorView):
    @extend_schema(request=shapes.ReturnSerializer, responses={200: shapes.RecordedSerializer, **REFUSALS})
    def post(self, request: Request, report: str) -> HttpResponse:
        """Return the version that was looked at, with comments."""
        seen = shapes.read(shapes.ReturnSerializer(data=request.data))
        once = self.once(recorded(report))
        commands.return_report(
            actor=self.actor,
            report=report,
            seen_version=seen["seen_version"],
            comments=seen["comments"],
            now=clock.now(),
            once=once,
        )
        return self.answer(once)


class ApproveTogether(ActorView):
    @extend_schema(request=shapes.TogetherSerializer, responses={200: shapes.AllRecordedSerializer, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Approve many reports of one period that have no warnings, all of them or none."""
        seen = shapes.read(shapes.TogetherSerializer(data=request.data))["seen"]
        once = self.once(
            lambda many: {"recorded": [recorded(id_)(one) for id_, one in zip(sorted(seen), many, strict=True)]}
        )
        approve_reports(actor=self.actor, seen=seen, now=clock.now(), once=once)
        return self.answer(once)


class AskForCorrection(ActorView):
    @extend_schema(request=shapes.ReturnSerializer, responses={200: shapes.RecordedSerializer, **REFUSALS})
    def post(self, request: Request, report: str) -> HttpResponse:
        """Ask the agency to correct what was approved, with comments; it stays in force until then."""
        seen = shapes.read(shapes.ReturnSerializer(data=request.data))
        once = self.once(recorded(report))
        commands.ask_for_correction(
            actor=self.actor,
            report=report,
            seen_version=seen["seen_version"],
            comments=seen["comments"],
            now=clock.now(),
            once=once,
        )
        return self.answer(once)


class Reopen(ActorView):
    @extend_schema(request=shapes.ReopeningSerializer, responses={200: shapes.RecordedSerializer, **REFUSALS})
    def post(self, request: Request, report: str) -> HttpResponse:
        """Undo an approval, with a reason: the submission waits for a decision again."""
        seen = shapes.read(shapes.ReopeningSerializer(data=request.data))
        once = self.once(recorded(report))
        commands.reopen_report(
            actor=self.actor,
            report=report,
            seen_version=seen["seen_version"],
            reason=seen["reason"],
            now=clock.now(),
            once=once,
        )
        return self.answer(once)


def recorded(report: str) -> Callable[[Recorded], dict[str, Any]]:
    def word(recorded: Recorded) -> dict[str, Any]:
        data = {
            "report": report,
            "event_id": recorded.event_id,
            "position": recorded.position,
            "version": recorded.version,
            "recorded_at": recorded.recorded_at,
            "receipt": reverse("api-receipt", args=[report, recorded.version]),
        }
        return dict(shapes.RecordedSerializer(data).data)

    return word
