"""What does not fit is found: what can be put right stops, what may be true asks for an explanation."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.periods import Period
from indicators.quantities import unit_named
from reporting.domain import checks
from reporting.domain.checks import Band, Finding, Past, Rule, usual
from reporting.domain.entries import Question
from reporting.domain.errors import ExplanationMissing, FigureInvalid
from reporting.domain.report import Entry

NOW = Period.parse("FY2027Q2")
A, B, C = (Question(code, unit_named("件")) for code in "ABC")
RATIO = Question("R", unit_named("%"), is_ratio=True, ratio_unit=unit_named("件"))
PARTS = [Question("M", unit_named("億円"), component=part) for part in ("x", "y")]


def said(field: str, value: object, **more: Any) -> Entry:
    indicator, _slash, component = field.partition("/")
    return Entry(indicator, "value", Decimal(str(value)), component=component or None, **more)


def past(*periods: tuple[str, object], approved: bool = True) -> list[Past]:
    return [Past(Period.parse(code), Decimal(str(value)), approved) for code, value in periods]


def found(
    rule: Rule,
    *entries: Entry,
    before: dict[str, list[Past]] | None = None,
    asked: Sequence[Question] = (A, B, C),
    now: Period = NOW,
) -> list[tuple[str, str, bool]]:
    rows = checks.run(asked, entries, [rule], before or {}, now)
    return [(row.field, row.code, row.stops) for row in rows]


AT_MOST = Rule("A", "at_most", ("B",))


@pytest.mark.parametrize(
    ("a", "b", "fits"), [(0, 0, True), (5, 5, True), (4, 5, True), (6, 5, False), ("5.1", 5, False)]
)
def test_a_figure_is_at_most_another(a: object, b: object, fits: bool) -> None:
    assert found(AT_MOST, said("A", a), said("B", b)) == ([] if fits else [("A", "more_than_other", True)])


def test_what_has_no_value_is_compared_with_nothing() -> None:
    assert found(AT_MOST, said("A", 6)) == []
    assert found(AT_MOST, said("A", 6), Entry("B", "nothing", reason="なし")) == []
    assert found(AT_MOST, said("A", 6), said("B", 5, domain="D12")) == []


def test_a_figure_of_another_report_asks_at_whichever_side_comes_later() -> None:
    five, four = past((NOW.code, 5)), past((NOW.code, 4), approved=False)
    assert found(AT_MOST, said("A", 6), before={"B": five}, asked=[A]) == [("A", "more_than_other", False)]
    assert found(AT_MOST, said("B", 3), before={"A": four}, asked=[B]) == [("B", "less_than_other", False)]
    assert found(AT_MOST, said("A", 6), before={"B": past(("FY2027Q1", 5))}, asked=[A]) == []


def test_a_rule_that_asks_does_not_stop() -> None:
    rule = Rule("A", "at_most", ("B",), asks=True)
    assert found(rule, said("A", 6), said("B", 5)) == [("A", "more_than_other", False)]


def test_the_total_of_components_is_compared_and_shown_at_the_first_of_them() -> None:
    rule = Rule("M", "at_most", ("A",))
    entries = [said("M/x", 3), said("M/y", 3), said("M", 6), said("A", 5)]
    assert found(rule, *entries, asked=[A, *PARTS]) == [("M/x", "more_than_other", True)]


@pytest.mark.parametrize(("whole", "fits"), [(7, True), (6, False), (8, False)])
def test_a_whole_is_the_sum_of_its_parts(whole: int, fits: bool) -> None:
    rule = Rule("A", "sum_of", ("B", "C"))
    expected = [] if fits else [("A", "not_the_sum", True)]
    assert found(rule, said("A", whole), said("B", 3), said("C", 4)) == expected
    assert found(rule, said("A", whole), said("B", 3)) == []


def test_a_sum_with_a_part_in_another_report_asks() -> None:
    rule = Rule("A", "sum_of", ("B", "C"))
    before = {"C": past((NOW.code, 4))}
    assert found(rule, said("A", 9), said("B", 3), before=before, asked=[A, B]) == [("A", "not_the_sum", False)]
    before |= {"A": past((NOW.code, 9))}
    assert found(rule, said("B", 3), before=before, asked=[B]) == [("B", "not_the_sum", False)]


@pytest.mark.parametrize(
    ("within", "before", "value", "expected"),
    [
        ("year", [("FY2027Q1", 10)], 10, []),
        ("year", [("FY2027Q1", 10)], 9, [("A", "fell_below_earlier", True)]),
        ("year", [("FY2026Q4", 10), ("FY2026", 10)], 2, []),  # a new year begins anew
        ("plan", [("FY2026Q4", 10), ("FY2026", 10)], 2, [("A", "fell_below_earlier", True)]),
        ("plan", [("FY2026Q1", 99), ("FY2027Q1", 10)], 11, []),  # the newest of before counts
        ("year", [("FY2027Q3", 8)], 9, [("A", "above_later", False)]),
        ("year", [("FY2027Q2", 99)], 9, []),  # itself
        ("year", [], 0, []),
    ],
)
def test_a_cumulative_figure_never_falls(
    within: str, before: list[tuple[str, object]], value: int, expected: Any
) -> None:
    assert found(Rule("A", "never_falls", within=within), said("A", value), before={"A": past(*before)}) == expected


def test_a_final_report_is_held_against_the_last_quarter() -> None:
    rule, quarter = Rule("A", "never_falls", within="year"), past(("FY2027Q4", 10))
    final = Period.parse("FY2027")
    assert found(rule, said("A", 9), before={"A": quarter}, now=final) == [("A", "fell_below_earlier", True)]


def test_an_approved_figure_counts_and_not_what_waits_beside_it() -> None:
    rule = Rule("A", "never_falls")
    both = past(("FY2027Q1", 5)) + past(("FY2027Q1", 50), approved=False)
    assert found(rule, said("A", 6), before={"A": both}) == []
    assert found(rule, said("A", 6), before={"A": both[1:]}) == [("A", "fell_below_earlier", True)]


@pytest.mark.parametrize(("numerator", "fits"), [(0, True), (10, True), (11, False)])
def test_a_numerator_is_at_most_its_denominator(numerator: int, fits: bool) -> None:
    entry = said("R", 10 * numerator, numerator=Decimal(numerator), denominator=Decimal(10))
    rows = checks.run([RATIO], [entry], [Rule("R", "share")], {}, NOW)
    assert [(row.field, row.part, row.numbers) for row in rows] == (
        [] if fits else [("R", "numerator", {"value": str(numerator), "limit": "10"})]
    )


def history(points: int = 5, times: str = "4", floor: str = "0.3", least: str = "5") -> Rule:
    return Rule("A", "history", points=points, times=Decimal(times), floor=Decimal(floor), least=Decimal(least))


def series(*values: object) -> list[tuple[int, Decimal]]:
    return [(place, Decimal(str(value))) for place, value in enumerate(values)]


def band(*values: object, rule: Rule | None = None) -> Band | None:
    return usual(series(*values), len(values), rule or history())


def test_too_few_figures_suggest_nothing() -> None:
    assert band(100, 100, 100, 100) is None
    assert band(100, 100, 100, 100, 100) == Band(Decimal(100), Decimal(70), Decimal(130), 5)


def test_a_series_that_never_moved_alarms_at_nothing_small() -> None:
    assert band(0, 0, 0, 0, 0) == Band(Decimal(0), Decimal(0), Decimal(5), 5)
    assert band(1, 1, 1, 1, 1) == Band(Decimal(1), Decimal(0), Decimal(6), 5)


def test_a_trend_is_followed() -> None:
    rising = band(100, 200, 300, 400, 500)
    assert rising == Band(Decimal(600), Decimal(420), Decimal(780), 5)


def test_one_wild_figure_of_before_moves_the_band_hardly() -> None:
    calm, wild = band(100, 102, 98, 101, 99, 100, 101), band(100, 102, 98, 9_999, 99, 100, 101)
    assert calm
    assert wild
    assert abs(calm.expected - wild.expected) < 3


def test_what_scatters_has_a_wide_band() -> None:
    rule = history(floor="0", least="0")
    narrow, wide = band(100, 101, 99, 101, 99, 100, rule=rule), band(100, 150, 50, 150, 50, 100, rule=rule)
    assert narrow
    assert wide
    assert wide.high - wide.low > 10 * (narrow.high - narrow.low)


def test_only_the_newest_twelve_are_looked_at() -> None:
    assert band(*[9_999] * 20, *[100] * 12) == Band(Decimal(100), Decimal(70), Decimal(130), 12)


@pytest.mark.parametrize(("value", "fits"), [("70", True), ("130", True), ("69.999999", False), ("130.000001", False)])
def test_outside_the_band_an_explanation_is_asked_for(value: str, fits: bool) -> None:
    before = past(*[(code, 100) for code in ("FY2026Q1", "FY2026Q2", "FY2026Q3", "FY2026Q4", "FY2027Q1")])
    assert found(history(), said("A", value), before={"A": before}) == (
        [] if fits else [("A", "outside_history", False)]
    )


def test_only_approved_figures_of_the_same_length_of_period_from_before_make_the_band() -> None:
    four = past(*[(code, 100) for code in ("FY2026Q1", "FY2026Q2", "FY2026Q3", "FY2026Q4")])
    for fifth in (past(("FY2026", 100)), past(("FY2027Q3", 100)), past(("FY2027Q1", 100), approved=False)):
        assert found(history(), said("A", 9_999), before={"A": four + fifth}) == []


def test_a_missing_period_leaves_a_gap_and_not_a_step() -> None:
    gap = [(0, Decimal(0)), (1, Decimal(100)), (2, Decimal(200)), (6, Decimal(600)), (7, Decimal(700))]
    found_ = usual(gap, 9, history())
    assert found_
    assert found_.expected == 900


@given(
    st.integers(-50, 50), st.integers(0, 10_000), st.lists(st.integers(0, 40), min_size=5, max_size=12, unique=True),
    st.integers(41, 60),
)  # fmt: skip
def test_what_goes_on_along_a_line_is_never_odd(slope: int, start: int, places: list[int], at: int) -> None:
    points = [(place, Decimal(start + slope * place)) for place in places]
    line = usual(points, at, history(least="0.000001"))
    assert line
    value = start + slope * at
    assert line.low <= value <= line.high or value < 0  # a count below zero is refused before it comes here


@given(st.lists(st.integers(0, 10**6), min_size=5, max_size=12), st.integers(0, 6))
def test_the_band_does_not_depend_on_the_unit(values: list[int], power: int) -> None:
    rule, scale = history(least="0"), Decimal(10) ** power
    one, other = band(*values, rule=rule), band(*[value * scale for value in values], rule=rule)
    assert one
    assert other
    for name in ("expected", "low", "high"):
        assert abs(getattr(one, name) * scale - getattr(other, name)) <= scale * Decimal("0.000001")


@given(st.lists(st.decimals(-(10**12), 10**12, places=6), max_size=15), st.integers(0, 3))
def test_a_band_holds_what_is_expected_whatever_was_before(values: list[Decimal], floor: int) -> None:
    found_ = usual(list(enumerate(values)), len(values), history(floor=str(floor)))
    assert (found_ is None) == (len(values) < 5)
    if found_:
        assert found_.low <= found_.expected <= found_.high


ASKED_ABOUT = Finding("A", "outside_history", False, {"value": "9"}, "件")
STOPPING = Finding("B", "more_than_other", True, {"value": "9"}, "件")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    entries = [said("A", 9), said("B", 9), Entry("R", "nothing")]
    with pytest.raises(FigureInvalid) as refused:
        checks.refuse([A, B, C, RATIO, *PARTS], entries, {"M/x.value": "exponent"}, [ASKED_ABOUT, STOPPING])
    assert refused.value.params["problems"] == {
        "M/x.value": "exponent",
        "B.value": "more_than_other",
        "A.explanation": "explanation_missing",
        "C.value": "missing",
        "M/y.value": "missing",
        "R.reason": "reason_missing",
    }
    assert refused.value.params["findings"] == [ASKED_ABOUT, STOPPING]


def test_an_unexplained_warning_is_refused_and_an_explained_one_is_on_record() -> None:
    checks.refuse([A], [said("A", 9)], {}, [ASKED_ABOUT])
    with pytest.raises(ExplanationMissing) as refused:
        checks.on_record([said("A", 9)], [ASKED_ABOUT])
    assert refused.value.params["problems"] == {"A.explanation": "explanation_missing"}
    explained = said("A", 9, explanation="新事業の開始")
    assert checks.on_record([explained], [ASKED_ABOUT]) == {
        "warnings": [{"field": "A", "code": "outside_history", "numbers": {"value": "9"}}]
    }
    assert "explanation" not in explained.as_data()
    assert checks.on_record([explained], []) == {}


def test_an_explanation_does_not_move_what_stops() -> None:
    with pytest.raises(FigureInvalid):
        checks.refuse([B], [said("B", 9, explanation="確認済み")], {}, [STOPPING])
