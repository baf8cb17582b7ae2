"""Mails go out from nine to six in Tokyo on days on which the government works, and wait until then."""

import pytest

from indicators.holidays_jp import is_government_holiday
from reporting.domain.office_hours import may_go_at
from tests.acts import at


@pytest.mark.parametrize(
    ("found", "goes"),
    [
        ("2026-12-25 17:59", "2026-12-25 17:59"),
        ("2026-12-25 18:00", "2026-12-28 09:00"),  # a Friday evening
        ("2026-12-28 18:30", "2027-01-04 09:00"),  # over the year end
        ("2026-12-28 08:59", "2026-12-28 09:00"),
        ("2027-04-28 20:00", "2027-04-30 09:00"),  # 昭和の日
        ("2027-04-30 18:00", "2027-05-06 09:00"),  # Golden Week
        ("2026-08-11 12:00", "2026-08-12 09:00"),  # 山の日
        ("2026-08-15 00:00", "2026-08-17 09:00"),
        ("2026-08-17 09:00", "2026-08-17 09:00"),
    ],
)
def test_a_mail_waits_for_the_hours_of_the_offices(found: str, goes: str) -> None:
    assert may_go_at(at(found), is_government_holiday) == at(goes)
