"""A text is erased by the events of two people and changed in no way: not by the run-time role, nor a superuser."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection

from agencies import access
from reporting import event_store
from reporting.domain.events import redaction_stream
from reporting.event_store import NewEvent
from tests.acts import row_of, submit
from tests.cast import SYSTEM, Cast
from tests.databases import OWNER_URL, RUN_TIME_URL, SUPERUSER_URL, connect
from tests.storage.test_redaction import FIELD, NOW, SECRET, text_of

Superuser = psycopg.Connection[tuple[Any, ...]]


def too_much_was_said(cast: Cast) -> None:
    """A submission whose words hold what must go."""
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW, summary=f"進んだ。{SECRET}")


pytestmark = pytest.mark.after(done=too_much_was_said)


@pytest.fixture
def event_id(cast: Cast) -> UUID:
    submitted = row_of("JST.P1.A1@FY2026Q1").submitted_event
    assert submitted
    return submitted


def forged(event_id: UUID, type_: str, person: object, unit: object, **data: Any) -> NewEvent:
    """An event such as the run-time role can append: the log keeps whatever the application says, for ever."""
    about = {"event_id": str(event_id), "field": FIELD, "agency": "JST", **data}
    stream = redaction_stream(event_id, FIELD)
    return NewEvent(stream=stream, type=type_, data=about, meta={"person": person, "unit": unit}, occurred_at=NOW)


def call(redacting: UUID) -> None:
    with access.acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT redact_text(%s)", [redacting])


FORGERIES: dict[str, Callable[[UUID], list[NewEvent]]] = {
    "no proposal": lambda e: [forged(e, "TextRedacted", 2, 21, proposal="p")],
    "the same person twice": lambda e: [
        forged(e, "RedactionProposed", 1, 20, proposal="p"), forged(e, "TextRedacted", 1, 21, proposal="p")],
    "the same unit twice": lambda e: [
        forged(e, "RedactionProposed", 1, 20, proposal="p"), forged(e, "TextRedacted", 2, 20, proposal="p")],
    "nobody said who asked": lambda e: [
        forged(e, "RedactionProposed", None, 20, proposal="p"), forged(e, "TextRedacted", 2, 21, proposal="p")],
    "nobody said who confirmed": lambda e: [
        forged(e, "RedactionProposed", 1, 20, proposal="p"), forged(e, "TextRedacted", None, 21, proposal="p")],
    "another proposal": lambda e: [
        forged(e, "RedactionProposed", 1, 20, proposal="p"), forged(e, "TextRedacted", 2, 21, proposal="q")],
    "a proposal without a name": lambda e: [
        forged(e, "RedactionProposed", 1, 20), forged(e, "TextRedacted", 2, 21)],
    "the proposal comes after": lambda e: [
        forged(e, "TextRedacted", 2, 21, proposal="p"), forged(e, "RedactionProposed", 1, 20, proposal="p")],
    "declined in between": lambda e: [
        forged(e, "RedactionProposed", 1, 20, proposal="p"), forged(e, "RedactionDeclined", 3, 22, proposal="p"),
        forged(e, "TextRedacted", 2, 21, proposal="p")],
    "another text": lambda e: [
        forged(uuid4(), "RedactionProposed", 1, 20, proposal="p"), forged(e, "TextRedacted", 2, 21, proposal="p")],
    "another field": lambda e: [
        forged(e, "RedactionProposed", 1, 20, proposal="p", field="comment"),
        forged(e, "TextRedacted", 2, 21, proposal="p", field="comment")],
    "another kind of event": lambda e: [
        forged(e, "RedactionProposed", 1, 20, proposal="p"), forged(e, "RedactionProposed", 2, 21, proposal="p")],
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_20_the_function_called_directly_erases_nothing_that_two_people_have_not_said(
    cast: Cast, event_id: UUID, forgery: str
) -> None:
    events = FORGERIES[forgery](event_id)
    with access.acting(SYSTEM):
        event_store.append(events)
    for event in events:
        with pytest.raises(DatabaseError, match="two people"):
            call(event.event_id)
    assert SECRET in text_of(event_id).text


def test_the_events_of_two_people_are_what_it_asks_for(cast: Cast, event_id: UUID) -> None:
    """The control: with both events of another person each, the same call goes through, once."""
    events = [
        forged(event_id, "RedactionProposed", 1, 20, proposal="p"),
        forged(event_id, "TextRedacted", 2, 21, proposal="p"),
    ]
    with access.acting(SYSTEM):
        event_store.append(events)
    with pytest.raises(DatabaseError), access.acting(cast.taro), connection.cursor() as cursor:
        cursor.execute("SELECT redact_text(%s)", [events[1].event_id])  # whose scope shows neither events nor text
    call(events[1].event_id)
    assert text_of(event_id).redacted_by == events[1].event_id
    with pytest.raises(DatabaseError, match="never changed"):
        call(events[1].event_id)


CHANGES = {
    "update": "UPDATE reporting_eventtext SET text = 'x'",
    "erase": "UPDATE reporting_eventtext SET text = '', salt = NULL, redacted_by = gen_random_uuid()",
    "swap": "UPDATE reporting_eventtext SET field = 'other'",
    "delete": "DELETE FROM reporting_eventtext",
    "truncate": "TRUNCATE reporting_eventtext",
    "born redacted": "INSERT INTO reporting_eventtext (event_id, field, text, redacted_by)"
    " VALUES (gen_random_uuid(), 'f', '', gen_random_uuid())",
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", [RUN_TIME_URL, OWNER_URL, SUPERUSER_URL])
@pytest.mark.parametrize("mode", ["origin", "replica"])
def test_no_role_changes_or_removes_a_text(
    cast: Cast, superuser: Superuser, database: str, event_id: UUID, role: str, change: str, mode: str
) -> None:
    if mode == "replica" and role != SUPERUSER_URL:
        return  # only a superuser can ask for it
    with connect(role, database) as connected:
        connected.execute("SELECT set_config('app.scope', 'all', false)")
        if mode == "replica":
            connected.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connected.execute(CHANGES[change].encode())
    assert SECRET in text_of(event_id).text


def test_20_without_the_guard_one_person_would_erase_alone(cast: Cast, superuser: Superuser, event_id: UUID) -> None:
    """The control: it is the trigger that asks for two."""
    alone = [
        forged(event_id, "RedactionProposed", 1, 20, proposal="p"),
        forged(event_id, "TextRedacted", 1, 20, proposal="p"),
    ]
    with access.acting(SYSTEM):
        event_store.append(alone)
    with pytest.raises(DatabaseError, match="two people"):
        call(alone[1].event_id)
    superuser.execute("ALTER TABLE reporting_eventtext DISABLE TRIGGER text_is_only_ever_redacted")
    call(alone[1].event_id)
    assert text_of(event_id).text == ""
