"""学内・所内照会 by machine: a reporter asks departments and takes their answers over, a department answers."""

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
from reporting.api.serializers import AnswerSerializer, read
from reporting.commands import inquiries as commands
from reporting.commands.drafts import Saved
from reporting.commands.inquiries import Choice
from reporting.domain.errors import NotAllowed
from reporting.queries import inquiries


class AskShape(serializers.Serializer[Any]):
    assignment = serializers.CharField(max_length=64)
    period = serializers.CharField(max_length=12)
    figures = serializers.ListField(child=serializers.CharField(max_length=100), help_text="of the report's questions")
    units = serializers.ListField(child=serializers.IntegerField(min_value=1))
    due_on = serializers.DateField()
    note = serializers.CharField(max_length=10_000, allow_blank=True, default="")


class AskedShape(serializers.Serializer[Any]):
    inquiries = serializers.ListField(child=serializers.IntegerField())


class FigureShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    field = serializers.CharField()
    version = serializers.IntegerField(help_text="0: not answered yet")
    parts = serializers.DictField(child=serializers.CharField(), help_text="as typed")
    remark = serializers.CharField()
    answered_by = serializers.CharField()
    answered_at = serializers.DateTimeField(allow_null=True)


class InquiryShape(serializers.Serializer[Any]):
    inquiry = serializers.IntegerField()
    assignment = serializers.CharField()
    period = serializers.CharField()
    unit = serializers.IntegerField()
    unit_name = serializers.CharField()
    due_on = serializers.DateField()
    note = serializers.CharField()
    asked_by = serializers.CharField()
    asked_at = serializers.DateTimeField()
    figures = FigureShape(many=True)


class OneAnswerShape(AnswerSerializer):
    remark = serializers.CharField(required=False, allow_blank=True)
    seen_version = serializers.IntegerField(min_value=0, default=0, help_text="of the answer that stood there")


class AnswersShape(serializers.Serializer[Any]):
    figures = serializers.DictField(child=OneAnswerShape(), help_text="by field; what is left out is not answered yet")


class AnsweredShape(serializers.Serializer[Any]):
    changed = serializers.ListField(child=serializers.CharField())


class TakeShape(serializers.Serializer[Any]):
    answer = serializers.CharField(max_length=20, help_text='the id of a figure of an inquiry, or "sum"')
    seen_version = serializers.IntegerField(min_value=0, help_text="of the answer; of a sum, of all answers together")


class MergeShape(serializers.Serializer[Any]):
    take = serializers.DictField(child=TakeShape(), help_text="by field")
    draft = serializers.DictField(
        child=serializers.IntegerField(min_value=0), required=False, help_text="by name, the version that was seen"
    )


class MergedShape(serializers.Serializer[Any]):
    versions = serializers.DictField(child=serializers.IntegerField())
    conflicts = serializers.DictField(help_text="what someone has typed since, which was left as it is")


class Inquiries(ActorView):
    @extend_schema(responses={200: InquiryShape(many=True), **REFUSALS})
    def get(self, request: Request) -> Response:
        """The open inquiries of my agency, or of my department where I answer for one."""
        if not self.actor.may(Deed.ANSWER):
            raise NotAllowed()
        with access.reading(self.actor):
            found = inquiries.listed(self.actor)
        data = [
            {
                "inquiry": row.pk,
                "assignment": row.assignment_id,
                "period": row.period,
                "unit": row.unit_id,
                "unit_name": row.unit_name,
                "due_on": row.due_on,
                "note": row.note,
                "asked_by": row.asked_name,
                "asked_at": row.asked_at,
                "figures": [
                    {
                        "id": figure.pk,
                        "field": figure.field,
                        "version": figure.version,
                        "parts": figure.parts,
                        "remark": figure.remark,
                        "answered_by": figure.answered_name,
                        "answered_at": figure.answered_at,
                    }
                    for figure in figures
                ],
            }
            for row, figures in found
        ]
        return Response(InquiryShape(data, many=True).data)

    @extend_schema(request=AskShape, responses={201: AskedShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Ask departments of my agency for figures of a report."""
        data = read(AskShape(data=request.data))
        once = self.once(lambda ids: {"inquiries": ids}, status=201)
        commands.ask_departments(
            actor=self.actor,
            assignment=data["assignment"],
            period=data["period"],
            fields=data["figures"],
            units=data["units"],
            due_on=data["due_on"],
            note=data["note"],
            now=clock.now(),
            once=once,
        )
        return self.answer(once)


class Answers(ActorView):
    @extend_schema(request=AnswersShape, responses={200: AnsweredShape, **REFUSALS})
    def post(self, request: Request, inquiry: int) -> HttpResponse:
        """Answer figures asked of my department."""
        given = read(AnswersShape(data=request.data))["figures"]
        once = self.once(lambda changed: {"changed": changed})
        commands.answer_inquiry(
            actor=self.actor,
            inquiry=inquiry,
            answers={field: shapes.parts_of(one) for field, one in given.items()},
            remarks={field: one.get("remark", "") for field, one in given.items()},
            seen={field: one["seen_version"] for field, one in given.items()},
            now=clock.now(),
            once=once,
        )
        return self.answer(once)


class Withdraw(ActorView):
    @extend_schema(request=None, responses={200: AskedShape, **REFUSALS})
    def post(self, request: Request, inquiry: int) -> HttpResponse:
        """Take an inquiry back."""
        once = self.once(lambda id_: {"inquiries": [id_]})
        commands.withdraw_inquiry(actor=self.actor, inquiry=inquiry, now=clock.now(), once=once)
        return self.answer(once)


class Merge(ActorView):
    @extend_schema(request=MergeShape, responses={200: MergedShape, **REFUSALS})
    def post(self, request: Request, assignment: str, period: str) -> HttpResponse:
        """Take answers of departments over into the draft of a report."""
        data = read(MergeShape(data=request.data))
        once = self.once(_merged)
        commands.merge_answers(
            actor=self.actor,
            assignment=assignment,
            period=period,
            choices={field: Choice(one["answer"], one["seen_version"]) for field, one in data["take"].items()},
            seen=data.get("draft", {}),
            now=clock.now(),
            once=once,
        )
        return self.answer(once)


def _merged(saved: Saved) -> dict[str, Any]:
    conflicts = {
        name: {"text": typed.text, "version": typed.version, "by": typed.by, "at": typed.at.isoformat()}
        for name, typed in saved.conflicts.items()
    }
    return {"versions": saved.versions, "conflicts": conflicts}
