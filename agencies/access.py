"""The one gate: what may this person see and do.

Two layers stand behind each other. Here in Python every look-up a person can reach is narrowed by `visible`;
underneath, row-level security reads the same answer from `app.scope` and `app.agencies`, set per transaction by
`reading` and `acting`, so that a forgotten `visible` returns nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, models, transaction
from django.db.models import OuterRef, Q, QuerySet
from django.utils.translation import get_language

from agencies.models import Agency, AgencyProfile, Membership, Person, Role, Unit, in_force

M = TypeVar("M", bound=models.Model)

FOLLOWER_ROLE = "shinchoku_follower"
# Over millions of rows it may take its time, sorts in memory, and joins as sets: the planner, which cannot know,
# expects a few.
COUNT_ALL = """
SET LOCAL work_mem = '64MB'; SET LOCAL enable_nestloop = off; SET LOCAL statement_timeout = '30s';
SELECT set_config('app.scope', 'all', true)
"""
COUNT_NO_MORE = "SELECT set_config('app.scope', %(reader)s, true); RESET enable_nestloop"
AT_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; "


class Scope(StrEnum):
    NONE = "none"  # national figures are not even shown: nobody is signed in
    UNIT = "unit"  # what was asked of one's unit, and nothing else of the agency
    AGENCIES = "agencies"  # the agencies listed, and what is national
    ALL = "all"  # CSTI, auditors, operators


class Deed(StrEnum):
    SUBMIT = "submit"
    ANSWER = "answer"  # what a reporter of the agency asks of one's unit
    HAND_OVER = "hand_over"
    RELEASE = "release"
    SET_SIGN_OFF = "set_sign_off"
    DECIDE = "decide"
    NAME_REVIEWERS = "name_reviewers"
    PROPOSE_TARGET = "propose_target"
    ACCEPT_TARGET = "accept_target"
    DEFINE_INDICATOR = "define_indicator"
    SET_DEADLINE = "set_deadline"
    OVERRIDE = "override"
    GIVE_OPINION = "give_opinion"  # of one's own agency, on a standing
    ANSWER_ALERT = "answer_alert"  # of one's own agency: acknowledge it, submit an action plan
    DECIDE_PLAN = "decide_plan"
    APPROVE_SILENCE = "approve_silence"
    FREEZE_MAILS = "freeze_mails"
    SET_LADDER = "set_ladder"
    SET_OWN_LADDER = "set_own_ladder"
    DRAFT_EDITION = "draft_edition"
    PUBLISH_EDITION = "publish_edition"  # of another unit than who drafted it
    SEE_DESK = "see_desk"
    SEE_BOARD = "see_board"
    REDACT = "redact"
    SEE_LOG = "see_log"
    OPERATE = "operate"


DEEDS: dict[str, frozenset[Deed]] = {
    Role.REPORTER: frozenset(
        {
            Deed.SUBMIT,
            Deed.ANSWER,
            Deed.HAND_OVER,
            Deed.PROPOSE_TARGET,
            Deed.GIVE_OPINION,
            Deed.ANSWER_ALERT,
            Deed.SEE_DESK,
        }
    ),
    Role.CONTRIBUTOR: frozenset({Deed.ANSWER}),
    # Releases what a reporter has prepared, and says whether the agency wants that.
    Role.RESPONSIBLE: frozenset(
        {
            Deed.RELEASE,
            Deed.SET_SIGN_OFF,
            Deed.GIVE_OPINION,
            Deed.ANSWER_ALERT,
            Deed.SET_OWN_LADDER,
            Deed.SEE_DESK,
        }
    ),
    Role.REVIEWER: frozenset(
        {
            Deed.DECIDE,
            Deed.ACCEPT_TARGET,
            Deed.SET_DEADLINE,
            Deed.PUBLISH_EDITION,
            Deed.SEE_DESK,
            Deed.SEE_BOARD,
            Deed.SEE_LOG,
        }
    ),
    # A standing is set by hand by the secretariat and by nobody else: a reviewer has decided on the figures behind it.
    # Erasing a text needs two people of two units: the secretariat answers for what the record says, the operators for
    # what is left in dead rows and backups. A reviewer may have written the text, an auditor must not touch the record.
    Role.SECRETARIAT: frozenset(
        {
            Deed.ACCEPT_TARGET,
            Deed.DEFINE_INDICATOR,
            Deed.SET_DEADLINE,
            Deed.OVERRIDE,
            Deed.NAME_REVIEWERS,
            Deed.REDACT,
            Deed.SET_SIGN_OFF,
            Deed.DECIDE_PLAN,
            Deed.APPROVE_SILENCE,
            Deed.FREEZE_MAILS,
            Deed.SET_LADDER,
            Deed.DRAFT_EDITION,
            Deed.PUBLISH_EDITION,
            Deed.SEE_DESK,
            Deed.SEE_BOARD,
            Deed.SEE_LOG,
        }
    ),
    Role.MINISTRY: frozenset(
        {Deed.GIVE_OPINION, Deed.ANSWER_ALERT, Deed.SET_OWN_LADDER, Deed.SEE_DESK, Deed.SEE_BOARD}
    ),
    Role.AUDITOR: frozenset({Deed.SEE_DESK, Deed.SEE_BOARD, Deed.SEE_LOG}),
    Role.OPERATOR: frozenset({Deed.REDACT, Deed.HAND_OVER, Deed.SEE_DESK, Deed.SEE_BOARD, Deed.SEE_LOG, Deed.OPERATE}),
}
SEE_ALL = frozenset({Role.REVIEWER, Role.SECRETARIAT, Role.AUDITOR, Role.OPERATOR})
SCOPES = {Role.CONTRIBUTOR: Scope.UNIT} | dict.fromkeys(SEE_ALL, Scope.ALL)


@dataclass(frozen=True)
class Actor:
    """Who acts, in which unit, as what. `units` are all units the person belongs to, in whatever role: four eyes
    looks at all of them."""

    person_id: int | None
    name: str
    role: str
    unit_id: int | None = None
    unit_name: str = ""
    agency: str = ""
    agency_name: str = ""
    agencies: frozenset[str] = frozenset()
    units: frozenset[int] = frozenset()
    membership: int | None = None
    memberships: tuple[tuple[int, str], ...] = ()  # all of the person's, to choose another
    scope: Scope = Scope.NONE
    deeds: frozenset[Deed] = field(default_factory=frozenset)

    def may(self, deed: Deed) -> bool:
        return deed in self.deeds

    def as_meta(self) -> dict[str, object]:
        """What goes into an event's meta: who, in which unit, of which agency."""
        return {
            "actor": self.name,
            "person": self.person_id,
            "role": self.role,
            "unit": self.unit_id,
            "agency": self.agency,
        }


NOBODY = Actor(person_id=None, name="", role="")


def system(name: str) -> Actor:
    """The clock, a load command: acts for the whole, holds no membership."""
    return Actor(person_id=None, name=name, role="system", scope=Scope.ALL, deeds=frozenset(Deed))


def actor_for(user: Person | AnonymousUser, membership_id: int | None = None) -> Actor:
    """The actor a signed-in person is now: the membership chosen, else their first current one that is not
    only a contributor's.

    Opens a short transaction of its own, in which row-level security shows the person's own memberships only.
    """
    if not isinstance(user, Person) or not user.is_active:
        return NOBODY
    with transaction.atomic():
        _set_context(person=user.pk)
        # Read along with it, for a page may not ask too often.
        overseen = AgencyProfile.objects.filter(in_force(), supervisors__contains=[OuterRef("agency_id")])
        mine = list(
            Membership.objects.filter(person=user, ended_on__isnull=True)
            .annotate(oversees=ArraySubquery(overseen.values("agency_id")))
            .select_related("unit", "agency")
            .order_by("pk")
        )
        if not mine:
            return NOBODY
        # Who reports, and answers for a department too, is a reporter first.
        usual = next((m for m in mine if m.role != Role.CONTRIBUTOR), mine[0])
        chosen = next((m for m in mine if m.pk == membership_id), usual)
        agencies = {chosen.agency_id}
        if chosen.role == Role.MINISTRY:
            agencies |= set(chosen.oversees)
    return Actor(
        person_id=user.pk,
        name=str(user),
        role=chosen.role,
        unit_id=chosen.unit_id,
        unit_name=_named(chosen.unit),
        agency=chosen.agency_id,
        agency_name=_named(chosen.agency),
        agencies=frozenset(agencies),
        units=frozenset(m.unit_id for m in mine),
        membership=chosen.pk,
        memberships=tuple((m.pk, f"{_named(m.agency)} {_named(m.unit)} {m.get_role_display()}") for m in mine),
        scope=SCOPES.get(Role(chosen.role), Scope.AGENCIES),
        deeds=DEEDS[chosen.role],
    )


def _named(thing: Agency | Unit) -> str:
    """In the language of whoever asks, who is the actor themself."""
    return thing.name_en if (get_language() or "").startswith("en") and thing.name_en else thing.name_ja


def visible(
    rows: QuerySet[M], actor: Actor, agency_field: str = "agency", *, unit_field: str | None = None
) -> QuerySet[M]:
    """The rows this actor may see: all, or those of their agencies and those of none (national). Who answers for a
    unit sees what is of that unit, where rows say so in `unit_field`, and no other row."""
    if actor.scope is Scope.ALL:
        return rows
    if actor.scope is Scope.UNIT and unit_field is not None:
        return rows.filter(**{unit_field: actor.unit_id})
    if actor.scope is Scope.AGENCIES:
        return rows.filter(
            Q(**{f"{agency_field}__in": sorted(actor.agencies)}) | Q(**{f"{agency_field}__isnull": True})
        )
    return rows.none()


def own(rows: QuerySet[M], actor: Actor) -> QuerySet[M]:
    """The rows that are this person's: nobody else's are seen, even by those who see every agency."""
    return rows.filter(person=actor.person_id) if actor.person_id is not None else rows.none()


@contextmanager
def reading(actor: Actor, *, at_one_moment: bool = False) -> Iterator[None]:
    """A transaction in which row-level security shows what this actor may see.

    `at_one_moment`: every query sees the database as the first one did, so that an answer of several stands for one
    position of the log. Only for the outermost transaction, and only to read.
    """
    with transaction.atomic():
        _set_context_of(actor, before=AT_ONE_MOMENT if at_one_moment else "")
        yield


def count(actor: Actor, query: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of one query over all agencies' rows, in the transaction of this reader.

    For sums, and for no others than row-level security shows this reader as live rollups: the caller asks for the
    nation's, and for those of agencies the actor may see.
    """
    if actor.scope in (Scope.NONE, Scope.UNIT):
        return []
    with connection.cursor() as cursor:
        # Sent as one, so that nothing else is read with the wider scope; an error ends the transaction, and it too.
        cursor.execute(f"{COUNT_ALL}; {query}; {COUNT_NO_MORE}", {**params, "reader": actor.scope.value})
        for _ in range(COUNT_ALL.count(";") + 1):
            cursor.nextset()
        return list(cursor.fetchall())


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """A command's transaction: durable, so that when it ends the event is in the log."""
    with transaction.atomic(durable=True):
        _set_context_of(actor)
        yield


@contextmanager
def following() -> Iterator[None]:
    """A follower's transaction: its own database role, which sees every agency and may write read models only."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {FOLLOWER_ROLE}")
        _set_context(Scope.ALL)
        yield


def _set_context_of(actor: Actor, before: str = "") -> None:
    _set_context(actor.scope, actor.agencies, actor.person_id, actor.unit_id, before)


def _set_context(
    scope: Scope = Scope.NONE,
    agencies: frozenset[str] = frozenset(),
    person: int | None = None,
    unit: int | None = None,
    before: str = "",
) -> None:
    # Transaction-local: a pooled connection forgets it, the next request never inherits another's agencies.
    with connection.cursor() as cursor:
        cursor.execute(
            before + "SELECT set_config('app.scope', %s, true), set_config('app.agencies', %s, true),"
            " set_config('app.person', %s, true), set_config('app.unit', %s, true)",
            [scope.value, ",".join(sorted(agencies)), str(person or ""), str(unit or "")],
        )
