"""A judgement is a function of its inputs: kept with a standing, they give the same answer on any day."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.trajectory import TrajectoryError
from reporting.domain.evaluation import Evaluation, digest_of, evaluate, exact_text, explained, text_of
from reporting.domain.found import Recorded, cause_of, facts_of
from tests.rules.series import level, period, total, with_period


def official(inputs: dict[str, Any]) -> list[str]:
    return list(evaluate(inputs).by_period.values())


def recorded(inputs: dict[str, Any]) -> Recorded:
    """The standing as it would be in force after this judgement."""
    evaluation = evaluate(inputs)
    kept = json.loads(json.dumps(explained(evaluation, inputs)))
    return Recorded.of(evaluation.official.cls, kept)


def facts(before: dict[str, Any] | None, now: dict[str, Any]) -> list[tuple[str, str]]:
    return [(f.type, f.cls) for f in facts_of(recorded(before) if before else None, now, evaluate(now))]


# --- the years of a series ---


def test_every_year_is_judged_by_what_was_known_up_to_it() -> None:
    evaluation = evaluate(level("8700", "9800", "10900", "11950"))
    assert [p.found.outlook.points for p in evaluation.periods if p.found.outlook] == [2, 3, 4, 5]
    assert [p.evidence.history for p in evaluation.periods][1] == evaluation.periods[3].evidence.history[:1]
    assert evaluation.by_period == dict.fromkeys(["FY2026", "FY2027", "FY2028", "FY2029"], "on_track")


def test_a_later_year_changes_no_earlier_one() -> None:
    short, longer = evaluate(level("8700", "9000")), evaluate(level("8700", "9000", "13000"))
    assert longer.periods[:2] == short.periods


def test_a_running_total_counts_its_years_flows_and_is_carried_on_by_them() -> None:
    evaluation = evaluate(total("4415", "5208", "6000"))
    outlook = evaluation.today.found.outlook
    assert outlook is not None
    assert [point.value for point in evaluation.today.evidence.history] == [4415, 5208, 6000]
    assert abs(float(outlook.at_target or 0) - 30_000) < 10
    assert evaluation.official.cls == "on_track"


def test_a_year_with_a_part_missing_is_no_flow_to_go_by() -> None:
    evaluation = evaluate(total("4415", None, "6000"))
    assert [float(p.time) for p in evaluation.today.evidence.history] == [1, 3]


def test_four_fifths_of_the_agencies_are_enough_for_the_history() -> None:
    enough = with_period(level("8700", "9800", "10900"), 1, coverage="0.8")
    assert [point.time for point in evaluate(enough).today.evidence.history] == [2026, 2027]


def test_a_value_of_three_periods_ago_says_nothing_of_today() -> None:
    old = with_period(level("8700", "9800"), 1, age=3)
    assert evaluate(old).today.found.reason == "value_too_old"


def test_of_too_few_agencies_and_of_old_values_the_history_takes_nothing() -> None:
    few = with_period(level("8700", "9800", "10900"), 1, coverage="0.79")
    old = with_period(level("8700", "8700", "10900"), 1, age=1, time="2026")
    for inputs in (few, old):
        assert [point.time for point in evaluate(inputs).today.evidence.history] == [2026]


def test_a_denominator_that_moves_by_more_than_a_fifth_is_another_population() -> None:
    changes: list[dict[str, Any]] = [{"denominator": "100"}, {"denominator": "120"}, {"denominator": "144.1"}]
    inputs = level("6600", "6700", "6800")
    for number, change in enumerate(changes):
        inputs = with_period(inputs, number, **change)
    assert [p.evidence.composition_changed for p in evaluate(inputs).periods] == [False, False, True]
    assert evaluate(inputs).today.found.reason == "composition_changed"
    steady = with_period(inputs, 2, denominator="144")
    assert not evaluate(steady).today.evidence.composition_changed


def test_a_year_without_a_denominator_is_passed_over() -> None:
    inputs = level("8700", None, "9000")
    for number, denominator in enumerate(["100", None, "130"]):
        inputs = with_period(inputs, number, denominator=denominator)
    assert [p.evidence.composition_changed for p in evaluate(inputs).periods] == [False, False, True]


def test_a_provisional_year_moves_only_what_is_shown_beside_it() -> None:
    inputs = with_period(level("8700", "7000"), 1, provisional=True)
    today = evaluate(inputs).official
    assert (today.cls, today.provisional) == ("on_track", "off_track")


def test_a_value_far_from_the_line_before_it_has_to_be_confirmed() -> None:
    years = [period(year, str(6500 + 100 * (year - 2019))) for year in range(2019, 2026)]
    inputs = level() | {
        "baseline": {"time": "2018", "value": "6400"}, "sigma": "0.001",
        "trajectory": {"shape": "linear", "from_time": "2018", "from_value": "6400", "to_time": "2030",
                       "to_value": "7600"},
        "target": {"time": "2030", "value": "7600"}, "periods": [*years, period(2026, "6000")],
    }  # fmt: skip
    evaluation = evaluate(inputs)
    assert [p.needs_confirmation for p in evaluation.periods] == [False] * 7 + [True]
    assert (evaluation.official.cls, evaluation.official.provisional) == ("on_track", "off_track")


def test_one_odd_year_does_not_turn_the_standing() -> None:
    # 8,666.67, 9,750 and 10,833.33 are expected: attainments 1.02, 0.934, 1.02
    assert official(level("8710", "9535", "10920")) == ["on_track", "on_track", "on_track"]
    assert official(level("8710", "9535", "10540")) == ["on_track", "on_track", "at_risk"]


# --- what happened since ---


def test_the_first_judgement_is_a_fact_and_the_same_again_is_none() -> None:
    assert facts(None, level("8700")) == [("IndicatorFirstJudged", "on_track")]
    assert facts(level("8700"), level("8700")) == []


def test_a_new_year_with_the_same_class_is_kept_on_record_once() -> None:
    assert facts(level("8700"), level("8700", "9800")) == [("StandingKept", "on_track")]
    assert facts(level("8700", "9800"), level("8700", "9800")) == []


def test_before_the_first_year_is_due_the_same_again_is_no_fact() -> None:
    inputs = level(None)
    inputs = with_period(inputs, 0, started=False)
    evaluation = evaluate(inputs)
    before = Recorded.of("not_started", json.loads(json.dumps(explained(evaluation, inputs))))
    assert facts_of(before, inputs, evaluation) == []


def test_a_new_year_of_another_class_is_a_fact_of_its_kind() -> None:
    assert facts(level("8700"), level("8700", "7000")) == [("IndicatorFellBehind", "off_track")]
    assert facts(level("7000"), level("7000", "9800")) == [("IndicatorRecovered", "on_track")]


def test_a_change_that_waits_and_one_that_is_dropped_are_facts() -> None:
    held = level("8710", "9535")
    assert facts(level("8710"), held) == [("StandingChangeHeld", "on_track")]
    assert facts(held, held) == []
    assert facts(held, level("8710", "9535", "10920")) == [("StandingChangeDropped", "on_track")]
    assert facts(held, level("8710", "9535", "10540")) == [("IndicatorFellBehind", "at_risk")]


def test_a_correction_of_the_newest_year_moves_todays_class_and_restates_nothing() -> None:
    assert facts(level("8700", "9800"), level("8700", "7000")) == [("IndicatorFellBehind", "off_track")]


def test_a_correction_of_a_past_year_restates_it_and_leaves_today_as_it_is() -> None:
    before, now = level("8700", "9800", "10900"), level("7000", "9800", "10900")
    [fact] = facts_of(recorded(before), now, evaluate(now))
    assert (fact.type, fact.cls, fact.restated) == (
        "StandingRestated",
        "on_track",
        [["FY2026", "on_track", "off_track"]],
    )
    assert facts(now, now) == []
    assert facts(level("8700", "9800"), now) == [("StandingRestated", "on_track"), ("StandingKept", "on_track")]


def test_a_correction_of_a_past_year_that_moves_today_says_both_in_order() -> None:
    before, now = level("8710", "9535", "10540"), level("7000", "9535", "10540")
    found = facts_of(recorded(before), now, evaluate(now))
    assert [(f.type, f.cls) for f in found] == [("StandingRestated", "at_risk")]
    again = level("8710", "7000", "7000")
    assert [f.type for f in facts_of(recorded(before), again, evaluate(again))] == [
        "StandingRestated",
        "IndicatorFellBehind",
    ]


def test_of_a_standing_of_the_first_method_only_its_class_is_known() -> None:
    first_method = Recorded.of("at_risk", {"method": 1, "reason": "attainment_below_095"})
    now = evaluate(level("8700", "9800", "10900"))
    inputs = level("8700", "9800", "10900")
    assert [f.type for f in facts_of(first_method, inputs, now)] == ["IndicatorRecovered"]
    assert cause_of(first_method, inputs, now) == "method"


def test_another_target_moves_today_and_restates_no_year_of_before() -> None:
    before, now = level("8710", "9800"), level("8710", "9800", target={"time": "2030", "value": "26000"})
    now["trajectory"] = now["trajectory"] | {"to_value": "26000"}
    assert official(now) == ["off_track", "off_track"]
    assert facts(before, now) == [("IndicatorFellBehind", "off_track")]


@pytest.mark.parametrize(
    ("before", "now", "cause"),
    [
        (None, level("8700"), "first"),
        (level("8700"), level("8700", "7000"), "period"),
        (level("8700", "9800"), level("8700", "7000"), "figures"),
        (level("8700", "9800"), level("8700", "9800", sigma="0.04"), "plan"),
        (level("8700"), level("8700", "7000", target={"time": "2030", "value": "14000"}), "plan"),
        (level("8700", method=1), level("8700"), "method"),
    ],
    ids=["first", "period", "figures", "plan", "plan and period", "method"],
)
def test_what_moved_it_is_said(before: dict[str, Any] | None, now: dict[str, Any], cause: str) -> None:
    assert cause_of(recorded(before) if before else None, now, evaluate(now)) == cause


# --- kept, and evaluated again ---


def test_what_is_kept_can_be_evaluated_again_to_the_same_answer() -> None:
    for inputs in (level("8710", "9535"), total("4415", "5000"), level()):
        inputs = inputs if inputs["periods"] else level(None)
        first = evaluate(inputs)
        kept = json.loads(json.dumps(explained(first, inputs)))
        again = evaluate(kept["inputs"])
        assert again == first
        assert kept["digest"] == again.digest == digest_of(inputs)
        assert [row["official"] for row in kept["periods"]] == list(again.by_period.values())


def test_the_digest_is_of_all_inputs_and_of_no_order_of_their_names() -> None:
    inputs = level("8700", "9800")
    assert digest_of(dict(reversed(inputs.items()))) == digest_of(inputs)
    changed = [
        with_period(inputs, 0, observed="8701"), with_period(inputs, 1, coverage="0.99"), inputs | {"sigma": "0.031"},
        inputs | {"method": 3}, level("8700"),
    ]  # fmt: skip
    assert len({digest_of(inputs), *map(digest_of, changed)}) == 6


def test_the_digest_of_a_known_series_is_this_one_on_every_machine() -> None:
    """The SHA-256 of its RFC 8785 form; another one means that standings on record could no longer be found again."""
    assert digest_of(level("8700", "9800")) == ("1f8e8dc9e2a338cded4797a8f4f923c01f36b67b2366d208bc826350879a35f6")


@pytest.mark.parametrize("value", ["1e5", "", "٥", 8700.0, True], ids=repr)
def test_a_number_that_is_written_otherwise_is_not_read(value: object) -> None:
    with pytest.raises(TrajectoryError):
        evaluate(with_period(level("8700"), 0, observed=value))


def test_a_target_is_met_within_its_tolerance() -> None:
    assert evaluate(level("12675")).today.found.cls == "achieved"
    assert evaluate(level("12675", tolerance="0.02")).today.found.cls == "on_track"


@given(st.fractions(max_denominator=10**6).filter(lambda f: abs(f) < 10**15))
def test_a_number_of_the_inputs_is_read_as_it_was_written(number: Fraction) -> None:
    assert Fraction(exact_text(number)) == number


@pytest.mark.parametrize(
    ("number", "exactly", "shown"),
    [(Fraction(1, 3), "1/3", "0.333333"), (Fraction(1, 4), "0.25", "0.25"), (Fraction(1200), "1200", "1200"),
     (Fraction("32.2"), "32.2", "32.2"), (Fraction(-2, 3), "-2/3", "-0.666667"), (0, "0", "0"),
     (Fraction(10**23 + 1, 2), "50000000000000000000000.5", "50000000000000000000000.5"),
     (Fraction(-1, 10**7), "-0.0000001", "0"), (Fraction(1, 10**24), "0." + "0" * 23 + "1", "0"),
     (Fraction(2621440000000001, 2**18), "10000000000.000003814697265625", "10000000000.000004")],
)  # fmt: skip
def test_numbers_as_text(number: Any, exactly: str, shown: str) -> None:
    assert (exact_text(number), text_of(number)) == (exactly, shown)


@given(st.lists(st.one_of(st.none(), st.integers(0, 20_000).map(str)), min_size=1, max_size=5))
def test_whatever_is_reported_the_judgement_has_an_answer_that_can_be_kept(values: list[str | None]) -> None:
    inputs = level(*values)
    evaluation: Evaluation = evaluate(inputs)
    kept = json.loads(json.dumps(explained(evaluation, inputs)))
    assert evaluate(kept["inputs"]).by_period == evaluation.by_period
    assert facts_of(Recorded.of(evaluation.official.cls, kept), inputs, evaluation) == []
