"""A national figure, and what it is made of: by the part of the plan where agencies enter it, by programme, by kind.

The parts are counted as every rollup is, from the same SQL, with other homes for the agencies' figures. They are never
stored: a part may be of a single agency.
"""

from dataclasses import dataclass, field
from typing import Literal

from django.db.models import prefetch_related_objects

from agencies import access
from agencies.access import Actor, Scope
from reporting import event_store
from reporting.models import Rollup
from reporting.queries.rollups_at import CELL, NUMBERS, at, rollups_of

By = Literal["node", "programme", "kind"]

# The one indicator that is asked about, by who enters it.
ENTERED = f"""
    SELECT e.agency_id AS member, a.node_id, n.programmes, greatest(e.from_position, a.from_position) AS from_position,
        e.to_position
    FROM indicators_assignedindicator e JOIN indicators_assignment a ON a.id = e.assignment_id
    JOIN indicators_plannode n ON n.code = a.node_id
    WHERE e.indicator_id = %(only)s AND {at("e")}
"""  # noqa: S608
# In which part each agency counts. A figure of a measure that several programmes serve is not told apart by them: such
# a part is named by them all, so that the parts add up to the whole.
PART_OF: dict[By, str] = {
    "node": f"SELECT node_id AS part, member, from_position, to_position FROM ({ENTERED}) e",  # noqa: S608
    "programme": f"""
        SELECT array_to_string(programmes, '+') AS part, member, from_position, to_position FROM ({ENTERED}) e
    """,  # noqa: S608
    "kind": f"""
        SELECT kind AS part, agency_id AS member, from_position, to_position FROM agencies_agencyprofile p
        WHERE {at("p")}
    """,  # noqa: S608
}
# All of them, and beside them the reader's own.
HOMES = """
    SELECT 'part' AS scope, NULL AS agency_id, part AS kind, member, from_position, to_position FROM ({part_of}) p
    UNION ALL
    SELECT 'mine', NULL, part, member, from_position, to_position FROM ({part_of}) p
    WHERE member = ANY (%(mine)s)
    UNION ALL
    SELECT 'nation', NULL, NULL, agency_id, from_position, to_position FROM agencies_agencyprofile p
"""
CELLS = """
    SELECT DISTINCT %(only)s::text AS indicator_id, %(period)s::text AS period, h.scope, NULL::text AS agency_id,
        NULL::text AS domain_id, NULL::text AS component, h.kind
    FROM ({homes}) h JOIN (
        SELECT DISTINCT agency_id FROM reporting_figure
        WHERE indicator_id = %(only)s AND year_period = %(period)s AND domain_id IS NULL AND component IS NULL
            AND from_position <= %(position)s
    ) f ON f.agency_id = h.member
    UNION
    SELECT %(only)s::text, %(period)s::text, 'nation', NULL, NULL, NULL, NULL
"""


def _query(by: By) -> str:
    homes = HOMES.format(part_of=PART_OF[by])
    return rollups_of(CELLS.format(homes=homes), homes=homes)


QUERIES: dict[By, str] = {by: _query(by) for by in PART_OF}


@dataclass(frozen=True)
class Part:
    """A node's code, a programme's (or several's), or a kind of agency; "" for what no programme serves."""

    name: str
    rollup: Rollup

    @property
    def programmes(self) -> list[str]:
        return [code for code in self.name.split("+") if code]


@dataclass(frozen=True)
class Split:
    """`withheld`: the parts would show one other agency's figure, and are only for those who see every agency."""

    whole: Rollup
    parts: tuple[Part, ...] = field(default=())
    withheld: bool = False


def shares_by(*, actor: Actor, indicator: str, year: str, by: By, as_of: int | None = None) -> Split | None:
    """The nation's cell of a fiscal year ("FY2026") and its parts; None for whom the national is not shown to. One
    query, beside one for the head of the log."""
    position = event_store.head().position if as_of is None else as_of
    asked = {"only": indicator, "period": year, "position": position, "mine": sorted(actor.agencies)}
    rows = [
        Rollup(**dict(zip((*CELL, *NUMBERS), row, strict=True)), position=position)
        for row in access.count(actor, QUERIES[by], asked)
    ]
    if not rows:
        return None
    prefetch_related_objects(rows, "indicator")
    whole = next(row for row in rows if row.scope == "nation")
    mine = {row.kind: _in_it(row) for row in rows if row.scope == "mine"}
    parts = tuple(Part(row.kind or "", row) for row in sorted(rows, key=lambda r: r.kind or "") if row.scope == "part")
    if actor.scope is not Scope.ALL:
        if any(_in_it(part.rollup) - mine.get(part.rollup.kind, 0) == 1 for part in parts):
            return Split(_as_approved(whole), withheld=True)
        for part in parts:
            _as_approved(part.rollup)
        _as_approved(whole)
    return Split(whole, parts)


def _in_it(row: Rollup) -> int:
    """How many agencies' figures are in a part, or stand in it for what is missing."""
    return row.answered + row.carried


def _as_approved(rollup: Rollup) -> Rollup:
    """What waits for approval is between an agency and CSTI."""
    rollup.pending_value, rollup.pending = rollup.value, 0
    return rollup
