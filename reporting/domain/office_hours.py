"""When mails may go out: from nine to six in Tokyo, on days on which the government works."""

from datetime import datetime, time, timedelta

from indicators.periods import JST, HolidayTest, business_day_from

OPENS, CLOSES = time(9), time(18)


def may_go_at(moment: datetime, is_holiday: HolidayTest) -> datetime:
    """The moment itself when it lies in these hours, else the next one that does."""
    local = moment.astimezone(JST)
    day = local.date()
    if local.time() >= CLOSES:
        day += timedelta(days=1)
    open_on = business_day_from(day, is_holiday)
    if open_on == local.date() and local.time() >= OPENS:
        return moment
    return datetime.combine(open_on, OPENS, JST)
