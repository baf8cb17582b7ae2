"""What a business day asks of open alerts: a day by which something was due is over; nobody has answered, so the next
level is told, or the same ones again. Each alert is looked at once each business day, while the offices are open."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from itertools import chain

from django.db.models import F, Q

from agencies import access
from indicators.periods import JST, HolidayTest
from reporting import event_store
from reporting.alerts.lag import keep, telling
from reporting.domain.alerts import life as rules
from reporting.domain.alerts.ladder import business_days, due_today
from reporting.domain.alerts.telling import Kind
from reporting.domain.events import alert_stream
from reporting.domain.office_hours import may_go_at
from reporting.event_store import NewEvent, Recorded
from reporting.models import IS_OPEN, Alert, AlertChange, Telling
from reporting.projections.alerts import change, live
from reporting.queries.alerting.ladders import Rungs, ladders
from reporting.queries.calendar import calendar_of
from reporting.queries.lives import FIELDS, about, life_of

Append = Callable[[Sequence[NewEvent]], Sequence[Recorded]]
What = AlertChange.What
PAGE = 500
CLOCK = access.system("clock")
OVER = {
    "AcknowledgementLapsed": (What.LAPSED, Kind.LAPSED),
    "ActionOverdue": (What.ACTION_OVERDUE, Kind.ACTION_OVERDUE),
}
WRITTEN = [*FIELDS, "changed_at", "looked_on"]


def look_at_days(*, now: datetime) -> int:
    """Look at all open alerts that were not looked at today. Returns how many. May run twice or at once."""
    looked = 0
    while True:
        with access.following():
            page = look(now)
        looked += page
        if page < PAGE:
            return looked


def look(now: datetime, append: Append = event_store.append) -> int:
    """At a page of them, in a follower's transaction. Returns how many."""
    closed = calendar_of(agencies=[]).is_holiday
    if may_go_at(now, closed) != now:
        return 0
    today = now.astimezone(JST).date()
    rows = list(
        Alert.objects.filter(IS_OPEN)
        .filter(Q(looked_on=None) | Q(looked_on__lt=today))
        .order_by(F("looked_on").asc(nulls_first=True), "pk")
        .select_for_update(skip_locked=True)[:PAGE]
    )
    if not rows:
        return 0
    _over(rows, today, now, closed, append)
    _unanswered(rows, today, now, closed)
    for row in rows:
        row.looked_on = today
    Alert.objects.bulk_update(rows, WRITTEN, batch_size=PAGE)
    return len(rows)


def _over(rows: Sequence[Alert], today: date, now: datetime, closed: HolidayTest, append: Append) -> None:
    """A day has passed by which a plan was to be accepted, or an action done: that is a fact, and must be answered
    anew."""
    lapsed = [(row, type_) for row in rows if (type_ := rules.lapsed(life_of(row), today=today))]
    if not lapsed:
        return
    events = [
        NewEvent(
            stream=alert_stream(row.pk),
            type=type_,
            data={**about(row), "seq": row.seq, "due_on": str(row.due_on)},
            meta=CLOCK.as_meta(),
            occurred_at=now,
        )
        for row, type_ in lapsed
    ]
    recorded = append(events)
    rungs = ladders(row.responsible_id for row, _ in lapsed)
    tellings, changes = [], []
    for (row, type_), event, kept in zip(lapsed, events, recorded, strict=True):
        what, kind = OVER[type_]
        live(row, rules.fired_again(life_of(row), on=today), now)
        changes.append(change(row, what, now, position=kept.position, event_id=event.event_id))
        tellings += _told(row, rungs[row.responsible_id], kind, kept.position, now, [0], closed)
    AlertChange.objects.bulk_create(changes)
    keep(tellings)


def _unanswered(rows: Sequence[Alert], today: date, now: datetime, closed: HolidayTest) -> None:
    passed_since = cache(lambda since, until: business_days(since, until, closed))
    rungs = ladders(row.responsible_id for row in rows)
    tellings, changes = [], []
    turn = int(today.strftime("%Y%m%d"))
    for row in rows:
        life, ladder = life_of(row), rungs[row.responsible_id]
        if life.clock_from is None:
            continue
        due = due_today(
            life,
            passed=passed_since(life.clock_from, today),
            passed_before=passed_since(life.clock_from, row.looked_on) if row.looked_on else 0,
            days=ladder.days,
            reachable=ladder.reachable,
        )
        if due.level is not None:
            levels = range(life.told_level + 1, due.level + 1)
            live(row, replace(life, told_level=due.level), now)
            changes += [change(row, What.ESCALATED, now, level=level) for level in levels]
            tellings += _told(row, ladder, Kind.ESCALATED, turn, now, levels, closed)
        if due.again:
            changes.append(change(row, What.AGAIN, now))
            tellings += _told(row, ladder, Kind.AGAIN, turn, now, [0], closed)
    AlertChange.objects.bulk_create(changes)
    keep(tellings)


def _told(
    row: Alert, ladder: Rungs, kind: Kind, turn: int, now: datetime, levels: Sequence[int], closed: HolidayTest
) -> list[Telling]:
    thing = (row.indicator_id, row.agency_id, row.domain_id)
    said = {"period": row.period, "since": row.opened_at.isoformat()}
    if row.clock_from:
        said["answer_by"] = rules.plan_until(row.clock_from, closed).isoformat()
    told = dict.fromkeys(chain.from_iterable([(one.to, level) for one in ladder.levels[level]] for level in levels))
    return [telling(thing, kind, turn, now, to, row, level, said) for to, level in told]
