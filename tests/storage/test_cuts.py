"""What is kept of the past changes nothing but how long it takes to ask of it."""

import random
from typing import Any

import psycopg
import pytest
from django.db import connection

from agencies import access
from reporting.models import Cut, CutCell
from reporting.projections import cuts
from reporting.queries.rollups_at import CELL, NATION, NUMBERS, SINCE, concluded, rollups_of
from tests.storage.random_country import Country, Size
from tests.storage.test_random_rollups import BY_HAND, ORACLE, country

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


def from_the_cut(position: int) -> Rows:
    with access.following():
        cut = Cut.objects.filter(position__lte=position).order_by("-position").first()
    assert cut
    return asked(FROM_THE_CUT, position, cut=cut.position, first=cut.position + 1)


def cut_at(position: int) -> None:
    with access.following():
        cuts.cut_at(position, last=cuts.newest_cut())


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))])
def test_as_of_any_position_from_a_cut_is_what_its_figures_come_to(
    superuser: Superuser, country: Any, seed: int
) -> None:
    """Reports submitted, withdrawn, sent back, approved and corrected; agencies that move, indicators defined anew."""
    made: Country = country(seed, Size(batches=4))
    dice = random.Random(seed)
    at = made.first - 1
    told_from_a_cut = 0
    for first, last in made.batches(superuser):
        for position in sorted({*(dice.randint(first, last) for _ in range(3)), last}):
            cut_at(position)
        for position in [dice.randint(first, last) for _ in range(6)]:
            if position < cuts_begin():
                continue
            right = asked(FROM_FIGURES, position)
            assert from_the_cut(position) == right, position
            told_from_a_cut += len(right)
        at = last
    superuser.execute(ORACLE.encode())
    by_hand = {row for row in superuser.execute(BY_HAND.encode(), {"position": at}).fetchall() if national(row)}
    assert from_the_cut(at) == by_hand
    assert told_from_a_cut > 100


def national(row: tuple[Any, ...]) -> bool:
    return row[CELL.index("scope")] == "nation" and len(row[CELL.index("period")]) == 6


def cuts_begin() -> int:
    with access.following():
        return Cut.objects.order_by("position").values_list("position", flat=True)[0]
