"""Who is in charge of what, and handing a desk to a successor. No facts of the log: who did what stays as it was."""

from collections.abc import Mapping
from datetime import datetime

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import Membership
from indicators.models import Assignment
from indicators.periods import JST
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.domain.errors import NotAllowed, NotFound, NotOfTheAgency
from reporting.models import Charge, Handover, Inquiry
from reporting.queries import charges
from reporting.queries.charges import CURRENT, Passes


def put_in_charge(
    *, actor: Actor, people: Mapping[str, int | None], now: datetime, once: Once | None = None
) -> list[str]:
    """Say who is in charge, by assignment; None: nobody. Gives the assignments that changed. Raises a Refusal."""
    if not actor.may(Deed.SUBMIT):
        raise NotAllowed()
    with command(actor, once) as done:
        assignments = access.visible(Assignment.objects.filter(to_position__isnull=True, agency=actor.agency), actor)
        # The assignments' rows are not to be locked by their readers; the agency's charges are few, and change rarely.
        rows = access.visible(Charge.objects.filter(CURRENT, agency=actor.agency), actor).select_for_update()
        standing = {row.assignment_id: row for row in rows.order_by("pk")}
        known = set(assignments.filter(id__in=list(people)).values_list("id", flat=True))
        if set(people) - known:
            raise NotFound()
        units = {row.person_id: row.unit_id for row in charges.reporters(actor)}
        if {person for person in people.values() if person is not None} - set(units):
            raise NotOfTheAgency()
        changed = [
            assignment
            for assignment, person in people.items()
            if (standing[assignment].person_id if assignment in standing else None) != person
        ]
        _end(actor, actor.agency, changed, now)
        _begin({a: person for a in changed if (person := people[a]) is not None}, units, actor.agency, now)
        return done(changed)


def hand_over(
    *,
    actor: Actor,
    agency: str,
    predecessor: int,
    successor: int,
    note: str,
    now: datetime,
    once: Once | None = None,
) -> Handover:
    """All that is one person's in an agency passes to another, in one act: what they are in charge of or were working
    on, the inquiries they sent, their memberships as a reporter. The predecessor's account need not work any more.
    Raises a Refusal.

    By a reporter of the agency, or an operator. Drafts and threads are the report's, and mails go to units: they are
    the successor's with the assignment and the membership.
    """
    if not actor.may(Deed.HAND_OVER):
        raise NotAllowed()
    with command(actor, once) as done:
        # Locked in one order by whoever hands over, so that two acts cannot both move the same.
        rows = access.visible(Membership.objects.filter(agency=agency), actor)
        list(rows.filter(person__in=[predecessor, successor]).order_by("pk").select_for_update())
        found = charges.passes(actor, agency, predecessor, successor)
        if found is None:
            raise NotFound()
        if found.refusal:
            raise found.refusal
        return done(_pass_on(actor, agency, found, note, now))


def _pass_on(actor: Actor, agency: str, found: Passes, note: str, now: datetime) -> Handover:
    assert found.passing is not None
    assert actor.person_id is not None, "handovers are people's"
    old, new = found.predecessor.person, found.successor.person
    today = now.astimezone(JST).date()
    Membership.objects.filter(pk__in=found.passing.ends).update(ended_on=today)
    Membership.objects.bulk_create(
        [Membership(person=new, unit_id=unit, agency_id=agency, role=role) for unit, role in found.passing.begins]
    )
    ids = [assignment.id for assignment in found.assignments]
    _end(actor, agency, ids, now)
    unit = _unit_of(new.pk, agency)
    _begin(dict.fromkeys(ids, new.pk), {new.pk: unit}, agency, now)
    # Whom to ask about an inquiry is the successor; who asked stays in the handover.
    Inquiry.objects.filter(pk__in=[row.pk for row in found.inquiries]).update(asked_by=new, asked_name=str(new))
    return Handover.objects.create(
        agency_id=agency,
        predecessor=old,
        predecessor_name=str(old),
        successor=new,
        successor_name=str(new),
        by_id=actor.person_id,
        by_name=actor.name,
        at=now,
        note=note.strip(),
        moved={
            "assignments": ids,
            "inquiries": [row.pk for row in found.inquiries],
            "drafts": found.drafts,
            "ended": [[m.unit.name_ja, m.role] for m in found.ends],
            "begun": [[m.unit.name_ja, m.role] for m in found.begins],
        },
    )


def _unit_of(person: int, agency: str) -> int:
    """The unit in which a person is in charge: that of their reporter's membership, else of any."""
    rows = Membership.objects.filter(person=person, agency=agency, ended_on__isnull=True).order_by("pk")
    units = {row.role: row.unit_id for row in reversed(rows)}
    return int(units.get("reporter") or next(iter(units.values())))


def _end(actor: Actor, agency: str, assignments: list[str], now: datetime) -> None:
    rows = access.visible(Charge.objects.filter(CURRENT, agency=agency), actor)
    rows.filter(assignment__in=assignments).update(until_at=now)


def _begin(people: Mapping[str, int], units: Mapping[int, int], agency: str, now: datetime) -> None:
    Charge.objects.bulk_create(
        [
            Charge(assignment_id=assignment, agency_id=agency, person_id=person, unit_id=units[person], from_at=now)
            for assignment, person in people.items()
        ]
    )
