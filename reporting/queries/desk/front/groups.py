"""Who leads what in the plan, and what serves which programme: read together, for a page may not ask too often."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, F, OuterRef, Subquery, Value

from agencies import access
from agencies.access import Actor
from agencies.models import AgencyProfile, in_force
from indicators.models import Assignment, GroupAssignment, Programme
from reporting.queries.desk.target_words import Both

TEXT = CharField()
EMPTY, NONE = Value("", TEXT), Value([], ArrayField(TEXT))


@dataclass(frozen=True)
class Lead(Both):
    """An agency or a group that leads a measure. `kind`: of an agency, as the plan's events say."""

    code: str
    kind: str


@dataclass(frozen=True)
class Named(Both):
    """A programme."""

    code: str


@dataclass(frozen=True)
class ToGroup:
    """What is assigned to a group, as far as it says which measure an indicator is reported under."""

    node_id: str
    indicators: Sequence[str]


@dataclass(frozen=True)
class Charge:
    to_groups: list[ToGroup] = field(default_factory=list)
    leads: Mapping[str, list[Lead]] = field(default_factory=dict)  # by measure
    programmes: Mapping[str, Named] = field(default_factory=dict)


def groups(*, as_of: int | None = None) -> list[GroupAssignment]:
    """What the plan assigns to groups (universities, ministries ...): the plan itself, which everybody may see."""
    return list(GroupAssignment.objects.filter(in_force(as_of)).select_related("group").order_by("group"))


def who_leads(*, actor: Actor, as_of: int | None = None) -> Charge:
    """All leads this actor may see, what is assigned to groups, and the programmes in force. One query. A leading group
    is named as such and not member by member."""
    kind = AgencyProfile.objects.filter(in_force(as_of), agency=OuterRef("agency")).values("kind")[:1]
    assigned = Assignment.objects.filter(in_force(as_of), role="lead", via_group="").order_by()
    to_agencies = access.visible(assigned, actor).values_list(
        Value("agency", TEXT), "role", "node_id", "agency_id", "agency__name_ja", "agency__name_en", Subquery(kind),
        NONE,
    )  # fmt: skip
    to_groups = GroupAssignment.objects.filter(in_force(as_of)).values_list(
        Value("group", TEXT), "role", "node_id", "group_id", "group__name_ja", "group__name_en", EMPTY, F("indicators")
    )
    programmes = Programme.objects.filter(in_force(as_of)).values_list(
        Value("programme", TEXT), EMPTY, EMPTY, "code", "name_ja", "name_en", EMPTY, NONE
    )
    to: list[ToGroup] = []
    leads: dict[str, list[Lead]] = defaultdict(list)
    named: dict[str, Named] = {}
    rows = to_agencies.union(to_groups, programmes, all=True)
    for what, role, node, code, name_ja, name_en, of_kind, codes in sorted(rows, key=lambda row: row[3]):
        if what == "programme":
            named[code] = Named(name_ja, name_en, code)
            continue
        if what == "group":
            to.append(ToGroup(node, codes))
        if role == "lead":
            leads[node].append(Lead(name_ja, name_en, code, of_kind or ""))
    return Charge(to, leads, named)
