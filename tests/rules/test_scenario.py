"""What if the missing agencies report X: the figure it would be, and how much hangs on them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from indicators.aggregation import KINDS, Amount, Assumption, Missing, Scenario, Share, scenario

D = Decimal
LAST, OTHERS, TYPED = Assumption.LAST_YEAR, Assumption.AS_THE_OTHERS, Assumption.TYPED


def value(agency: str, amount: str, weight: str = "1") -> Share:
    return Share(agency, weight=D(weight), answer="value", complete=True, amount=D(amount))


def parts(agency: str, numerator: str, denominator: str) -> Share:
    return Share(agency, answer="value", complete=True, amount=D(0), numerator=D(numerator), denominator=D(denominator))


def missing(agency: str, last: str | None = None, weight: str = "1") -> Missing:
    if last and "/" in last:
        numerator, denominator = map(D, last.split("/"))
        return Missing(agency, D(weight), Amount(numerator=numerator, denominator=denominator))
    return Missing(agency, D(weight), Amount(D(last)) if last else None)


def numbers(found: Scenario) -> tuple[Decimal | None, Decimal | None, Decimal | None, Decimal | None]:
    return found.value, found.low, found.point, found.high


@pytest.mark.parametrize(
    ("assumption", "expected"),
    [
        (LAST, ("300", "350", "350", "500")),
        (OTHERS, ("300", "350", "450", "500")),
        (TYPED, ("300", "310", "310", "500")),
    ],
)
def test_a_sum_with_one_missing(assumption: Assumption, expected: tuple[str, ...]) -> None:
    found = scenario(
        KINDS["sum_of_flows"], [value("A", "100"), value("B", "200")], [missing("C", "50")], assumption,
        {"C": Amount(D(10))},
    )  # fmt: skip
    assert numbers(found) == tuple(map(D, expected))
    assert (found.assumption, found.complete) == (assumption, True)


def test_of_nobody_missing_there_is_no_range() -> None:
    found = scenario(KINDS["sum_of_flows"], [value("A", "100")], [], LAST)
    assert found == Scenario(LAST, D(100), D(100), D(100), D(100), assumed={}, left_out=())


def test_where_nobody_has_reported_all_hangs_on_what_is_assumed() -> None:
    found = scenario(KINDS["sum_of_flows"], [], [missing("C", "50")], LAST)
    assert numbers(found) == (None, 50, 50, 50)
    alike = scenario(KINDS["sum_of_flows"], [], [missing("C", "50")], OTHERS)
    assert (numbers(alike), alike.left_out) == ((None,) * 4, ("C",))


def test_a_missing_agency_counts_by_its_weight() -> None:
    """A says 5 a unit of weight, B 2, both together 4, and C weighs 10."""
    found = scenario(KINDS["sum_of_flows"], [value("A", "10", "2"), value("B", "2", "1")], [missing("C", weight="10")],
                     OTHERS)  # fmt: skip
    assert numbers(found) == (12, 12 + 20, 12 + 40, 12 + 50)


def test_who_had_nothing_to_report_is_no_measure_for_the_others() -> None:
    there = [value("A", "10", "2"), Share("B", weight=D(8), answer="nothing", complete=True)]
    assert numbers(scenario(KINDS["sum_of_flows"], there, [missing("C")], OTHERS)) == (10, 15, 15, 15)
    assert numbers(scenario(KINDS["sum_of_flows"], [value("A", "0")], [missing("C")], OTHERS)) == (0, 0, 0, 0)


def test_a_level_counts_with_the_weight_of_who_would_have_it_and_is_not_multiplied_by_it() -> None:
    """(10 · 1 + 20 · 2) / 3, and C's 30, or 10 at least, by 2."""
    there = [value("A", "10", "1"), value("B", "20", "2")]
    found = scenario(KINDS["weighted_mean"], there, [missing("C", "30", weight="2")], LAST)
    assert numbers(found) == (D("16.666667"), 14, 22, 22)


def test_long_numbers_are_assumed_to_the_last_digit() -> None:
    long = "1234567890123456789012345.654321"
    found = scenario(KINDS["sum_of_flows"], [value("A", long)], [missing("C")], OTHERS)
    assert found.assumed == {"C": Amount(D(long))}
    shared = scenario(KINDS["sum_of_flows"], [value("A", "100", "3")], [missing("C")], OTHERS)
    assert shared.assumed == {"C": Amount(D("33.333333"))}
    little = scenario(KINDS["sum_of_flows"], [value("A", "-0.000001", "10")], [missing("C")], OTHERS)
    assert str(little.assumed["C"].value) == "0"  # and not -0
    round_ = scenario(KINDS["sum_of_flows"], [value("A", "100")], [missing("C")], OTHERS)
    assert str(round_.assumed["C"].value) == "100"  # and not 1E+2


def test_of_whom_nothing_can_be_assumed_stays_missing_and_is_named() -> None:
    for away in ([missing("B", "50"), missing("C")], [missing("C"), missing("B", "50")]):
        found = scenario(KINDS["sum_of_flows"], [value("A", "100")], away, LAST)
        assert (found.point, found.left_out, found.complete) == (150, ("C",), False)
        assert set(found.assumed) == {"B"}
    nobody = scenario(KINDS["sum_of_flows"], [value("A", "100")], [missing("C")], LAST)
    assert nobody == Scenario(LAST, D(100), D(100), D(100), D(100), assumed={}, left_out=("C",))


def test_a_ratio_moves_by_numerator_and_denominator() -> None:
    there = [parts("A", "90", "100"), parts("B", "10", "100")]
    found = scenario(KINDS["ratio_of_sums"], there, [missing("C", "30/200")], LAST)
    assert numbers(found) == (50, D("30"), D("32.5"), D("70"))  # C: 10 %, 15 %, 90 % of 200
    typed = scenario(KINDS["ratio_of_sums"], there, [missing("C")], TYPED,
                     {"C": Amount(numerator=D(0), denominator=D(200))})  # fmt: skip
    assert (typed.low, typed.point) == (25, 25)


@pytest.mark.parametrize(
    "amount", [Amount(D(5)), Amount(numerator=D(5)), Amount(denominator=D(5)), Amount(None, D(5), D(0))], ids=str
)
def test_a_ratio_needs_both_parts(amount: Amount) -> None:
    there = [parts("A", "90", "100")]
    assert scenario(KINDS["ratio_of_sums"], there, [missing("C")], TYPED, {"C": amount}).left_out == ("C",)
    away = Missing("C", last_year=amount)
    found = scenario(KINDS["ratio_of_sums"], there, [away], TYPED, {"C": Amount(numerator=D(20), denominator=D(100))})
    assert numbers(found) == (90, 55, 55, 90)


def test_of_a_sum_parts_that_stand_beside_its_value_say_nothing() -> None:
    found = scenario(KINDS["sum_of_flows"], [value("A", "100")], [missing("C", "50")], TYPED,
                     {"C": Amount(D(10), D(1), D(2))})  # fmt: skip
    assert numbers(found) == (100, 110, 110, 200)


def test_a_missing_ratio_like_the_others_is_of_their_size_by_its_weight() -> None:
    """40 of 200 by a weight of 4; C weighs 2. What was divided by nothing is no level: it would be the lowest."""
    there = [replace(parts("A", "10", "100"), weight=D(1)), replace(parts("B", "30", "100"), weight=D(2)),
             parts("D", "0", "0")]  # fmt: skip
    found = scenario(KINDS["ratio_of_sums"], there, [missing("C", "0/7", weight="2")], OTHERS)
    assert found.assumed == {"C": Amount(numerator=D(20), denominator=D(100))}
    # 40/200, and with C's 0, 20 and 30 of 100
    assert numbers(found) == (20, D("13.333333"), 20, D("23.333333"))
    without = scenario(KINDS["ratio_of_sums"], there, [missing("C", weight="2")], OTHERS)
    assert without.low == D("16.666667")  # 10 of 100, as A
    none = [parts("A", "0", "100")]
    assert scenario(KINDS["ratio_of_sums"], none, [missing("C")], OTHERS).assumed == {
        "C": Amount(numerator=D(0), denominator=D(100))
    }


@pytest.mark.parametrize(
    ("kind", "there", "assumption", "expected"),
    [
        ("stages_0_4", "3 4", OTHERS, ("3", "1", "3", "3")),
        ("stages_0_4", "3 4", LAST, ("3", "1", "1", "3")),
        ("binary_all", "1 1", LAST, ("1", "1", "1", "1")),
        ("weighted_mean", "10 20", LAST, ("15", "10.333333", "10.333333", "16.666667")),
        ("external_rank", "9", OTHERS, ("9", "9", "9", "9")),
    ],
)
def test_levels_are_assumed_as_levels(kind: str, there: str, assumption: Assumption, expected: tuple[str, ...]) -> None:
    shares = [value(agency, amount) for agency, amount in zip("AB", there.split(), strict=False)]
    found = scenario(KINDS[kind], shares, [missing("C", "1")], assumption)
    assert numbers(found) == tuple(map(D, expected))


def test_what_was_carried_gives_way_to_what_is_assumed() -> None:
    carried = Share("C", carried=True, amount=D(50))
    found = scenario(KINDS["stock_latest_sum"], [value("A", "100"), carried], [missing("C", "50")], TYPED,
                     {"C": Amount(D(80))})  # fmt: skip
    assert (found.value, found.point) == (150, 180)
    others = scenario(KINDS["stock_latest_sum"], [value("A", "100"), carried], [missing("C")], OTHERS)
    assert (others.point, others.low) == (200, 200)  # as A, and not as its own old value
    kept = scenario(KINDS["stock_latest_sum"], [value("A", "100"), carried], [missing("C")], LAST)
    assert (kept.point, kept.left_out) == (150, ("C",))


@pytest.mark.parametrize("assumption", list(Assumption))
@pytest.mark.parametrize("kind", list(KINDS))
def test_the_point_lies_within_the_range(kind: str, assumption: Assumption) -> None:
    ratio = kind == "ratio_of_sums"
    there = [parts("A", "1", "4"), parts("B", "9", "10")] if ratio else [value("A", "1", "2"), value("B", "4", "3")]
    away = [missing("C", "2/9" if ratio else "2", "5"), missing("D", "1/1" if ratio else "0", "1")]
    typed = {m.agency: Amount(D(3), D(3), D(5)) for m in away}
    found = scenario(KINDS[kind], there, away, assumption, typed)
    low, point, high = (number for number in (found.low, found.point, found.high) if number is not None)
    assert low <= point <= high


def test_with_more_that_have_reported_the_range_is_narrower() -> None:
    all_of_them = [value(name, str(amount)) for name, amount in zip("ABCD", (10, 20, 30, 40), strict=True)]
    widths = []
    for number in (2, 3, 4):
        away = [missing(s.agency, str(s.amount)) for s in all_of_them[number:]]
        found = scenario(KINDS["sum_of_flows"], all_of_them[:number], away, LAST)
        low, high = (number for number in (found.low, found.high) if number is not None)
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] == 0


def test_the_range_of_a_scenario_and_its_shares_are_never_stored() -> None:
    """A scenario is a type of its own, with its assumption on it: nothing takes it for a rollup."""
    found = scenario(KINDS["sum_of_flows"], [value("A", "1")], [missing("B", "1")], LAST)
    assert isinstance(found, Scenario)
    assert not hasattr(found, "position")
