"""The kinds of aggregation by hand: over time within an agency, over agencies within a cell."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest

from indicators.aggregation import KINDS, Answer, Combined, Share, combine, share_of
from indicators.aggregation.shares import quotient
from indicators.periods import Frequency, Period

YEAR = Period.parse("FY2026")
QUARTERLY, YEARLY, MONTHLY, HALVES = Frequency.QUARTERLY, Frequency.YEARLY, Frequency.MONTHLY, Frequency.HALF_YEARLY
D = Decimal


def said(period: str, value: str, *, elsewhere: str = "0", approved: bool = True) -> Answer:
    """ "nothing", "not_measurable", "3/4" or a value."""
    at = Period.parse(period)
    if value in ("nothing", "not_measurable"):
        return Answer(at, value, approved=approved)
    if "/" in value:
        numerator, denominator = map(Decimal, value.split("/"))
        return Answer(at, "value", D(0), numerator, denominator, approved=approved)
    return Answer(at, "value", D(value), elsewhere=D(elsewhere), approved=approved)


def share(kind: str, cell: str, *answers: Answer, frequency: Frequency | None = QUARTERLY) -> Share:
    return share_of(KINDS[kind], Period.parse(cell), "JST", answers, frequency=frequency)


def cell(kind: str, answers: Mapping[str, str | None], *, weights: Mapping[str, str] | None = None) -> Combined:
    """A fiscal year of yearly reporters, by their answers; None: missing."""
    shares = [
        share_of(
            KINDS[kind], YEAR, agency, [said("FY2026", answer)] if answer else [], frequency=YEARLY,
            weight=D((weights or {}).get(agency, "1")),
        )
        for agency, answer in answers.items()
    ]  # fmt: skip
    return combine(KINDS[kind], YEAR, shares)


# Over agencies: what A, B and C said of a year, and what it comes to.
@pytest.mark.parametrize(
    ("kind", "answers", "value"),
    [
        ("sum_of_flows", "10 20 30", "60"),
        ("sum_of_flows", "10 20 -", "30"),
        ("sum_of_flows", "0 0 0", "0"),
        ("sum_of_flows", "- - -", None),
        ("sum_of_flows", "nothing nothing nothing", None),
        ("sum_of_flows", "nothing 5 not_measurable", "5"),
        ("sum_of_flows", "0.1 0.2 0", "0.3"),
        ("sum_of_flows", "999999999999999999 0.000001 0", "999999999999999999.000001"),
        ("sum_of_flows", "999999999999999999999999 0.000001 0", "999999999999999999999999.000001"),
        ("sum_of_flows_dedup", "10 20 30", "60"),
        ("cumulative_sum", "10 20 30", "60"),
        ("ratio_of_sums", "90/100 10/900 -", "10"),
        ("ratio_of_sums", "1/3 - -", "33.333333"),
        ("ratio_of_sums", "2/3 - -", "66.666667"),
        ("ratio_of_sums", "0/5 0/5 0/5", "0"),
        ("ratio_of_sums", "0/0 - -", None),
        ("ratio_of_sums", "0/0 1/4 -", "25"),
        ("ratio_of_sums", "1/800000000 - -", "0"),
        ("ratio_of_sums", "1/200000000 - -", "0.000001"),  # 0.0000005 is half, and goes up
        ("ratio_of_sums", "nothing - 1/2", "50"),
        ("ratio_of_sums", "- - -", None),
        ("weighted_mean", "10 20 30", "20"),
        ("weighted_mean", "10 20 -", "15"),
        ("weighted_mean", "1 1 2", "1.333333"),
        ("weighted_mean", "1234567890123456789012345.654321 - -", "1234567890123456789012345.654321"),
        ("weighted_mean", "nothing - -", None),
        ("stock_latest_sum", "10 20 30", "60"),
        ("stock_latest_sum_dedup", "10 20 30", "60"),
        ("external_rank", "7 - -", "7"),
        ("external_rank", "- - -", None),
        ("binary_all", "1 1 1", "1"),
        ("binary_all", "1 0 1", "0"),
        ("stages_0_4", "4 2 3", "2"),
        ("stages_0_4", "4 0 3", "0"),
        ("stages_0_4", "4 - 3", "3"),
        ("stages_0_4", "not_measurable - -", None),
    ],
)
def test_over_agencies(kind: str, answers: str, value: str | None) -> None:
    by_agency = dict(zip("ABC", [None if a == "-" else a for a in answers.split()], strict=True))
    assert cell(kind, by_agency).value == (None if value is None else D(value))


# Over time: what one quarterly reporter said, and its share of FY2026.
@pytest.mark.parametrize(
    ("kind", "answers", "amount"),
    [
        ("sum_of_flows", "Q1=10 Q2=20 Q3=30 Q4=40", "100"),
        ("sum_of_flows", "Q1=10 Q3=30", "40"),
        ("sum_of_flows", "Q1=10 Q2=20 FY=95", "95"),
        ("sum_of_flows", "Q1=10 Q2=nothing", "10"),
        ("sum_of_flows", "Q1=10 FY=nothing", None),
        ("sum_of_flows", "Q1=10 FY=not_measurable", None),
        ("sum_of_flows", "Q1=0", "0"),
        ("cumulative_sum", "Q1=10 Q2=20", "30"),
        ("weighted_mean", "Q1=10 Q2=20", "20"),
        ("weighted_mean", "Q1=10 FY=15 Q4=30", "15"),
        ("stock_latest_sum", "Q1=10 Q2=20", "20"),
        ("stock_latest_sum", "Q2=20 Q1=10", "20"),
        ("stock_latest_sum", "Q1=10 Q2=not_measurable", "10"),
        ("stock_latest_sum", "Q1=10 Q2=nothing", None),
        ("stock_latest_sum", "Q1=10 Q4=30 FY=31", "31"),
        ("stages_0_4", "Q1=3 Q2=2", "2"),
        ("stages_0_4", "Q1=3 H1=2", "3"),  # of parts of different lengths the later code, as in SQL
        ("binary_all", "Q1=0 Q3=1", "1"),
        ("external_rank", "Q1=12 Q3=11", "11"),
    ],
)
def test_over_the_parts_of_a_year(kind: str, answers: str, amount: str | None) -> None:
    pairs = [one.split("=") for one in answers.split()]
    found = share(kind, "FY2026", *(said("FY2026" if p == "FY" else f"FY2026{p}", v) for p, v in pairs))
    assert found.amount == (None if amount is None else D(amount))
    assert not found.carried


def test_parts_of_a_ratio_add_over_time_too() -> None:
    found = share("ratio_of_sums", "FY2026", said("FY2026Q1", "1/4"), said("FY2026Q2", "3/4"))
    assert (found.numerator, found.denominator) == (4, 8)


# Stocks: who reports how often, what was said before, the cell, and what stands there (c: carried).
@pytest.mark.parametrize(
    ("frequency", "answers", "at", "stands"),
    [
        (QUARTERLY, "FY2026Q1=10", "FY2026Q2", "c10"),
        (QUARTERLY, "FY2026Q1=10", "FY2026Q3", None),  # two periods old is missing
        (QUARTERLY, "FY2026Q1=10 FY2026Q2=0", "FY2026Q2", "0"),
        (QUARTERLY, "FY2026Q1=10 FY2026Q2=nothing", "FY2026Q2", None),
        (QUARTERLY, "FY2026Q1=10 FY2026Q2=not_measurable", "FY2026Q2", None),  # it has answered
        (QUARTERLY, "FY2026Q1=nothing", "FY2026Q2", None),
        (QUARTERLY, "FY2026Q1=not_measurable", "FY2026Q2", None),
        (QUARTERLY, "FY2026Q4=10", "FY2027Q1", "c10"),
        (QUARTERLY, "FY2026Q4=10 FY2026=12", "FY2027Q1", "c12"),  # the year's own answer, of the same 31 March
        (QUARTERLY, "FY2026=12", "FY2027Q1", "c12"),
        (QUARTERLY, "FY2026Q4=10 FY2026=not_measurable", "FY2027Q1", None),
        (QUARTERLY, "FY2026Q3=10", "FY2027Q1", None),
        (QUARTERLY, "FY2026=12", "FY2027Q2", None),
        (QUARTERLY, "FY2026Q2=10", "FY2027", "c10"),  # the year before, as far as it went
        (QUARTERLY, "FY2026Q2=10 FY2026Q4=11 FY2026=12", "FY2027", "c12"),
        (QUARTERLY, "FY2026=12 FY2027Q1=13", "FY2027", "13"),
        (QUARTERLY, "FY2026=12 FY2027Q1=not_measurable", "FY2027", None),
        (QUARTERLY, "FY2025=12", "FY2027", None),
        (HALVES, "FY2026H1=10", "FY2026H2", "c10"),
        (HALVES, "FY2026H2=10", "FY2027H1", "c10"),
        (HALVES, "FY2026=11 FY2026H2=10", "FY2027H1", "c11"),
        (HALVES, "FY2026H1=10", "FY2027H1", None),
        (HALVES, "FY2026H1=10", "FY2026Q3", None),  # a half year says nothing of a quarterly cell
        (MONTHLY, "2026-07=10", "2026-08", "c10"),
        (MONTHLY, "2026-12=10", "2027-01", "c10"),
        (MONTHLY, "2027-03=10", "2027-04", "c10"),
        (MONTHLY, "2027-03=10 FY2026=9", "2027-04", "c9"),
        (MONTHLY, "FY2026=9", "2027-01", None),
        (MONTHLY, "2026-07=10", "2026-09", None),
        (MONTHLY, "2026-07=10", "FY2027", "c10"),
        (YEARLY, "FY2026=10", "FY2027", "c10"),
        (YEARLY, "FY2026=10", "FY2028", None),
        (YEARLY, "FY2026=10", "FY2027Q1", None),  # it is not expected there
        (None, "FY2026Q1=10", "FY2026Q2", None),  # nor is who is not asked
    ],
)
def test_a_stock_that_was_not_answered_for_carries_one_period(
    frequency: Frequency | None, answers: str, at: str, stands: str | None
) -> None:
    given = [said(*one.split("=")) for one in answers.split()]
    found = share("stock_latest_sum", at, *given, frequency=frequency)
    assert found.carried is (stands is not None and stands.startswith("c"))
    assert found.amount == (None if stands is None else D(stands.lstrip("c")))
    if found.carried:
        assert (found.answer, found.complete, found.final) == (None, False, False)


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if not kind.carries])
def test_nothing_but_a_stock_is_carried(kind: str) -> None:
    before = [said("FY2026Q1", "1/2" if kind == "ratio_of_sums" else "1")]
    found = share(kind, "FY2026Q2", *before)
    assert (found.amount, found.numerator, found.carried) == (None, None, False)


@pytest.mark.parametrize("order", [1, -1])
def test_what_waits_stands_for_the_approved_answer_of_its_period_and_is_carried_too(order: int) -> None:
    answers = [said("FY2026Q1", "10"), said("FY2026Q1", "12", approved=False)][::order]
    kind, frequency = KINDS["stock_latest_sum"], QUARTERLY
    now = share_of(kind, Period.parse("FY2026Q2"), "JST", answers, frequency=frequency)
    later = share_of(kind, Period.parse("FY2026Q2"), "JST", answers, frequency=frequency, with_waiting=True)
    assert (now.amount, now.waits, later.amount, later.waits) == (10, False, 12, True)


def test_counted_elsewhere_is_taken_off_only_where_the_kind_says_so() -> None:
    answer = said("FY2026Q1", "10", elsewhere="4")
    assert share("stock_latest_sum_dedup", "FY2026Q1", answer).amount == 6
    assert share("sum_of_flows_dedup", "FY2026", answer).amount == 6
    assert share("stock_latest_sum", "FY2026Q1", answer).amount == 10


def test_zero_missing_nothing_and_not_measurable_are_four_things() -> None:
    found = cell("sum_of_flows", {"A": "0", "B": "nothing", "C": "not_measurable", "D": None})
    assert (found.value, found.expected, found.answered) == (0, 4, 3)
    assert (found.with_value, found.nothing, found.not_measurable) == (1, 1, 1)
    assert (found.complete, found.coverage) == (2, Fraction(1, 2))


@pytest.mark.parametrize("answers", ["0 0 0", "5 - 1", "nothing not_measurable -", "- - -"])
@pytest.mark.parametrize("kind", [name for name in KINDS if name != "ratio_of_sums"])
def test_every_answer_is_counted_once(kind: str, answers: str) -> None:
    found = cell(kind, dict(zip("ABC", [None if a == "-" else a for a in answers.split()], strict=True)))
    assert found.answered == found.with_value + found.nothing + found.not_measurable <= found.expected == 3


def test_coverage_is_by_count_and_by_baseline_weight() -> None:
    found = cell("sum_of_flows", {"A": "1", "B": None, "C": "2"}, weights={"A": "7.5", "B": "0.5"})
    assert (found.complete, found.expected, found.coverage) == (2, 3, Fraction(2, 3))
    assert (found.complete_weight, found.expected_weight) == (D("8.5"), 9)
    assert found.coverage_by_weight == Fraction(17, 18)


def test_of_nobody_expected_nothing_is_covered() -> None:
    found = combine(KINDS["sum_of_flows"], YEAR, [])
    assert (found.coverage, found.coverage_by_weight, found.value, found.final) == (0, 0, None, False)


def test_a_weighted_mean_is_over_those_with_a_value() -> None:
    weights = {"A": "3", "B": "1", "C": "100"}
    assert cell("weighted_mean", {"A": "10", "B": "20", "C": None}, weights=weights).value == D("12.5")
    assert cell("weighted_mean", {"A": "10", "B": "20", "C": "nothing"}, weights=weights).value == D("12.5")


@pytest.mark.parametrize(
    ("kind", "answers", "lower_bound"),
    [
        ("sum_of_flows", "1 2 -", True),
        ("sum_of_flows", "1 2 not_measurable", True),
        ("sum_of_flows", "1 2 nothing", False),
        ("sum_of_flows", "1 2 0", False),
        ("sum_of_flows", "- - -", False),  # a bound of no number
        ("cumulative_sum", "1 - -", True),
        ("stock_latest_sum", "1 2 -", True),
        ("stock_latest_sum", "1 2 nothing", False),
        ("stock_latest_sum_dedup", "1 2 not_measurable", True),
        ("ratio_of_sums", "1/2 1/2 -", False),
        ("weighted_mean", "1 2 -", False),
        ("stages_0_4", "1 2 -", False),
        ("binary_all", "1 1 -", False),
        ("external_rank", "3 - -", False),
    ],
)
def test_a_sum_that_misses_something_is_a_lower_bound(kind: str, answers: str, lower_bound: bool) -> None:
    by_agency = dict(zip("ABC", [None if a == "-" else a for a in answers.split()], strict=True))
    assert cell(kind, by_agency).lower_bound is lower_bound


def test_three_quarters_are_a_lower_bound_of_the_year_and_four_are_not() -> None:
    quarters = [said(f"FY2026Q{number}", "1") for number in range(1, 5)]
    three, four = share("sum_of_flows", "FY2026", *quarters[:3]), share("sum_of_flows", "FY2026", *quarters)
    assert [combine(KINDS["sum_of_flows"], YEAR, [s]).lower_bound for s in (three, four)] == [True, False]
    assert (three.complete, four.complete, four.final) == (False, True, False)


def test_the_quarters_of_another_year_make_this_one_no_more_complete() -> None:
    before = [said(f"FY2025Q{number}", "1") for number in range(1, 5)]
    found = share("sum_of_flows", "FY2026", *before, said("FY2026Q1", "1"))
    assert (found.amount, found.complete) == (1, False)


def test_a_stock_that_is_carried_is_no_lower_bound_for_it_may_have_fallen() -> None:
    at = Period.parse("FY2026Q2")
    found = combine(KINDS["stock_latest_sum"], at, [share("stock_latest_sum", "FY2026Q2", said("FY2026Q1", "10"))])
    assert (found.value, found.carried, found.complete, found.lower_bound) == (10, 1, 0, False)


def test_a_share_holds_what_its_agency_brings_and_nothing_else() -> None:
    found = share_of(
        KINDS["sum_of_flows_dedup"], YEAR, "JST", [said("FY2026", "10", elsewhere="4")], frequency=YEARLY, weight=D(3)
    )
    assert found == Share("JST", weight=D(3), answer="value", complete=True, final=True, amount=D(6))
    stranger = share("sum_of_flows", "FY2026", said("FY2026Q1", "5"), frequency=None)
    # one part is all that is known of who is asked for none
    assert stranger == Share("JST", expected=False, answer="value", complete=True, amount=D(5))


def test_a_cell_says_all_that_is_known_of_who_answered_and_of_who_did_not() -> None:
    shares = [
        Share("A", weight=D(7), answer="value", complete=True, final=True, amount=D(10)),
        Share("B", weight=D(2), answer="nothing", complete=True, final=True, waits=True),
        Share("C", weight=D(1), answer="not_measurable", waits=True),
        Share("D", weight=D(5)),
        Share("E", weight=D(9), expected=False, answer="value", complete=True, final=True, amount=D(1)),
    ]
    assert combine(KINDS["sum_of_flows"], YEAR, shares) == Combined(
        value=D(11), numerator=None, denominator=None, expected=4, expected_weight=D(15), answered=4, with_value=2,
        nothing=1, not_measurable=1, carried=0, complete=2, complete_weight=D(9), final_weight=D(9), lower_bound=True,
        pending=2, final=False,
    )  # fmt: skip
    assert combine(KINDS["sum_of_flows"], YEAR, []) == Combined(
        value=None, numerator=None, denominator=None, expected=0, expected_weight=D(0), answered=0, with_value=0,
        nothing=0, not_measurable=0, carried=0, complete=0, complete_weight=D(0), final_weight=D(0), lower_bound=False,
        pending=0, final=False,
    )  # fmt: skip


def test_final_is_a_year_answered_by_its_own_answers_of_all_expected() -> None:
    assert cell("sum_of_flows", {"A": "1", "B": "nothing"}).final
    assert not cell("sum_of_flows", {"A": "1", "B": None}).final
    quarters = [share("sum_of_flows", "FY2026", *(said(f"FY2026Q{number}", "1") for number in range(1, 5)))]
    assert not combine(KINDS["sum_of_flows"], YEAR, quarters).final
    in_a_quarter = share("sum_of_flows", "FY2026Q1", said("FY2026Q1", "1"))
    assert not combine(KINDS["sum_of_flows"], Period.parse("FY2026Q1"), [in_a_quarter]).final


def test_who_is_not_expected_makes_up_for_nobody() -> None:
    asked = share("sum_of_flows", "FY2026")
    stranger = share("sum_of_flows", "FY2026", said("FY2026", "5"), frequency=None)
    found = combine(KINDS["sum_of_flows"], YEAR, [asked, stranger])
    assert (found.value, found.answered, found.complete, found.final, found.lower_bound) == (5, 1, 0, False, True)


def test_who_is_not_expected_leaves_nothing_missing() -> None:
    asked = share("sum_of_flows", "FY2026", said("FY2026", "5"))
    stranger = share("sum_of_flows", "FY2026", said("FY2026Q1", "not_measurable"), frequency=None)
    found = combine(KINDS["sum_of_flows"], YEAR, [asked, stranger])
    assert (found.value, found.expected, found.complete, found.lower_bound) == (5, 1, 1, False)


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown"),
    [
        ("1", "3", "0.333333"), ("2", "3", "0.666667"), ("1", "2000000", "0.000001"), ("1", "2000001", "0"),
        ("-1", "3", "-0.333333"), ("-1", "2000000", "-0.000001"), ("1", "0", None), ("0", "3", "0"),
        ("1234567890123456789012345.6789015", "1", "1234567890123456789012345.678902"),
        # 0.00000049999…: the digits below decide, however far down
        ("49999999999999999999999999999", "100000000000000000000000000000000000", "0"),
        ("50000000000000000000000000001", "100000000000000000000000000000000000", "0.000001"),
        ("-49999999999999999999999999999", "100000000000000000000000000000000000", "0"),
    ],
)  # fmt: skip
def test_a_quotient_is_rounded_once_half_up_at_the_sixth_decimal(
    numerator: str, denominator: str, shown: str | None
) -> None:
    found = quotient(D(numerator), D(denominator))
    assert found == (None if shown is None else D(shown))
    assert not str(found).startswith("-0.000000")  # nothing is less than nothing


# --- what other systems have got wrong in public


def test_ten_stays_ten_when_its_parts_have_no_total() -> None:
    """A place without a total added the running sum to itself."""
    found = share("sum_of_flows", "FY2026", said("FY2026Q1", "10"), said("FY2026Q2", "nothing"))
    assert found.amount == 10
    assert cell("sum_of_flows", {"A": "10", "B": "nothing", "C": None}).value == 10


def test_a_mean_is_not_divided_by_rows_nobody_filled() -> None:
    assert cell("weighted_mean", {"A": "80", "B": None, "C": "nothing", "D": "not_measurable"}).value == 80


def test_the_denominator_of_all_begins_at_zero() -> None:
    """A parent's began at one: 50/100 became 50/101."""
    found = cell("ratio_of_sums", {"A": "50/100"})
    assert (found.numerator, found.denominator, found.value) == (50, 100, 50)
    assert cell("ratio_of_sums", {"A": "20/40", "B": "30/60"}).denominator == 100


def test_fifty_of_eighty_percent_is_not_six_thousand() -> None:
    """Values times a hundred were mixed with fractions: 50 % against 80 % showed 6250 %."""
    found = cell("ratio_of_sums", {"A": "1/2"}).value
    assert found == 50
    assert found / D(80) * 100 == D("62.5")


def test_an_actual_of_zero_is_a_value() -> None:
    """It was stored as empty."""
    found = cell("sum_of_flows", {"A": "0"})
    assert (found.value, found.with_value, found.answered, found.final) == (0, 1, 1, True)
    assert cell("stock_latest_sum", {"A": "0"}).with_value == 1
    assert cell("ratio_of_sums", {"A": "0/7"}).value == 0


def test_an_approval_that_is_taken_back_takes_its_number_along() -> None:
    """Taking one back did not aggregate again. Here a total is made of what is in force, and never added to."""
    approved, other = said("FY2026Q1", "10"), said("FY2026Q2", "5")
    assert share("sum_of_flows", "FY2026", approved, other).amount == 15
    assert share("sum_of_flows", "FY2026", other).amount == 5
    waits = said("FY2026Q1", "10", approved=False)
    assert share("sum_of_flows", "FY2026", waits, other).amount == 5


def test_two_reports_of_one_figure_count_once() -> None:
    """Two people who reported one running figure doubled it."""
    twice = [said("FY2026Q1", "10"), said("FY2026Q1", "10", approved=False)]
    for with_waiting in (False, True):
        found = share_of(KINDS["cumulative_sum"], YEAR, "JST", twice, frequency=QUARTERLY, with_waiting=with_waiting)
        assert found.amount == 10


def test_a_total_above_its_target_is_not_cut_off() -> None:
    """max(…, 100) where a cap needed min(…): a cell knows no cap at all."""
    assert cell("ratio_of_sums", {"A": "150/100"}).value == 150
    assert cell("ratio_of_sums", {"A": "1/100"}).value == 1


def test_a_report_is_complete_by_what_it_says_and_not_by_having_been_touched() -> None:
    """Completeness was "changed after it was made"."""
    assert not share("sum_of_flows", "FY2026", said("FY2026", "not_measurable")).complete
    assert share("sum_of_flows", "FY2026", said("FY2026", "nothing")).complete
