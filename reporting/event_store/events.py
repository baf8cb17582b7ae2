"""What goes into the log and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import uuid_utils.compat


def new_event_id() -> UUID:
    """UUIDv7: in the order of making, so that the unique index grows at its end."""
    return uuid_utils.compat.uuid7()


@dataclass(frozen=True)
class NewEvent:
    """A fact to append. `data` and `meta` are JSON without floats; `occurred_at` is aware and kept in UTC."""

    stream: str
    type: str
    data: Mapping[str, Any]
    meta: Mapping[str, Any]
    occurred_at: datetime
    schema_version: int = 1
    event_id: UUID = field(default_factory=new_event_id)

    def __post_init__(self) -> None:
        if self.occurred_at.tzinfo is None:
            raise ValueError("occurred_at must be aware")
        if self.occurred_at.tzinfo is not UTC:
            object.__setattr__(self, "occurred_at", self.occurred_at.astimezone(UTC))


@dataclass(frozen=True)
class Recorded:
    """Where an event came to stand. `repeated`: it had been appended before and nothing was written now."""

    event_id: UUID
    stream: str
    position: int
    version: int
    recorded_at: datetime
    repeated: bool


class StaleStream(Exception):
    """The stream is not at the version the command was decided on. `actual` is the true one."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream} is at version {actual}, not {expected}")
        self.stream, self.expected, self.actual = stream, expected, actual


class UnknownEvent(Exception):
    """A follower met an event of a type or version that this code, or its database, does not know."""

    def __init__(self, position: int, type_: str, version: int) -> None:
        super().__init__(f"the event at position {position} is a {type_} of version {version}, which is not known here")
        self.position, self.type, self.version = position, type_, version


class EventIdReused(Exception):
    """The event id is in the log with another content."""
