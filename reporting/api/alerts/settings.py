"""Who is told of an agency's alerts and when; what one wants to be told."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access
from reporting.api.alerts.reading import AlertView
from reporting.api.door import REFUSALS
from reporting.api.serializers import read
from reporting.commands.alerts import Choice, set_ladder, set_mail_choices
from reporting.domain.alerts.ladder import LEVELS
from reporting.domain.errors import NotAllowed, NotFound
from reporting.models import MailChoice, MailReader
from reporting.models.alerts import SEVERITIES
from reporting.queries.alerting.ladder_page import LadderPage, ladder_page
from reporting.queries.alerting.settings import Chosen, settings_page


def key(*, may_be_none: bool = False) -> serializers.IntegerField:
    if may_be_none:
        return serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, allow_null=True, default=None)
    return serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class LadderRecipientShape(serializers.Serializer[Any]):
    agency = serializers.CharField()
    unit = serializers.IntegerField(allow_null=True)
    person = serializers.IntegerField(allow_null=True)
    name = serializers.CharField(source="name_ja")


class LadderLevelShape(serializers.Serializer[Any]):
    level = serializers.IntegerField(source="number")
    days = serializers.IntegerField(source="day", help_text="business days after the first")
    told = LadderRecipientShape(many=True, help_text="of agencies I may see")
    others = serializers.ListField(child=serializers.CharField(), help_text="agencies that are told, by code")
    reachable = serializers.BooleanField(help_text="false: the next level is told at once")


class LadderShape(serializers.Serializer[Any]):
    agency = serializers.CharField()
    levels = LadderLevelShape(many=True)
    set_at = serializers.DateTimeField(allow_null=True, help_text="null: as usual")
    set_by = serializers.CharField(allow_blank=True)


class LadderRungShape(serializers.Serializer[Any]):
    days = serializers.IntegerField(min_value=0, max_value=2**15 - 1)
    units = serializers.ListField(child=key(), default=list)
    people = serializers.ListField(child=key(), default=list)


class LadderSettingShape(serializers.Serializer[Any]):
    levels = serializers.ListField(child=LadderRungShape(), min_length=len(LEVELS), max_length=len(LEVELS))


class MailChoiceShape(serializers.Serializer[Any]):
    group = serializers.ChoiceField(MailChoice.Of.values)
    frequency = serializers.ChoiceField(MailChoice.Often.values)
    at_least = serializers.ChoiceField([severity for severity, _words in SEVERITIES])


class MailChoicesShape(serializers.Serializer[Any]):
    of_my_unit = serializers.BooleanField(default=False, help_text="of the shared address of my unit")
    choices = MailChoiceShape(many=True)
    language = serializers.ChoiceField(MailReader.Language.values)
    deputy = key(may_be_none=True)
    deputy_from = serializers.DateField(required=False, allow_null=True, default=None)
    deputy_until = serializers.DateField(required=False, allow_null=True, default=None)


class BothMailChoicesShape(serializers.Serializer[Any]):
    mine = MailChoicesShape()
    of_my_unit = MailChoicesShape(allow_null=True)


class AlertSettingSetShape(serializers.Serializer[Any]):
    set = serializers.BooleanField()


class OneLadder(AlertView):
    @extend_schema(responses={200: LadderShape, **REFUSALS})
    def get(self, request: Request, agency: str) -> Response:
        """Who is told of an agency's alerts at which level, after how many business days."""
        return Response(LadderShape(_ladder(self._page(agency))).data)

    @extend_schema(request=LadderSettingShape, responses={200: AlertSettingSetShape, **REFUSALS})
    def put(self, request: Request, agency: str) -> HttpResponse:
        """Set it: by level, in order. A level for which nobody is named is told as usual."""
        levels = read(LadderSettingShape(data=request.data))["levels"]
        once = self.once(lambda _: {"set": True})
        try:
            set_ladder(
                actor=self.actor,
                agency=agency,
                days=[one["days"] for one in levels],
                units={n: one["units"] for n, one in enumerate(levels)},
                people={n: one["people"] for n, one in enumerate(levels)},
                once=once,
            )
        except NotAllowed:
            self._page(agency)  # an agency that is not theirs to see is not there
            raise
        return self.answer(once)

    def _page(self, agency: str) -> LadderPage:
        with access.reading(self.actor):
            page = ladder_page(actor=self.actor, agency=agency)
        if page is None:
            raise NotFound()
        return page


class Choices(AlertView):
    @extend_schema(responses={200: BothMailChoicesShape, **REFUSALS})
    def get(self, request: Request) -> Response:
        """What I am told by mail, and what the shared address of my unit is."""
        with access.reading(self.actor):
            page = settings_page(actor=self.actor)
        both = {"mine": _chosen(page.mine), "of_my_unit": _chosen(page.units) if page.units else None}
        return Response(BothMailChoicesShape(both).data)

    @extend_schema(request=MailChoicesShape, responses={200: AlertSettingSetShape, **REFUSALS})
    def put(self, request: Request) -> HttpResponse:
        """Set one of them. What is mandatory is told whatever is chosen."""
        given = read(MailChoicesShape(data=request.data))
        once = self.once(lambda _: {"set": True})
        set_mail_choices(
            actor=self.actor,
            unit=self.actor.unit_id if given["of_my_unit"] else None,
            choices={one["group"]: Choice(one["frequency"], one["at_least"]) for one in given["choices"]},
            language=given["language"],
            deputy=given["deputy"],
            deputy_from=given["deputy_from"],
            deputy_until=given["deputy_until"],
            once=once,
        )
        return self.answer(once)


def _ladder(page: LadderPage) -> dict[str, Any]:
    levels = [{**vars(one), "others": [agency.pk for agency in one.others]} for one in page.levels]
    return {"agency": page.agency.pk, "levels": levels, "set_at": page.set_at, "set_by": page.set_name}


def _chosen(chosen: Chosen) -> dict[str, Any]:
    reader = chosen.reader
    return {
        "of_my_unit": chosen.unit is not None,
        "choices": [
            {"group": group, "frequency": one.frequency.value, "at_least": one.at_least}
            for group, one in chosen.choices.items()
        ],
        "language": reader.language,
        "deputy": reader.deputy_id,
        "deputy_from": reader.deputy_from,
        "deputy_until": reader.deputy_until,
    }
