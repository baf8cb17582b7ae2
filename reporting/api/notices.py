"""What one has been told, by machine."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from reporting.api.door import REFUSALS, ActorView
from reporting.api.serializers import read
from reporting.commands.notices import read_notices
from reporting.domain.reminders import OVERDUE
from reporting.queries import notices as queries


class NoticeShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    words = serializers.CharField()
    report = serializers.CharField(allow_null=True)
    due_on = serializers.DateField(allow_null=True, help_text="of a reminder: the last day it is about")
    time = serializers.IntegerField(allow_null=True, help_text="of a report that is overdue: for which time it is told")
    by = serializers.CharField()
    at = serializers.DateTimeField()
    position = serializers.IntegerField()
    read_at = serializers.DateTimeField(allow_null=True)
    path = serializers.CharField(help_text="where to look at it in the web admin")


class ToldShape(serializers.Serializer[Any]):
    unread = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    notices = NoticeShape(many=True)


class ReadingShape(serializers.Serializer[Any]):
    notice = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, help_text="without: all")


class ReadShape(serializers.Serializer[Any]):
    read = serializers.IntegerField(help_text="how many were unread")


class Notices(ActorView):
    @extend_schema(
        responses={200: ToldShape, **REFUSALS}, parameters=[OpenApiParameter("page", int, description="from 1")]
    )
    def get(self, request: Request) -> Response:
        """What I have been told, newest first, fifty a page."""
        page = request.query_params.get("page", "1")
        with access.reading(self.actor):
            found = queries.notices_of(
                self.actor, int(page) if page.isascii() and page.isdigit() and len(page) < 9 else 1
            )
        rows = [
            {
                "id": row.pk,
                "kind": row.kind,
                "words": gettext(queries.KINDS[row.kind]),
                "report": queries.report_of(row),
                "due_on": row.reminder.due_on if row.reminder else None,
                "time": row.reminder.number if row.reminder and row.kind == OVERDUE else None,
                "by": row.by,
                "at": row.at,
                "position": row.position,
                "read_at": row.read_at,
                "path": queries.address_of(row),
            }
            for row in found.rows
        ]
        told = {"unread": found.unread, "page": found.page, "pages": found.pages, "notices": rows}
        return Response(ToldShape(told).data)

    @extend_schema(request=ReadingShape, responses={200: ReadShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Mark one as read, or all."""
        said = read(ReadingShape(data=request.data))
        once = self.once(lambda number: {"read": number})
        read_notices(actor=self.actor, notice=said.get("notice"), now=clock.now(), once=once)
        return self.answer(once)
