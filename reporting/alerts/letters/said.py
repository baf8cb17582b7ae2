"""What goes into a letter, and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class To:
    """Who reads it: a unit or a person. `language`: "both" (Japanese first, English second), "ja" or "en"."""

    name_ja: str
    name_en: str
    language: str = "both"

    @property
    def languages(self) -> tuple[str, ...]:
        """The first is that of the subject."""
        return ("ja", "en") if self.language == "both" else (self.language,)


@dataclass(frozen=True)
class Said:
    """One thing told about one alert: `kind` is one of KINDS.

    `indicator`, `agency` (None: the nation) and `domain` are codes. `severity` is the class now, `previous` the one
    before. `evidence` is that of the standing's event; where it is empty, that of the standing in force is used.
    `level`: why it reaches this reader: 0 in charge, 1 their head, 2 the ministry responsible, 3 CSTI's secretariat.
    `answer_by`: until when what is asked is to be done. `by`: who did it. `until`: of a class set by hand its last day.
    """

    kind: str
    alert: int
    indicator: str
    agency: str | None
    domain: str | None
    severity: str
    previous: str | None
    since: datetime
    period: str
    evidence: Mapping[str, Any]
    level: int = 0
    answer_by: date | None = None
    by: str = ""
    until: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Image:
    """A PNG, shown in the html by its name."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str
    images: tuple[Image, ...]
