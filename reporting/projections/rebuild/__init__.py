"""Rebuild what is computed from the log: beside the live tables, compared with them, swapped in one transaction."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from agencies import access
from reporting.projections import cuts, self_check
from reporting.projections.rebuild import beside
from reporting.projections.rebuild.beside import AlreadyRunning
from reporting.projections.rebuild.build import Say, build
from reporting.projections.rebuild.compare import Difference
from reporting.projections.rebuild.swap import OvertakenTooOften, swap
from reporting.projections.rebuild.tables import PARTS

__all__ = ["PARTS", "AlreadyRunning", "Difference", "OvertakenTooOften", "Rebuilt", "rebuild"]

SAMPLE_OF_CUTS = 300


@dataclass(frozen=True)
class Rebuilt:
    """`position`: up to where the log was folded in chunks."""

    position: int
    differences: list[Difference] = field(default_factory=list)


def rebuild(
    *,
    parts: Sequence[str] = tuple(PARTS),
    check: bool = False,
    say: Say = lambda _: None,
    chunk: int = beside.CHUNK,
) -> Rebuilt:
    """Rebuild these parts and replace what differs; with `check` only say where they differ. What is kept of the past
    goes with the rollups: of so much a sample is counted again, and when that is wrong, or any is missing, all of it.

    Killed at any moment, it goes on where it was when it is started again with the same parts. Produces no event, no
    alert and no mail. Raises AlreadyRunning, OvertakenTooOften, UnknownEvent.
    """
    # What the plan says may change every rollup.
    wanted = [part for part in PARTS if part in parts or (part == "rollups" and "plan" in parts)]
    with beside.owner() as connection, beside.only_one(connection):
        run = beside.start(connection, wanted, chunk)
        say(f"{'going on with' if run.resumed else 'building'} {', '.join(wanted)} up to position {run.position:,}")
        build(connection, run, wanted, say)
        found = swap(connection, wanted, run.at or run.position, say, check=check)
        beside.drop(connection)
        if "rollups" in wanted:
            found += _cuts(say, check=check)
    return Rebuilt(run.position, found)


def _cuts(say: Say, *, check: bool) -> list[Difference]:
    with access.following():
        sample = self_check.some_cuts(SAMPLE_OF_CUTS, random.Random())  # noqa: S311 - any will do
        wrong = self_check.wrong_cuts(sample)
        missing = cuts.missing()
    say(
        f"  reporting_cutcell: {len(sample):,} cells counted again, {len(wrong):,} differ; {missing:,} cuts are missing"
    )
    if (wrong or missing) and not check:
        say(f"  {cuts.cut_all(say):,} cuts made anew")
    keys = [tuple(key.split("@")) for key in sorted(wrong)]
    return [Difference("reporting_cutcell", tuple(sorted({key[0] for key in keys})), tuple(keys))] if keys else []
