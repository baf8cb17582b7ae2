"""確定版: a cut of the log with a name, published once and never changed.

none ── draft ─▶ drafted ── publish, by another ─▶ published
                    └────── drop ─────▶ dropped
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from indicators.definitions import DISCLOSURES
from reporting.domain.errors import (
    CutNotSealed,
    DisclosureChanged,
    EditionOver,
    EditionTextTooLong,
    EditionTitleMissing,
    NothingPublic,
    NotPrepared,
    OwnEdition,
    ReasonMissing,
)
from reporting.domain.report import Fact, Who

PUBLIC = DISCLOSURES[0]
DRAFTED, PUBLISHED, DROPPED = "drafted", "published", "dropped"
LONGEST_TITLE, LONGEST_NOTE = 120, 2_000


@dataclass(frozen=True)
class PreparedFile:
    """What is said of a file: with its digest nobody can put another in its place."""

    name: str
    content_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class EditionState:
    """What is known of one edition. `disclosure`: each indicator's class, as it was when it was drafted."""

    status: str
    drafted_by: int | None = None
    drafted_unit: int | None = None
    disclosure: Mapping[str, str] = field(default_factory=dict)


def draft(
    *, title_ja: str, title_en: str, note: str, position: int, moment: datetime, sealed: int,
    disclosure: Mapping[str, str],
) -> Fact:  # fmt: skip
    """A cut at `position` gets its name. `sealed`: so many events a signed head covers; what is not sealed cannot be
    verified by who downloads it. Raises a Refusal."""
    if not title_ja.strip() or not title_en.strip():
        raise EditionTitleMissing()
    if max(len(title_ja), len(title_en)) > LONGEST_TITLE or len(note) > LONGEST_NOTE:
        raise EditionTextTooLong(title=LONGEST_TITLE, note=LONGEST_NOTE)
    if not 0 < position <= sealed:
        raise CutNotSealed(sealed=sealed)
    if not published_of(disclosure):
        raise NothingPublic()
    return Fact(
        "EditionDrafted",
        {
            "title_ja": title_ja.strip(), "title_en": title_en.strip(), "note": note.strip(), "position": position,
            "moment": moment.isoformat(), "disclosure": dict(sorted(disclosure.items())),
        },
    )  # fmt: skip


def publish(state: EditionState, *, who: Who, files: Sequence[PreparedFile], disclosure: Mapping[str, str]) -> Fact:
    """A second person, of another unit, puts it before the public. `disclosure`: the classes of now; what was public
    when it was drafted and is no more stops it. Raises a Refusal."""
    _must_be_drafted(state)
    if not files:
        raise NotPrepared()
    if is_own(state, who):
        raise OwnEdition()
    taken_back = [code for code in published_of(state.disclosure) if disclosure.get(code) != PUBLIC]
    if taken_back:
        raise DisclosureChanged(indicators=", ".join(taken_back))
    said = [
        {"name": file.name, "content_type": file.content_type, "size": file.size, "sha256": file.sha256}
        for file in sorted(files, key=lambda file: file.name)
    ]
    return Fact("EditionPublished", {"files": said})


def drop(state: EditionState, *, reason: str) -> Fact:
    """A draft that is not to be published. Also for the one who drafted it."""
    _must_be_drafted(state)
    if not reason.strip():
        raise ReasonMissing()
    return Fact("EditionDropped", {"reason": reason.strip()[:LONGEST_NOTE]})


def published_of(disclosure: Mapping[str, str]) -> list[str]:
    """The codes of those that may be in an edition: what nobody has called public is not."""
    return sorted(code for code, cls in disclosure.items() if cls == PUBLIC)


def is_own(state: EditionState, who: Who) -> bool:
    """Whether this person, or any unit of theirs, drafted it. One without a person or a unit is nobody's second."""
    if who.person is None or state.drafted_by is None or who.person == state.drafted_by:
        return True
    return state.drafted_unit is None or who.unit is None or state.drafted_unit in (who.units | {who.unit})


def _must_be_drafted(state: EditionState) -> None:
    if state.status != DRAFTED:
        raise EditionOver()
