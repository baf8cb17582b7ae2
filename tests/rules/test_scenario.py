"""What if the missing agencies report X: the figure it would be, and how much hangs on them."""

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
    assert numbers(found) == (100, 100, 100, 100)


def test_a_missing_agency_counts_by_its_weight() -> None:
    """A is a tenth of C."""
    found = scenario(KINDS["sum_of_flows"], [value("A", "7", "1"), value("B", "9", "1")], [missing("C", weight="10")],
                     OTHERS)  # fmt: skip
    assert numbers(found) == (16, 16 + 70, 16 + 80, 16 + 90)


def test_of_whom_nothing_can_be_assumed_stays_missing_and_is_named() -> None:
    found = scenario(KINDS["sum_of_flows"], [value("A", "100")], [missing("B", "50"), missing("C")], LAST)
    assert (found.point, found.left_out, found.complete) == (150, ("C",), False)
    assert set(found.assumed) == {"B"}
    nobody = scenario(KINDS["sum_of_flows"], [value("A", "100")], [missing("C")], LAST)
    assert (numbers(nobody), nobody.left_out) == ((100, 100, 100, 100), ("C",))


def test_a_ratio_moves_by_numerator_and_denominator() -> None:
    there = [parts("A", "90", "100"), parts("B", "10", "100")]
    found = scenario(KINDS["ratio_of_sums"], there, [missing("C", "30/200")], LAST)
    assert numbers(found) == (50, D("30"), D("32.5"), D("70"))  # C: 10 %, 15 %, 90 % of 200
    typed = scenario(KINDS["ratio_of_sums"], there, [missing("C")], TYPED,
                     {"C": Amount(numerator=D(0), denominator=D(200))})  # fmt: skip
    assert (typed.low, typed.point) == (25, 25)
    halves = scenario(KINDS["ratio_of_sums"], there, [missing("C")], TYPED, {"C": Amount(D(5))})
    assert halves.left_out == ("C",)  # a ratio needs both parts


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
