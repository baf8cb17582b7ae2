"""Which targets were set after their result, or equal to one: what was approved when each of them was recorded."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from agencies import access
from agencies.access import Actor
from indicators.models import Target
from indicators.target_marks import Mark, Result, mark_of
from reporting.queries.rollups_at.kinds import HIGHEST, LESS_ELSEWHERE, LOWEST, RATIO, TAKES_LATEST

# By target and fiscal year: the position of the first approved figure, and what they came to when the target was set.
# In the year its own figure supersedes its parts, over agencies by the indicator's kind; as rollups_of, but each target
# at a position of its own, which one statement of rollups_of cannot ask for.
KNOWN = f"""
WITH known AS (
    SELECT t.id, f.agency_id, f.period, f.year_period AS year, f.period = f.year_period AS own, f.from_position,
        f.numerator, f.denominator, d.aggregation,
        CASE WHEN d.aggregation IN {LESS_ELSEWHERE} THEN f.value - f.counted_elsewhere ELSE f.value END AS amount,
        d.aggregation IN {TAKES_LATEST} AS takes_latest
    FROM indicators_target t
    JOIN reporting_figure f ON f.indicator_id = t.indicator_id AND f.approved
        AND f.domain_id IS NOT DISTINCT FROM t.domain_id AND f.component IS NOT DISTINCT FROM t.component
        AND (t.agency_id IS NULL OR f.agency_id = t.agency_id)
        AND f.from_position < t.from_position AND (f.to_position IS NULL OR f.to_position > t.from_position)
    JOIN indicators_indicatordefinition d ON d.indicator_id = t.indicator_id
        AND d.from_position <= t.from_position AND (d.to_position IS NULL OR d.to_position > t.from_position)
    WHERE t.id = ANY (%(targets)s)
        -- said again for the index: most figures came after the last of these targets, and are not read
        AND f.indicator_id = ANY (%(indicators)s) AND f.from_position < %(latest)s
), counted AS (
    SELECT *, CASE WHEN bool_or(own) OVER theirs THEN own
                   WHEN takes_latest THEN period = max(period) OVER theirs ELSE true END AS counts
    FROM known WINDOW theirs AS (PARTITION BY id, year, agency_id)
)
SELECT id, year, min(from_position),
    CASE
        WHEN min(aggregation) IN {RATIO} THEN
            round(100 * sum(numerator) FILTER (WHERE counts) / nullif(sum(denominator) FILTER (WHERE counts), 0), 6)
        WHEN min(aggregation) IN {LOWEST} THEN min(amount) FILTER (WHERE counts)
        WHEN min(aggregation) IN {HIGHEST} THEN max(amount) FILTER (WHERE counts)
        ELSE sum(amount) FILTER (WHERE counts)
    END
FROM counted GROUP BY id, year
"""  # noqa: S608


def marks_of(*, actor: Actor, targets: Iterable[Target]) -> dict[int, Mark]:
    """By the key of each target the actor may see. One query, whatever their number."""
    rows = {target.pk: target for target in targets}
    if not rows:
        return {}
    known: dict[int, list[Result]] = defaultdict(list)
    asked = {
        "targets": list(rows), "indicators": sorted({target.indicator_id for target in rows.values()}),
        "latest": max(target.from_position for target in rows.values()),
    }  # fmt: skip
    for pk, year, recorded, value in access.count(actor, KNOWN, asked):
        known[pk].append(Result(recorded, int(year[2:]), value))
    return {pk: _mark(target, known[pk]) for pk, target in rows.items()}


def _mark(target: Target, results: list[Result]) -> Mark:
    value = None if target.trajectory.get("shape") == "band" else target.value
    if target.kind == "cumulative":
        results = _totals(results, target.window_from or 0)
    return mark_of(recorded=target.from_position, year=target.year, value=value, results=results)


def _totals(results: list[Result], begins: int) -> list[Result]:
    """Yearly flows as the totals they came to."""
    total, found = Decimal(0), []
    for result in sorted(results, key=lambda result: result.year):
        total += result.value or Decimal(0) if result.year >= begins else Decimal(0)
        found.append(Result(result.recorded, result.year, total if result.year >= begins else None))
    return found
