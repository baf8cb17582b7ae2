"""What reporters are still typing is kept field by field, so that two people, or two tabs, do not overwrite each other.

A draft is no fact: it is not in the log, and goes with the submission it becomes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from agencies import access
from agencies.access import Actor, Deed
from indicators.models import Assignment
from indicators.periods import Period
from reporting.commands import handing_over
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.domain.drafts import names_of
from reporting.domain.entries import TEXT_LIMIT
from reporting.domain.errors import (
    DraftDiffers,
    DraftFieldInvalid,
    DraftFieldUnknown,
    NotAllowed,
    NotFound,
    NotToBeWritten,
)
from reporting.domain.report import may_be_drafted
from reporting.models import Draft, DraftField, Report
from reporting.queries import drafts, forms
from reporting.queries.drafts import Typed


class Saved(NamedTuple):
    """The versions of what was saved, by field; and by field what stands there instead, where another text was saved
    after the one the author had seen. Of a field in `conflicts` nothing was changed."""

    versions: dict[str, int]
    conflicts: dict[str, Typed]


def save_fields(
    *,
    actor: Actor,
    assignment: str,
    period: str,
    changes: Mapping[str, tuple[str, int]],
    now: datetime,
    once: Once | None = None,
) -> Saved:
    """Save changed fields. `changes`: by name of the form's field its text, and the version its author had seen there
    (0: none). Saving the same text again is no change, so a request may be sent twice. Raises a Refusal."""
    if not actor.may(Deed.SUBMIT):
        raise NotAllowed()
    with command(actor, once) as done:
        assigned, when = _report_of(actor, assignment, period)
        _must_be_readable(changes, names_of(forms.questions(assigned, when)))
        # The report first, as a submission locks them; there may be none yet, so it is read again below.
        Report.objects.select_for_update().filter(id=f"{assigned.id}@{when.code}").first()
        draft = lock(assigned, when)
        # Read after the draft's lock, which a submission takes too: none can come between.
        report = Report.objects.filter(id=draft.id).first()
        if report and not may_be_drafted(forms.state_of(report)):
            raise NotToBeWritten()
        standing = _standing(draft, changes)
        conflicts = {
            name: standing[name]
            for name, (text, seen) in changes.items()
            if name in standing and seen != standing[name].version and text != standing[name].text
        }
        same = {name: row.version for name, row in standing.items() if row.text == changes[name][0]}
        new = {name: text for name, (text, _) in changes.items() if name not in conflicts and name not in same}
        if new:
            _write(draft, new, actor, now)
            if report:
                handing_over.changed(report, actor, now)
        return done(Saved(versions=same | dict.fromkeys(new, draft.version), conflicts=conflicts))


def take_up(assigned: Assignment, when: Period, seen: Mapping[str, tuple[str, int]] | None) -> None:
    """The draft goes into a submission: in its transaction, after the report's lock and before the log's.

    `seen`: what is submitted, by field, with the version its author had seen there; raises DraftDiffers when the draft
    holds a newer and other text. None: the author did not write into the draft (the API), and it goes unread.
    """
    draft = lock(assigned, when)
    if seen is not None:
        conflicts = {
            row.name: drafts.typed(row)
            for row in draft.fields.select_related("by")
            if (had := seen.get(row.name, ("", 0))) and had[1] != row.version and had[0] != row.text
        }
        if conflicts:
            refusal = DraftDiffers()
            refusal.params["conflicts"] = conflicts
            raise refusal
    draft.fields.all().delete()


def take_up_many(reports: Sequence[str]) -> None:
    """The same for many reports whose author wrote elsewhere: their drafts go unread. The reports are locked."""
    locked = Draft.objects.select_for_update().filter(id__in=reports).order_by("id").values_list("id", flat=True)
    DraftField.objects.filter(draft__in=list(locked)).delete()


def lock(assigned: Assignment, when: Period) -> Draft:
    """The draft's row, made if need be, and locked."""
    key = f"{assigned.id}@{when.code}"
    Draft.objects.bulk_create(
        [Draft(id=key, assignment=assigned, agency_id=assigned.agency_id, period=when.code)], ignore_conflicts=True
    )
    return Draft.objects.select_for_update().get(id=key)


def _write(draft: Draft, texts: Mapping[str, str], actor: Actor, now: datetime) -> None:
    assert actor.person_id is not None, "drafts are people's"
    draft.version += 1
    draft.hands = sorted({*draft.hands, actor.person_id})
    draft.save(update_fields=["version", "hands"])
    DraftField.objects.bulk_create(
        [
            DraftField(
                draft=draft,
                agency_id=draft.agency_id,
                name=name,
                text=text,
                version=draft.version,
                by_id=actor.person_id,
                at=now,
            )
            for name, text in texts.items()
        ],
        update_conflicts=True,
        unique_fields=["draft", "name"],
        update_fields=["text", "version", "by", "at"],
    )


def _standing(draft: Draft, changes: Mapping[str, object]) -> dict[str, Typed]:
    rows = draft.fields.filter(name__in=list(changes)).select_related("by")
    return {row.name: drafts.typed(row) for row in rows}


def _must_be_readable(changes: Mapping[str, tuple[str, int]], known: frozenset[str]) -> None:
    if unknown := sorted(set(changes) - known):
        raise DraftFieldUnknown(names=", ".join(name[:60] for name in unknown[:5]))
    wrong = sorted(name for name, (text, _) in changes.items() if len(text) > TEXT_LIMIT or "\x00" in text)
    if wrong:
        raise DraftFieldInvalid(names=", ".join(wrong[:5]), limit=f"{TEXT_LIMIT:,}")


def _report_of(actor: Actor, assignment: str, period: str) -> tuple[Assignment, Period]:
    """One's own agency's only, as for a submission."""
    rows = access.visible(Assignment.objects.filter(to_position__isnull=True), actor)
    found = rows.filter(id=assignment, agency=actor.agency).select_related("node__plan").first()
    when = forms.period_of(found, period) if found else None
    if found is None or when is None:
        raise NotFound()
    return found, when
