"""The people of the tests, named for nobody in particular, with what they are; and the agencies they need."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.contrib.auth.hashers import ScryptPasswordHasher, make_password

from agencies import access
from agencies.access import Actor
from agencies.models import Membership, Person, Role, Unit
from indicators.models import Level, PlanNode
from indicators.periods import JST
from reporting.commands import plan as plans
from reporting.commands.reviewers import name_reviewer
from reporting.management.commands.load_plan import SHIPPED

FOUNDATION = datetime(2026, 4, 1, 9, tzinfo=JST)
PASSWORD = "correct-horse-battery"  # at every account
SYSTEM = access.system("test")

UNIVERSITIES = {
    "MIHON-A": ["UNIV", "TOKUTEI"],
    "MIHON-B": ["UNIV", "TOKUTEI"],
    "MIHON-C": ["UNIV"],
}


class CheapScrypt(ScryptPasswordHasher):
    """A third of the time of all tests went into being slow for whoever steals a password."""

    work_factor = 2


@dataclass(frozen=True)
class Part:
    agency: str
    unit: str
    role: Role


PARTS = {
    "hanako": Part("JST", "planning", Role.REPORTER),
    "tomoko": Part("JST", "planning", Role.RESPONSIBLE),
    "taro": Part("JSPS", "programmes", Role.REPORTER),
    "shingo": Part("MEXT", "research", Role.REPORTER),
    "jiro": Part("MEXT", "policy", Role.MINISTRY),
    "gyoko": Part("METI", "innovation", Role.REPORTER),
    "midori": Part("MIHON-A", "research", Role.REPORTER),
    "aoi": Part("MIHON-B", "research", Role.REPORTER),
    "akane": Part("MIHON-C", "research", Role.REPORTER),
    "hoko": Part("CAO", "reporting", Role.REPORTER),
    "ichiro": Part("CAO", "review", Role.REVIEWER),
    "saburo": Part("CAO", "second-review", Role.REVIEWER),
    "kyoko": Part("CAO", "coordination", Role.SECRETARIAT),
    "fumiko": Part("CAO", "audit", Role.AUDITOR),
    "misao": Part("CAO", "systems", Role.OPERATOR),
}


class Cast:
    """`cast.hanako` is the actor she is when she signs in."""

    hanako: Actor  # reports for JST
    tomoko: Actor  # releases what JST's reporters have prepared
    taro: Actor  # reports for JSPS
    shingo: Actor  # reports for MEXT, which leads many measures
    jiro: Actor  # MEXT as a ministry: sees JST, JSPS and the universities
    gyoko: Actor  # reports for METI
    midori: Actor  # reports for MIHON-A, one of the 特定の大学
    aoi: Actor  # reports for MIHON-B, one of the 特定の大学
    akane: Actor  # reports for MIHON-C
    hoko: Actor  # reports for CAO, in a unit of its own
    ichiro: Actor  # reviews for CSTI
    saburo: Actor  # reviews for CSTI, in another unit of CAO
    kyoko: Actor  # CSTI's secretariat
    fumiko: Actor  # audits
    misao: Actor  # operates

    def __getattr__(self, name: str) -> Actor:
        if name not in PARTS:
            raise AttributeError(name)
        actor = access.actor_for(Person.objects.get(username=name))
        setattr(self, name, actor)
        return actor

    @cached_property
    def system(self) -> Actor:
        return SYSTEM


def lay_foundation() -> None:
    """The shipped plan, three universities, the people: through the commands and the ORM, as the run-time role."""
    text = SHIPPED.read_text(encoding="utf-8")
    plans.load_plan(actor=SYSTEM, text=text, file=SHIPPED.name, reason="", now=FOUNDATION)
    universities = [
        {
            "code": code, "name_ja": f"見本大学{code[-1]}", "name_en": f"Sample University {code[-1]}",
            "kind": "university", "supervisors": ["MEXT"], "corporate_number": "", "groups": groups,
        }
        for code, groups in UNIVERSITIES.items()
    ]  # fmt: skip
    plans.register_agencies(actor=SYSTEM, agencies=universities, now=FOUNDATION)
    password = make_password(PASSWORD)
    with access.acting(SYSTEM):
        for name, part in PARTS.items():
            person = Person.objects.create(username=name, name=name.title(), password=password, is_staff=True)
            join(person, part.agency, part.unit, part.role)
    name_stand_ins()


def name_stand_ins() -> None:
    """Ichiro and Saburo decide on what CAO itself reports, in every pillar."""
    with access.reading(SYSTEM):
        nodes = list(PlanNode.objects.filter(level__in=[Level.PLAN, Level.PILLAR]).values_list("code", flat=True))
        people = list(Person.objects.filter(username__in=["ichiro", "saburo"]).values_list("pk", flat=True))
    for node in nodes:
        for person in people:
            name_reviewer(actor=SYSTEM, post="stand_in", node=node, person=person, now=FOUNDATION)


def join(person: Person, agency: str, unit: str, role: Role) -> Membership:
    """A membership, in a unit that is made when it is not there. Inside access.acting."""
    row, _ = Unit.objects.get_or_create(
        agency_id=agency,
        code=unit,
        defaults={
            "name_ja": f"{agency} {unit}",
            "name_en": f"{agency} {unit}",
            "email": f"{unit}@{agency.lower()}.example",
        },
    )
    return Membership.objects.create(person=person, unit=row, agency_id=agency, role=role)
