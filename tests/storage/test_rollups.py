"""Rollups: what is shown equals what anyone would compute from the figures, whoever computes it and however often."""

import random
import threading
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import access
from agencies.access import Actor
from reporting import event_store
from reporting.domain.errors import Refusal
from reporting.models import Figure, Report, Rollup, TouchedCell
from reporting.projections import rollups
from reporting.tasks import catch_up_rollups
from tests.acts import (
    BUDGETS,
    PATIENCE,
    Aside,
    all_at_once,
    approve,
    at,
    put_in_force,
    reading,
    send_back,
    submit,
    withdraw,
)
from tests.cast import SYSTEM, Cast
from tests.storage.oracle import Cell, Numbers, differences, shown

QUARTERS = [f"FY2026Q{number}" for number in range(1, 5)]
HALVES = ["FY2026H1", "FY2026H2"]
# who, assignment, what it asks for, in which periods
SERIES: list[tuple[str, str, str, list[str]]] = [
    ("hanako", "JST.P1.A1", "IND-02", [*QUARTERS, "FY2026"]),  # sum_of_flows
    ("taro", "JSPS.P1.A1", "IND-02", [*QUARTERS, "FY2026"]),
    ("hanako", "JST.P1.A2.M1", "IND-03", [*QUARTERS, "FY2026"]),  # cumulative_sum
    ("taro", "JSPS.P1.A2.M1", "IND-03", [*QUARTERS, "FY2026"]),
    ("midori", "MIHON-A.P1.A2.M1", "IND-03", ["FY2026"]),
    ("taro", "JSPS.P1.A1.M1", "P1.A1.M1", [*QUARTERS, "FY2026"]),  # ratio_of_sums
    ("shingo", "MEXT.P1.A1.M1", "P1.A1.M1", [*HALVES, "FY2026"]),
    ("midori", "MIHON-A.P1.A1.M1", "P1.A1.M1", ["FY2026"]),
    ("hanako", "JST.P1.A1.M2", "P1.A1.M2", [*QUARTERS, "FY2026"]),  # by domain
    ("hanako", "JST.P2.A2.M4", "P2.A2.M4", [*QUARTERS, "FY2026"]),  # stock_latest_sum_dedup
    ("gyoko", "METI.P2.A2.M4", "P2.A2.M4", [*HALVES, "FY2026"]),
    ("hoko", "CAO.P1.A5.M4", "P1.A5.M4", [*HALVES, "FY2026"]),  # stages_0_4
    ("shingo", "MEXT.P1.A5.M4", "P1.A5.M4", [*HALVES, "FY2026"]),
    ("hoko", "CAO.P1", "IND-01", ["FY2026"]),  # external_rank
    ("gyoko", "METI.P6.A1.M1", "IND-06", ["FY2026"]),  # components
    ("shingo", "MEXT.P6.A1.M1", "IND-06", ["FY2026"]),
]
RATIOS, STAGES, BY_DOMAIN, DEDUP = {"P1.A1.M1", "IND-05"}, {"P1.A5.M4"}, {"P1.A1.M2", "P2.A2.M4"}, {"P2.A2.M4"}


def answer(dice: random.Random, indicator: str) -> Mapping[str, Mapping[str, str]]:
    if indicator == "IND-06":
        return {f"IND-06/{part}": {"value": str(dice.randrange(5))} for part in BUDGETS}
    if dice.random() < 0.15:
        return {indicator: {"answer": dice.choice(["nothing", "not_measurable"]), "reason": f"理由{dice.random()}"}}
    if indicator in RATIOS:
        denominator = dice.randrange(1, 100)
        return {indicator: {"numerator": str(dice.randrange(denominator + 1)), "denominator": str(denominator)}}
    value = dice.randrange(5) if indicator in STAGES else dice.randrange(1, 100)
    parts = {"value": str(value)}
    if indicator in BY_DOMAIN and dice.random() < 0.7:
        parts |= {"domain.D12": str(value // 2), "domain.D13": str(value // 3)}
    if indicator in DEDUP and dice.random() < 0.5:
        parts["counted_elsewhere"] = str(value // 4)
    return {indicator: parts}


def live(cast: Cast, seed: int, turns: int) -> int:
    """Submissions, withdrawals, returns and approvals at random. Returns how many were refused."""
    dice = random.Random(seed)
    actors: dict[str, Actor] = {who: getattr(cast, who) for who, *_ in SERIES}
    ichiro, refused = cast.ichiro, 0
    for _ in range(turns):
        who, assignment, indicator, periods = dice.choice(SERIES)
        period = dice.choice(periods)
        report = f"{assignment}@{period}"
        try:
            match dice.choices(["submit", "approve", "return", "withdraw"], [6, 4, 1, 1])[0]:
                case "submit":
                    submit(actors[who], assignment, period, answer(dice, indicator), now=at("2027-05-01 10:00"))
                case "approve":
                    approve(ichiro, report)
                case "return":
                    send_back(ichiro, report)
                case _:
                    withdraw(actors[who], report)
        except (Refusal, Report.DoesNotExist):
            refused += 1
    return refused


def national(indicator: str, period: str = "FY2026", **cell: str) -> Numbers:
    catch_up_rollups()
    with reading():
        return shown()[Cell(indicator, period, "nation", None, cell.get("domain"), cell.get("component"))]


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 6))])
def test_every_cell_of_nation_ministry_and_agency_is_what_its_figures_come_to(cast: Cast, seed: int) -> None:
    cells = 0
    for step in range(3):  # in steps, so that cells are computed again and not only once
        refused = live(cast, seed * 10 + step, 60)
        assert refused < 50
        catch_up_rollups()
        assert differences() == {}
        with reading():
            assert Rollup.objects.count() > cells
            cells = Rollup.objects.count()
    assert cells > 60


def test_a_wrong_number_would_be_seen(cast: Cast) -> None:
    """The control: the oracle does not follow whatever the tables say."""
    live(cast, 4, 40)
    catch_up_rollups()
    with access.following():
        assert Rollup.objects.filter(scope="nation", value__isnull=False).update(value=Decimal("1.5")) > 0
    assert differences() != {}


def test_an_approved_fiscal_year_supersedes_its_quarters(cast: Cast) -> None:
    for quarter, value in zip(QUARTERS, ("10", "20", "30", "40"), strict=True):
        put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", quarter, {"IND-02": value})
    assert (national("IND-02").value, national("IND-02").final) == (100, False)
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026", {"IND-02": "7"})
    submit(cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "95"})
    waiting = national("IND-02")
    assert (waiting.value, waiting.pending_value, waiting.pending, waiting.final) == (107, 102, 1, False)
    approve(cast.ichiro, "JST.P1.A1@FY2026")
    final = national("IND-02")
    assert (final.value, final.pending_value, final.pending, final.final) == (102, 102, 0, True)
    assert national("IND-02", "FY2026Q1").value == 10


def test_what_waits_for_approval_stands_beside_what_is_approved(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"})
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    quarter = national("IND-02", "FY2026Q1")
    assert (quarter.value, quarter.pending_value) == (1_400, 1_750)
    assert (quarter.expected, quarter.answered, quarter.with_value, quarter.pending) == (2, 1, 1, 1)


def test_missing_is_not_zero_and_nothing_to_report_is_not_missing(cast: Cast) -> None:
    nothing = {"answer": "nothing", "reason": "該当なし"}
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": nothing})
    one = national("IND-02", "FY2026Q1")
    assert (one.value, one.expected, one.answered, one.with_value) == (None, 2, 1, 0)
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "0"})
    both = national("IND-02", "FY2026Q1")
    assert (both.value, both.expected, both.answered, both.with_value) == (0, 2, 2, 1)


def test_a_share_is_the_ratio_of_sums_and_never_the_mean_of_shares(cast: Cast) -> None:
    put_in_force(
        cast.ichiro, cast.midori, "MIHON-A.P1.A6", "FY2026", {"IND-05": {"numerator": "90", "denominator": "100"}}
    )
    put_in_force(
        cast.ichiro, cast.aoi, "MIHON-B.P1.A6", "FY2026", {"IND-05": {"numerator": "10", "denominator": "900"}}
    )
    share = national("IND-05")
    assert (share.value, share.numerator, share.denominator) == (10, 100, 1_000)  # the mean would be 45.6
    assert (share.expected, share.answered, share.final) == (2, 2, True)


def test_a_share_of_nothing_is_no_number(cast: Cast) -> None:
    """The form refuses a denominator of zero; a figure that came by whatever way must stop nobody."""
    put_in_force(
        cast.ichiro, cast.midori, "MIHON-A.P1.A6", "FY2026", {"IND-05": {"numerator": "1", "denominator": "2"}}
    )
    with access.acting(SYSTEM):
        figure = Figure.objects.get(indicator="IND-05", approved=True)
        position = figure.from_position
        Figure.objects.filter(pk=figure.pk).update(to_position=position)
        figure.pk, figure.value, figure.numerator, figure.denominator = None, Decimal(0), Decimal(0), Decimal(0)
        figure.save()
    share = national("IND-05")
    assert (share.value, share.denominator, share.answered) == (None, 0, 1)
    assert differences() == {}


def test_a_stock_is_the_latest_of_each_and_shared_ones_count_once(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, "JST.P2.A2.M4", "FY2026Q1", {"P2.A2.M4": "60"})
    put_in_force(
        cast.ichiro, cast.hanako, "JST.P2.A2.M4", "FY2026Q2", {"P2.A2.M4": {"value": "62", "counted_elsewhere": "5"}}
    )
    put_in_force(cast.ichiro, cast.gyoko, "METI.P2.A2.M4", "FY2026H1", {"P2.A2.M4": "10"})
    assert national("P2.A2.M4").value == 62 - 5 + 10


def test_a_stage_of_all_is_the_stage_of_the_last(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hoko, "CAO.P1.A5.M4", "FY2026H1", {"P1.A5.M4": "3"})
    put_in_force(cast.ichiro, cast.shingo, "MEXT.P1.A5.M4", "FY2026H1", {"P1.A5.M4": "1"})
    assert national("P1.A5.M4").value == 1


def test_a_ministry_counts_itself_and_those_it_supervises(cast: Cast) -> None:
    put_in_force(
        cast.ichiro, cast.taro, "JSPS.P1.A1.M1", "FY2026", {"P1.A1.M1": {"numerator": "3", "denominator": "4"}}
    )
    put_in_force(
        cast.ichiro, cast.shingo, "MEXT.P1.A1.M1", "FY2026", {"P1.A1.M1": {"numerator": "0", "denominator": "4"}}
    )
    put_in_force(cast.ichiro, cast.gyoko, "METI.P2.A2.M4", "FY2026H1", {"P2.A2.M4": "10"})
    catch_up_rollups()
    with reading():
        cells = shown()
    assert cells[Cell("P1.A1.M1", "FY2026", "ministry", "MEXT", None, None)].numerator == 3
    assert Cell("P1.A1.M1", "FY2026", "ministry", "METI", None, None) not in cells
    assert cells[Cell("P2.A2.M4", "FY2026H1", "ministry", "METI", None, None)].value == 10


def test_events_delivered_twice_and_by_two_workers_at_once_come_to_the_same(cast: Cast) -> None:
    live(cast, 5, 80)
    answers = all_at_once([catch_up_rollups] * 4)
    assert answers == [None] * 4
    catch_up_rollups()
    assert differences() == {}
    with access.following():
        before = list(Rollup.objects.order_by("pk").values())
        cells = Rollup.objects.values(
            "indicator_id", "period", "scope", "agency_id", "domain_id", "component", "kind", "position"
        )
        TouchedCell.objects.bulk_create(TouchedCell(**cell) for cell in cells)  # each once more
    catch_up_rollups()
    with reading():
        assert list(Rollup.objects.order_by("pk").values()) == before


def test_while_reports_come_in_several_workers_end_at_the_same_numbers(cast: Cast) -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            catch_up_rollups()

    with Aside() as aside:
        workers = [aside.start(work) for _ in range(3)]
        try:
            live(cast, 6, 60)
        finally:
            stop.set()
        for worker in workers:
            worker.result(PATIENCE)
    catch_up_rollups()
    assert differences() == {}


def test_a_worker_in_the_middle_of_a_cell_keeps_no_other_from_the_rest(cast: Cast) -> None:
    live(cast, 9, 30)
    with access.following():
        while rollups.read_page():
            pass
        touched = TouchedCell.objects.count()
    claimed, may_end = threading.Event(), threading.Event()

    def dawdle() -> int:
        with access.following():
            cells = rollups.compute_cells(size=1)
            claimed.set()
            assert may_end.wait(PATIENCE)
            return cells

    with Aside() as aside:
        slow = aside.start(dawdle)
        assert claimed.wait(PATIENCE)
        try:
            with access.following():
                assert rollups.compute_cells() == touched - 1
        finally:
            may_end.set()
        assert slow.result(PATIENCE) == 1
    assert differences() == {}


def test_however_many_cells_they_are_computed_in_the_same_number_of_statements(cast: Cast) -> None:
    def statements(turns: int, seed: int) -> tuple[int, int]:
        live(cast, seed, turns)
        with access.following():
            while rollups.read_page():
                pass
        with access.following(), CaptureQueriesContext(connection) as queries:
            cells = rollups.compute_cells()
        return cells, len(queries)

    few, statements_for_few = statements(6, 7)
    many, statements_for_many = statements(90, 8)
    assert many > 5 * few > 0
    assert statements_for_many == statements_for_few == 3  # the claim, how to join, the computation


def test_what_is_shown_stands_for_the_position_before_the_oldest_open_cell(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    with access.following():
        while rollups.read_page():
            pass
        head = event_store.head().position
        assert rollups.caught_up() is None
        rollups.compute_cells()
        assert rollups.caught_up() == head
        assert set(Rollup.objects.values_list("position", flat=True)) == {head}


def test_the_numbers_of_a_cell_are_all_compared() -> None:
    """The oracle's list of numbers is the table's, so that none goes unproved."""
    columns = {field.name for field in Rollup._meta.concrete_fields}
    cell = {"id", "indicator", "period", "scope", "agency", "domain", "component", "kind", "position"}
    assert columns - cell == {number.name for number in fields(Numbers)}
