"""Which of an agency's answers are in a number, and why the others are not."""

from decimal import Decimal

from indicators.aggregation import KINDS, Answer
from indicators.periods import Frequency, Period
from reporting.domain.lineage import Place, placed

YEAR = Period.parse("FY2027")


def said(period: str, value: int | None = 1, *, approved: bool = True) -> Answer:
    answer = "not_measurable" if value is None else "value"
    return Answer(Period.parse(period), answer, None if value is None else Decimal(value), approved=approved)


def places(kind: str, *answers: Answer, cell: Period = YEAR) -> dict[str, Place]:
    found = placed(KINDS[kind], cell, answers, frequency=Frequency.QUARTERLY)
    return {f"{one.answer.period}{'' if one.answer.approved else '?'}": one.place for one in found}


def test_parts_of_a_year_count_until_the_years_own_answer_takes_their_place() -> None:
    assert places("sum_of_flows", said("FY2027Q1"), said("FY2027Q2")) == {
        "FY2027Q1": Place.COUNTS, "FY2027Q2": Place.COUNTS,
    }  # fmt: skip
    assert places("sum_of_flows", said("FY2027Q1"), said("FY2027")) == {
        "FY2027Q1": Place.YEAR_COUNTS, "FY2027": Place.COUNTS,
    }  # fmt: skip


def test_what_waits_takes_nothings_place() -> None:
    assert places("sum_of_flows", said("FY2027Q1"), said("FY2027", approved=False)) == {
        "FY2027Q1": Place.COUNTS, "FY2027?": Place.WAITS,
    }  # fmt: skip
    assert places("sum_of_flows", said("FY2027Q1"), said("FY2027Q1", 2, approved=False)) == {
        "FY2027Q1": Place.COUNTS, "FY2027Q1?": Place.WAITS,
    }  # fmt: skip


def test_of_a_level_the_newest_counts_and_what_is_not_measured_takes_no_older_one_away() -> None:
    assert places("stock_latest_sum", said("FY2027Q1"), said("FY2027Q2"), said("FY2027Q3", None)) == {
        "FY2027Q1": Place.LATER_COUNTS, "FY2027Q2": Place.COUNTS, "FY2027Q3": Place.NOT_MEASURED,
    }  # fmt: skip


def test_a_stock_of_the_year_before_is_named_as_carried_and_a_flow_is_not_there() -> None:
    assert places("stock_latest_sum", said("FY2026Q4")) == {"FY2026Q4": Place.CARRIED}
    assert places("sum_of_flows", said("FY2026Q4")) == {}
    assert places("stock_latest_sum", said("FY2026Q4"), said("FY2027Q1")) == {"FY2027Q1": Place.COUNTS}


def test_in_a_quarter_nothing_counts_but_the_quarter() -> None:
    quarter = Period.parse("FY2027Q1")
    assert places("sum_of_flows", said("FY2027Q1"), said("FY2027Q2"), said("FY2027"), cell=quarter) == {
        "FY2027Q1": Place.COUNTS
    }
