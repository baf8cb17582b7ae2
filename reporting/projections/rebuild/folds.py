"""The folds of reports and standings as set-based SQL over `event_current`: what reporting.projections.reports and
.standings do event by event. A test holds the two to the same rows, for whatever order of events.

Tables are named without a schema: the search path says whether they are the live ones or those beside them.
"""

from typing import Any

from psycopg import Connection

REPORT_EVENTS = (
    "ReportSubmitted", "ReportWithdrawn", "ReportReturned", "ReportApproved", "ReportReopened", "CorrectionAsked",
    "CorrectionSubmitted", "CorrectionWithdrawn", "CorrectionReturned", "CorrectionApproved",
)  # fmt: skip
DEADLINE_EVENTS = ("DeadlineExtended", "ExtensionWithdrawn", "PeriodReopened", "ReopeningWithdrawn")
HOLIDAY_EVENTS = ("HolidayAdded", "HolidayRemoved")
STANDING_EVENTS = (
    "IndicatorFirstJudged", "IndicatorFellBehind", "IndicatorRecovered", "IndicatorAchieved",
    "IndicatorBecameUnjudgeable", "StandingKept", "StandingChangeHeld", "StandingChangeDropped", "StandingRestated",
)  # fmt: skip
OVERRIDE_EVENTS = ("StandingOverridden", "OverrideExpired", "OverrideWithdrawn")

# The submissions whose reports are folded: those of a range of the log, or of some streams.
OF_A_RANGE = "e.position BETWEEN %(first)s AND %(last)s"
OF_STREAMS = "e.stream = ANY (%(streams)s) AND e.position <= %(position)s"

DECIDE_WHAT_IS_IN_FORCE = "('ReportApproved', 'CorrectionApproved', 'ReportReopened')"
# Each submission with the events after it in its stream up to %(position)s, in arrays; `n` of them come before the next
# submission. `decides`: the version an event puts in force or out of it, mostly but not always that of the submission
# before it. `was_…`: the submission in force before this one, if one was, and its approval.
SUBMITTED = f"""
    SELECT e.position, e.version, e.event_id, e.data, e.meta, e.occurred_at, e.data ->> 'assignment' AS assignment,
        e.data ->> 'agency' AS agency, e.data ->> 'period' AS period,
        (e.data ->> 'assignment') || '@' || (e.data ->> 'period') AS report, later.*,
        coalesce(least(array_position(types, 'ReportSubmitted'), array_position(types, 'CorrectionSubmitted')) - 1,
                 cardinality(types), 0) AS n,
        force.*
    FROM event_current e
    CROSS JOIN LATERAL (
        SELECT array_agg(l.type ORDER BY l.version) AS types, array_agg(l.position ORDER BY l.version) AS positions,
            array_agg(l.version ORDER BY l.version) AS versions, array_agg(l.occurred_at ORDER BY l.version) AS times,
            array_agg(l.meta ->> 'actor' ORDER BY l.version) AS actors,
            array_agg(CASE WHEN l.type IN {DECIDE_WHAT_IS_IN_FORCE} THEN (l.data ->> 'submission')::integer END
                      ORDER BY l.version) AS decides
        FROM event l
        WHERE l.stream = e.stream AND l.version > e.version AND l.position <= %(position)s
            AND l.type = ANY (%(report_events)s)
    ) later
    LEFT JOIN LATERAL (
        SELECT a.type = 'CorrectionApproved' AS was_corrected, a.occurred_at AS was_approved_at,
            a.meta ->> 'actor' AS was_approved_name, b.version AS was_version, b.event_id AS was_event,
            b.occurred_at AS was_submitted_at, b.meta AS was_meta, b.data -> 'late' AS was_late
        FROM (
            SELECT a.* FROM event a
            WHERE e.version > 1 AND a.stream = e.stream AND a.version < e.version
                AND a.type IN {DECIDE_WHAT_IS_IN_FORCE}
            ORDER BY a.version DESC LIMIT 1
        ) a JOIN event_current b ON b.stream = a.stream AND b.version = (a.data ->> 'submission')::integer
        WHERE a.type <> 'ReportReopened'
    ) force ON true
    WHERE e.type IN ('ReportSubmitted', 'CorrectionSubmitted') AND {{source}}
"""
FIGURE_COLUMNS = """report_id, agency_id, indicator_id, period, year_period, domain_id, component, answer, value,
    numerator, denominator, counted_elsewhere, raw, approved, from_position, to_position"""
# Pending figures live until the next event of the stream; if that is the approval, they stand again as approved from
# there, until the next approval or until it is undone, from where they wait again.
FIGURES = f"""
SELECT s.report, s.agency, f.indicator, s.period,
    CASE WHEN s.period LIKE 'FY%%' THEN left(s.period, 6)
         -- a month: January to March belong to the year before
         ELSE 'FY' || (left(s.period, 4)::integer - (right(s.period, 2) < '04')::integer) END,
    f.domain, f.component, f.answer, f.value, f.numerator, f.denominator, coalesce(f.counted_elsewhere, 0),
    coalesce(f.raw, '{{{{}}}}'), l.approved, l.from_position, l.to_position
FROM submitted s
CROSS JOIN LATERAL (
    SELECT false AS approved, s.position AS from_position, s.positions[1] AS to_position
    UNION ALL
    SELECT s.types[k] <> 'ReportReopened', s.positions[k], CASE
        WHEN s.types[k] = 'ReportReopened' OR k = cardinality(s.types) THEN s.positions[k + 1]
        ELSE (SELECT min(s.positions[i]) FROM generate_series(k + 1, cardinality(s.types)) AS i
              WHERE s.types[i] IN {DECIDE_WHAT_IS_IN_FORCE})
        END
    FROM generate_series(1, cardinality(s.types)) AS k WHERE s.decides[k] = s.version
) l
CROSS JOIN LATERAL jsonb_to_recordset(s.data -> 'figures') AS f (indicator text, domain text, component text,
    answer text, value numeric, numerator numeric, denominator numeric, counted_elsewhere numeric, raw jsonb)
"""
# Where the report stood after the submission and after each of the events that answer it. `j`: the last of these that
# decided what is in force. `gone`: the submission is a correction that was given up; what is in force is shown.
STANDPOINT = """
    CASE s.types[k] WHEN 'ReportWithdrawn' THEN 'withdrawn'
                    WHEN 'ReportReturned' THEN 'returned' WHEN 'CorrectionReturned' THEN 'returned'
                    WHEN 'CorrectionAsked' THEN 'returned'
                    WHEN 'ReportApproved' THEN 'approved' WHEN 'CorrectionApproved' THEN 'approved'
                    WHEN 'CorrectionWithdrawn' THEN 'approved' ELSE 'submitted' END,
    CASE k WHEN 0 THEN s.version ELSE s.versions[k] END,
    CASE WHEN gone THEN s.was_version ELSE s.version END, CASE WHEN gone THEN s.was_event ELSE s.event_id END,
    CASE WHEN gone THEN s.was_submitted_at ELSE s.occurred_at END, (shown_meta ->> 'person')::bigint,
    (shown_meta ->> 'unit')::bigint, shown_meta ->> 'actor',
    CASE WHEN gone THEN s.was_late::boolean ELSE (s.data ->> 'late')::boolean END,
    CASE WHEN given_up THEN coalesce(s.times[j], s.was_approved_at) WHEN decided THEN s.times[k] END,
    CASE WHEN given_up THEN coalesce(s.actors[j], s.was_approved_name) WHEN decided THEN s.actors[k] ELSE '' END,
    CASE WHEN j IS NULL THEN coalesce(s.was_version, 0) WHEN undone THEN 0 ELSE s.decides[j] END,
    CASE WHEN j IS NULL OR (NOT undone AND s.decides[j] <> s.version) THEN s.was_event
         WHEN NOT undone THEN s.event_id END,
    CASE WHEN j IS NULL THEN s.was_approved_at WHEN NOT undone THEN s.times[j] END,
    CASE WHEN j IS NULL THEN coalesce(s.was_approved_name, '') WHEN undone THEN '' ELSE s.actors[j] END,
    CASE WHEN j IS NULL THEN coalesce(s.was_corrected, false) ELSE s.types[j] = 'CorrectionApproved' END"""
AFTER_EACH = f"""
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN k = 0 THEN NULL WHEN s.types[k] IN {DECIDE_WHAT_IS_IN_FORCE} THEN k WHEN k = 1 THEN NULL
        ELSE (SELECT max(i) FROM generate_series(1, k) AS i WHERE s.types[i] IN {DECIDE_WHAT_IS_IN_FORCE})
        END AS j,
        coalesce('CorrectionWithdrawn' = ANY (s.types[:k]), false) AND EXISTS (
            SELECT FROM generate_series(1, k) AS i
            WHERE s.types[i] = 'CorrectionWithdrawn'
                AND NOT s.types[:i] && '{{{{ReportApproved,CorrectionApproved}}}}'
        ) AS gone
    OFFSET 0 -- worked out once a row
) last_decided
CROSS JOIN LATERAL (
    SELECT coalesce(s.types[j] = 'ReportReopened', false) AS undone,
        coalesce(s.types[k] = 'CorrectionWithdrawn', false) AS given_up,
        coalesce(s.types[k] IN ('ReportReturned', 'CorrectionReturned', 'CorrectionAsked', 'ReportApproved',
                                'CorrectionApproved'), false) AS decided,
        CASE WHEN gone THEN s.was_meta ELSE s.meta END AS shown_meta
) what"""
STANDPOINT_COLUMNS = """status, version, submitted_version, submitted_event, submitted_at, submitted_by_id,
    submitted_unit_id, submitted_name, late, decided_at, decided_name, approved_version, approved_event, approved_at,
    approved_name, corrected"""
STATE_COLUMNS = f"report_id, agency_id, {STANDPOINT_COLUMNS}, from_position, to_position"
STATES = f"""
SELECT s.report, s.agency, {STANDPOINT}, CASE k WHEN 0 THEN s.position ELSE s.positions[k] END, s.positions[k + 1]
FROM submitted s CROSS JOIN LATERAL generate_series(0, s.n) AS k {AFTER_EACH}
"""
REPORT_COLUMNS = f"id, assignment_id, agency_id, period, {STANDPOINT_COLUMNS}, position"
# The report's own row says where it stands now: after the last event of its last submission.
ROWS = f"""
SELECT s.report, s.assignment, s.agency, s.period, {STANDPOINT}, CASE k WHEN 0 THEN s.position ELSE s.positions[k] END
FROM submitted s CROSS JOIN LATERAL (SELECT s.n AS k) last {AFTER_EACH}
WHERE s.n = coalesce(cardinality(s.types), 0)
"""
REPORTS = f"""
WITH submitted AS MATERIALIZED ({SUBMITTED}),
figures AS (INSERT INTO reporting_figure ({FIGURE_COLUMNS}) {FIGURES}),
states AS (INSERT INTO reporting_reportstate ({STATE_COLUMNS}) {STATES})
INSERT INTO reporting_report ({REPORT_COLUMNS}) {ROWS}
"""


def _unequal(table: str, key: str, columns: str, made: str) -> str:
    live = f"SELECT {columns} FROM {table} WHERE {key} = ANY (%(reports)s)"
    made = f"SELECT * FROM ({made}) m"
    rows = f"({live} EXCEPT ALL {made}) UNION ALL ({made} EXCEPT ALL {live})"
    return f"SELECT {key}, '{table}' FROM ({rows}) d"


# The reports of the streams with a row that is in a table and not in the log, or in the log and not in the table.
DIFFERING = f"""
WITH submitted AS MATERIALIZED ({SUBMITTED})
{_unequal("reporting_figure", "report_id", FIGURE_COLUMNS, FIGURES)}
UNION {_unequal("reporting_reportstate", "report_id", STATE_COLUMNS, STATES)}
UNION {_unequal("reporting_report", "id", REPORT_COLUMNS, ROWS)}
"""

STANDINGS = """
INSERT INTO reporting_standing (indicator_id, agency_id, domain_id, cls, period, evidence, since, from_position,
    to_position)
SELECT e.data ->> 'indicator', e.data ->> 'agency', e.data ->> 'domain', e.data ->> 'class', e.data ->> 'period',
    e.data -> 'evidence', coalesce((e.data ->> 'since')::timestamptz, e.occurred_at), e.position,
    lead(e.position) OVER (PARTITION BY e.data ->> 'indicator', e.data ->> 'agency', e.data ->> 'domain'
                           ORDER BY e.position)
FROM event_current e
WHERE e.type = ANY (%(standing_events)s) AND e.position <= %(position)s
"""

# Each lasts until the next event of its scope, which ends it: two are never in force at once.
OVERRIDES = """
INSERT INTO reporting_standingoverride (indicator_id, agency_id, domain_id, cls, until, event_id, set_at, person_id,
    name, from_position, to_position, ended_at)
SELECT indicator, agency, domain, cls, until, event_id, occurred_at, person, name, position, ended, ended_at FROM (
    SELECT e.data ->> 'indicator' AS indicator, e.data ->> 'agency' AS agency, e.data ->> 'domain' AS domain,
        e.data ->> 'class' AS cls, (e.data ->> 'until')::date AS until, e.event_id, e.occurred_at, e.type, e.position,
        (e.meta ->> 'person')::bigint AS person, e.meta ->> 'actor' AS name,
        lead(e.position) OVER scope AS ended, lead(e.occurred_at) OVER scope AS ended_at
    FROM event_current e WHERE e.type = ANY (%(override_events)s) AND e.position <= %(position)s
    WINDOW scope AS (PARTITION BY e.data ->> 'indicator', e.data ->> 'agency', e.data ->> 'domain' ORDER BY e.position)
) d WHERE type = 'StandingOverridden'
"""

# Each grant lasts until the next event of its scope and kind: a later day, or that it is withdrawn.
DEADLINES = """
INSERT INTO reporting_deadlinechange (agency_id, period, assignment_id, kind, until, event_id, from_position,
    to_position)
SELECT agency, period, assignment, kind, until, event_id, position, ended FROM (
    SELECT e.data ->> 'agency' AS agency, e.data ->> 'period' AS period, e.data ->> 'assignment' AS assignment, k.kind,
        (e.data ->> 'until')::date AS until, e.event_id, e.position,
        lead(e.position) OVER (PARTITION BY e.data ->> 'agency', e.data ->> 'period', e.data ->> 'assignment', k.kind
                               ORDER BY e.position) AS ended
    FROM event_current e
    CROSS JOIN LATERAL (
        SELECT CASE WHEN e.type IN ('DeadlineExtended', 'ExtensionWithdrawn') THEN 'extended' ELSE 'reopened' END
    ) AS k (kind)
    WHERE e.type = ANY (%(deadline_events)s) AND e.position <= %(position)s
) d WHERE until IS NOT NULL
"""
HOLIDAYS = """
INSERT INTO reporting_addedholiday (day, event_id, from_position, to_position)
SELECT day, event_id, position, ended FROM (
    SELECT (e.data ->> 'day')::date AS day, e.event_id, e.position, e.type,
        lead(e.position) OVER (PARTITION BY e.data ->> 'day' ORDER BY e.position) AS ended
    FROM event_current e WHERE e.type = ANY (%(holiday_events)s) AND e.position <= %(position)s
) d WHERE type = 'HolidayAdded'
"""

NAMES = {
    "report_events": list(REPORT_EVENTS), "standing_events": list(STANDING_EVENTS),
    "override_events": list(OVERRIDE_EVENTS),
    "deadline_events": list(DEADLINE_EVENTS), "holiday_events": list(HOLIDAY_EVENTS),
}  # fmt: skip


def fold_reports(connection: "Connection[Any]", first: int, last: int, position: int) -> None:
    """The reports and figures of the submissions in a range of the log, as they stood at `position`."""
    connection.execute(
        REPORTS.format(source=OF_A_RANGE).encode(), {"first": first, "last": last, "position": position, **NAMES}
    )


def fold_streams(connection: "Connection[Any]", streams: list[str], position: int) -> None:
    """The reports and figures of whole streams, as they stood at `position`."""
    connection.execute(REPORTS.format(source=OF_STREAMS).encode(), {"streams": streams, "position": position, **NAMES})


def fold_standings(connection: "Connection[Any]", position: int) -> None:
    """All standings, computed and set by hand, as they stood at `position`."""
    for statement in (STANDINGS, OVERRIDES):
        connection.execute(statement.encode(), {"position": position, **NAMES})


def fold_deadlines(connection: "Connection[Any]", position: int) -> None:
    """All moved deadlines and added holidays, as they stood at `position`."""
    for statement in (DEADLINES, HOLIDAYS):
        connection.execute(statement.encode(), {"position": position, **NAMES})
