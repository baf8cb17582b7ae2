"""What is kept of the past changes nothing but how long it takes to ask of it."""

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from django.db import connection

from agencies import access
from reporting import event_store
from reporting.models import Cut, CutCell, Finding
from reporting.projections import cuts
from reporting.projections.self_check import some_cuts, wrong_cuts
from reporting.queries.rollups_at import CELL, KEPT, NATION, SINCE, SUMS, concluded, rollups_of
from reporting.tasks import check_a_sample, look_now
from tests.acts import reading
from tests.cast import Cast
from tests.storage.random_country import Country, Size
from tests.storage.test_random_rollups import BY_HAND, ORACLE, country
from tests.storage.test_rebuild import guards_off, rebuild
from tests.storage.test_rollups import live

__all__ = ["country"]

Superuser = psycopg.Connection[Any]
FROM_FIGURES = rollups_of(NATION)
FROM_THE_CUT = concluded(SINCE)
Rows = set[tuple[Any, ...]]


def asked(statement: str, position: int, **more: Any) -> Rows:
    with access.following(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(statement, {**cuts.EVERYTHING, "position": position, **more})
        rows = cursor.fetchall()
    assert len(set(rows)) == len(rows)
    return set(rows)


def positions() -> list[int]:
    with access.following():
        return list(Cut.objects.order_by("position").values_list("position", flat=True))


def from_the_cut(position: int) -> Rows:
    cut = max(at for at in positions() if at <= position)
    return asked(FROM_THE_CUT, position, cut=cut, first=cut + 1)


def kept() -> list[tuple[Any, ...]]:
    with access.following():
        rows = CutCell.objects.values_list(*KEPT, *SUMS, "from_position", "to_position")
        return sorted(rows, key=str)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))])
def test_as_of_any_position_from_a_cut_is_what_its_figures_come_to(
    superuser: Superuser, country: Any, seed: int
) -> None:
    """Reports submitted, withdrawn, sent back, approved and corrected; agencies that move, indicators defined anew."""
    told = 0
    for last in pasts(superuser, country(seed, Size(batches=5)), random.Random(seed)):
        right = asked(FROM_FIGURES, last)
        assert from_the_cut(last) == right, last
        told += len(right)
    superuser.execute(ORACLE.encode())
    by_hand = {row for row in superuser.execute(BY_HAND.encode(), {"position": last}).fetchall() if of_the_nation(row)}
    assert from_the_cut(last) == by_hand
    assert told > 100
    assert wrong_of_all() == {}


def pasts(superuser: Superuser, made: Country, dice: random.Random) -> Iterator[int]:
    """Positions to ask about; the last is that of the end. There are cuts before them, not at the ends of stretches,
    where the plan changes."""
    for first, last in made.batches(superuser):
        middle = (first + last) // 2
        for position in sorted({dice.randint(first, middle), dice.randint(first, middle)}):
            with access.following():
                cuts.cut_at(position, last=cuts.newest_cut())
        yield from (p for p in (first, *(dice.randint(first, last) for _ in range(3))) if p >= positions()[0])
        yield last


def of_the_nation(row: tuple[Any, ...]) -> bool:
    return row[CELL.index("scope")] == "nation" and len(row[CELL.index("period")]) == 6


def wrong_of_all() -> dict[str, str]:
    with access.following():
        keys = some_cuts(300, random.Random(1))
        assert len(keys) > 10
        return wrong_cuts(keys)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> int:
    """There is a cut every few events."""
    monkeypatch.setattr(cuts, "EVERY", 15)
    return 15


def test_the_worker_cuts_the_log_as_it_grows_and_all_can_be_made_anew(cast: Cast, often: int) -> None:
    look_now()  # what was there before, which is far
    for seed in (1, 2, 3):
        live(cast, seed, 30)
        look_now()
    made, rows = positions(), kept()
    assert event_store.head().position - made[-1] < often
    assert {later - earlier for earlier, later in pairwise(made)} == {often}
    for position in (made[0], made[-1], event_store.head().position):
        assert from_the_cut(position) == asked(FROM_FIGURES, position)
    assert {to is None for *_, to in rows} == {True, False}
    assert cuts.cut_all() == event_store.head().position // often
    assert positions() == list(range(often, event_store.head().position + 1, often))
    assert asked(FROM_THE_CUT, made[-1], cut=positions()[-1], first=positions()[-1] + 1) == asked(
        FROM_FIGURES, positions()[-1]
    )


def test_a_long_log_without_cuts_is_counted_from_its_figures_once(
    cast: Cast, often: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cuts, "FAR", 20)
    live(cast, 4, 40)
    look_now()
    head = event_store.head().position
    assert positions() == [head]
    assert from_the_cut(head) == asked(FROM_FIGURES, head) != set()


def test_a_cell_of_a_cut_that_does_not_follow_from_the_log_is_found_and_made_anew(
    cast: Cast, superuser: Superuser, often: int
) -> None:
    live(cast, 5, 60)
    look_now()
    assert rebuild("rollups", check=True).endswith("s\n")
    cuts.cut_all()
    before = kept()
    assert wrong_of_all() == {}
    superuser.execute(
        "UPDATE reporting_cutcell SET answered = answered + 1 WHERE id = (SELECT max(id) FROM reporting_cutcell)"
    )
    assert len(wrong_of_all()) == 1
    for _ in range(3):
        check_a_sample()
    with reading():
        assert [finding.kind for finding in Finding.objects.all()] == [Finding.Kind.CUT]
    assert "reporting_cutcell differ" in rebuild("rollups", check=True)
    assert kept() != before
    assert "cuts made anew" in rebuild("rollups")
    assert kept() == before
    check_a_sample()
    with reading():
        assert not Finding.objects.filter(resolved_at=None).exists()


def test_when_figures_were_wrong_what_is_kept_of_them_is_thrown_away(
    cast: Cast, superuser: Superuser, often: int
) -> None:
    live(cast, 6, 60)
    look_now()
    cuts.cut_all()
    right = kept()
    with guards_off(superuser):
        superuser.execute("UPDATE reporting_figure SET value = value + 1 WHERE value IS NOT NULL")
    cuts.cut_all()
    assert kept() != right
    rebuild("reports")
    assert kept() == []
    rebuild("rollups")
    assert kept() == right
