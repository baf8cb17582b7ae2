"""The nation's fiscal years at a position, from what is kept of a cut before it and from what has happened since.

Of each cell that something has happened in, the shares of the agencies concerned are taken out as they were at the cut
and put in as they are at the position. Sums of decimals are exact, so that nothing is lost by it; a lowest or highest
value is known while one that counts is still there. Whatever cannot be told so is counted from all its figures.
"""

from reporting.queries.rollups_at.cells import CELL, at
from reporting.queries.rollups_at.changes import CHANGED_FIGURES, CHANGES
from reporting.queries.rollups_at.kinds import CARRIES, HIGHEST, LOWEST, added_up
from reporting.queries.rollups_at.numbers import AMOUNTS, COUNTS, SUMS, sums_of

# What is kept of a cell of the nation.
KEPT = ("indicator_id", "period", "domain_id", "component")
CUT_KEY = (
    "concat_ws('|', {row}.indicator_id, {row}.period, coalesce({row}.domain_id, ''), coalesce({row}.component, ''))"
)
KEY_OF_F, KEY_OF_T, KEY_OF_X = (CUT_KEY.format(row=row) for row in "ftx")
ASKED = """
    (%(indicators)s::text[] IS NULL OR {row}.indicator_id = ANY (%(indicators)s))
    AND (%(parts)s OR {row}.domain_id IS NULL AND {row}.component IS NULL)
"""
OF_YEARS = "(%(years)s::text[] IS NULL OR {row}.period = ANY (%(years)s))"
# Every cell there is of the nation's fiscal years; these need no look at who counted where.
NATION = f"""
    SELECT DISTINCT f.indicator_id, f.year_period AS period, 'nation'::text AS scope, NULL::text AS agency_id,
        f.domain_id, f.component, NULL::text AS kind
    FROM reporting_figure f
    WHERE f.from_position <= %(position)s AND {ASKED.format(row="f")}
        AND (%(years)s::text[] IS NULL OR f.year_period = ANY (%(years)s))
"""  # noqa: S608
# Agencies of which it has changed what an indicator asks of them, from which on the indicator is counted anew.
MANY = 50


def _of_nation(row: str) -> str:
    """The columns of CELL, of a row that has those of KEPT."""
    given = {"scope": "'nation'::text", "agency_id": "NULL::text", "kind": "NULL::text"}
    return ", ".join(f"{given.get(name, f'{row}.{name}')} AS {name}" for name in CELL)


def _shares(read_at: str) -> str:
    """What the agencies concerned give to each cell, at one of the two positions."""
    cells = """
        SELECT t.indicator_id, t.period, 'agency'::text AS scope, t.agency_id, t.domain_id, t.component,
            NULL::text AS kind
        FROM moved_share t
    """
    sums = sums_of(cells, read="own").replace("%(position)s", read_at)
    added = ", ".join(f"{added_up(name, 'min(aggregation)')} AS {name}" for name in AMOUNTS[:2])
    added += "".join(f", sum({name}) AS {name}" for name in SUMS[2:])
    return f"SELECT {KEY_OF_X} AS key, min(aggregation) AS aggregation, {added} FROM ({sums}) x GROUP BY 1"  # noqa: S608


def _amount(name: str) -> str:
    changed = f"coalesce(k.{name}, 0) - coalesce(b.{name}, 0) + a.{name}"
    added = f"CASE WHEN a.{name} IS NULL THEN k.{name} ELSE {changed} END"
    if name not in AMOUNTS[:2]:
        return f"{added} AS {name}"
    return f"""CASE WHEN i.aggregation IN {LOWEST} THEN least(k.{name}, a.{name})
        WHEN i.aggregation IN {HIGHEST} THEN greatest(k.{name}, a.{name}) ELSE {added} END AS {name}"""


def _told(name: str) -> str:
    """Whether an amount follows from that of the cut: the last one that said any may have gone, or the one that
    counted."""
    some = f"b.{name} IS NULL OR a.{name} IS NOT NULL"
    if name not in AMOUNTS[:2]:
        return f"({some})"
    return f"""CASE WHEN i.aggregation IN {LOWEST}
            THEN b.{name} IS NULL OR b.{name} > k.{name} OR coalesce(a.{name} <= k.{name}, false)
        WHEN i.aggregation IN {HIGHEST}
            THEN b.{name} IS NULL OR b.{name} < k.{name} OR coalesce(a.{name} >= k.{name}, false)
        ELSE {some} END"""


def _since() -> str:
    kept = ", ".join(f"k.{name}" for name in KEPT)
    counts = ", ".join(f"k.{name} - coalesce(b.{name}, 0) + coalesce(a.{name}, 0) AS {name}" for name in COUNTS)
    sums = ", ".join(SUMS)
    nation = sums_of(f"SELECT {_of_nation('t')} FROM anew t", read="looked up")  # noqa: S608
    return f"""
    WITH {CHANGES}, cut AS MATERIALIZED (
        SELECT k.*, {CUT_KEY.format(row="k")} AS key FROM reporting_cutcell k
        WHERE int8range(k.from_position, k.to_position) @> %(cut)s::bigint
            AND {ASKED.format(row="k")} AND {OF_YEARS.format(row="k")}
    ), otherwise AS MATERIALIZED (
        SELECT indicator_id FROM redefined UNION SELECT indicator_id FROM asked GROUP BY 1 HAVING count(*) > {MANY}
    ), changed AS MATERIALIZED (
        SELECT DISTINCT f.indicator_id, f.year_period AS period, f.domain_id, f.component, f.agency_id
        FROM ({CHANGED_FIGURES}) f WHERE f.from_position <= %(position)s AND {ASKED.format(row="f")}
    ), concerned AS (
        SELECT indicator_id, period, domain_id, component, agency_id FROM changed
        UNION
        -- what is handed on into the next year
        SELECT indicator_id, 'FY' || (right(period, 4)::int + 1), domain_id, component, agency_id FROM changed
        WHERE indicator_id IN (
            SELECT indicator_id FROM indicators_indicatordefinition i WHERE {at("i")} AND aggregation IN {CARRIES})
        UNION
        SELECT {kept}, e.agency_id FROM cut k JOIN asked e USING (indicator_id)
    ), moved_share AS MATERIALIZED (
        SELECT t.* FROM concerned t
        WHERE {KEY_OF_T} IN (SELECT key FROM cut) AND t.indicator_id NOT IN (SELECT indicator_id FROM otherwise)
    ), before AS MATERIALIZED ({_shares("%(cut)s")}
    ), after AS MATERIALIZED ({_shares("%(position)s")}
    ), mixed AS MATERIALIZED (
        SELECT {kept}, i.aggregation, {", ".join(map(_amount, AMOUNTS))}, {counts},
            k.indicator_id NOT IN (SELECT indicator_id FROM otherwise) AND i.indicator_id IS NOT NULL
                AND {" AND ".join(map(_told, AMOUNTS))} AS told,
            a.key IS NOT NULL OR k.indicator_id IN (SELECT indicator_id FROM otherwise) AS touched
        FROM cut k LEFT JOIN before b USING (key) LEFT JOIN after a USING (key)
        LEFT JOIN indicators_indicatordefinition i ON i.indicator_id = k.indicator_id AND {at("i")}
    ), anew AS MATERIALIZED (
        SELECT {", ".join(KEPT)} FROM mixed WHERE NOT told
        UNION
        -- in which there was nothing yet
        SELECT f.indicator_id, f.period, f.domain_id, f.component FROM changed f
        WHERE {KEY_OF_F} NOT IN (SELECT key FROM cut) AND {OF_YEARS.format(row="f")}
    )
    SELECT {_of_nation("m")}, m.aggregation, {sums}, m.touched FROM mixed m WHERE told
    UNION ALL
    SELECT {", ".join(CELL)}, aggregation, {sums}, true FROM ({nation}) n
    """  # noqa: S608


# CELL of the nation's fiscal years, the kind of aggregation and SUMS, at %(position)s from what is kept of %(cut)s;
# %(first)s is the position after that. Of %(indicators)s and %(years)s, where these are not null; with %(parts)s of
# domains and components too. And whether anything has happened in the cell since.
SINCE = _since()

# The same from the newest cut there is before %(position)s, not more than %(far)s events ago; the beginning of the log,
# where there is nothing, is one. Without any, nothing. One statement, so that no rebuild takes the cut away in between.
CHOSEN = """
    chosen AS (
        SELECT coalesce(max(position), CASE WHEN {of} <= %(far)s THEN 0 END) AS position
        FROM reporting_cut WHERE position BETWEEN {of} - %(far)s AND {of}
    )
"""
SINCE_NEWEST = (
    SINCE.replace("WITH", f"WITH {CHOSEN.format(of='%(position)s')},", 1)
    .replace("%(cut)s", "(SELECT position FROM chosen)")
    .replace("%(first)s", "(SELECT position + 1 FROM chosen)")
)
