"""The folds of reports and standings as set-based SQL over `event_current`: what reporting.projections.reports and
.standings do event by event. A test holds the two to the same rows, for whatever order of events.

Tables are named without a schema: the search path says whether they are the live ones or those beside them.
"""

from typing import Any

from psycopg import Connection

REPORT_EVENTS = ("ReportSubmitted", "ReportWithdrawn", "ReportReturned", "ReportApproved")
STANDING_EVENTS = (
    "IndicatorFirstJudged", "IndicatorFellBehind", "IndicatorRecovered", "IndicatorAchieved",
    "IndicatorBecameUnjudgeable",
)  # fmt: skip

# The submissions whose reports are folded: those of a range of the log, or of some streams.
OF_A_RANGE = "e.position BETWEEN %(first)s AND %(last)s"
OF_STREAMS = "e.stream = ANY (%(streams)s) AND e.position <= %(position)s"

# Each submission with what came after it in its stream, up to %(position)s.
SUBMITTED = """
    SELECT e.position, e.version, e.event_id, e.data, e.meta, e.occurred_at, e.data ->> 'assignment' AS assignment,
        e.data ->> 'agency' AS agency, e.data ->> 'period' AS period,
        (e.data ->> 'assignment') || '@' || (e.data ->> 'period') AS report, s.*
    FROM event_current e
    CROSS JOIN LATERAL (
        SELECT n.positions[1] AS ended,
            CASE WHEN n.types[1] = 'ReportApproved' THEN n.positions[1] END AS approved,
            CASE WHEN n.types[1] = 'ReportApproved'
                 THEN n.positions[1 + array_position(n.types[2:], 'ReportApproved')] END AS approved_until,
            array_position(n.types, 'ReportSubmitted') IS NULL AS is_last,
            n.types[cardinality(n.types)] AS last_type, n.positions[cardinality(n.types)] AS last_position,
            n.last_version, n.decided_at, n.decided_name
        FROM (
            SELECT array_agg(n.type ORDER BY n.version) AS types, array_agg(n.position ORDER BY n.version) AS positions,
                max(n.version) AS last_version,
                (array_agg(n.occurred_at ORDER BY n.version DESC)
                    FILTER (WHERE n.type IN ('ReportReturned', 'ReportApproved')))[1] AS decided_at,
                (array_agg(n.meta ->> 'actor' ORDER BY n.version DESC)
                    FILTER (WHERE n.type IN ('ReportReturned', 'ReportApproved')))[1] AS decided_name
            FROM event n
            WHERE n.stream = e.stream AND n.version > e.version AND n.position <= %(position)s
                AND n.type = ANY (%(report_events)s)
        ) n
    ) s
    WHERE e.type = 'ReportSubmitted' AND {source}
"""
FIGURE_COLUMNS = """report_id, agency_id, indicator_id, period, year_period, domain_id, component, answer, value,
    numerator, denominator, counted_elsewhere, raw, approved, from_position, to_position"""
# Pending figures live until the next event of the stream; if that is the approval, they stand again as approved from
# there, until the next approval.
FIGURES = """
SELECT s.report, s.agency, f.indicator, s.period,
    CASE WHEN s.period LIKE 'FY%%' THEN left(s.period, 6)
         -- a month: January to March belong to the year before
         ELSE 'FY' || (left(s.period, 4)::integer - (right(s.period, 2) < '04')::integer) END,
    f.domain, f.component, f.answer, f.value, f.numerator, f.denominator, coalesce(f.counted_elsewhere, 0),
    coalesce(f.raw, '{{}}'), l.approved, l.from_position, l.to_position
FROM submitted s
CROSS JOIN LATERAL (
    SELECT false AS approved, s.position AS from_position, s.ended AS to_position
    UNION ALL SELECT true, s.approved, s.approved_until WHERE s.approved IS NOT NULL
) l
CROSS JOIN LATERAL jsonb_to_recordset(s.data -> 'figures') AS f (indicator text, domain text, component text,
    answer text, value numeric, numerator numeric, denominator numeric, counted_elsewhere numeric, raw jsonb)
"""
REPORT_COLUMNS = """id, assignment_id, agency_id, period, status, version, submitted_version, submitted_event,
    submitted_at, submitted_by_id, submitted_unit_id, submitted_name, late, decided_at, decided_name, position"""
# The last submission of a stream is where its report's row is made.
REPORT_ROWS = """
SELECT report, assignment, agency, period,
    CASE last_type WHEN 'ReportWithdrawn' THEN 'withdrawn' WHEN 'ReportReturned' THEN 'returned'
                   WHEN 'ReportApproved' THEN 'approved' ELSE 'submitted' END,
    coalesce(last_version, version), version, event_id, occurred_at, (meta ->> 'person')::bigint,
    (meta ->> 'unit')::bigint, meta ->> 'actor', (data ->> 'late')::boolean, decided_at, coalesce(decided_name, ''),
    coalesce(last_position, position)
FROM submitted WHERE is_last
"""
REPORTS = f"""
WITH submitted AS MATERIALIZED ({SUBMITTED}),
figures AS (INSERT INTO reporting_figure ({FIGURE_COLUMNS}) {FIGURES})
INSERT INTO reporting_report ({REPORT_COLUMNS}) {REPORT_ROWS}
"""
# Rows of some reports that are in the table and not in the log, or in the log and not in the table.
DIFFERING = f"""
WITH submitted AS MATERIALIZED ({SUBMITTED}),
made AS ({FIGURES}), live AS (SELECT {FIGURE_COLUMNS} FROM reporting_figure WHERE report_id = ANY (%(reports)s)),
made_rows AS ({REPORT_ROWS}),
live_rows AS (SELECT {REPORT_COLUMNS} FROM reporting_report WHERE id = ANY (%(reports)s))
SELECT report_id, 'figure' FROM (
    (SELECT {FIGURE_COLUMNS} FROM live EXCEPT ALL SELECT * FROM made)
    UNION ALL (SELECT * FROM made EXCEPT ALL SELECT {FIGURE_COLUMNS} FROM live)) f
UNION
SELECT id, 'report' FROM (
    (SELECT {REPORT_COLUMNS} FROM live_rows EXCEPT ALL SELECT * FROM made_rows)
    UNION ALL (SELECT * FROM made_rows EXCEPT ALL SELECT {REPORT_COLUMNS} FROM live_rows)) r
"""  # noqa: S608

STANDINGS = """
INSERT INTO reporting_standing (indicator_id, agency_id, domain_id, cls, period, evidence, since, from_position,
    to_position)
SELECT e.data ->> 'indicator', e.data ->> 'agency', e.data ->> 'domain', e.data ->> 'class', e.data ->> 'period',
    e.data -> 'evidence', e.occurred_at, e.position,
    lead(e.position) OVER (PARTITION BY e.data ->> 'indicator', e.data ->> 'agency', e.data ->> 'domain'
                           ORDER BY e.position)
FROM event_current e
WHERE e.type = ANY (%(standing_events)s) AND e.position <= %(position)s
"""

NAMES = {"report_events": list(REPORT_EVENTS), "standing_events": list(STANDING_EVENTS)}


def fold_reports(connection: "Connection[Any]", first: int, last: int, position: int) -> None:
    """The reports and figures of the submissions in a range of the log, as they stood at `position`."""
    connection.execute(
        REPORTS.format(source=OF_A_RANGE).encode(), {"first": first, "last": last, "position": position, **NAMES}
    )


def fold_streams(connection: "Connection[Any]", streams: list[str], position: int) -> None:
    """The reports and figures of whole streams, as they stood at `position`."""
    connection.execute(REPORTS.format(source=OF_STREAMS).encode(), {"streams": streams, "position": position, **NAMES})


def fold_standings(connection: "Connection[Any]", position: int) -> None:
    """All standings, as they stood at `position`."""
    connection.execute(STANDINGS.encode(), {"position": position, **NAMES})
