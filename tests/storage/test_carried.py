"""A stock that an agency has not answered for stands by its value of one reporting period before, and says so."""

from tests.acts import approve, put_in_force, reading, send_back, submit
from tests.cast import Cast
from tests.storage.oracle import Cell, Numbers, differences, shown
from tests.storage.test_rollups import national

STOCK = "P2.A2.M4"  # JST by the quarter, METI by the half year


def test_who_has_not_answered_counts_with_the_year_before_and_is_told_apart(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, f"JST.{STOCK}", "FY2026", {STOCK: "60"})
    put_in_force(cast.ichiro, cast.gyoko, f"METI.{STOCK}", "FY2027H1", {STOCK: "10"})
    year = national(STOCK, "FY2027")
    assert (year.value, year.carried, year.answered, year.complete, year.final) == (70, 1, 1, 0, False)
    put_in_force(cast.ichiro, cast.hanako, f"JST.{STOCK}", "FY2027Q1", {STOCK: "65"})
    year = national(STOCK, "FY2027")
    assert (year.value, year.carried, year.answered) == (75, 0, 2)
    assert differences() == {}


def test_a_late_report_is_rolled_up_in_the_period_after_it_too(cast: Cast) -> None:
    """The cell of the next year stood before the report came."""
    put_in_force(cast.ichiro, cast.gyoko, f"METI.{STOCK}", "FY2027H1", {STOCK: "10"})
    before = national(STOCK, "FY2027")
    assert (before.value, before.carried) == (10, 0)
    submit(cast.hanako, f"JST.{STOCK}", "FY2026", {STOCK: "60"})
    waiting = national(STOCK, "FY2027")
    assert (waiting.value, waiting.pending_value, waiting.pending) == (10, 70, 1)
    send_back(cast.ichiro, f"JST.{STOCK}@FY2026")
    assert national(STOCK, "FY2027") == before
    submit(cast.hanako, f"JST.{STOCK}", "FY2026", {STOCK: "61"})
    approve(cast.ichiro, f"JST.{STOCK}@FY2026")
    after = national(STOCK, "FY2027")
    assert (after.value, after.carried, after.pending) == (71, 1, 0)
    assert differences() == {}


def test_two_years_old_is_missing(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, f"JST.{STOCK}", "FY2026", {STOCK: "60"})
    put_in_force(cast.ichiro, cast.gyoko, f"METI.{STOCK}", "FY2028H1", {STOCK: "10"})
    year = national(STOCK, "FY2028")
    assert (year.value, year.carried, year.lower_bound) == (10, 0, True)


def test_no_cell_comes_to_be_by_carrying(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, f"JST.{STOCK}", "FY2026", {STOCK: "60"})
    assert national(STOCK).value == 60
    assert {cell.period for cell in cells() if cell.indicator == STOCK} == {"FY2026"}


def test_a_kind_of_agency_is_summed_up_like_a_ministry(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"})
    national("IND-02", "FY2026Q1")
    found = cells()[Cell("IND-02", "FY2026Q1", "kind", None, None, None, "funding_agency")]
    assert (found.value, found.expected, found.complete) == (1_750, 2, 2)


def cells() -> dict[Cell, Numbers]:
    with reading():
        return shown()
