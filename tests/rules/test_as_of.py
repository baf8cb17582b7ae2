"""Which place of the log a person means."""

from datetime import datetime, timedelta

import pytest

from indicators.periods import JST
from reporting.domain.as_of import read_as_of
from reporting.domain.errors import BadAsOf, FutureAsOf

NOW = datetime(2027, 6, 30, 15, 30, tzinfo=JST)


@pytest.mark.parametrize("text", ["12345", " 12345 ", "１２３４５"])
def test_digits_are_a_position(text: str) -> None:
    assert read_as_of(text, NOW) == 12345


def test_a_day_is_its_end_in_tokyo() -> None:
    assert read_as_of("2027-06-29", NOW) == datetime(2027, 6, 30, tzinfo=JST) - timedelta(microseconds=1)


def test_today_is_what_there_is_of_it() -> None:
    assert read_as_of("2027-06-30", NOW) == NOW


@pytest.mark.parametrize(
    "text",
    ["2027-06-30T09:00+09:00", "2027-06-30T09:00", "2027-06-30T00:00Z", "2027-06-30T09:00:00.000000+09:00",
     "2027-06-30T09:00 09:00"],
)  # fmt: skip
def test_a_time_without_an_offset_is_tokyos(text: str) -> None:
    assert read_as_of(text, NOW) == datetime(2027, 6, 30, 9, tzinfo=JST)


@pytest.mark.parametrize("text", ["2027-07-01", "2027-06-30T15:31", "9999-12-30"])
def test_what_has_not_come_cannot_be_asked(text: str) -> None:
    with pytest.raises(FutureAsOf):
        read_as_of(text, NOW)


@pytest.mark.parametrize(
    "text",
    ["yesterday", "-1", "1.5", "2027-02-30", "2027-6-1", "20270630T0900", "2027-W26", "9999-12-31", "0000-00-00",
     "2027-06-30T25:00", "1" * 19, "2027-06-30T09:00+99:00", "令和9年6月30日", "\x00"],
)  # fmt: skip
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(BadAsOf):
        read_as_of(text, NOW)
