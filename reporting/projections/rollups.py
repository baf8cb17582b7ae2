"""集計: which cells an event touches, and what a cell comes to.

One reader moves the checkpoint and marks the touched cells in one transaction; any number of workers claim cells and
compute each from its figures, many in one statement. Nothing is ever added to a number that stands.
"""

from collections.abc import Sequence

from django.db import connection

from reporting.domain.events import EVENTS
from reporting.event_store import backlog, follow_page, head
from reporting.models import CurrentEvent, TouchedCell

NAME = "rollups"

# The cells of the figures that a page of events opened or closed, or gave another meaning: their period and its fiscal
# year, for the agency, the ministries that supervise it (a ministry counts among its own) and the nation.
TOUCH = """
WITH touched AS (
    SELECT DISTINCT indicator_id, agency_id, period, year_period, domain_id, component
    FROM reporting_figure
    WHERE from_position BETWEEN %(first)s AND %(last)s OR to_position BETWEEN %(first)s AND %(last)s
    UNION
    -- another definition may add the same figures up in another way
    SELECT f.indicator_id, f.agency_id, f.period, f.year_period, f.domain_id, f.component
    FROM indicators_indicatordefinition d JOIN reporting_figure f ON f.indicator_id = d.indicator_id
    WHERE d.from_position BETWEEN %(first)s AND %(last)s AND f.from_position <= %(last)s
    UNION
    -- who is expected, and in which ministry they count, changes the cells that exist
    SELECT r.indicator_id, e.agency_id, r.period, r.period, r.domain_id, r.component
    FROM indicators_assignedindicator e
    JOIN agencies_agencyprofile a ON a.agency_id = e.agency_id AND a.to_position IS NULL
    JOIN reporting_rollup r ON r.indicator_id = e.indicator_id
    WHERE e.from_position BETWEEN %(first)s AND %(last)s OR e.to_position BETWEEN %(first)s AND %(last)s
        OR a.from_position BETWEEN %(first)s AND %(last)s
)
INSERT INTO reporting_touchedcell (indicator_id, period, scope, agency_id, domain_id, component, position)
SELECT DISTINCT t.indicator_id, p.period, s.scope, s.agency, t.domain_id, t.component, %(last)s
FROM touched t
CROSS JOIN LATERAL (VALUES (t.period), (t.year_period)) AS p (period)
CROSS JOIN LATERAL (
    SELECT 'nation' AS scope, NULL AS agency
    UNION ALL SELECT 'agency', t.agency_id
    -- a ministry that supervised until now loses what the next one gets
    UNION ALL SELECT 'ministry', m FROM agencies_agencyprofile a, unnest(a.supervisors) AS m
        WHERE a.agency_id = t.agency_id
            AND (a.to_position IS NULL OR a.to_position BETWEEN %(first)s AND %(last)s)
    UNION ALL SELECT 'ministry', a.agency_id FROM agencies_agencyprofile a
        WHERE a.agency_id = t.agency_id AND a.to_position IS NULL AND a.kind = 'ministry'
) s
ORDER BY 1, 2, 3, 4, 5, 6
ON CONFLICT (indicator_id, period, scope, agency_id, domain_id, component) DO NOTHING
"""

CLAIM = """
DELETE FROM reporting_touchedcell WHERE id IN (
    SELECT id FROM reporting_touchedcell ORDER BY position, id FOR UPDATE SKIP LOCKED LIMIT %(size)s
)
RETURNING indicator_id, period, scope, agency_id, domain_id, component
"""

# A cell from its figures. Per agency first, over time: in a fiscal year an approved yearly figure supersedes its
# sub-periods (flows and ratio parts add, stocks and stages take the latest). Then over agencies, by the kind.
COMPUTE = """
WITH cell AS (
    SELECT * FROM unnest(%(indicator)s::text[], %(period)s::text[], %(scope)s::text[], %(agency)s::text[],
                         %(domain)s::text[], %(component)s::text[])
        AS c (indicator_id, period, scope, agency_id, domain_id, component)
), member AS (
    -- the agencies of a cell: all, one, or the ministry and those it supervises
    SELECT c.*, a.agency_id AS member_id
    FROM cell c JOIN agencies_agencyprofile a ON a.to_position IS NULL AND (
        c.scope = 'nation' OR a.agency_id = c.agency_id
        OR (c.scope = 'ministry' AND c.agency_id = ANY (a.supervisors)))
), expected AS (
    SELECT m.indicator_id, m.period, m.scope, m.agency_id, m.domain_id, m.component, count(*) AS n
    FROM member m JOIN indicators_assignedindicator e
        ON e.indicator_id = m.indicator_id AND e.agency_id = m.member_id AND e.to_position IS NULL
    -- a quarter is expected of those who report by the quarter, a fiscal year of everybody
    WHERE CASE WHEN m.period ~ 'Q' THEN e.frequency = 'quarterly'
               WHEN m.period ~ 'H' THEN e.frequency = 'half_yearly'
               WHEN m.period ~ '-' THEN e.frequency = 'monthly' ELSE true END
    GROUP BY 1, 2, 3, 4, 5, 6
), answer AS (
    SELECT m.*, f.answer, f.value, f.numerator, f.denominator, f.counted_elsewhere, f.approved, f.period AS of_period,
           d.aggregation,
           -- the final figure of the year wins over its sub-periods
           bool_or(f.period = m.period) FILTER (WHERE f.approved) OVER one AS has_final,
           bool_or(f.period = m.period) OVER one AS has_final_pending,
           -- "not measurable yet" takes no older answer away
           coalesce(max(f.period) FILTER (WHERE f.approved AND f.answer <> 'not_measurable') OVER one,
                    max(f.period) FILTER (WHERE f.approved) OVER one) AS latest,
           coalesce(max(f.period) FILTER (WHERE f.answer <> 'not_measurable') OVER one,
                    max(f.period) OVER one) AS latest_pending,
           -- the year is whole with its final figure, or with all its quarters or halves
           f.answer <> 'not_measurable' AND (f.period = m.period
               OR count(*) FILTER (WHERE f.approved AND f.period <> m.period AND f.answer <> 'not_measurable') OVER one
                  >= CASE e.frequency WHEN 'quarterly' THEN 4 WHEN 'half_yearly' THEN 2
                                      WHEN 'monthly' THEN 12 ELSE 1 END) AS complete
    FROM member m
    JOIN indicators_indicatordefinition d ON d.indicator_id = m.indicator_id AND d.to_position IS NULL
    LEFT JOIN indicators_assignedindicator e ON e.indicator_id = m.indicator_id AND e.agency_id = m.member_id
        AND e.to_position IS NULL
    JOIN reporting_figure f ON f.indicator_id = m.indicator_id AND f.agency_id = m.member_id
        AND (f.period = m.period OR f.year_period = m.period) AND f.to_position IS NULL
        AND f.domain_id IS NOT DISTINCT FROM m.domain_id AND f.component IS NOT DISTINCT FROM m.component
    WINDOW one AS (PARTITION BY m.indicator_id, m.period, m.scope, m.agency_id, m.domain_id, m.component, m.member_id)
), chosen AS (
    SELECT a.*, basis.pending
    FROM answer a CROSS JOIN (VALUES (false), (true)) AS basis (pending)
    WHERE (a.approved OR basis.pending)
      AND CASE WHEN basis.pending THEN coalesce(a.has_final_pending, false) ELSE coalesce(a.has_final, false) END
          = (a.of_period = a.period)
      AND (a.of_period = a.period OR a.aggregation NOT IN
              ('stock_latest_sum', 'stock_latest_sum_dedup', 'external_rank', 'binary_all', 'stages_0_4')
           OR a.of_period = CASE WHEN basis.pending THEN a.latest_pending ELSE a.latest END)
      -- a pending figure stands in for the approved one of the same period
      AND (NOT basis.pending OR NOT a.approved OR NOT EXISTS (
            SELECT 1 FROM answer b WHERE NOT b.approved AND b.of_period = a.of_period AND b.member_id = a.member_id
              AND (b.indicator_id, b.period, b.scope) = (a.indicator_id, a.period, a.scope)
              AND b.agency_id IS NOT DISTINCT FROM a.agency_id AND b.domain_id IS NOT DISTINCT FROM a.domain_id
              AND b.component IS NOT DISTINCT FROM a.component))
), per_cell AS (
    SELECT indicator_id, period, scope, agency_id, domain_id, component, pending,
        CASE
            WHEN aggregation = 'ratio_of_sums'
                THEN round(100 * sum(numerator) / nullif(sum(denominator), 0), 6)
            WHEN aggregation IN ('stages_0_4', 'binary_all') THEN min(value)
            WHEN aggregation = 'external_rank' THEN max(value)
            WHEN aggregation LIKE '%%_dedup' THEN sum(value - counted_elsewhere)
            ELSE sum(value)
        END AS value,
        sum(numerator) AS numerator, sum(denominator) AS denominator,
        count(DISTINCT member_id) AS answered,
        count(DISTINCT member_id) FILTER (WHERE answer = 'value') AS with_value,
        count(DISTINCT member_id) FILTER (WHERE complete) AS complete,
        count(DISTINCT member_id) FILTER (WHERE NOT approved) AS waiting,
        bool_and(of_period = period AND period LIKE 'FY____') AS final
    FROM chosen GROUP BY 1, 2, 3, 4, 5, 6, 7, aggregation
)
INSERT INTO reporting_rollup AS r (indicator_id, period, scope, agency_id, domain_id, component, value, numerator,
    denominator, expected, answered, with_value, complete, pending_value, pending, final, position)
SELECT c.indicator_id, c.period, c.scope, c.agency_id, c.domain_id, c.component,
    a.value, a.numerator, a.denominator, coalesce(e.n, 0), coalesce(a.answered, 0), coalesce(a.with_value, 0),
    coalesce(a.complete, 0),
    p.value, coalesce(p.waiting, 0), coalesce(a.final, false) AND coalesce(a.answered, 0) >= coalesce(e.n, 0),
    (SELECT position FROM reporting_follower WHERE name = 'rollups')
FROM cell c
LEFT JOIN expected e ON (e.indicator_id, e.period, e.scope) = (c.indicator_id, c.period, c.scope)
    AND e.agency_id IS NOT DISTINCT FROM c.agency_id AND e.domain_id IS NOT DISTINCT FROM c.domain_id
    AND e.component IS NOT DISTINCT FROM c.component
LEFT JOIN per_cell a ON NOT a.pending AND (a.indicator_id, a.period, a.scope) = (c.indicator_id, c.period, c.scope)
    AND a.agency_id IS NOT DISTINCT FROM c.agency_id AND a.domain_id IS NOT DISTINCT FROM c.domain_id
    AND a.component IS NOT DISTINCT FROM c.component
LEFT JOIN per_cell p ON p.pending AND (p.indicator_id, p.period, p.scope) = (c.indicator_id, c.period, c.scope)
    AND p.agency_id IS NOT DISTINCT FROM c.agency_id AND p.domain_id IS NOT DISTINCT FROM c.domain_id
    AND p.component IS NOT DISTINCT FROM c.component
ON CONFLICT (indicator_id, period, scope, agency_id, domain_id, component) DO UPDATE SET
    value = excluded.value, numerator = excluded.numerator, denominator = excluded.denominator,
    expected = excluded.expected, answered = excluded.answered, with_value = excluded.with_value,
    complete = excluded.complete,
    pending_value = excluded.pending_value, pending = excluded.pending, final = excluded.final,
    position = excluded.position
"""


def read_page() -> int:
    """Mark the cells that the next page of events touches. Returns the number of events read. In a transaction."""
    return follow_page(NAME, _touch, known=EVENTS)


def _touch(page: Sequence[CurrentEvent]) -> None:
    touch(page[0].position, page[-1].position)


def touch(first: int, last: int) -> None:
    """Mark the cells that the events from position `first` to `last` touch."""
    with connection.cursor() as cursor:
        cursor.execute(TOUCH, {"first": first, "last": last})


def compute_cells(size: int = 500) -> int:
    """Claim up to `size` touched cells and compute them in one statement. Returns their number. In a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"size": size})
        cells = cursor.fetchall()
        if cells:
            names = ("indicator", "period", "scope", "agency", "domain", "component")
            columns = [list(column) for column in zip(*cells, strict=True)]
            cursor.execute(COMPUTE, dict(zip(names, columns, strict=True)))
    return len(cells)


def caught_up() -> int | None:
    """The position the rollups stand for, when it is the head of the log and no cell is open; else None."""
    if backlog(NAME) or TouchedCell.objects.exists():
        return None
    return head().position
