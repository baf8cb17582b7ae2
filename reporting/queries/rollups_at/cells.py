"""Which cells there are at a position of the log, where an agency's figures count, and what a cell hands on."""

from collections.abc import Sequence
from typing import Any

from reporting.queries.rollups_at.kinds import CARRIES

# What a cell is.
CELL = ("indicator_id", "period", "scope", "agency_id", "domain_id", "component", "kind")


def at(row: str) -> str:
    """The rows of a temporal table that were true at %(position)s."""
    return f"({row}.from_position <= %(position)s AND ({row}.to_position IS NULL OR {row}.to_position > %(position)s))"


# The fiscal year that a cell's period lies in. January to March belong to the year before.
YEAR = """
    CASE WHEN c.period LIKE 'FY%%' THEN left(c.period, 6)
         ELSE 'FY' || (left(c.period, 4)::int - (right(c.period, 2) < '04')::int) END
"""

# Where an agency's figures count: for itself, for the ministries that supervise it, for its kind, for the nation. A
# ministry counts among its own.
HOMES = """
    SELECT 'nation' AS scope, NULL AS agency_id, NULL AS kind, p.agency_id AS member, p.from_position, p.to_position
    FROM agencies_agencyprofile p
    UNION ALL
    SELECT 'kind', NULL, p.kind, p.agency_id, p.from_position, p.to_position FROM agencies_agencyprofile p
    UNION ALL
    SELECT 'agency', p.agency_id, NULL, p.agency_id, p.from_position, p.to_position FROM agencies_agencyprofile p
    UNION ALL
    SELECT 'ministry', p.agency_id, NULL, p.agency_id, p.from_position, p.to_position FROM agencies_agencyprofile p
    WHERE p.kind = 'ministry'
    UNION ALL
    SELECT 'ministry', m, NULL, p.agency_id, p.from_position, p.to_position
    FROM agencies_agencyprofile p, unnest(p.supervisors) AS m WHERE NOT (p.kind = 'ministry' AND m = p.agency_id)
"""
HOME = "concat_ws('|', {row}.scope, {row}.agency_id, {row}.kind)"
CELL_HOME, HOME_OF = HOME.format(row="c"), HOME.format(row="h")


def cells_of(figures: str) -> str:
    """The cells that the figures of the SELECT `figures` are the reason for, at %(position)s.

    A cell exists from its first figure on and never ceases to: the figure's period and its fiscal year, wherever its
    agency counted since.
    """
    return f"""
    SELECT DISTINCT f.indicator_id, CASE WHEN whole THEN f.year_period ELSE f.period END AS period,
        h.scope, h.agency_id, f.domain_id, f.component, h.kind
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
                         %(domain)s::text[], %(component)s::text[], %(kind)s::text[])
        AS c (indicator_id, period, scope, agency_id, domain_id, component, kind)
"""


def given(columns: Sequence[Sequence[str | None]], position: int) -> dict[str, Any]:
    """The parameters of a statement over GIVEN cells, handed in by columns in the order of CELL."""
    names = ("indicator", "period", "scope", "agency", "domain", "component", "kind")
    return {**{name: list(column) for name, column in zip(names, columns, strict=True)}, "position": position}


# Of the cell `c` of a stock, the cells into which its values may be carried.
AFTER = """
    (
        SELECT CASE
            WHEN c.period LIKE '%%Q4' THEN 'FY' || (substr(c.period, 3, 4)::int + 1) || 'Q1'
            WHEN c.period LIKE '%%H2' THEN 'FY' || (substr(c.period, 3, 4)::int + 1) || 'H1'
            WHEN c.period LIKE 'FY____Q_' OR c.period LIKE 'FY____H_'
                THEN left(c.period, -1) || (right(c.period, 1)::int + 1)
            WHEN c.period LIKE 'FY%%' THEN 'FY' || (right(c.period, 4)::int + 1)
            ELSE to_char((c.period || '-01')::date + interval '1 month', 'YYYY-MM') END AS period
        UNION ALL
        SELECT CASE WHEN first = '-04' THEN '' ELSE 'FY' END || y.year || first
        FROM (SELECT CASE WHEN c.period LIKE 'FY____' THEN (substr(c.period, 3, 4)::int + 1)::text END) AS y (year)
        CROSS JOIN (VALUES ('Q1'), ('H1'), ('-04')) AS firsts (first)
    ) a
"""


def with_following(touched: str) -> str:
    """The cells of the SELECT `touched`, and with those of stocks the cells of the next reporting period into which
    what they hold may be carried, where such are: what has been computed once, or waits to be."""
    cell = ", ".join(f"n.{name}" for name in CELL)
    # Looked up one by one: a page is short, and what is known is long.
    follows = f"""
        SELECT {cell} FROM stock c CROSS JOIN LATERAL {AFTER} CROSS JOIN LATERAL (
            SELECT * FROM {{known}} n
            WHERE n.indicator_id = c.indicator_id AND n.period = a.period AND n.scope = c.scope AND {{same}} OFFSET 0
        ) n WHERE n.domain_id IS NOT DISTINCT FROM c.domain_id AND n.component IS NOT DISTINCT FROM c.component
    """  # noqa: S608
    # By two ways, because no index finds a null that stands for itself.
    both = " UNION ALL ".join(
        follows.format(known=known, same=same)
        for known in ("reporting_rollup", "reporting_touchedcell")
        for same in (
            "n.agency_id = c.agency_id",
            "c.agency_id IS NULL AND n.agency_id IS NULL AND n.kind IS NOT DISTINCT FROM c.kind",
        )
    )
    return f"""
    WITH touched AS MATERIALIZED ({touched}), stock AS MATERIALIZED (
        SELECT * FROM touched WHERE indicator_id IN (
            SELECT indicator_id FROM indicators_indicatordefinition i WHERE {at("i")} AND aggregation IN {CARRIES})
    )
    SELECT * FROM touched UNION {both}
    """  # noqa: S608
