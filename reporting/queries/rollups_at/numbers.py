"""What cells come to."""

from typing import Literal

from reporting.queries.rollups_at.cells import CELL, CELL_HOME, HOME_OF, HOMES, YEAR, at
from reporting.queries.rollups_at.kinds import (
    ADDITIVE,
    CARRIES,
    LESS_ELSEWHERE,
    MEAN,
    PARTS,
    TAKES_LATEST,
    added_up,
    by_grain,
    comes_to,
    is_expected,
)

# What a rollup says of a cell, in the order of `rollups_of`.
NUMBERS = (
    "value", "numerator", "denominator", "expected", "expected_weight", "answered", "with_value", "nothing",
    "not_measurable", "carried", "complete", "complete_weight", "final_weight", "lower_bound", "pending_value",
    "pending", "final",
)  # fmt: skip
# What the shares of a cell add up to, of which its numbers follow; null where nobody has said any.
AMOUNTS = (
    "amount", "amount_pending", "weighed", "weighed_pending", "numerator", "numerator_pending", "denominator",
    "denominator_pending",
)  # fmt: skip
COUNTS = (
    "expected", "expected_weight", "answered", "present", "with_value", "nothing", "not_measurable", "carried",
    "complete", "complete_weight", "final_weight", "standing", "pending", "finals",
)  # fmt: skip
SUMS = (*AMOUNTS, *COUNTS)
# Said before a statement made of `rollups_of`, in its transaction: of hundreds of members the planner, which cannot
# know, expects a few, and would loop over all of them for each.
AS_SETS = "SET LOCAL enable_nestloop = off"
# Of the cell `c` of a stock, the reporting periods from which an agency that has not answered carries its value over,
# with the fiscal years they lie in. `own`: only the year's own answer, which then goes before the other.
BEFORE = """
    (
        SELECT CASE
            WHEN c.period = c.year THEN 'FY' || (right(c.year, 4)::int - 1)
            WHEN c.period LIKE '%%Q1' THEN 'FY' || (right(c.year, 4)::int - 1) || 'Q4'
            WHEN c.period LIKE '%%H1' THEN 'FY' || (right(c.year, 4)::int - 1) || 'H2'
            WHEN c.period LIKE 'FY%%' THEN left(c.period, -1) || (right(c.period, 1)::int - 1)
            ELSE to_char((c.period || '-01')::date - interval '1 month', 'YYYY-MM') END AS period,
            CASE WHEN c.period = c.year OR first THEN 'FY' || (right(c.year, 4)::int - 1) ELSE c.year END AS year,
            false AS own
        FROM (SELECT c.period ~ '(Q1|H1|-04)$') AS of_the_year (first)
        UNION ALL
        SELECT y.year, y.year, true FROM (SELECT 'FY' || (right(c.year, 4)::int - 1)) AS y (year)
        WHERE c.period ~ '(Q1|H1|-04)$'
    ) b
"""
WHOLE = "c.period LIKE 'FY____'"  # a fiscal year
# The figures at %(position)s that the cells are made of. Few cells: what a year of an indicator holds is looked up.
LOOKED_UP = f"""
    (SELECT DISTINCT indicator_id, year FROM wanted) w CROSS JOIN LATERAL (
        SELECT * FROM reporting_figure f
        WHERE f.indicator_id = w.indicator_id AND f.year_period = w.year AND {at("f")} OFFSET 0
    ) f
"""  # noqa: S608
# The same as if what waits of the reports %(assumed)s had been approved, in place of what is in force of them.
ASSUMED = f"""
    (SELECT DISTINCT indicator_id, year FROM wanted) w CROSS JOIN LATERAL (
        SELECT f.indicator_id, f.agency_id, f.period, f.year_period, f.domain_id, f.component, f.answer, f.value,
            f.numerator, f.denominator, f.counted_elsewhere, f.approved OR f.report_id = ANY (%(assumed)s) AS approved
        FROM reporting_figure f
        WHERE f.indicator_id = w.indicator_id AND f.year_period = w.year AND {at("f")}
            AND NOT (f.approved AND f.report_id = ANY (%(assumed)s)) OFFSET 0
    ) f
"""  # noqa: S608
# Cells of agencies: of each year those of the agency itself are looked up.
OWN = f"""
    (
        SELECT DISTINCT c.indicator_id, c.agency_id, w.year FROM cell c
        JOIN wanted w ON w.indicator_id = c.indicator_id
            AND w.year IN (c.year, 'FY' || (right(c.year, 4)::int - 1))
    ) w CROSS JOIN LATERAL (
        SELECT * FROM reporting_figure f
        WHERE f.indicator_id = w.indicator_id AND f.agency_id = w.agency_id AND f.year_period = w.year AND {at("f")}
        OFFSET 0
    ) f
"""  # noqa: S608
# Who is asked for what: looked up by an index, for a page's cells are of a few indicators.
ENTRIES = f"""
    (
        SELECT * FROM indicators_assignedindicator e
        WHERE e.indicator_id = ANY (ARRAY(SELECT indicator_id FROM definition)) AND {at("e")}
    )
"""  # noqa: S608
OWN_ENTRIES = f"""
    (
        SELECT e.* FROM (SELECT DISTINCT indicator_id, agency_id FROM cell) c CROSS JOIN LATERAL (
            SELECT * FROM indicators_assignedindicator e
            WHERE e.indicator_id = c.indicator_id AND e.agency_id = c.agency_id AND {at("e")} OFFSET 0
        ) e
    )
"""  # noqa: S608
# Most of the cells there are: the table is read once, from end to end.
READ_THROUGH = f"""
    (
        SELECT * FROM reporting_figure f
        WHERE {at("f")} AND f.indicator_id || '|' || f.year_period IN (SELECT indicator_id || '|' || year FROM wanted)
    ) f
"""  # noqa: S608


Read = Literal["looked up", "own", "through", "assumed"]
READ: dict[Read, str] = {"looked up": LOOKED_UP, "own": OWN, "through": READ_THROUGH, "assumed": ASSUMED}


def rollups_of(cells: str, *, most: bool = False, assumed: bool = False, homes: str = HOMES) -> str:
    """A SELECT of CELL and NUMBERS at %(position)s, one row for each cell that the SELECT `cells` gives; `most` when
    these are a good part of all cells; `assumed`: as if the reports %(assumed)s were approved. `homes`: where else than
    usual an agency's figures count."""
    return concluded(sums_of(cells, read="assumed" if assumed else "through" if most else "looked up", homes=homes))


def concluded(sums: str) -> str:
    """A SELECT of CELL and NUMBERS from one of CELL, the kind of aggregation, and SUMS."""
    return f"""
    SELECT {", ".join(f"c.{name}" for name in CELL)},
        {comes_to("")} AS value, numerator, denominator, expected::integer AS expected, expected_weight,
        answered::integer AS answered, with_value::integer AS with_value, nothing::integer AS nothing,
        not_measurable::integer AS not_measurable, carried::integer AS carried, complete::integer AS complete,
        complete_weight, CASE WHEN {WHOLE} THEN final_weight ELSE 0 END AS final_weight,
        -- a sum that misses something of somebody can only be exceeded
        coalesce(aggregation IN {ADDITIVE} AND amount IS NOT NULL AND standing < expected, false) AS lower_bound,
        {comes_to("_pending")} AS pending_value, pending::integer AS pending,
        -- final: a fiscal year, answered by its own figures, of all that are expected
        {WHOLE} AND answered > 0 AND finals = answered AND present >= expected AS final
    FROM ({sums}) c
    """  # noqa: S608


def sums_of(cells: str, *, read: Read, homes: str = HOMES) -> str:
    """A SELECT of CELL, the kind of aggregation, and SUMS at %(position)s, one row for each of the cells; what is not
    there adds up to nothing. `read`: how the figures are found.

    From figures to shares, one for each agency, over time; of a stock, who has not answered carries its share of the
    period before over. From shares to cells, over agencies. Which kind does what is the table of
    indicators.aggregation.kinds, where the rules stand in words.
    """
    # Joined by one column at a time (`what` is counted, at which `home`): of several the planner thinks that nothing
    # matches, and loops over millions.
    return f"""
    WITH cell AS MATERIALIZED (
        SELECT c.*, {CELL_HOME} AS home, coalesce(c.domain_id, '') AS d, coalesce(c.component, '') AS k,
            concat_ws('|', c.indicator_id, c.period, coalesce(c.domain_id, ''), coalesce(c.component, '')) AS what,
            {YEAR} AS year
        FROM ({cells}) c
    ), member AS MATERIALIZED (
        SELECT {HOME_OF} AS home, h.member FROM ({homes}) h
        WHERE {at("h")} AND {HOME_OF} IN (SELECT home FROM cell)
    ), definition AS MATERIALIZED (
        SELECT i.indicator_id, i.aggregation, i.weights FROM indicators_indicatordefinition i
        WHERE {at("i")} AND i.indicator_id IN (SELECT indicator_id FROM cell)
    ), entry AS MATERIALIZED (
        SELECT e.indicator_id, e.agency_id AS member, e.indicator_id || '|' || e.agency_id AS of, e.frequency,
            -- equal where the plan is silent
            coalesce((d.weights ->> e.agency_id)::numeric, 1) AS weight
        FROM {OWN_ENTRIES if read == "own" else ENTRIES} e JOIN definition d ON d.indicator_id = e.indicator_id
    ), expected AS (
        SELECT e.indicator_id || '|' || m.home AS at, e.frequency, count(*) AS members, sum(e.weight) AS weight
        FROM entry e JOIN member m USING (member) GROUP BY e.indicator_id, m.home, e.frequency
    ), follow AS MATERIALIZED (
        SELECT c.what, c.indicator_id, c.period, b.period AS before, b.year, b.own,
            concat_ws('|', c.indicator_id, b.period, c.d, c.k) AS what_before
        FROM (SELECT DISTINCT what, indicator_id, period, year, d, k FROM cell) c CROSS JOIN LATERAL {BEFORE}
        WHERE c.indicator_id IN (SELECT indicator_id FROM definition WHERE aggregation IN {CARRIES})
    ), wanted AS MATERIALIZED (
        SELECT indicator_id, period, year FROM cell UNION SELECT indicator_id, before, year FROM follow
    ), answer AS MATERIALIZED (
        SELECT f.indicator_id, p.period, f.agency_id AS member, coalesce(f.domain_id, '') AS d,
            coalesce(f.component, '') AS k, f.period AS of_period, f.period = p.period AS own, f.approved, f.answer,
            f.answer <> 'not_measurable' AS said, f.numerator, f.denominator, i.aggregation,
            i.aggregation IN {TAKES_LATEST} AS takes_latest,
            CASE WHEN i.aggregation IN {LESS_ELSEWHERE} THEN f.value - f.counted_elsewhere ELSE f.value END AS amount
        FROM {READ[read]}
        JOIN definition i ON i.indicator_id = f.indicator_id
        -- a figure counts in its period, and a part of a year in the year too
        CROSS JOIN LATERAL (VALUES (f.period), (nullif(f.year_period, f.period))) AS p (period)
        -- of all agencies: among the cells to compute is nearly always one of the nation
        WHERE f.indicator_id || '|' || p.period IN (SELECT indicator_id || '|' || period FROM wanted)
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
        SELECT indicator_id, concat_ws('|', indicator_id, period, d, k) AS what, member, period,
            min(aggregation) AS aggregation, bool_or(approved) AS answered,
            coalesce(bool_or(own) FILTER (WHERE approved), false) AS final,
            bool_or(own AND approved AND said) AS final_said, bool_or(own) AS own,
            count(*) FILTER (WHERE approved AND NOT own AND said) AS parts,
            bool_or(approved AND answer = 'value') AS with_value, bool_or(approved AND answer = 'nothing') AS nothing,
            bool_or(NOT approved) AS waits,
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
        SELECT s.what, s.member, s.aggregation, s.answered, s.final, s.own, coalesce(e.weight, 1) AS weight,
            {is_expected("e.frequency", "s.period")} AS expected,
            -- the year is whole with its final figure, or with all its quarters or halves
            CASE WHEN s.final THEN s.final_said
                 ELSE s.parts >= CASE e.frequency {PARTS} ELSE 1 END END AS complete,
            CASE WHEN NOT answered THEN NULL WHEN one THEN first[2] WHEN with_value THEN 'value'
                 WHEN nothing THEN 'nothing' ELSE 'not_measurable' END AS answer,
            false AS carried,
            CASE WHEN one_pending THEN first_pending[6] = 'false' ELSE waits END AS waits,
            CASE WHEN one THEN first[3]::numeric ELSE amount END AS amount,
            CASE WHEN one_pending THEN first_pending[3]::numeric ELSE amount_pending END AS amount_pending,
            CASE WHEN one THEN first[4]::numeric ELSE numerator END AS numerator,
            CASE WHEN one_pending THEN first_pending[4]::numeric ELSE numerator_pending END AS numerator_pending,
            CASE WHEN one THEN first[5]::numeric ELSE denominator END AS denominator,
            CASE WHEN one_pending THEN first_pending[5]::numeric ELSE denominator_pending END AS denominator_pending
        FROM shared s LEFT JOIN entry e ON e.of = s.indicator_id || '|' || s.member
    ), carried AS (
        -- The share of the period before, of those who are expected and have not answered; of a quarter that begins a
        -- year the year's own answer goes before the last quarter's, whatever it says.
        SELECT f.what, b.member, min(b.aggregation) AS aggregation, min(e.weight) AS weight,
            max(ARRAY[f.own::int::text, b.amount::text])
                FILTER (WHERE b.answered AND now.answered IS NOT TRUE AND (b.final OR NOT f.own)) AS first,
            max(ARRAY[f.own::int::text, b.amount_pending::text, b.waits::text])
                FILTER (WHERE now.what IS NULL AND (b.own OR NOT f.own)) AS first_pending
        FROM follow f JOIN share b ON b.what = f.what_before
        JOIN entry e ON e.of = f.indicator_id || '|' || b.member
        LEFT JOIN share now ON now.what || '|' || now.member = f.what || '|' || b.member
        WHERE now.answered IS NOT TRUE AND {is_expected("e.frequency", "f.period")}
        GROUP BY f.what, b.member
    ), contribution AS (
        SELECT what, member, aggregation, answered, final, weight, expected, complete, answer, carried, waits,
            amount, amount_pending, numerator, numerator_pending, denominator, denominator_pending,
            CASE WHEN aggregation IN {CARRIES} THEN answer IN ('value', 'nothing') ELSE complete END AS stands
        FROM share
        UNION ALL
        SELECT what, member, aggregation, false, false, weight, true, false, NULL, first[2] IS NOT NULL,
            coalesce(first_pending[3] = 'true', false), first[2]::numeric, first_pending[2]::numeric,
            NULL, NULL, NULL, NULL, first[2] IS NOT NULL
        FROM carried
    ), total AS (
        SELECT s.what || '|' || m.home AS at,
            {added_up(f"CASE WHEN aggregation IN {MEAN} THEN weight * amount ELSE amount END")} AS amount,
            {
        added_up(f"CASE WHEN aggregation IN {MEAN} THEN weight * amount_pending ELSE amount_pending END")
    } AS amount_pending,
            sum(weight) FILTER (WHERE aggregation IN {MEAN} AND amount IS NOT NULL) AS weighed,
            sum(weight) FILTER (WHERE aggregation IN {MEAN} AND amount_pending IS NOT NULL) AS weighed_pending,
            sum(numerator) AS numerator, sum(numerator_pending) AS numerator_pending,
            sum(denominator) AS denominator, sum(denominator_pending) AS denominator_pending,
            count(*) FILTER (WHERE answered) AS answered, count(*) FILTER (WHERE answered AND expected) AS present,
            count(*) FILTER (WHERE answer = 'value') AS with_value,
            count(*) FILTER (WHERE answer = 'nothing') AS nothing,
            count(*) FILTER (WHERE answer = 'not_measurable') AS not_measurable,
            count(*) FILTER (WHERE carried) AS carried,
            count(*) FILTER (WHERE complete AND expected) AS complete,
            coalesce(sum(weight) FILTER (WHERE complete AND expected), 0) AS complete_weight,
            coalesce(sum(weight) FILTER (WHERE final AND expected), 0) AS final_weight,
            count(*) FILTER (WHERE stands AND expected) AS standing, count(*) FILTER (WHERE waits) AS pending,
            count(*) FILTER (WHERE answered AND final) AS finals
        FROM contribution s JOIN member m USING (member) GROUP BY s.what, m.home, aggregation
    ), cell_expects AS (
        -- in a quarter those who report by the quarter are expected, in a fiscal year everybody
        SELECT c.*, c.what || '|' || c.home AS at, e.expected, e.weight
        FROM cell c LEFT JOIN (
            SELECT at, frequency, members AS expected, weight FROM expected
            UNION ALL
            SELECT at, 'any', sum(members), sum(weight) FROM expected GROUP BY at
        ) e ON e.at || '|' || e.frequency = c.indicator_id || '|' || c.home || '|' || {
        by_grain("c.period", "'any'", lambda named: f"'{named}'")
    }
    )
    SELECT {", ".join(f"c.{name}" for name in CELL)}, i.aggregation, {", ".join(f"t.{name}" for name in AMOUNTS)},
        coalesce(c.expected, 0) AS expected, coalesce(c.weight, 0) AS expected_weight,
        {", ".join(f"coalesce(t.{name}, 0) AS {name}" for name in COUNTS[2:])}
    FROM cell_expects c LEFT JOIN total t USING (at) LEFT JOIN definition i ON i.indicator_id = c.indicator_id
    """  # noqa: S608
