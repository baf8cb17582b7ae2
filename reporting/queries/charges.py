"""Who is in charge of what in an agency, who works there, and what would pass to a successor."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from agencies import access
from agencies.access import Actor
from agencies.models import Membership, Person, Role, in_force
from indicators.models import Assignment
from reporting.domain.errors import Refusal
from reporting.domain.handover import Held, Passing, pass_on
from reporting.models import Charge, DraftField, Handover, Inquiry, Report, Status

CURRENT = Q(until_at__isnull=True)


def in_charge(actor: Actor) -> dict[str, Charge]:
    """By assignment of the actor's agency: who is in charge of it. One query."""
    rows = access.visible(Charge.objects.filter(CURRENT, agency=actor.agency), actor)
    return {row.assignment_id: row for row in rows.select_related("person", "unit")}


def reporters(actor: Actor) -> list[Membership]:
    """The current reporters of the actor's agency, one membership a person."""
    rows = access.visible(Membership.objects.filter(agency=actor.agency), actor)
    found = rows.filter(role=Role.REPORTER, ended_on__isnull=True).select_related("person", "unit").order_by("pk")
    return list({row.person_id: row for row in reversed(found)}.values())[::-1]


def assignments_of(actor: Actor, *, as_of: int | None = None) -> list[Assignment]:
    """What the actor's agency reports on, in the plan's order."""
    rows = access.visible(Assignment.objects.filter(in_force(as_of), agency=actor.agency), actor)
    return list(rows.select_related("node").order_by("node__order"))


@dataclass(frozen=True)
class Colleague:
    """Someone who works or has worked for an agency, with what they are there now or were last."""

    person: Person
    memberships: tuple[Membership, ...]

    @property
    def current(self) -> bool:
        return self.person.is_active and any(m.ended_on is None for m in self.memberships)


def colleagues(actor: Actor, agency: str) -> list[Colleague]:
    """Everyone with a membership in an agency, ended or not, by name. One query."""
    rows = access.visible(Membership.objects.filter(agency=agency), actor).select_related("person", "unit")
    found: dict[int, list[Membership]] = {}
    for row in rows.order_by("pk"):
        found.setdefault(row.person_id, []).append(row)
    people = [Colleague(rows[0].person, tuple(rows)) for rows in found.values()]
    return sorted(people, key=lambda one: (not one.current, str(one.person)))


@dataclass(frozen=True)
class Passes:
    """What would pass from one person to another: the rule's answer, or the refusal; and what it was asked about."""

    predecessor: Colleague
    successor: Colleague
    passing: Passing | None
    refusal: Refusal | None
    assignments: list[Assignment]
    inquiries: list[Inquiry]
    drafts: list[str]

    @property
    def ends(self) -> list[Membership]:
        wanted = self.passing.ends if self.passing else ()
        return [m for m in self.predecessor.memberships if m.pk in wanted]

    @property
    def begins(self) -> list[Membership]:
        """The predecessor's memberships whose like the successor will have."""
        wanted = set(self.passing.begins) if self.passing else set()
        rows = {(m.unit_id, m.role): m for m in self.predecessor.memberships}
        return [row for key, row in rows.items() if key in wanted]

    @property
    def stays(self) -> list[Membership]:
        wanted = self.passing.stays if self.passing else ()
        return [m for m in self.predecessor.memberships if m.pk in wanted]


def passes(actor: Actor, agency: str, predecessor: int, successor: int) -> Passes | None:
    """What a handover would do; None when one of the two is nobody of this agency that the actor may see.

    What a person was working on counts as theirs where nobody is in charge of it: the drafts they typed into last,
    the reports they submitted that are not decided."""
    people = {one.person.pk: one for one in colleagues(actor, agency)}
    old, new = people.get(predecessor), people.get(successor)
    if old is None or new is None:
        return None
    charges = dict(
        access.visible(Charge.objects.filter(CURRENT, agency=agency), actor).values_list("assignment", "person")
    )
    drafts = _drafts_of(actor, agency, predecessor)
    pending = access.visible(Report.objects.filter(agency=agency, submitted_by=predecessor), actor)
    pending = pending.filter(status__in=[Status.SUBMITTED, Status.RETURNED, Status.WITHDRAWN])
    worked_on = {key.partition("@")[0] for key in drafts} | set(pending.values_list("assignment", flat=True))
    theirs = {a for a, person in charges.items() if person == predecessor} | (worked_on - set(charges))
    rows = access.visible(Assignment.objects.filter(in_force(), id__in=theirs), actor)
    assignments = list(rows.select_related("node").order_by("node__order"))
    open_ = access.visible(
        Inquiry.objects.filter(agency=agency, asked_by=predecessor, withdrawn_at__isnull=True), actor, unit_field="unit"
    )
    inquiries = list(open_.order_by("pk"))
    passing, refusal = None, None
    try:
        passing = pass_on(
            predecessor=predecessor,
            successor=successor,
            successor_is_active=new.person.is_active,
            held=_held(old.memberships),
            successors=_held(new.memberships),
            desk=len(assignments) + len(inquiries),
        )
    except Refusal as error:
        refusal = error
    return Passes(old, new, passing, refusal, assignments, inquiries, drafts)


def handovers(actor: Actor, agency: str) -> list[Handover]:
    """What has been handed over in an agency, newest first."""
    return list(access.visible(Handover.objects.filter(agency=agency), actor).order_by("-at", "-pk")[:100])


def _drafts_of(actor: Actor, agency: str, person: int) -> list[str]:
    """The reports into whose draft this person was the last to type."""
    rows = access.visible(DraftField.objects.filter(agency=agency), actor)
    newest = rows.order_by("draft", "-at", "-version").distinct("draft").values_list("draft", "by")
    return [draft for draft, by in newest if by == person]


def _held(memberships: Sequence[Membership]) -> list[Held]:
    return [Held(m.pk, m.unit_id, m.role, m.ended_on) for m in memberships]
