"""A year of noisy figures, day by day: what becomes of it in mails. `make crash` runs it for 200 series."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import pytest

from indicators.holidays_jp import is_government_holiday
from indicators.models import Indicator
from indicators.periods import JST
from reporting.commands import alerts as commands
from reporting.domain.alerts.ladder import DAYS, business_days
from reporting.domain.evaluation import evaluate
from reporting.domain.found import Recorded, facts_of
from reporting.event_store import NewEvent
from reporting.models import Alert, AlertChange, OutboxMail, Telling
from tests.acts import reading
from tests.alerting import addresses, find, finding, pass_days  # noqa: F401 - one is a fixture
from tests.benchmarks.detection import SHAPES, inputs_of, simulated
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("addresses")

WHO = {
    "JST": "hanako", "JSPS": "taro", "MEXT": "jiro", "METI": "gyoko", "CAO": "hoko", "MIHON-A": "midori",
    "MIHON-B": "aoi", "MIHON-C": "akane",
}  # fmt: skip
# From before a year end until after Golden Week and the next summer.
FIRST, LAST = date(2027, 11, 1), date(2028, 10, 31)
PACES = (Fraction(1), Fraction(1), Fraction(9, 10), Fraction(4, 5), Fraction(1, 2))


@dataclass
class Noisy:
    """One series: its years as they are, and what is reported of them month by month, with noise."""

    indicator: str
    agency: str
    inputs: Mapping[str, Any]
    day: int  # of the month on which it is judged
    before: Recorded | None = None

    def __post_init__(self) -> None:
        self.rows = [dict(row) for row in self.inputs["periods"]]

    def judged(self, on: date, noise: random.Random) -> list[NewEvent]:
        """What the clock finds: final years, one in twenty times slightly corrected, and the year under way as it is
        reported so far, provisional and noisy."""
        last = on.year - (on.month < 7) - 1  # a year is final in the July after it
        rows = [row for row in self.rows if int(row["period"][2:]) <= last + 1]
        sigma = float(Fraction(self.inputs["sigma"]))
        if noise.random() < 0.05:
            corrected = next(row for row in reversed(self.rows) if int(row["period"][2:]) <= last)
            corrected["observed"] = _disturbed(corrected["observed"], sigma / 10, noise)
        if int(rows[-1]["period"][2:]) > last:
            so_far = _disturbed(rows[-1]["observed"], sigma, noise)
            rows = [*rows[:-1], {**rows[-1], "provisional": True, "observed": so_far}]
        inputs = {**self.inputs, "periods": rows}
        evaluation = evaluate(inputs)
        moment = datetime.combine(on, time(11), JST)
        found = [
            finding(
                fact.cls, self.before.cls if self.before else None, indicator=self.indicator, agency=self.agency,
                period=rows[-1]["period"], type_=fact.type, now=moment,
                held={"class": held.cls, "worse": held.worse} if (held := evaluation.official.held) else None,
            )
            for fact in facts_of(self.before, inputs, evaluation)
        ]  # fmt: skip
        by_period = {period.code: period.official.cls for period in evaluation.periods}
        held = evaluation.official.held
        self.before = Recorded(
            evaluation.official.cls, by_period, {"class": held.cls, "worse": held.worse} if held else None, inputs
        )
        return found


def _disturbed(value: str, sigma: float, noise: random.Random) -> str:
    return f"{float(Fraction(value)) * (1 + noise.gauss(0, sigma)):.6f}"


def series(number: int, dice: random.Random) -> Iterator[Noisy]:
    with reading():
        codes = list(Indicator.objects.order_by("code").values_list("code", flat=True))
    shapes = [shape for shape in SHAPES if shape.sigma]
    for n in range(number):
        shape, pace = shapes[n % len(shapes)], dice.choice(PACES)
        [one] = simulated(shape, pace, 1) if n < len(shapes) * len(PACES) else [_other(shape, pace, n)]
        agency = list(WHO)[n % len(WHO)]
        yield Noisy(codes[n // len(WHO)], agency, inputs_of(one), day=dice.randint(1, 28))


def _other(shape: Any, pace: Fraction, n: int) -> Any:
    return list(simulated(shape, pace, n % 40 + 1))[-1]


def live_through(cast: Cast, number: int, first: date = FIRST, last: date = LAST) -> None:
    dice = random.Random("a year of alerts")
    all_of_them = list(series(number, dice))
    # The first judgement, of all at once, is no news.
    events = [event for one in all_of_them for event in one.judged(first - timedelta(days=1), dice)]
    find(*events)
    before = datetime.combine(first - timedelta(days=1), time(12), JST)
    hold = commands.freeze_mails(actor=cast.kyoko, reason="運用開始", now=before)
    commands.decide_about_hold(actor=cast.kyoko, hold=hold.pk, release=False, now=before + timedelta(hours=1))
    day = first
    while day <= last:
        events = [event for one in all_of_them if one.day == day.day for event in one.judged(day, dice)]
        if events:
            find(*events)
        pass_days(datetime.combine(day, time(11, 30), JST))
        if not is_government_holiday(day):
            answer_some(cast, day, dice)
        day += timedelta(days=1)


def answer_some(cast: Cast, day: date, dice: random.Random) -> None:
    """A third of what fires is answered some day."""
    with reading():
        rows = list(Alert.objects.filter(state="firing"))
    for row in rows:
        if row.pk % 3 == 0 and dice.random() < 0.2:
            actor = getattr(cast, WHO[row.responsible_id])
            commands.acknowledge_alert(
                actor=actor, alert=row.pk, seq=row.seq, comment="確認しました。", review_on=None,
                now=datetime.combine(day, time(15), JST),
            )  # fmt: skip


def check(number: int) -> None:
    with reading():
        mails = list(OutboxMail.objects.filter(kind="lag").order_by("pk"))
        changes = list(AlertChange.objects.order_by("pk").select_related("alert"))
        told = Counter(Telling.objects.values_list("kind", "decision"))
    days = [(mail.address, mail.business_time.astimezone(JST).date()) for mail in mails]
    assert mails
    assert len(days) == len(set(days)), "more than one mail to a recipient on a day"
    assert not [day for _, day in days if is_government_holiday(day)]
    assert not [
        day for _, day in days if (day.month, day.day) in {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}
    ]
    check_escalation(changes)
    flapped = flaps(changes)
    per = Counter(address for address, _ in days)
    print(f"\n{number} series, a year: {len(mails)} mails to {len(per)} recipients")
    for address, count in per.most_common():
        print(f"  {count:4} {address}")
    print("  " + ", ".join(f"{kind} {became}: {count}" for (kind, became), count in sorted(told.items())))
    print("  changes: " + ", ".join(f"{what}: {n}" for what, n in Counter(c.what for c in changes).most_common()))
    assert flapped == []


def check_escalation(changes: list[AlertChange]) -> None:
    """Each step is on the business day it is due on, counted from the last time the alert was to be answered anew."""
    since: dict[int, date] = {}
    for change in changes:
        day = change.at.astimezone(JST).date()
        if change.what in ("fired", "reopened", "worse", "lapsed", "action_overdue"):
            since[change.alert_id] = day if not is_government_holiday(day) else business_day_after(day)
        elif change.what == "escalated":
            level = change.detail["level"]
            passed = business_days(since[change.alert_id], day, is_government_holiday)
            # Where a level has nobody, the next is told in its place.
            assert passed in DAYS[1 : level + 1], (change.alert_id, level, since[change.alert_id], day)


def business_day_after(day: date) -> date:
    while is_government_holiday(day):
        day += timedelta(days=1)
    return day


def flaps(changes: list[AlertChange]) -> list[tuple[int, str, str]]:
    """What got worse and well again while one period was judged, and was told both times."""
    worse: dict[int, str] = {}
    found = []
    for change in changes:
        period = str(change.detail.get("period", ""))
        if change.what in ("fired", "reopened", "worse"):
            worse[change.alert_id] = period
        elif change.what == "resolved" and worse.get(change.alert_id) == period:
            found.append((change.alert_id, period, str(change.at.date())))
    return found


def test_half_a_year_of_sixteen_series_keeps_to_the_days_and_does_not_flap(cast: Cast) -> None:
    """Over a year end and Golden Week."""
    live_through(cast, 16, date(2027, 12, 1), date(2028, 5, 19))
    check(16)


def test_c6_a_value_that_flips_over_an_edge_for_six_periods_is_mailed_once_at_most(cast: Cast) -> None:
    """Attainment goes up and down by 0.02 around each edge in turn, year by year, judged each July."""
    for edge in (Fraction(95, 100), Fraction(60, 100)):
        for first in (1, -1):
            assert _mails_of_flipping(edge, first) <= 1, (edge, first)


def _mails_of_flipping(edge: Fraction, first: int) -> int:
    """How often the official class alarms anew, or worse, or is well again: each would be one mail a recipient."""
    shape = SHAPES[0]
    [one] = simulated(shape, Fraction(1), 1)
    inputs = inputs_of(one)
    start = shape.baseline
    assert start is not None
    rows, before, told = [], None, 0
    for year in range(6):
        time_, swing = Fraction(2026 + year), Fraction(first * (-1) ** year, 50)
        planned = shape.trajectory.expected(min(time_, Fraction(2030))) - Fraction(start.value)
        row = {**inputs["periods"][0], "period": f"FY{2026 + year}", "time": str(time_)}
        rows.append(row | {"observed": f"{float(Fraction(start.value) + (edge + swing) * planned):.4f}"})
        now = {**inputs, "periods": rows}
        evaluation = evaluate(now)
        facts = facts_of(before, now, evaluation)
        told += sum(fact.type in ("IndicatorFellBehind", "IndicatorRecovered") for fact in facts)
        told += before is None and evaluation.official.cls in ("at_risk", "off_track")
        by_period = {period.code: period.official.cls for period in evaluation.periods}
        held = evaluation.official.held
        before = Recorded(
            evaluation.official.cls, by_period, {"class": held.cls, "worse": held.worse} if held else None, now
        )
    return told


@pytest.mark.long
def test_a_year_of_two_hundred_series_keeps_to_the_days_and_does_not_flap(cast: Cast) -> None:
    live_through(cast, 200)
    check(200)
