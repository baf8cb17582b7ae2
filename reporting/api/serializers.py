"""The shapes of the API. Quantities are strings, as typed: one parser reads them at every door."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from indicators.quantities import BareNumber, QuantityError, parse_year
from reporting.domain.sign_off import Ruling, read_ruling
from reporting.queries.words import problem_words


class QuantityField(serializers.CharField):
    """A quantity exactly as it was sent: what it says, and whether it says anything, is for the one parser to tell."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_blank=True, trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        return BareNumber(text) if isinstance(data, BareNumber) else text


class YearField(serializers.CharField):
    """A fiscal year in either calendar: 2026, "FY2026", "令和8年度", "R8"."""

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        try:
            return parse_year(super().to_internal_value(data))
        except QuantityError as error:
            raise serializers.ValidationError(_(problem_words(error.reason)), code=str(error.reason)) from error

    def to_representation(self, value: Any) -> Any:
        return value


NO_PARTS = {"domains", "remark", "seen_version"}


class AnswerSerializer(serializers.Serializer[Any]):
    """An answer to one question: a value, or numerator and denominator, or a reason why there is none."""

    answer = serializers.ChoiceField(["value", "nothing", "not_measurable"], default="value")
    value = QuantityField(required=False, help_text='as typed, e.g. "1.5万" or "15,000"; a bare JSON number if whole')
    numerator = QuantityField(required=False)
    denominator = QuantityField(required=False)
    counted_elsewhere = QuantityField(required=False)
    reason = serializers.CharField(required=False, allow_blank=True)
    explanation = serializers.CharField(
        required=False, allow_blank=True, help_text="of what the checks ask about (422 explanation_missing)"
    )
    domains = serializers.DictField(
        child=QuantityField(), required=False, help_text="by technology domain; other: what they leave of the total"
    )

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError({name: ["This field is not known."] for name in unknown})
        return super().to_internal_value(data)  # type: ignore[no-any-return]


class RulingSerializer(serializers.Serializer[Any]):
    decided_on = serializers.CharField(
        required=False, allow_blank=True, help_text="決裁日, like 2026-07-10: apart from when it is recorded"
    )
    document_number = serializers.CharField(required=False, allow_blank=True, help_text="文書番号")

    def ruling(self) -> Ruling:
        said = self.validated_data
        return read_ruling(said.get("decided_on", ""), said.get("document_number", ""))


class SubmissionSerializer(RulingSerializer):
    assignment = serializers.CharField(max_length=64)
    period = serializers.CharField(max_length=12)
    seen_version = serializers.IntegerField(
        min_value=0, required=False, help_text="refused when the report has changed since this version"
    )
    figures = serializers.DictField(
        child=AnswerSerializer(), help_text="by field: the indicator's code, or code/component"
    )
    narrative = serializers.DictField(
        child=serializers.CharField(allow_blank=True), required=False, help_text="summary, issues, plans"
    )
    correction = serializers.CharField(
        required=False, allow_blank=True, max_length=4000,
        help_text="why a report that is approved is corrected; it stays in force until the correction is approved",
    )  # fmt: skip

    def answers(self) -> dict[str, dict[str, str]]:
        """As the command takes them: raw texts by field and part."""
        return {field: parts_of(given) for field, given in self.validated_data["figures"].items()}


class SeenSerializer(serializers.Serializer[Any]):
    seen_version = serializers.IntegerField(min_value=0, help_text="the version that was looked at")


class ReturnSerializer(SeenSerializer):
    comments = serializers.DictField(
        child=serializers.CharField(allow_blank=True), help_text='"" for the whole report, else by field'
    )


class TogetherSerializer(serializers.Serializer[Any]):
    seen = serializers.DictField(
        child=serializers.IntegerField(min_value=0), help_text="by report the version that was looked at; at most 100"
    )


class ReopeningSerializer(SeenSerializer):
    reason = serializers.CharField(allow_blank=True, max_length=4000)


class RecordedSerializer(serializers.Serializer[Any]):
    """Where the fact stands in the log."""

    report = serializers.CharField()
    event_id = serializers.UUIDField()
    position = serializers.IntegerField()
    version = serializers.IntegerField()
    recorded_at = serializers.DateTimeField()
    receipt = serializers.CharField(help_text="where the receipt is, seconds later, when this has been sealed")


class AllRecordedSerializer(serializers.Serializer[Any]):
    recorded = RecordedSerializer(many=True)


class QuestionSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    name_ja = serializers.CharField()
    name_en = serializers.CharField()
    unit = serializers.CharField()
    is_ratio = serializers.BooleanField()


class GrantedSerializer(serializers.Serializer[Any]):
    """What was granted to an agency: a later deadline, or a period reopened, until the end of a day."""

    kind = serializers.ChoiceField(["extended", "reopened"])
    until = serializers.DateField()
    assignment = serializers.CharField(allow_null=True, help_text="null: all of the agency's reports of the period")
    reason = serializers.CharField(help_text="empty once it has been erased")


class DutySerializer(serializers.Serializer[Any]):
    assignment = serializers.CharField()
    node = serializers.CharField()
    name_ja = serializers.CharField()
    period = serializers.CharField()
    todo = serializers.CharField()
    due_on = serializers.DateField()
    granted = GrantedSerializer(many=True, help_text="what moved the deadline or the lock for this report")
    version = serializers.IntegerField()


class ProblemSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(required=False)  # type: ignore[assignment]


def parts_of(given: Mapping[str, Any]) -> dict[str, str]:
    """One answer as the commands take it: raw texts by part."""
    parts = {name: text for name, text in given.items() if name not in NO_PARTS}
    return parts | {f"domain.{code}": text for code, text in given.get("domains", {}).items()}


def read(body: "serializers.Serializer[Any]") -> dict[str, Any]:
    """What a body says, or a refusal with every problem."""
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
