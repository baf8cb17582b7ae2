"""Whatever happens in whatever order: cells computed again as events touch them are what a computation of all of them
at once gives, and what an oracle that shares no line with it gives. Exact decimals, no differences."""

import random
import time
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from agencies import access
from indicators.aggregation import KINDS, Answer, Combined, combine, share_of
from indicators.periods import Frequency, Period
from reporting import event_store
from reporting.projections import rollups
from reporting.queries.rollups_at import CELL, NUMBERS, cells_of, rollups_of
from tests.storage.random_country import SCRATCH, Country, Size

Superuser = psycopg.Connection[Any]
ORACLE = (Path(__file__).parent / "plain_oracle.sql").read_text(encoding="utf-8")
NAMES = ", ".join((*CELL, *NUMBERS))
LIVE = f"SELECT {NAMES} FROM reporting_rollup WHERE indicator_id LIKE 'RI%%'"
AT_ONCE = f"SELECT {NAMES} FROM ({rollups_of(cells_of('SELECT * FROM reporting_figure'), most=True)}) c"
BY_HAND = """
SELECT c.indicator, c.period, c.scope, CASE WHEN c.scope IN ('agency', 'ministry') THEN c.name END,
    nullif(c.domain, ''), nullif(c.component, ''), CASE WHEN c.scope = 'kind' THEN c.name END, n.*
FROM oracle.cell c
CROSS JOIN LATERAL oracle.reckon(c.indicator, c.period, c.scope, c.name, c.domain, c.component) n
"""
SMALL = Size()
# A country whose figures count in many places.
LARGE = Size(
    agencies=60, ministries=15, supervisors=2, indicators=560, asked=26, years=(2026, 2027, 2028), batches=2
)  # fmt: skip


@pytest.fixture
def country(superuser: Superuser) -> Any:
    """Makes countries, at positions after the log's."""
    superuser.execute(SCRATCH.encode())

    def make(seed: int, size: Size) -> Country:
        made = Country(seed, size, event_store.head().position + 1)
        made.found(superuser)
        return made

    with access.reading(access.system("test")):
        head = event_store.head().position
    assert head > 0
    return make


def stand(superuser: Superuser, position: int) -> None:
    """The follower has read up to there."""
    superuser.execute(
        "INSERT INTO reporting_follower (name, position, error) VALUES ('rollups', %s, '')"
        " ON CONFLICT (name) DO UPDATE SET position = excluded.position",
        [position],
    )


def follow(superuser: Superuser, first: int, last: int, dice: random.Random, *, pages: int, size: int) -> None:
    """The pages of a stretch of the log, in any order, some of them twice, and cells computed in between."""
    stand(superuser, last)
    edges = sorted({first, last + 1, *(dice.randint(first, last) for _ in range(pages))})
    cut = list(zip(edges, [edge - 1 for edge in edges[1:]], strict=False))
    order = [*cut, *dice.sample(cut, len(cut) // 3)]
    dice.shuffle(order)
    for begin, end in order:
        with access.following(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")  # the long test's pages are longer than a follower's
            rollups.touch(begin, end)
        if dice.random() < 0.3:
            compute(size)
    while compute(size):
        pass


def compute(size: int) -> int:
    with access.following(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '128MB'")
        return rollups.compute_cells(size)


def differences(superuser: Superuser, one: str, other: str, position: int) -> list[Any]:
    """Rows of the one that are not of the other, and the other way round."""
    superuser.execute("SET work_mem = '256MB'")
    found = []
    for name, query in (("one", one), ("other", other)):
        # A table cannot be made by a statement that takes parameters.
        filled = query.replace("%(position)s", str(position)).replace("%%", "%")
        superuser.execute(f"CREATE TEMP TABLE {name} ({NAMES}) AS {filled}".encode())
    for this, that in (("one", "other"), ("other", "one")):
        query = f"SELECT * FROM {this} EXCEPT ALL SELECT * FROM {that} LIMIT 5"
        found += superuser.execute(query.encode()).fetchall()
    superuser.execute("DROP TABLE one, other")
    return found


def count(superuser: Superuser, query: str, position: int) -> int:
    row = superuser.execute(f"SELECT count(*) FROM ({query}) x".encode(), {"position": position}).fetchone()
    assert row
    return int(row[0])


# Of 3 comes a country in which too little is carried.
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 4, 5))])
def test_touched_cells_are_what_all_at_once_and_what_an_oracle_gives(
    superuser: Superuser, country: Any, seed: int
) -> None:
    made, dice = country(seed, SMALL), random.Random(seed)
    assert set(made.kinds.values()) == set(KINDS)
    for first, last in made.batches(superuser):
        follow(superuser, first, last, dice, pages=8, size=dice.choice([150, 3_000]))
        assert differences(superuser, LIVE, AT_ONCE, last) == []
        superuser.execute(ORACLE.encode())
        assert differences(superuser, LIVE, BY_HAND, last) == []
    assert count(superuser, LIVE, last) > 1_500
    carried = f"{LIVE} AND carried > 0"
    assert count(superuser, carried, last) > 20


def test_what_a_cell_comes_to_is_the_same_by_sql_and_by_the_pure_rule(superuser: Superuser, country: Any) -> None:
    """The table of kinds is written once; this holds what SQL makes of it and what Python does together."""
    made, dice = country(4, SMALL), random.Random(4)
    for first, last in made.batches(superuser):
        follow(superuser, first, last, dice, pages=3, size=3_000)
    assert by_rule(superuser) == {}


def test_a_wrong_number_would_be_seen(superuser: Superuser, country: Any) -> None:
    """The control: neither comparison follows whatever the tables say."""
    made = country(5, SMALL)
    for first, last in made.batches(superuser):
        follow(superuser, first, last, random.Random(5), pages=2, size=3_000)
    superuser.execute(ORACLE.encode())
    superuser.execute(
        "UPDATE reporting_rollup SET carried = carried + 1 WHERE id = (SELECT min(id) FROM reporting_rollup)"
    )
    assert len(differences(superuser, LIVE, AT_ONCE, last)) == 2
    assert len(differences(superuser, LIVE, BY_HAND, last)) == 2
    assert len(by_rule(superuser)) == 1


@pytest.mark.long
def test_a_million_cells_without_a_difference(superuser: Superuser, country: Any) -> None:
    """Figures are written set-based, straight as the fold would write them; cells are marked and computed by the
    follower's own functions."""
    began = time.monotonic()
    made, dice = country(7, LARGE), random.Random(7)

    def say(what: str) -> None:
        print(f"{what}: {time.monotonic() - began:,.0f} s since the start")

    for first, last in made.batches(superuser):
        say(f"figures of positions {first:,} to {last:,} written")
        superuser.execute("ANALYZE")
        follow(superuser, first, last, dice, pages=40, size=40_000)
        say("their cells computed")
    cells = count(superuser, LIVE, last)
    assert cells >= 1_000_000
    assert differences(superuser, LIVE, AT_ONCE, last) == []
    say(f"{cells:,} cells compared with all at once")
    superuser.execute(ORACLE.encode())
    assert differences(superuser, LIVE, BY_HAND, last) == []
    say("and with the oracle")


def by_rule(superuser: Superuser) -> dict[tuple[Any, ...], tuple[Any, Any]]:
    """The cells that the pure functions come to another answer for."""
    answers: dict[tuple[str, ...], list[Answer]] = defaultdict(list)
    columns = "indicator_id, agency_id, coalesce(domain_id, ''), coalesce(component, ''), period, answer, value,"
    query = f"SELECT {columns} numerator, denominator, counted_elsewhere, approved FROM reporting_figure"
    for *series, period, answer, value, numerator, denominator, elsewhere, approved in superuser.execute(
        f"{query} WHERE to_position IS NULL".encode()
    ):
        said = Answer(Period.parse(period), answer, value, numerator, denominator, elsewhere, approved)
        answers[tuple(series)].append(said)
    kinds: dict[str, str] = {}
    weights: dict[str, dict[str, str]] = {}
    for code, aggregation, given in superuser.execute(
        "SELECT indicator_id, aggregation, weights FROM indicators_indicatordefinition WHERE to_position IS NULL"
    ):
        kinds[code], weights[code] = aggregation, given
    asked = {
        (indicator, agency): Frequency(frequency)
        for indicator, agency, frequency in superuser.execute(
            "SELECT indicator_id, agency_id, frequency FROM indicators_assignedindicator WHERE to_position IS NULL"
        )
    }
    homes: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for agency, kind, supervisors in superuser.execute(
        "SELECT agency_id, kind, supervisors FROM agencies_agencyprofile WHERE to_position IS NULL"
    ):
        ministries = {*supervisors, *([agency] if kind == "ministry" else [])}
        for home in [("nation", None), ("kind", kind), ("agency", agency), *(("ministry", m) for m in ministries)]:
            homes[home].append(agency)

    def cell_of(
        indicator: str, period: str, members: Sequence[str], part: tuple[str, str], *, with_waiting: bool
    ) -> Combined:
        kind, cell = KINDS[kinds[indicator]], Period.parse(period)
        shares = [
            share_of(
                kind, cell, member, answers.get((indicator, member, *part), ()),
                frequency=asked.get((indicator, member)),
                weight=Decimal(weights[indicator].get(member, "1")), with_waiting=with_waiting,
            )
            for member in members
        ]  # fmt: skip
        return combine(kind, cell, shares)

    wrong = {}
    for row in superuser.execute(LIVE.replace("%%", "%").encode()).fetchall():
        indicator, period, scope, agency, domain, component, kind = row[: len(CELL)]
        numbers = dict(zip(NUMBERS, row[len(CELL) :], strict=True))
        members = homes[scope, agency or kind]
        part = (domain or "", component or "")
        now = cell_of(indicator, period, members, part, with_waiting=False)
        later = cell_of(indicator, period, members, part, with_waiting=True)
        has_to_be = {
            **{name: getattr(now, name) for name in NUMBERS if name not in ("pending_value", "pending")},
            "pending_value": later.value, "pending": later.pending,
        }  # fmt: skip
        if numbers != has_to_be:
            wrong[row[: len(CELL)]] = (
                {n: (numbers[n], has_to_be[n]) for n in NUMBERS if numbers[n] != has_to_be[n]},
                0,
            )
    return wrong
