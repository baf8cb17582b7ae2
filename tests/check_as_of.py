"""`python -m tests.check_as_of --positions 200`: national figures asked as of random positions, against a fold of the
log from scratch, on the database that DATABASE_URL names. Ends with 1 when any differs."""

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
if __name__ == "__main__":
    django.setup()

from django.db import connection

from agencies import access
from reporting import event_store
from reporting.queries.rollups_at import CELL, NUMBERS, cells_of, rollups_of
from tests.storage.fold import folds
from tests.storage.oracle import Cell, Numbers, Oracle

SYSTEM = access.system("check")
OF_INDICATORS = cells_of("SELECT * FROM reporting_figure WHERE indicator_id = ANY (%(indicators)s)")
NATIONAL = rollups_of(f"SELECT * FROM ({OF_INDICATORS}) c WHERE c.scope = 'nation'")
EVERY = rollups_of(OF_INDICATORS)


@dataclass
class Found:
    positions: int = 0
    cells: int = 0
    slowest: float = 0.0  # seconds of one question
    differ: int = 0


def ask(position: int, indicators: Iterable[str], scopes: str) -> dict[Cell, Numbers]:
    """What the product says, of any length of log: `scopes` is "nation" or "all"."""
    with connection.cursor() as cursor:
        asked = {"position": position, "indicators": list(indicators)}
        cursor.execute(NATIONAL if scopes == "nation" else EVERY, asked)
        rows = cursor.fetchall()
    width = len(CELL)
    by_name = [(Cell(*row[:width]), dict(zip(NUMBERS, row[width:], strict=True))) for row in rows]
    return {cell: Numbers(**numbers) for cell, numbers in by_name}


def check(
    *, positions: int, seed: int, indicators: int = 0, scopes: str = "nation", say: Callable[[str], None] = print
) -> Found:
    """At random positions, all cells of `indicators` random indicators that have figures by then (0: of all)."""
    dice, found = random.Random(seed), Found()
    with access.reading(SYSTEM, at_one_moment=True):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        head = event_store.head().position
        wanted = dice.sample(range(1, head + 1), min(positions, head))
        for fold in folds(wanted):
            have = sorted({cell.indicator for cell in fold.facts.ever})
            chosen = set(have if not indicators else dice.sample(have, min(indicators, len(have))))
            oracle = Oracle(fold.facts)
            asked = time.monotonic()
            said = ask(fold.position, chosen, scopes)
            found.slowest = max(found.slowest, time.monotonic() - asked)
            has_to_be = {
                cell: oracle.numbers(cell)
                for cell in fold.facts.ever
                if cell.indicator in chosen and (scopes == "all" or cell.scope == "nation")
            }
            found.positions += 1
            found.cells += len(has_to_be)
            for cell in said.keys() | has_to_be.keys():
                if said.get(cell) != has_to_be.get(cell):
                    found.differ += 1
                    say(
                        f"DIFFERS at {fold.position}: {cell}\n  asked  {said.get(cell)}\n  folded {has_to_be.get(cell)}"
                    )
            if found.positions % 20 == 0:
                say(f"{found.positions} of {len(wanted)} positions, up to {fold.position:,} of {head:,} events")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--positions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--indicators", type=int, default=0, help="random ones at each position; 0: all")
    parser.add_argument("--scopes", choices=["nation", "all"], default="nation")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    found = check(**vars(given), say=lambda line: print(line, flush=True))
    print(
        f"{found.cells:,} cells at {found.positions} positions: {found.differ} differ;"
        f" the slowest question took {found.slowest:.2f} s"
    )
    return 1 if found.differ or not found.cells else 0


if __name__ == "__main__":
    sys.exit(main())
