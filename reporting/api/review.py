"""What waits for a decision, and one report with all that was said of it, by machine."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import clock
from agencies.access import Deed
from reporting.api.door import OF_THE_PAST, REFUSALS, PastView
from reporting.domain.errors import NotAllowed, NotFound
from reporting.domain.report import field_of
from reporting.queries import forms, review_queue, work


class WaitingShape(serializers.Serializer[Any]):
    report = serializers.CharField()
    agency = serializers.CharField()
    node = serializers.CharField()
    period = serializers.CharField()
    version = serializers.IntegerField(help_text="what a decision names as seen")
    submitted_at = serializers.DateTimeField()
    submitted_by = serializers.CharField()
    late = serializers.BooleanField()
    correction = serializers.BooleanField()
    resubmitted = serializers.BooleanField()
    warnings = serializers.IntegerField()
    own = serializers.BooleanField(help_text="of my own unit: another reviewer decides")
    begun_by = serializers.CharField()
    turn_of = serializers.ListField(child=serializers.CharField())
    endorsed_by = serializers.CharField()
    waits_for_a_name = serializers.BooleanField()


class QueueShape(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    reports = WaitingShape(many=True)


class FigureShape(serializers.Serializer[Any]):
    field = serializers.CharField()
    domain = serializers.CharField(allow_null=True)
    answer = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    numerator = serializers.CharField(allow_null=True)
    denominator = serializers.CharField(allow_null=True)
    counted_elsewhere = serializers.CharField(allow_null=True)
    raw = serializers.DictField()


class SaidShape(serializers.Serializer[Any]):
    field = serializers.CharField()
    text = serializers.CharField()
    erased = serializers.BooleanField()


class ToldShape(serializers.Serializer[Any]):
    type = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    position = serializers.IntegerField()
    version = serializers.IntegerField()
    said = SaidShape(many=True)


class ReportShape(serializers.Serializer[Any]):
    report = serializers.CharField()
    status = serializers.CharField()
    version = serializers.IntegerField(help_text="what a decision names as seen")
    late = serializers.BooleanField()
    submitted_version = serializers.IntegerField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    submitted_by = serializers.CharField()
    decided_by = serializers.CharField()
    approved_version = serializers.IntegerField(help_text="of the submission in force; 0: none is")
    corrected = serializers.BooleanField()
    figures = FigureShape(many=True, help_text="of the submission that is shown")
    story = ToldShape(many=True, help_text="newest first, with every text")


class Queue(PastView):
    @extend_schema(
        responses={200: QueueShape, **REFUSALS},
        parameters=[
            *(
                OpenApiParameter(name, str, description="as in the queue of the web admin")
                for name in review_queue.FILTERS
            ),
            OpenApiParameter("page", int),
            *OF_THE_PAST,
        ],
    )
    def get(self, request: Request) -> Response:
        """Reports waiting for a decision, oldest first, fifty a page."""
        if not self.actor.may(Deed.DECIDE):
            raise NotAllowed()
        asked = review_queue.read_asked(request.query_params)
        with self.reading():
            found = review_queue.queue(self.actor, clock.now(), asked, as_of=self.at.position)
        rows = [
            {
                "report": row.report.id,
                "agency": row.report.agency_id,
                "node": row.node.code,
                "period": row.report.period,
                "version": row.report.version,
                "submitted_at": row.report.submitted_at,
                "submitted_by": row.report.submitted_name,
                "late": row.report.late,
                "correction": row.report.correcting,
                "resubmitted": row.resubmitted,
                "warnings": row.warnings,
                "own": row.own,
                "begun_by": row.begun_name,
                "turn_of": row.on_duty,
                "endorsed_by": row.named.endorsed.name if row.named.endorsed else "",
                "waits_for_a_name": row.named.nobody,
            }
            for row in found.rows
        ]
        told = {"number": found.number, "page": found.asked.page, "pages": found.pages, "reports": rows}
        return Response(QueueShape(told).data)


class Report(PastView):
    @extend_schema(responses={200: ReportShape, **REFUSALS}, parameters=OF_THE_PAST)
    def get(self, request: Request, report: str) -> Response:
        """One report as it stands: its figures, and everything that happened to it."""
        if not self.actor.may(Deed.SEE_DESK):
            raise NotAllowed()
        with self.reading():
            row = work.find_report(self.actor, report, as_of=self.at.position)
            if row is None:
                raise NotFound()
            entries, _texts = forms.last_submission(row)
            story = work.story(row, as_of=self.at.position)
        figures = [
            {
                "field": field_of(entry),
                "domain": entry.domain,
                "answer": entry.answer,
                **{
                    name: None if number is None else format(number, "f")
                    for name in ("value", "numerator", "denominator", "counted_elsewhere")
                    for number in [getattr(entry, name)]
                },
                "raw": dict(entry.raw),
            }
            for entry in entries
        ]
        told = [
            {
                "type": one.event.type,
                "by": one.event.meta.get("actor", ""),
                "at": one.event.occurred_at,
                "position": one.event.position,
                "version": one.event.version,
                "said": one.texts,
            }
            for one in story
        ]
        shown = {
            "report": row.id,
            "status": row.status,
            "version": row.version,
            "late": row.late,
            "submitted_version": row.submitted_version,
            "submitted_at": row.submitted_at,
            "submitted_by": row.submitted_name,
            "decided_by": row.decided_name,
            "approved_version": row.approved_version,
            "corrected": row.corrected,
            "figures": figures,
            "story": told,
        }
        return Response(ReportShape(shown).data)
