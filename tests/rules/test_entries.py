"""Answers as typed, at whatever door, become figures; or every problem is told at once, beside its field."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from indicators.quantities import unit_named
from reporting.domain.entries import TEXT_LIMIT, Question, read_entries
from reporting.domain.errors import FigureInvalid
from reporting.domain.report import Entry

COUNT = Question("IND-02", unit_named("件"))
RATIO = Question("IND-05", unit_named("%"), is_ratio=True, ratio_unit=unit_named("人・時間"))
MONEY = [Question("IND-06", unit_named("兆円"), component=part) for part in ("former_basis", "diverse_sources")]
BY_DOMAIN = Question("P2.A1.M4", unit_named("億円"), domains=("D12", "D13"))
STAGE = Question("P1.A5.M4", unit_named("stages_0_4"))


def problems(questions: list[Question], raw: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    with pytest.raises(FigureInvalid) as refused:
        read_entries(questions, raw)
    found: dict[str, str] = refused.value.params["problems"]
    assert refused.value.params["fields"] == ", ".join(found)
    return found


def test_a_value_is_read_in_its_unit_and_what_was_typed_is_kept() -> None:
    assert read_entries([COUNT], {"IND-02": {"value": "１，４００件"}}) == [
        Entry("IND-02", "value", Decimal(1400), raw={"value": "１，４００件"})
    ]


def test_every_problem_is_told_at_once_by_field_and_nothing_is_read() -> None:
    raw = {
        "IND-02": {"value": "1e5"},
        "IND-05": {"numerator": "abc", "denominator": "0"},
        "IND-06/former_basis": {"value": "1億5000"},
        "P1.A5.M4": {"value": "5"},
        "P2.A1.M4": {"answer": "perhaps"},
        "IND-99": {"value": "1"},
    }
    assert problems([COUNT, RATIO, *MONEY, STAGE, BY_DOMAIN], raw) == {
        "IND-02.value": "exponent",
        "IND-05.numerator": "not_a_number",
        "IND-05.denominator": "zero_denominator",
        "IND-06/former_basis.value": "money_unit_missing",
        "P1.A5.M4.value": "out_of_range",
        "P2.A1.M4.answer": "unknown_answer",
        "IND-99": "unexpected",
    }


def test_zero_nothing_not_measurable_and_missing_are_four_different_things() -> None:
    def read(parts: Mapping[str, str]) -> list[Entry]:
        return read_entries([COUNT], {"IND-02": parts})

    assert read({"value": "0"}) == [Entry("IND-02", "value", Decimal(0), raw={"value": "0"})]
    assert read({"answer": "nothing", "reason": "該当なし"}) == [Entry("IND-02", "nothing", reason="該当なし")]
    assert read({"answer": "not_measurable", "reason": "調査中"}) == [
        Entry("IND-02", "not_measurable", reason="調査中")
    ]
    assert read({"value": " "}) == []
    assert read_entries([COUNT], {}) == []


def test_a_value_beside_nothing_to_report_is_a_contradiction_and_not_dropped() -> None:
    said = {"answer": "nothing", "reason": "なし", "value": "12"}
    assert problems([COUNT], {"IND-02": said}) == {"IND-02.value": "unexpected"}


@pytest.mark.parametrize("part", ["memo", "domain.D99", "numerator", "__class__"])
def test_what_was_not_asked_is_named_and_never_reaches_the_log(part: str) -> None:
    assert problems([COUNT], {"IND-02": {"value": "12", part: "x"}}) == {f"IND-02.{part}": "unexpected"}


def test_a_character_no_text_may_hold_is_named() -> None:
    said = {"answer": "nothing", "reason": "な\x00し"}
    assert problems([COUNT], {"IND-02": said}) == {"IND-02.reason": "control_character"}


def test_a_value_that_was_promised_and_not_given_is_a_problem() -> None:
    assert problems([COUNT], {"IND-02": {"answer": "value"}}) == {"IND-02.value": "missing"}


def test_a_ratio_is_asked_for_in_its_two_parts_and_computed() -> None:
    [entry] = read_entries([RATIO], {"IND-05": {"numerator": "702,000", "denominator": "1,800,000"}})
    assert (entry.numerator, entry.denominator, entry.value) == (Decimal(702_000), Decimal(1_800_000), Decimal(39))
    [third] = read_entries([RATIO], {"IND-05": {"numerator": "1", "denominator": "3"}})
    assert third.value == Decimal("33.333333")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"numerator": "1"}, {"IND-05.denominator": "missing"}),
        ({"denominator": "1"}, {"IND-05.numerator": "missing"}),
        ({"numerator": "0", "denominator": "0"}, {"IND-05.denominator": "zero_denominator"}),
        ({"value": "39"}, {"IND-05.value": "unexpected"}),
        ({"numerator": "-1", "denominator": "2"}, {"IND-05.numerator": "negative"}),
    ],
)
def test_a_ratio_without_a_whole_denominator_is_refused(parts: Mapping[str, str], expected: dict[str, str]) -> None:
    assert problems([RATIO], {"IND-05": parts}) == expected


def test_components_give_the_total_when_all_are_values() -> None:
    raw = {"IND-06/former_basis": {"value": "2.4"}, "IND-06/diverse_sources": {"value": "6000億"}}
    entries = read_entries(MONEY, raw)
    assert [(e.component, e.value) for e in entries] == [
        ("former_basis", Decimal(2_400_000)),
        ("diverse_sources", Decimal(600_000)),
        (None, Decimal(3_000_000)),
    ]


def test_components_give_no_total_while_one_is_missing() -> None:
    entries = read_entries(MONEY, {"IND-06/former_basis": {"value": "2.4"}})
    assert all(e.component for e in entries)


def test_a_component_with_nothing_to_report_adds_nothing_to_the_total() -> None:
    other = {"answer": "nothing", "reason": "該当なし"}
    entries = read_entries(MONEY, {"IND-06/former_basis": {"value": "2.4"}, "IND-06/diverse_sources": other})
    assert [(e.answer, e.value) for e in entries if e.component is None] == [("value", Decimal(2_400_000))]


def test_with_a_component_that_cannot_be_measured_neither_can_the_total() -> None:
    other = {"answer": "not_measurable", "reason": "調査中"}
    entries = read_entries(MONEY, {"IND-06/former_basis": {"value": "2.4"}, "IND-06/diverse_sources": other})
    whole = [(e.answer, e.value, e.reason) for e in entries if e.component is None]
    assert whole == [("not_measurable", None, "調査中")]


def test_domains_stand_beside_their_total() -> None:
    entries = read_entries([BY_DOMAIN], {"P2.A1.M4": {"value": "28", "domain.D12": "8", "domain.D13": "0"}})
    assert [(e.domain, e.value) for e in entries] == [(None, Decimal(2800)), ("D12", Decimal(800)), ("D13", Decimal(0))]


def test_domains_may_come_to_less_than_the_total_but_not_to_more() -> None:
    assert read_entries([BY_DOMAIN], {"P2.A1.M4": {"value": "28", "domain.D12": "20", "domain.D13": "8"}})
    raw = {"P2.A1.M4": {"value": "28", "domain.D12": "20", "domain.D13": "8.1"}}
    assert problems([BY_DOMAIN], raw) == {"P2.A1.M4.value": "domains_exceed_total"}


def test_a_domain_that_cannot_be_read_is_named() -> None:
    raw = {"P2.A1.M4": {"value": "28", "domain.D12": "八"}}
    assert problems([BY_DOMAIN], raw) == {"P2.A1.M4.domain.D12": "foreign_digit"}


def test_what_is_counted_elsewhere_cannot_be_more_than_the_whole() -> None:
    [entry] = read_entries([COUNT], {"IND-02": {"value": "5", "counted_elsewhere": "5"}})
    assert entry.counted_elsewhere == 5
    raw = {"IND-02": {"value": "5", "counted_elsewhere": "6"}}
    assert problems([COUNT], raw) == {"IND-02.counted_elsewhere": "more_than_the_whole"}


def test_a_reason_has_a_limit() -> None:
    assert problems([COUNT], {"IND-02": {"answer": "nothing", "reason": "長" * (TEXT_LIMIT + 1)}}) == {
        "IND-02.reason": "too_long"
    }


def test_a_stage_of_nothing_begun_is_a_value() -> None:
    assert read_entries([STAGE], {"P1.A5.M4": {"value": "0"}})[0].value == 0


def test_a_negative_amount_without_domains_is_not_held_against_them() -> None:
    assert read_entries([BY_DOMAIN], {"P2.A1.M4": {"value": "▲1.5"}})[0].value == Decimal(-150)


def test_what_the_tables_cannot_hold_is_refused_and_never_tried() -> None:
    assert problems([RATIO], {"IND-05": {"numerator": "9" * 18, "denominator": "0.000001"}}) == {
        "IND-05.numerator": "too_many_digits"
    }
    whole = [Question("IND-06", unit_named("百万円"), component=part) for part in ("a", "b")]
    assert problems(whole, {"IND-06/a": {"value": "9" * 18}, "IND-06/b": {"value": "1"}}) == {
        "IND-06/a.value": "too_many_digits"
    }


def test_the_rest_beside_the_domains_is_compared_with_the_total_and_only_that() -> None:
    parts = {"value": "28", "domain.D12": "8", "domain.D13": "10"}
    entries = read_entries([BY_DOMAIN], {"P2.A1.M4": parts | {"domain.other": "10"}})
    assert [e.domain for e in entries] == [None, "D12", "D13"]
    assert entries[0].raw["domain.other"] == "10"
    assert problems([BY_DOMAIN], {"P2.A1.M4": parts | {"domain.other": "9"}}) == {
        "P2.A1.M4.domain.other": "domains_differ_from_total"
    }
    assert problems([COUNT], {"IND-02": {"value": "1", "domain.other": "1"}}) == {"IND-02.domain.other": "unexpected"}


def test_an_explanation_belongs_to_a_value_and_is_no_part_of_what_was_typed_as_a_number() -> None:
    [entry] = read_entries([COUNT], {"IND-02": {"value": "5", "explanation": " 新事業のため "}})
    assert (entry.explanation, entry.raw) == ("新事業のため", {"value": "5"})
    said = {"answer": "nothing", "reason": "なし", "explanation": "x"}
    assert problems([COUNT], {"IND-02": said}) == {"IND-02.explanation": "unexpected"}
    assert problems([COUNT], {"IND-02": {"value": "5", "explanation": "長" * (TEXT_LIMIT + 1)}}) == {
        "IND-02.explanation": "too_long"
    }
