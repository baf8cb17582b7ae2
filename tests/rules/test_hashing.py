"""What an event commits to: the RFC 8785 form, the same for the same content, whoever computes it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from reporting.event_store.events import NewEvent
from reporting.event_store.hashing import FloatInEvent, canonical, event_hash
from tests.acts import at

EVENT = NewEvent(
    stream="report/JST.P1.A1/FY2026Q1",
    type="ReportSubmitted",
    data={"figures": [{"value": "350", "indicator": "IND-02"}], "late": False, "agency": "JST"},
    meta={"actor": "進捗 花子", "person": 7},
    occurred_at=datetime(2026, 8, 1, 3, 4, 5, 678, tzinfo=UTC),
    event_id=UUID("01987e9a-0000-7000-8000-000000000001"),
)
# Written by hand: keys sorted, no white space, text as UTF-8.
CANONICAL = (
    '{"data":{"agency":"JST","figures":[{"indicator":"IND-02","value":"350"}],"late":false},'
    '"event_id":"01987e9a-0000-7000-8000-000000000001",'
    '"meta":{"actor":"進捗 花子","person":7},'
    '"occurred_at":"2026-08-01T03:04:05.000678+00:00",'
    '"schema_version":1,'
    '"stream":"report/JST.P1.A1/FY2026Q1",'
    '"type":"ReportSubmitted"}'
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abé語😀", max_size=3), inner, max_size=3),
    max_leaves=8,
)


def test_the_hash_is_sha_256_of_a_text_that_can_be_written_by_hand() -> None:
    assert event_hash(EVENT) == hashlib.sha256(CANONICAL.encode()).digest()


def test_keys_are_sorted_by_utf_16_as_the_rfc_wants() -> None:
    """U+1F600 is above U+FB33 as a number, but its first half, D83D, is below it."""
    event = replace(EVENT, data={"\ufb33": "3", "\U0001f600": "2", "\u20ac": "1"})
    data = '{"\u20ac":"1","\U0001f600":"2","\ufb33":"3"}'
    canonical = CANONICAL.replace(CANONICAL[8 : CANONICAL.index(',"event_id"')], data)
    assert event_hash(event) == hashlib.sha256(canonical.encode()).digest()


@given(data=st.dictionaries(st.text("abé語😀", max_size=3), JSON, max_size=4))
def test_the_same_content_has_the_same_hash_in_whatever_order_it_was_built(data: dict[str, Any]) -> None:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return [turned(inner) for inner in value] if isinstance(value, list) else value

    assert event_hash(replace(EVENT, data=data)) == event_hash(replace(EVENT, data=turned(data)))


@given(data=st.dictionaries(st.text('abé語😀\ufb33\x00\x7f\u2028"\\', max_size=3), JSON, max_size=4))
def test_the_fast_form_is_the_one_of_the_reference(data: dict[str, Any]) -> None:
    assert canonical(data) == rfc8785.dumps(data)


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**80])
def test_an_integer_that_a_reader_could_take_for_another_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=str(number)):
        event_hash(replace(EVENT, data={"n": number}))


@pytest.mark.parametrize(
    "other",
    [
        replace(EVENT, stream="report/JST.P1.A1/FY2026Q2"),
        replace(EVENT, type="ReportApproved"),
        replace(EVENT, schema_version=2),
        replace(EVENT, data={}),
        replace(EVENT, meta={}),
        replace(EVENT, occurred_at=at("2026-08-01 12:04")),
        replace(EVENT, event_id=UUID(int=1)),
    ],
)
def test_every_part_of_an_event_is_in_its_hash(other: NewEvent) -> None:
    assert event_hash(other) != event_hash(EVENT)


def test_the_moment_counts_and_not_the_zone_it_was_said_in() -> None:
    assert event_hash(replace(EVENT, occurred_at=EVENT.occurred_at.astimezone(at("2026-01-01").tzinfo))) == event_hash(
        EVENT
    )


@pytest.mark.parametrize("data", [{"value": 1.5}, {"a": [{"b": 0.0}]}, {"nan": float("nan")}, {"a": (1, 2.0)}])
def test_a_float_is_refused_however_deep(data: dict[str, Any]) -> None:
    with pytest.raises(FloatInEvent):
        event_hash(replace(EVENT, data=data))


def test_a_float_in_meta_is_refused_too() -> None:
    with pytest.raises(FloatInEvent):
        event_hash(replace(EVENT, meta={"took": 0.1}))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        replace(EVENT, occurred_at=datetime(2026, 8, 1))  # noqa: DTZ001
