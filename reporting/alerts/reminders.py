"""Once a business day: which reports are asked for, and who is told. The database makes both, for there may be a
hundred thousand."""

from datetime import datetime

from agencies import access
from agencies.models import Role
from indicators.periods import JST
from reporting.domain.office_hours import may_go_at
from reporting.domain.reminders import OVERDUE, RESPONSIBLE_FROM, answers, steps
from reporting.event_store import head
from reporting.models import ReminderRound
from reporting.queries.at_once import rows_at_once
from reporting.queries.board import Filter, expected_params, expected_sql
from reporting.queries.calendar import Calendar, calendar_of
from reporting.queries.reminders import periods_near

# What is not in, and has its day where it is time for a step. An answer to a return is asked for when it is overdue,
# and not before: nobody named its day.
REMIND = """
, step AS (
    SELECT * FROM unnest(%(days)s::date[], %(kinds)s::text[], %(numbers)s::smallint[]) AS s (day, kind, number)
), answer AS (
    SELECT * FROM unnest(%(returned)s::date[], %(answers)s::date[]) AS a (returned_on, by)
), open AS (
    SELECT s.assignment, s.agency, s.period, s."order", answer.by,
        (s.deadline AT TIME ZONE 'Asia/Tokyo')::date - 1 AS last_day
    FROM stands s
    LEFT JOIN answer ON s.stand = 'returned' AND answer.returned_on = (s.decided_at AT TIME ZONE 'Asia/Tokyo')::date
    WHERE s.stand IN ('missing', 'not_due', 'returned')
)
INSERT INTO reporting_reminder (assignment_id, agency_id, period, due_on, kind, number, at)
SELECT open.assignment, open.agency, open.period, step.day, step.kind, step.number, %(now)s
FROM open JOIN step ON step.day = greatest(open.last_day, open.by)
WHERE step.kind = %(overdue)s OR open.by IS NULL OR open.by <= open.last_day
ORDER BY open.agency, open."order", open.period
ON CONFLICT DO NOTHING
RETURNING id
"""
# Who is in charge of it, or has typed or submitted something of it, and still works there; if nobody, all who report
# for the agency; and in time the responsible. Of shared addresses that of the unit in charge, or that submitted it; if
# none, those of all who report.
TELL = """
WITH made AS (
    SELECT id, assignment_id, agency_id AS agency, assignment_id || '@' || period AS report, kind, number
    FROM reporting_reminder WHERE id = ANY (%(made)s)
), charge AS (
    SELECT assignment_id, person_id, unit_id FROM reporting_charge WHERE until_at IS NULL
), report AS (
    SELECT r.id, r.submitted_by_id, r.submitted_unit_id FROM reporting_report r JOIN made ON made.report = r.id
), works AS (
    SELECT DISTINCT person_id, unit_id, agency_id, role FROM agencies_membership
    WHERE ended_on IS NULL AND role = ANY (%(roles)s)
), hand AS (
    SELECT made.id, c.person_id FROM made JOIN charge c USING (assignment_id)
    UNION SELECT made.id, unnest(d.hands) FROM made JOIN reporting_draft d ON d.id = made.report
    UNION SELECT made.id, r.submitted_by_id FROM made JOIN report r ON r.id = made.report
), at_it AS (
    SELECT DISTINCT made.id, made.agency, w.person_id
    FROM hand JOIN made USING (id) JOIN works w ON w.person_id = hand.person_id AND w.agency_id = made.agency
), unit AS (
    SELECT made.id, made.agency, coalesce(c.unit_id, r.submitted_unit_id) AS unit_id
    FROM made LEFT JOIN charge c USING (assignment_id) LEFT JOIN report r ON r.id = made.report
), told AS (
    SELECT id, person_id, NULL::bigint AS unit_id FROM at_it
    UNION SELECT made.id, w.person_id, NULL FROM made JOIN works w ON w.agency_id = made.agency AND w.role = 'reporter'
        WHERE made.id NOT IN (SELECT id FROM at_it)
    UNION SELECT made.id, w.person_id, NULL
        FROM made JOIN works w ON w.agency_id = made.agency AND w.role = 'responsible'
        WHERE made.kind = %(overdue)s AND made.number >= %(responsible_from)s
    UNION SELECT id, NULL, unit_id FROM unit WHERE unit_id IS NOT NULL
    UNION SELECT unit.id, NULL, w.unit_id
        FROM unit JOIN works w ON w.agency_id = unit.agency AND w.role = 'reporter' WHERE unit.unit_id IS NULL
), given AS (
    INSERT INTO reporting_notice (kind, position, reminder_id, agency_id, person_id, unit_id, by, at, detail)
    SELECT made.kind, %(position)s, made.id, made.agency, told.person_id, told.unit_id, '', %(now)s, '{}'
    FROM told JOIN made USING (id)
    ORDER BY made.id DESC -- the newest notice is read first
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM given
"""


def remind(*, now: datetime) -> int:
    """Ask for what falls due and what is overdue, on a business day while the offices are open, once a day. Returns how
    many reports are asked for. May run twice or at once; a number of queries that does not grow."""
    with access.following():
        calendar = calendar_of(agencies=None)
        if may_go_at(now, calendar.is_holiday) != now:
            return 0
        today = now.astimezone(JST).date()
        # Who comes second waits for the first to end, and finds its row.
        _round, first = ReminderRound.objects.get_or_create(day=today, defaults={"at": now})
        made = _made(calendar, now) if first else []
        if made:
            _tell(made, now)
    return len(made)


def _made(calendar: Calendar, now: datetime) -> list[int]:
    today = now.astimezone(JST).date()
    due, returns = steps(today, calendar.is_holiday), answers(today, calendar.is_holiday)
    periods = periods_near(calendar, due, returns, now)
    if not periods:
        return []
    params = expected_params(Filter(), periods, calendar, now) | {
        "days": list(due),
        "kinds": [step.kind for step in due.values()],
        "numbers": [step.number for step in due.values()],
        "returned": list(returns),
        "answers": list(returns.values()),
        "overdue": OVERDUE,
    }
    return [id_ for (id_,) in rows_at_once(expected_sql() + REMIND, params)]


def _tell(made: list[int], now: datetime) -> None:
    params = {
        "made": made,
        "position": head().position,
        "now": now,
        "roles": [Role.REPORTER.value, Role.RESPONSIBLE.value],
        "overdue": OVERDUE,
        "responsible_from": RESPONSIBLE_FROM,
    }
    rows_at_once(TELL, params)
