"""The calendar, the board and deadlines by machine."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import clock
from agencies.access import Deed
from reporting.api.door import OF_THE_PAST, REFUSALS, ActorView, PastView
from reporting.api.serializers import GrantedSerializer, read
from reporting.commands import deadlines as commands
from reporting.domain.deadline import Kind
from reporting.domain.errors import BadDay, NotAllowed, NotFound
from reporting.event_store import Recorded
from reporting.queries import board as boards
from reporting.queries.burden import Limits, burdens, year_plan
from reporting.queries.calendar import added_holidays, granted


class ScopeShape(serializers.Serializer[Any]):
    agency = serializers.CharField(max_length=32)
    period = serializers.CharField(max_length=12, help_text="FY2026Q1")
    assignment = serializers.CharField(
        max_length=64, required=False, allow_null=True, help_text="left out: all of the agency's reports of the period"
    )
    reason = serializers.CharField(max_length=2_000, help_text="the agency sees it")


class MoveShape(ScopeShape):
    until = serializers.DateField(help_text="the last day; a holiday moves to the next business day")


class WithdrawShape(ScopeShape):
    kind = serializers.ChoiceField(["extended", "reopened"])


class DoneShape(serializers.Serializer[Any]):
    event_id = serializers.UUIDField()
    position = serializers.IntegerField()


class ChangeShape(GrantedSerializer):
    agency = serializers.CharField()
    period = serializers.CharField()
    event_id = serializers.UUIDField()


class PlannedShape(serializers.Serializer[Any]):
    period = serializers.CharField()
    opens_on = serializers.DateField()
    due_on = serializers.DateField()
    last_day = serializers.DateField(help_text="the last day on which anything is taken")
    reports = serializers.IntegerField()
    figures = serializers.IntegerField()
    next_due = serializers.BooleanField()


class YearShape(serializers.Serializer[Any]):
    agency = serializers.CharField()
    year = serializers.IntegerField()
    reports_a_year = serializers.IntegerField()
    figures_a_year = serializers.IntegerField()
    heavy = serializers.BooleanField()
    periods = PlannedShape(many=True)


class BurdenShape(serializers.Serializer[Any]):
    agency = serializers.CharField()
    reports_a_year = serializers.IntegerField()
    figures_a_year = serializers.IntegerField()
    heavy = serializers.BooleanField()


class CountsShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    expected = serializers.IntegerField()
    approved = serializers.IntegerField()
    submitted = serializers.IntegerField()
    returned = serializers.IntegerField()
    missing = serializers.IntegerField()
    not_due = serializers.IntegerField()
    late = serializers.IntegerField()
    extended = serializers.IntegerField()


class OneShape(serializers.Serializer[Any]):
    assignment = serializers.CharField()
    agency = serializers.CharField()
    node = serializers.CharField()
    period = serializers.CharField()
    state = serializers.CharField()
    late = serializers.BooleanField()
    extended = serializers.BooleanField()
    due_on = serializers.DateField()


class BoardShape(serializers.Serializer[Any]):
    year = serializers.IntegerField()
    period = serializers.CharField()
    by = serializers.CharField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    total = CountsShape()
    rows = CountsShape(many=True)
    reports = OneShape(many=True)


class HolidayShape(serializers.Serializer[Any]):
    day = serializers.DateField()
    reason = serializers.CharField(max_length=2_000, help_text="what day it is, and why the government is closed")


class WhyShape(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2_000)


class Calendar(PastView):
    @extend_schema(
        responses={200: YearShape, **REFUSALS},
        parameters=[
            OpenApiParameter("agency", str, description="left out: mine"),
            OpenApiParameter("year", int, description="fiscal year; left out: the present one"),
            *OF_THE_PAST,
        ],
    )
    def get(self, request: Request) -> Response:
        """What falls due at an agency in a fiscal year, and how much it is asked for."""
        if not self.actor.may(Deed.SEE_DESK):
            raise NotAllowed()
        asked = request.query_params
        year = asked.get("year", "")
        with self.reading():
            found = year_plan(
                actor=self.actor,
                agency=asked.get("agency") or self.actor.agency,
                year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
                now=self.at.moment,
                limits=limits(),
                as_of=self.at.position,
            )
        if found is None:
            raise NotFound()
        rows = [
            {
                "period": row.period.code, "opens_on": row.window.opens.date(), "due_on": row.window.due_on,
                "last_day": row.window.last_day, "reports": row.reports, "figures": row.figures,
                "next_due": row.next_due,
            }
            for row in found.periods
        ]  # fmt: skip
        burden = found.burden
        data = {
            "agency": found.agency.code, "year": found.year, "reports_a_year": burden.reports if burden else 0,
            "figures_a_year": burden.figures if burden else 0, "heavy": bool(burden and burden.heavy), "periods": rows,
        }  # fmt: skip
        return Response(YearShape(data).data)


class Burden(PastView):
    @extend_schema(responses={200: BurdenShape(many=True), **REFUSALS}, parameters=OF_THE_PAST)
    def get(self, request: Request) -> Response:
        """The agencies by how much they are asked for in a year, the most burdened first."""
        if not self.actor.may(Deed.SEE_BOARD):
            raise NotAllowed()
        with self.reading():
            found = burdens(actor=self.actor, limits=limits(), as_of=self.at.position)
        data = [
            {
                "agency": row.agency.code, "reports_a_year": row.reports, "figures_a_year": row.figures,
                "heavy": row.heavy,
            }
            for row in found
        ]  # fmt: skip
        return Response(BurdenShape(data, many=True).data)


class Board(PastView):
    @extend_schema(
        responses={200: BoardShape, **REFUSALS},
        parameters=[
            OpenApiParameter("by", str, enum=[str(by) for by in boards.By]),
            OpenApiParameter("year", int),
            OpenApiParameter("period", str, description="left out: what opened last; empty: all of the fiscal year"),
            OpenApiParameter("pillar", str),
            OpenApiParameter("agency", str, description="code, or part of the name"),
            OpenApiParameter("measure", str),
            OpenApiParameter("state", str, enum=[str(stand) for stand in boards.Stand]),
            OpenApiParameter("page", int),
            *OF_THE_PAST,
        ],
    )
    def get(self, request: Request) -> Response:
        """Who has reported and who has not: counts by agency, measure or period, or report by report."""
        if not self.actor.may(Deed.SEE_BOARD):
            raise NotAllowed()
        with self.reading():
            asked = boards.read_filter(request.query_params)
            found = boards.board(actor=self.actor, asked=asked, now=self.at.moment, as_of=self.at.position)
        if found is None:
            raise NotFound()
        reports = [
            {
                "assignment": one.assignment, "agency": one.agency.code, "node": one.node.code,
                "period": one.period.code, "state": str(one.stand), "late": one.late, "extended": one.extended,
                "due_on": one.due_on,
            }
            for one in found.reports
        ]  # fmt: skip
        data = {
            "year": found.asked.year, "period": found.asked.period, "by": str(found.asked.by),
            "page": found.asked.page, "pages": found.pages, "total": found.total, "rows": found.rows,
            "reports": reports,
        }  # fmt: skip
        return Response(BoardShape(data).data)


class Deadlines(PastView):
    @extend_schema(
        responses={200: ChangeShape(many=True), **REFUSALS},
        parameters=[OpenApiParameter("agency", str), OpenApiParameter("period", str), *OF_THE_PAST],
    )
    def get(self, request: Request) -> Response:
        """The extensions and reopenings in force, of the agencies I may see."""
        with self.reading():
            rows = granted(
                self.actor,
                agency=request.query_params.get("agency"),
                period=request.query_params.get("period"),
                as_of=self.at.position,
            )
            data = [
                {
                    "agency": row.agency_id, "period": row.period, "assignment": row.assignment_id, "kind": row.kind,
                    "until": row.until, "reason": getattr(row, "said", None) or "", "event_id": row.event_id,
                }
                for row in rows
            ]  # fmt: skip
        return Response(ChangeShape(data, many=True).data)


class Extend(ActorView):
    @extend_schema(request=MoveShape, responses={201: DoneShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Give an agency a later deadline."""
        once = self.once(_done, status=201)
        commands.extend_deadline(actor=self.actor, now=clock.now(), once=once, **read(MoveShape(data=request.data)))
        return self.answer(once)


class Reopen(ActorView):
    @extend_schema(request=MoveShape, responses={201: DoneShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Let an agency report on a locked period until the end of a day."""
        once = self.once(_done, status=201)
        commands.reopen_period(actor=self.actor, now=clock.now(), once=once, **read(MoveShape(data=request.data)))
        return self.answer(once)


class Withdraw(ActorView):
    @extend_schema(request=WithdrawShape, responses={200: DoneShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Take an extension or a reopening back."""
        given = read(WithdrawShape(data=request.data))
        once = self.once(_done)
        commands.withdraw_change(actor=self.actor, now=clock.now(), once=once, **{**given, "kind": Kind(given["kind"])})
        return self.answer(once)


class Holidays(PastView):
    @extend_schema(responses={200: HolidayShape(many=True), **REFUSALS}, parameters=OF_THE_PAST)
    def get(self, request: Request) -> Response:
        """The days added to the holidays."""
        with self.reading():
            rows = [
                {"day": row.day, "reason": getattr(row, "said", None) or ""}
                for row in added_holidays(as_of=self.at.position)
            ]
        return Response(HolidayShape(rows, many=True).data)

    @extend_schema(request=HolidayShape, responses={201: DoneShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Add a day on which the government is closed."""
        once = self.once(_done, status=201)
        commands.add_holiday(actor=self.actor, now=clock.now(), once=once, **read(HolidayShape(data=request.data)))
        return self.answer(once)


class RemoveHoliday(ActorView):
    @extend_schema(request=WhyShape, responses={200: DoneShape, **REFUSALS})
    def post(self, request: Request, day: str) -> HttpResponse:
        """An added day is a business day after all."""
        reason = read(WhyShape(data=request.data))["reason"]
        try:
            when = date.fromisoformat(day)
        except ValueError:
            raise BadDay(text=day[:40]) from None
        once = self.once(_done)
        commands.remove_holiday(actor=self.actor, day=when, reason=reason, now=clock.now(), once=once)
        return self.answer(once)


def limits() -> Limits:
    return Limits(settings.HEAVY_REPORTS_A_YEAR, settings.HEAVY_FIGURES_A_YEAR)


def _done(recorded: Recorded) -> dict[str, Any]:
    return {"event_id": str(recorded.event_id), "position": recorded.position}
