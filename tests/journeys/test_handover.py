"""4月異動: one act passes a desk to a successor, whether or not the predecessor can still sign in; and nothing that was
done changes its name."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest

from agencies import access
from agencies.access import Actor
from agencies.models import Membership, Person, Role
from reporting.commands import charges as commands
from reporting.commands.drafts import save_fields
from reporting.domain.errors import NotAllowed, NotFound, NothingToHandOver, NotOfTheAgency, SamePerson
from reporting.models import Charge, Event, Handover, Inquiry
from reporting.queries.my_desk import Whose, my_desk
from tests.acts import at, row_of, send_back, submit
from tests.cast import SYSTEM, Cast
from tests.departments import ask, contributors, person, unit_of
from tests.journeys.conftest import Browser

SetClock = Callable[[datetime], None]
APRIL = at("2026-07-20 10:00")
MINE = ["JST.P1.A1", "JST.P1.A2.M1"]


def put(actor: Actor, *assignments: str, person: int | None = None) -> None:
    people = dict.fromkeys(assignments, person or actor.person_id)
    commands.put_in_charge(actor=actor, people=people, now=APRIL)


def hand_over(actor: Actor, old: Actor, new: Actor, agency: str = "JST") -> Handover:
    assert old.person_id
    assert new.person_id
    return commands.hand_over(
        actor=actor, agency=agency, predecessor=old.person_id, successor=new.person_id, note="4月異動", now=APRIL
    )


def desk_of(name: str, whose: Whose = Whose.MINE) -> set[str]:
    actor = access.actor_for(Person.objects.get(username=name))
    with access.reading(actor):
        desk = my_desk(actor, APRIL, whose)
    return {row.duty.assignment.id for row in (*desk.todo, *desk.overdue, *desk.waiting)}


@pytest.fixture
def nobuko(cast: Cast) -> Actor:
    """The successor: so far she answers for the planning department."""
    return person("nobuko", "JST", "planning", Role.CONTRIBUTOR)


def test_the_successor_finds_the_whole_desk_and_the_predecessor_is_gone(
    cast: Cast, nobuko: Actor, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(APRIL)
    contributors()
    put(cast.hanako, *MINE)
    (inquiry,) = ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit_of("JST", "engineering"), now=APRIL)
    # Nobody is in charge of this one, but she has been typing into it; and this one she has sent in.
    changes = {"narrative:summary": ("途中まで", 0)}
    save_fields(actor=cast.hanako, assignment="JST.P1.A1.M2", period="FY2026Q1", changes=changes, now=APRIL)
    submit(cast.hanako, "JST.P1.A2.M1", "FY2026Q1", {"IND-03": "140"}, now=APRIL)
    send_back(cast.ichiro, "JST.P1.A2.M1@FY2026Q1", now=APRIL)
    browser = sign_in("hanako")

    preview = browser.get(f"/admin/handover/?predecessor={cast.hanako.person_id}&successor={nobuko.person_id}")
    page = preview.content.decode()
    assert "引き継ぐ内容" in page
    for shown in ("P1.A1.M2", "JST.P1.A1.M2@FY2026Q1", "JST engineering", "終了：Hanako", "開始：後任 信子"):
        assert shown in page, shown
    done = browser.post(
        "/admin/handover/",
        {"predecessor": cast.hanako.person_id, "successor": nobuko.person_id, "note": "4月異動"},
    )

    assert done.status_code == 302
    assert desk_of("nobuko") == {*MINE, "JST.P1.A1.M2"}
    assert browser.get("/admin/reports/").status_code == 302  # hanako has no membership any more
    with access.reading(SYSTEM):
        assert Inquiry.objects.get(pk=inquiry).asked_name == "後任 信子"
        assert not Membership.objects.filter(person=cast.hanako.person_id, ended_on__isnull=True).exists()
        old = Charge.objects.filter(person=cast.hanako.person_id)
        assert {row.until_at for row in old} == {APRIL}
        kept = Handover.objects.get()
    assert (kept.by_name, kept.predecessor_name, kept.successor_name, kept.at) == (
        "Hanako",
        "Hanako",
        "後任 信子",
        APRIL,
    )
    assert kept.moved["assignments"] == ["JST.P1.A1", "JST.P1.A1.M2", "JST.P1.A2.M1"]
    assert "4月異動" in sign_in("nobuko").get("/admin/handover/").content.decode()


def test_what_was_done_stays_under_the_name_of_who_did_it(cast: Cast, nobuko: Actor) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=APRIL)
    hand_over(cast.hanako, cast.hanako, nobuko)
    assert row_of("JST.P1.A1@FY2026Q1").submitted_name == "Hanako"
    with access.reading(SYSTEM):
        assert Event.objects.get(stream="report/JST.P1.A1/FY2026Q1").meta["actor"] == "Hanako"


def test_it_works_when_the_predecessor_left_long_ago_and_their_account_is_disabled(cast: Cast, nobuko: Actor) -> None:
    put(cast.hanako, *MINE)
    hanako = Person.objects.get(username="hanako")
    with access.acting(SYSTEM):
        Person.objects.filter(pk=hanako.pk).update(is_active=False)
        Membership.objects.filter(person=hanako).update(ended_on=at("2026-03-31 00:00").date())
    assert access.actor_for(Person.objects.get(username="hanako")) == access.NOBODY

    hand_over(cast.misao, cast.hanako, nobuko)  # an operator: nobody of JST is left to do it

    assert desk_of("nobuko") == set(MINE)
    with access.reading(SYSTEM):
        theirs = Membership.objects.filter(person=nobuko.person_id, ended_on__isnull=True)
        assert set(theirs.values_list("unit__code", "role")) == {("planning", "contributor"), ("planning", "reporter")}


def test_twice_hands_over_nothing_more(cast: Cast, nobuko: Actor) -> None:
    put(cast.hanako, *MINE)
    colleague = person("makoto", "JST", "planning", Role.REPORTER)
    hand_over(colleague, cast.hanako, nobuko)
    with pytest.raises(NothingToHandOver):
        hand_over(colleague, cast.hanako, nobuko)


def test_nobody_of_another_agency_hands_over_or_receives(cast: Cast, nobuko: Actor) -> None:
    for actor, old, new, agency in (
        (cast.taro, cast.hanako, nobuko, "JST"),  # of another agency
        (cast.taro, cast.hanako, cast.taro, "JSPS"),
        (cast.hanako, cast.hanako, cast.taro, "JST"),  # to someone who is nobody there
        (cast.misao, cast.hanako, cast.taro, "JST"),
    ):
        with pytest.raises(NotFound):
            hand_over(actor, old, new, agency)
    for actor in (nobuko, cast.ichiro, cast.kyoko, cast.jiro):  # contributor, reviewer, secretariat, ministry
        with pytest.raises(NotAllowed):
            hand_over(actor, cast.hanako, nobuko)
    with pytest.raises(SamePerson):
        hand_over(cast.hanako, cast.hanako, cast.hanako)
    with access.reading(SYSTEM):
        assert not Handover.objects.exists()


def test_a_reviewers_role_does_not_pass_on_with_the_desk(cast: Cast) -> None:
    """CAO reports and reviews: what operators give, operators take."""
    with access.acting(SYSTEM):
        unit = Membership.objects.get(person=cast.ichiro.person_id)
        Membership.objects.create(
            person_id=cast.hoko.person_id, unit_id=unit.unit_id, agency_id="CAO", role=Role.REVIEWER
        )
    new = person("atarashi", "CAO", "reporting", Role.CONTRIBUTOR)
    hand_over(cast.misao, cast.hoko, new, "CAO")
    with access.reading(SYSTEM):
        current = Membership.objects.filter(ended_on__isnull=True)
        assert set(current.filter(person=new.person_id).values_list("role", flat=True)) == {"contributor", "reporter"}
        assert set(current.filter(person=cast.hoko.person_id).values_list("role", flat=True)) == {"reviewer"}


def test_mine_is_what_one_is_in_charge_of_and_all_is_the_agencys(cast: Cast) -> None:
    other = person("makoto", "JST", "budget", Role.REPORTER)
    put(cast.hanako, "JST.P1.A1")
    put(cast.hanako, "JST.P1.A2.M1", person=other.person_id)
    assert desk_of("hanako") == {"JST.P1.A1"}
    assert desk_of("hanako", Whose.UNIT) == {"JST.P1.A1"}
    assert desk_of("makoto") == {"JST.P1.A2.M1"}
    assert {"JST.P1.A1", "JST.P1.A2.M1"} < desk_of("makoto", Whose.ALL)


def test_only_ones_own_agencys_reporters_are_in_charge_of_its_assignments(cast: Cast, nobuko: Actor) -> None:
    for stranger in (cast.taro, nobuko):
        with pytest.raises(NotOfTheAgency):
            put(cast.hanako, "JST.P1.A1", person=stranger.person_id)
    with pytest.raises(NotFound):
        put(cast.hanako, "JSPS.P1.A1")
    with pytest.raises(NotAllowed):
        put(nobuko, "JST.P1.A1")


def test_who_is_in_charge_is_said_on_a_page(cast: Cast, sign_in: type[Browser], set_clock: SetClock) -> None:
    set_clock(APRIL)
    browser = sign_in("hanako")
    browser.post("/admin/charges/", {"charge:JST.P1.A1": cast.hanako.person_id, "charge:JST.P1.A2.M1": ""})
    page = browser.get("/admin/reports/").content.decode()
    assert re.search(r'href="\?whose=mine" aria-current="true"', page)
    assert "/admin/reports/JST.P1.A1/FY2026Q1/" in page
    assert "/admin/reports/JST.P1.A2.M1/FY2026Q1/" not in page
    assert "担当者のいない未完了の報告" in page
