"""集計 at a position of the log: the one place where it is written down what a cell comes to.

The worker asks for the position it stands at, a reader of the past for any before, a rebuild for the head: the same
SQL. It reads tables whose rows say between which positions they were true, and nothing else.
"""

from collections.abc import Sequence
from typing import Any

# What a cell is, and what a rollup says of it, in the order of `rollups_of`.
CELL = ("indicator_id", "period", "scope", "agency_id", "domain_id", "component")
NUMBERS = (
    "value", "numerator", "denominator", "expected", "answered", "with_value", "complete", "pending_value", "pending",
    "final",
)  # fmt: skip


def at(row: str) -> str:
    """The rows of a temporal table that were true at %(position)s."""
    return f"({row}.from_position <= %(position)s AND ({row}.to_position IS NULL OR {row}.to_position > %(position)s))"


# The fiscal year that a cell's period lies in. January to March belong to the year before.
YEAR = """
    CASE WHEN c.period LIKE 'FY%%' THEN left(c.period, 6)
         ELSE 'FY' || (left(c.period, 4)::int - (right(c.period, 2) < '04')::int) END
"""

# Where an agency's figures count: for itself, for the ministries that supervise it, for the nation. A ministry counts
# among its own.
HOMES = """
    SELECT 'nation' AS scope, NULL AS agency_id, p.agency_id AS member, p.from_position, p.to_position
    FROM agencies_agencyprofile p
    UNION ALL
    SELECT 'agency', p.agency_id, p.agency_id, p.from_position, p.to_position FROM agencies_agencyprofile p
    UNION ALL
    SELECT 'ministry', p.agency_id, p.agency_id, p.from_position, p.to_position FROM agencies_agencyprofile p
    WHERE p.kind = 'ministry'
    UNION ALL
    SELECT 'ministry', m, p.agency_id, p.from_position, p.to_position
    FROM agencies_agencyprofile p, unnest(p.supervisors) AS m WHERE NOT (p.kind = 'ministry' AND m = p.agency_id)
"""


def cells_of(figures: str) -> str:
    """The cells that the figures of the SELECT `figures` are the reason for, at %(position)s.

    A cell exists from its first figure on and never ceases to: the figure's period and its fiscal year, wherever its
    agency counted since.
    """
    return f"""
    SELECT DISTINCT f.indicator_id, CASE WHEN whole THEN f.year_period ELSE f.period END AS period,
        h.scope, h.agency_id, f.domain_id, f.component
    FROM (
        SELECT f.indicator_id, f.agency_id, f.period, f.year_period, f.domain_id, f.component,
            min(f.from_position) AS since
        FROM ({figures}) f WHERE f.from_position <= %(position)s
        GROUP BY 1, 2, 3, 4, 5, 6
    ) f
    JOIN ({HOMES}) h ON h.member = f.agency_id
        AND h.from_position <= %(position)s AND (h.to_position IS NULL OR h.to_position > f.since)
    CROSS JOIN (VALUES (false), (true)) AS both_periods (whole)
    """  # noqa: S608


# The cells named by columns of the same length.
GIVEN = """
    SELECT * FROM unnest(%(indicator)s::text[], %(period)s::text[], %(scope)s::text[], %(agency)s::text[],
                         %(domain)s::text[], %(component)s::text[])
        AS c (indicator_id, period, scope, agency_id, domain_id, component)
"""


def given(columns: Sequence[Sequence[str | None]], position: int) -> dict[str, Any]:
    """The parameters of a statement over GIVEN cells, handed in by columns in the order of CELL."""
    names = ("indicator", "period", "scope", "agency", "domain", "component")
    return {**{name: list(column) for name, column in zip(names, columns, strict=True)}, "position": position}


# The figures at %(position)s that the cells are made of. Few cells: what a year of an indicator holds is looked up.
LOOKED_UP = f"""
    (SELECT DISTINCT indicator_id, year FROM cell) w CROSS JOIN LATERAL (
        SELECT * FROM reporting_figure f
        WHERE f.indicator_id = w.indicator_id AND f.year_period = w.year AND {at("f")} OFFSET 0
    ) f
"""  # noqa: S608
# Most of the cells there are: the table is read once, from end to end.
READ_THROUGH = f"""
    (
        SELECT * FROM reporting_figure f
        WHERE {at("f")} AND f.indicator_id || '|' || f.year_period IN (SELECT indicator_id || '|' || year FROM cell)
    ) f
"""  # noqa: S608


def rollups_of(cells: str, *, most: bool = False) -> str:
    """A SELECT of CELL and NUMBERS at %(position)s, one row for each cell that the SELECT `cells` gives; `most` when
    these are a good part of all cells.

    From figures to shares, one for each agency, over time: in a fiscal year the year's own figure supersedes its
    sub-periods (flows and the parts of a ratio add, stocks and stages take the latest). From shares to cells, over
    agencies, by the kind.
    """
    # Joined by one column at a time (`what` is counted, at which `home`): of several the planner thinks that nothing
    # matches, and loops over millions.
    return f"""
    WITH cell AS MATERIALIZED (
        SELECT c.*, concat_ws('|', c.scope, c.agency_id) AS home,
            concat_ws('|', c.indicator_id, c.period, coalesce(c.domain_id, ''), coalesce(c.component, '')) AS what,
            {YEAR} AS year
        FROM ({cells}) c
    ), member AS MATERIALIZED (
        SELECT concat_ws('|', h.scope, h.agency_id) AS home, h.member FROM ({HOMES}) h
        WHERE {at("h")} AND concat_ws('|', h.scope, h.agency_id) IN (SELECT home FROM cell)
    ), entry AS MATERIALIZED (
        SELECT e.indicator_id, e.agency_id AS member, e.frequency
        FROM indicators_assignedindicator e WHERE {at("e")} AND e.indicator_id IN (SELECT indicator_id FROM cell)
    ), expected AS (
        SELECT e.indicator_id || '|' || m.home AS at, count(*) AS yearly,
            count(*) FILTER (WHERE e.frequency = 'quarterly') AS quarterly,
            count(*) FILTER (WHERE e.frequency = 'half_yearly') AS half_yearly,
            count(*) FILTER (WHERE e.frequency = 'monthly') AS monthly
        FROM entry e JOIN member m USING (member) GROUP BY e.indicator_id, m.home
    ), answer AS MATERIALIZED (
        SELECT f.indicator_id, p.period, f.agency_id AS member, coalesce(f.domain_id, '') AS d,
            coalesce(f.component, '') AS k, f.period AS of_period, f.period = p.period AS own, f.approved, f.answer,
            f.answer <> 'not_measurable' AS said, f.numerator, f.denominator, i.aggregation,
            i.aggregation IN ('stock_latest_sum', 'stock_latest_sum_dedup', 'external_rank', 'binary_all', 'stages_0_4',
                              'self_rating') AS takes_latest,
            CASE WHEN i.aggregation LIKE '%%_dedup' THEN f.value - f.counted_elsewhere ELSE f.value END AS amount
        FROM {READ_THROUGH if most else LOOKED_UP}
        JOIN (SELECT indicator_id, aggregation FROM indicators_indicatordefinition i WHERE {at("i")}) i
            ON i.indicator_id = f.indicator_id
        -- a figure counts in its period, and a part of a year in the year too
        CROSS JOIN LATERAL (VALUES (f.period), (nullif(f.year_period, f.period))) AS p (period)
        WHERE f.agency_id IN (SELECT member FROM member)
            AND f.indicator_id || '|' || p.period IN (SELECT indicator_id || '|' || period FROM cell)
    ), weighed AS (
        SELECT a.*,
            -- what waits for approval stands in for the approved figure of the same period
            NOT approved OR bool_and(approved) OVER (PARTITION BY indicator_id, period, d, k, member, of_period)
                AS stands,
            -- The first of these alone counts, where one does: the year's own figure, else the latest; "not measurable
            -- yet" takes no older answer away. As text, so that it can be told by max().
            CASE WHEN own OR takes_latest THEN ARRAY[
                CASE WHEN own THEN '2' WHEN said THEN '1' ELSE '0' END || of_period, answer, amount::text,
                numerator::text, denominator::text, approved::text
            ] END AS first
        FROM answer a
    ), shared AS (
        SELECT indicator_id, concat_ws('|', indicator_id, period, d, k) AS what, member,
            min(aggregation) AS aggregation, bool_or(approved) AS answered,
            coalesce(bool_or(own) FILTER (WHERE approved), false) AS final,
            bool_or(own AND approved AND said) AS final_said,
            count(*) FILTER (WHERE approved AND NOT own AND said) AS parts,
            bool_or(approved AND answer = 'value') AS with_value, bool_or(NOT approved) AS waits,
            max(first) FILTER (WHERE approved) AS first, max(first) FILTER (WHERE stands) AS first_pending,
            bool_and(takes_latest) OR coalesce(bool_or(own) FILTER (WHERE approved), false) AS one,
            bool_and(takes_latest) OR bool_or(own) AS one_pending,
            sum(amount) FILTER (WHERE approved) AS amount, sum(amount) FILTER (WHERE stands) AS amount_pending,
            sum(numerator) FILTER (WHERE approved) AS numerator,
            sum(numerator) FILTER (WHERE stands) AS numerator_pending,
            sum(denominator) FILTER (WHERE approved) AS denominator,
            sum(denominator) FILTER (WHERE stands) AS denominator_pending
        FROM weighed GROUP BY indicator_id, period, d, k, member
    ), share AS (
        SELECT s.what, s.member, s.aggregation, s.answered, s.final,
            -- the year is whole with its final figure, or with all its quarters or halves
            CASE WHEN s.final THEN s.final_said
                 ELSE s.parts >= CASE e.frequency WHEN 'quarterly' THEN 4 WHEN 'half_yearly' THEN 2
                                                  WHEN 'monthly' THEN 12 ELSE 1 END END AS complete,
            CASE WHEN one THEN first[2] = 'value' ELSE with_value END AS with_value,
            CASE WHEN one_pending THEN first_pending[6] = 'false' ELSE waits END AS waits,
            CASE WHEN one THEN first[3]::numeric ELSE amount END AS amount,
            CASE WHEN one_pending THEN first_pending[3]::numeric ELSE amount_pending END AS amount_pending,
            CASE WHEN one THEN first[4]::numeric ELSE numerator END AS numerator,
            CASE WHEN one_pending THEN first_pending[4]::numeric ELSE numerator_pending END AS numerator_pending,
            CASE WHEN one THEN first[5]::numeric ELSE denominator END AS denominator,
            CASE WHEN one_pending THEN first_pending[5]::numeric ELSE denominator_pending END AS denominator_pending
        FROM shared s LEFT JOIN entry e ON e.indicator_id || '|' || e.member = s.indicator_id || '|' || s.member
    ), total AS (
        SELECT s.what || '|' || m.home AS at,
            CASE
                WHEN aggregation = 'ratio_of_sums' THEN round(100 * sum(numerator) / nullif(sum(denominator), 0), 6)
                WHEN aggregation IN ('stages_0_4', 'binary_all', 'self_rating') THEN min(amount)
                WHEN aggregation = 'external_rank' THEN max(amount)
                ELSE sum(amount)
            END AS value,
            CASE
                WHEN aggregation = 'ratio_of_sums'
                    THEN round(100 * sum(numerator_pending) / nullif(sum(denominator_pending), 0), 6)
                WHEN aggregation IN ('stages_0_4', 'binary_all', 'self_rating') THEN min(amount_pending)
                WHEN aggregation = 'external_rank' THEN max(amount_pending)
                ELSE sum(amount_pending)
            END AS pending_value,
            sum(numerator) AS numerator, sum(denominator) AS denominator,
            count(*) FILTER (WHERE answered) AS answered, count(*) FILTER (WHERE with_value) AS with_value,
            count(*) FILTER (WHERE complete) AS complete, count(*) FILTER (WHERE waits) AS pending,
            bool_and(final) FILTER (WHERE answered) AS final
        FROM share s JOIN member m USING (member) GROUP BY s.what, m.home, aggregation
    ), cell_expects AS (
        -- in a quarter those who report by the quarter are expected, in a fiscal year everybody
        SELECT c.*, c.what || '|' || c.home AS at, coalesce(
            CASE WHEN c.period LIKE '%%Q%%' THEN e.quarterly WHEN c.period LIKE '%%H%%' THEN e.half_yearly
                 WHEN c.period LIKE '%%-%%' THEN e.monthly ELSE e.yearly END, 0) AS expected
        FROM cell c LEFT JOIN expected e ON e.at = c.indicator_id || '|' || c.home
    )
    SELECT {", ".join(f"c.{name}" for name in CELL)},
        t.value, t.numerator, t.denominator, c.expected::integer, coalesce(t.answered, 0)::integer AS answered,
        coalesce(t.with_value, 0)::integer AS with_value, coalesce(t.complete, 0)::integer AS complete,
        t.pending_value, coalesce(t.pending, 0)::integer AS pending,
        -- final: a fiscal year, answered by its own figures, of all that are expected
        c.period = c.year AND coalesce(t.final AND t.answered >= c.expected, false) AS final
    FROM cell_expects c LEFT JOIN total t USING (at)
    """  # noqa: S608
