"""A report leaves its agency when another person has released what was prepared; and until when it comes back."""

import io
from uuid import UUID

import pytest
from django.db import DatabaseError

from agencies import access
from agencies.access import Actor
from agencies.models import Membership, Person, Role, Unit
from reporting import event_store
from reporting.commands.attachments import attach_file, remove_attachment
from reporting.commands.reports import approve_report, withdraw_report
from reporting.commands.sign_off import (
    begin_review,
    prepare_report,
    release_report,
    send_back_preparation,
    set_sign_off,
    take_back_preparation,
)
from reporting.domain import errors
from reporting.domain.sign_off import (
    NothingPrepared,
    OwnPreparation,
    ReviewHasBegun,
    SignOffNotWanted,
    SignOffWanted,
    read_ruling,
)
from reporting.models import EventText, Figure, Preparation, SignOffRule
from reporting.queries import sign_off
from tests.acts import approve, in_time, put_in_force, reading, row_of, send_back, submit, version_of, withdraw
from tests.cast import SYSTEM, Cast
from tests.evidence import PDF

ASSIGNMENT, PERIOD = "JST.P1.A1", "FY2026Q1"
REPORT, STREAM = f"{ASSIGNMENT}@{PERIOD}", f"report/{ASSIGNMENT}/{PERIOD}"
NOW = in_time(PERIOD)


@pytest.fixture
def wanted(cast: Cast) -> None:
    set_sign_off(actor=cast.tomoko, agency="JST", wanted=True, now=NOW)


def prepare(actor: Actor, value: str = "350", **more: str) -> Preparation:
    return prepare_report(
        actor=actor, assignment=ASSIGNMENT, period=PERIOD, answers={"IND-02": {"value": value}},
        narrative={"summary": "順調"}, now=NOW, ruling=read_ruling(more.get("on", ""), more.get("number", "")),
    )  # fmt: skip


def release(actor: Actor, number: int = 1) -> event_store.Recorded:
    return release_report(actor=actor, report=REPORT, seen_number=number, now=NOW)


def also(name: str, agency: str, unit: str, role: Role) -> Actor:
    """The person in a second membership, and as it."""
    with access.acting(SYSTEM):
        row = Unit.objects.get(agency=agency, code=unit)
        person = Person.objects.get(username=name)
        membership = Membership.objects.create(person=person, unit=row, agency_id=agency, role=role)
    return access.actor_for(person, membership.pk)


def state() -> str | None:
    with access.reading(SYSTEM):
        assert not Preparation.objects.exists(), "nobody outside the agency sees it"
    with access.following():
        return Preparation.objects.filter(report=REPORT).values_list("state", flat=True).first()


@pytest.mark.usefixtures("wanted")
def test_what_is_prepared_is_in_no_log_and_no_one_outside_sees_it_until_it_is_released(cast: Cast) -> None:
    prepare(cast.hanako, on="2026-07-09", number="科振第12号")
    with reading():
        assert event_store.stream(STREAM) == []
        assert not Figure.objects.exists()
    for who in ("ichiro", "kyoko", "fumiko", "jiro", "taro", "misao"):
        actor = getattr(cast, who)
        with access.reading(actor):
            assert sign_off.find_preparation(actor=actor, report=REPORT) is None
    with access.reading(cast.kyoko):
        assert not Preparation.objects.exists()
    recorded = release(cast.tomoko)
    with reading():
        [event] = event_store.stream(STREAM)
        said = dict(EventText.objects.filter(event_id=recorded.event_id).values_list("field", "text"))
    assert event.data["sign_off"] == {
        "prepared": {"person": cast.hanako.person_id, "unit": cast.hanako.unit_id, "actor": "Hanako",
                     "at": NOW.isoformat()},
        "released": {"person": cast.tomoko.person_id, "unit": cast.tomoko.unit_id, "actor": "Tomoko"},
    }  # fmt: skip
    assert event.meta["person"] == cast.tomoko.person_id
    assert event.data["decided_on"] == "2026-07-09"
    assert said == {"narrative.summary": "順調", "document_number": "科振第12号"}
    assert row_of(REPORT).submitted_name == "Tomoko"
    assert state() is None


@pytest.mark.usefixtures("wanted")
def test_where_it_is_wanted_nobody_submits_past_it_and_where_not_nobody_prepares(cast: Cast) -> None:
    with pytest.raises(SignOffWanted):
        submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    with pytest.raises(errors.NotAllowed):
        submit(cast.tomoko, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    submit(cast.taro, "JSPS.P1.A1", PERIOD, {"IND-02": "350"})
    set_sign_off(actor=cast.tomoko, agency="JST", wanted=False, now=NOW)
    with pytest.raises(SignOffNotWanted):
        prepare(cast.hanako)
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    with reading():
        assert list(SignOffRule.objects.order_by("id").values_list("wanted", "set_name")) == [
            (True, "Tomoko"), (False, "Tomoko"),
        ]  # fmt: skip


@pytest.mark.usefixtures("wanted")
def test_nobody_releases_what_they_have_prepared_in_any_role_or_membership(cast: Cast) -> None:
    hanako_as_chief = also("hanako", "JST", "planning", Role.RESPONSIBLE)
    tomoko_reports = also("tomoko", "JST", "planning", Role.REPORTER)
    prepare(cast.hanako)
    with pytest.raises(OwnPreparation):
        release(hanako_as_chief)
    prepare(tomoko_reports)
    with pytest.raises(OwnPreparation):
        release(cast.tomoko, 2)
    release(hanako_as_chief, 2)


@pytest.mark.usefixtures("wanted", "store")
def test_changing_it_after_preparation_voids_the_preparation(cast: Cast) -> None:
    def attached() -> UUID:
        return attach_file(
            actor=cast.hanako, assignment=ASSIGNMENT, period=PERIOD, name="a.pdf", content=io.BytesIO(PDF), now=NOW
        )

    prepare(cast.hanako)
    id_ = attached()
    assert state() == "taken_back"
    with pytest.raises(NothingPrepared):
        release(cast.tomoko)
    prepare(cast.hanako)
    remove_attachment(actor=cast.hanako, attachment=id_, now=NOW)
    assert state() == "taken_back"
    prepare(cast.hanako)
    prepare(cast.hanako, "351")
    with pytest.raises(errors.StaleVersion):
        release(cast.tomoko, 3)
    take_back_preparation(actor=cast.hanako, report=REPORT, seen_number=4, now=NOW)
    with pytest.raises(NothingPrepared):
        release(cast.tomoko, 4)
    prepare(cast.hanako, "352")
    release(cast.tomoko, 5)
    with reading():
        assert [figure.value for figure in Figure.objects.all()] == [352]


@pytest.mark.usefixtures("wanted")
def test_sent_back_it_carries_a_comment_and_comes_again(cast: Cast) -> None:
    prepare(cast.hanako)
    both = {"actor": cast.tomoko, "report": REPORT, "now": NOW}
    with pytest.raises(errors.CommentMissing):
        send_back_preparation(**both, seen_number=1, comment=" ")
    send_back_preparation(**both, seen_number=1, comment="内訳を付けて")
    with access.reading(cast.hanako):
        found = sign_off.find_preparation(actor=cast.hanako, report=REPORT)
    assert found is not None
    assert (found.state, found.comment, found.answered_name) == ("sent_back", "内訳を付けて", "Tomoko")
    with pytest.raises(NothingPrepared):
        release(cast.tomoko)
    prepare(cast.hanako, "360")
    release(cast.tomoko, 2)


@pytest.mark.usefixtures("wanted")
def test_what_could_not_be_submitted_cannot_be_prepared(cast: Cast) -> None:
    with pytest.raises(errors.FigureInvalid):
        prepare(cast.hanako, "たくさん")
    with pytest.raises(errors.PeriodNotOpen):
        prepare_report(
            actor=cast.hanako, assignment=ASSIGNMENT, period="FY2027Q1", answers={"IND-02": {"value": "1"}},
            narrative={}, now=NOW,
        )  # fmt: skip
    assert state() is None


@pytest.mark.usefixtures("wanted")
def test_another_agency_s_preparation_and_a_missing_one_are_alike(cast: Cast) -> None:
    prepare(cast.hanako)
    chief = also("taro", "JSPS", "programmes", Role.RESPONSIBLE)
    for report in (REPORT, "JST.P9.A9@FY2026Q1"):
        with pytest.raises(errors.NotFound):
            release_report(actor=chief, report=report, seen_number=1, now=NOW)
        with pytest.raises(errors.NotFound):
            send_back_preparation(actor=chief, report=report, seen_number=1, comment="x", now=NOW)
    for agency in ("JST", "NOWHERE"):
        with pytest.raises(errors.NotFound):
            set_sign_off(actor=chief, agency=agency, wanted=False, now=NOW)
    for who in ("hanako", "ichiro", "jiro"):
        with pytest.raises(errors.NotAllowed):
            set_sign_off(actor=getattr(cast, who), agency="JST", wanted=False, now=NOW)
    set_sign_off(actor=cast.kyoko, agency="JST", wanted=False, now=NOW)


@pytest.mark.usefixtures("wanted")
def test_the_differences_are_those_from_last_period_and_from_the_last_submission(cast: Cast) -> None:
    set_sign_off(actor=cast.tomoko, agency="JST", wanted=False, now=NOW)
    put_in_force(cast.ichiro, cast.hanako, ASSIGNMENT, "FY2026Q1", {"IND-02": "350"})
    submit(cast.hanako, ASSIGNMENT, "FY2026Q2", {"IND-02": "400"})
    send_back(cast.ichiro, f"{ASSIGNMENT}@FY2026Q2")
    set_sign_off(actor=cast.tomoko, agency="JST", wanted=True, now=NOW)
    prepare_report(
        actor=cast.hanako, assignment=ASSIGNMENT, period="FY2026Q2", answers={"IND-02": {"value": "410"}},
        narrative={}, now=in_time("FY2026Q2"),
    )  # fmt: skip
    with access.reading(cast.tomoko):
        found = sign_off.find_preparation(actor=cast.tomoko, report=f"{ASSIGNMENT}@FY2026Q2")
        assert found is not None
        [row] = sign_off.compare(preparation=found)
    assert row.shown.startswith("410")
    assert row.since_period.startswith("+60")
    assert row.since_submission.startswith("+10")
    assert row.changed


def test_nobody_at_csti_decides_on_what_was_prepared_in_a_unit_of_theirs(cast: Cast) -> None:
    set_sign_off(actor=cast.kyoko, agency="CAO", wanted=True, now=NOW)
    chief = also("fumiko", "CAO", "audit", Role.RESPONSIBLE)
    also("ichiro", "CAO", "reporting", Role.AUDITOR)
    ichiro = access.actor_for(Person.objects.get(username="ichiro"))
    now = in_time("FY2026")
    prepare_report(
        actor=cast.hoko, assignment="CAO.P1", period="FY2026", answers={"IND-01": {"value": "12"}}, narrative={},
        now=now,
    )  # fmt: skip
    release_report(actor=chief, report="CAO.P1@FY2026", seen_number=1, now=now)
    with pytest.raises(errors.OwnReport):
        approve_report(actor=ichiro, report="CAO.P1@FY2026", seen_version=1, now=now)
    approve(cast.saburo, "CAO.P1@FY2026")


def test_a_submission_is_taken_back_until_a_reviewer_has_begun(cast: Cast) -> None:
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    withdraw(cast.hanako, REPORT)
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    both = {"report": REPORT, "seen_version": version_of(REPORT), "now": NOW}
    for who in ("hanako", "jiro", "fumiko"):
        with pytest.raises(errors.NotAllowed):
            begin_review(actor=getattr(cast, who), **both)
    with pytest.raises(errors.StaleVersion):
        begin_review(actor=cast.ichiro, report=REPORT, seen_version=1, now=NOW)
    begin_review(actor=cast.ichiro, **both)
    begin_review(actor=cast.saburo, **both)
    with pytest.raises(ReviewHasBegun, match="Ichiro"):
        withdraw_report(actor=cast.hanako, **both)
    send_back(cast.saburo, REPORT)
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "351"})
    withdraw(cast.hanako, REPORT)
    with pytest.raises(errors.NothingToDecide):
        begin_review(actor=cast.ichiro, report=REPORT, seen_version=version_of(REPORT), now=NOW)


@pytest.mark.usefixtures("wanted")
def test_who_released_it_takes_it_back_too(cast: Cast) -> None:
    prepare(cast.hanako)
    release(cast.tomoko)
    withdraw(cast.tomoko, REPORT)
    assert row_of(REPORT).status == "withdrawn"


@pytest.mark.usefixtures("wanted")
def test_a_row_of_the_sign_off_is_never_rewritten(cast: Cast) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), access.acting(SYSTEM):
        SignOffRule.objects.update(wanted=False)
