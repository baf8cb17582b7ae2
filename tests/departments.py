"""The people of two departments of one agency, and what they and its reporter do with inquiries, in one line each."""

from datetime import date, datetime

from django.contrib.auth.hashers import make_password

from agencies import access
from agencies.access import Actor
from agencies.models import Person, Role, Unit
from reporting.commands import inquiries
from tests.acts import at
from tests.cast import PASSWORD, SYSTEM, join

JULY = at("2026-07-21 10:00")  # reports of FY2026Q1 are due on 31 July 2026
NAMES = {"kiku": "菊地 一郎", "ume": "梅田 二郎", "nobuko": "後任 信子"}


def person(name: str, agency: str, unit: str, role: Role) -> Actor:
    """A new account with one membership; as the actor it signs in as."""
    with access.acting(SYSTEM):
        made = Person.objects.create(
            username=name, name=NAMES.get(name, name), password=make_password(PASSWORD), is_staff=True
        )
        join(made, agency, unit, role)
    return access.actor_for(made)


def contributors(agency: str = "JST") -> tuple[Actor, Actor]:
    """Two people who answer for a department each."""
    return (
        person("kiku", agency, "engineering", Role.CONTRIBUTOR),
        person("ume", agency, "medicine", Role.CONTRIBUTOR),
    )


def unit_of(agency: str, code: str) -> int:
    with access.reading(SYSTEM):
        return Unit.objects.get(agency=agency, code=code).pk


def ask(
    actor: Actor,
    assignment: str,
    period: str,
    *units: int,
    fields: tuple[str, ...] = ("IND-02",),
    due_on: date = date(2026, 7, 24),
    now: datetime = JULY,
) -> list[int]:
    return inquiries.ask_departments(
        actor=actor, assignment=assignment, period=period, fields=fields, units=units, due_on=due_on,
        note="部局ごとの件数をご回答ください。", now=now,
    )  # fmt: skip


def answer(
    actor: Actor, inquiry: int, value: str, *, seen: int = 0, remark: str = "", field: str = "IND-02"
) -> list[str]:
    return inquiries.answer_inquiry(
        actor=actor, inquiry=inquiry, answers={field: {"value": value}}, remarks={field: remark}, seen={field: seen},
        now=JULY,
    )  # fmt: skip
