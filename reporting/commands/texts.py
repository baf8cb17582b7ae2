"""Free text stands beside its event, which holds only a salted commitment to it."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from uuid import UUID

from reporting.domain.entries import TEXT_LIMIT
from reporting.domain.errors import FigureInvalid
from reporting.models import EventText


class Texts:
    """The texts of one event to be: salts are drawn once, so that the commitment and the row agree."""

    def __init__(self, texts: Mapping[str, str], agency: str | None) -> None:
        """Raises FigureInvalid for a text that is too long, or holds what no text may."""
        problems = {name: "too_long" for name, text in texts.items() if len(text) > TEXT_LIMIT}
        problems |= {name: "control_character" for name, text in texts.items() if "\x00" in text}
        if problems:
            raise FigureInvalid(fields=", ".join(problems), problems=problems)
        self.agency = agency
        self.rows = {field: (secrets.token_bytes(32), text.strip()) for field, text in texts.items() if text.strip()}

    def commitments(self) -> dict[str, str]:
        """field → SHA-256(salt ‖ text), in hex, for the event's data."""
        return {field: hashlib.sha256(salt + text.encode()).hexdigest() for field, (salt, text) in self.rows.items()}

    def keep(self, event_id: UUID) -> None:
        EventText.objects.bulk_create(
            EventText(event_id=event_id, field=field, agency_id=self.agency, salt=salt, text=text)
            for field, (salt, text) in self.rows.items()
        )


def keep_all(texts: Iterable[tuple[UUID, Texts]]) -> None:
    """The texts of many events, at once."""
    EventText.objects.bulk_create(
        (
            EventText(event_id=event_id, field=field, agency_id=mine.agency, salt=salt, text=text)
            for event_id, mine in texts
            for field, (salt, text) in mine.rows.items()
        ),
        batch_size=5_000,
    )
