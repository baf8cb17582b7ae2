"""The layer beneath agencies.access, table by table; and each of the two layers with the other taken away."""

from datetime import date
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, models, transaction

from agencies import access
from agencies.access import Actor, Scope
from agencies.models import Membership, Person, Unit
from indicators.models import AssignedIndicator, Assignment, Milestone, Target, TargetProposal
from reporting.commands import plan as plans
from reporting.commands.attachments import attach_link
from reporting.commands.charges import put_in_charge
from reporting.commands.deadlines import extend_deadline
from reporting.commands.drafts import save_fields
from reporting.commands.papers import Asked, ask_paper
from reporting.commands.redaction import propose_redaction
from reporting.commands.reviewers import name_reviewer
from reporting.commands.sign_off import begin_review, set_sign_off
from reporting.commands.threads import say
from reporting.commands.uploads import check_upload, stage_upload
from reporting.models import (
    ActionPlan,
    Alert,
    AlertChange,
    AnsweredRequest,
    AskedFigure,
    Attachment,
    Charge,
    DeadlineChange,
    DeskVisit,
    Draft,
    DraftField,
    EditionFile,
    Event,
    EventText,
    Figure,
    Handover,
    Inquiry,
    Ladder,
    LadderContact,
    MailAttempt,
    MailChoice,
    MailImage,
    MailReader,
    Notice,
    Opinion,
    OutboxMail,
    PaperFile,
    PaperJob,
    Preparation,
    Redaction,
    Reminder,
    Report,
    ReportState,
    ReviewBegun,
    ReviewPost,
    Rollup,
    SavedFilter,
    SignOffRule,
    Silence,
    Standing,
    StandingOverride,
    SuppressedAddress,
    Telling,
    ThreadMessage,
    TouchedCell,
    Upload,
    UploadLine,
)
from reporting.projections.rollups import read_page
from reporting.queries.papers import Subject
from tests.acts import all_at_once, append, at, event, put_in_force, submit
from tests.cast import SYSTEM, Cast
from tests.databases import OWNER_URL, connect
from tests.departments import ask

Superuser = psycopg.Connection[tuple[object, ...]]

# Each guarded table, and whether rows without an agency are the nation's.
GUARDED: dict[type[models.Model], bool] = {
    Event: True, EventText: True, Report: False, ReportState: False, Figure: False, TouchedCell: True, Rollup: True,
    Standing: True, StandingOverride: True, Opinion: False,
    Alert: True, AlertChange: False, ActionPlan: False, Silence: False, Telling: False,
    Ladder: False, LadderContact: False, MailChoice: False, MailReader: False,
    OutboxMail: False, MailAttempt: False, MailImage: False, Target: True, Milestone: True, TargetProposal: False,
    Assignment: False, AssignedIndicator: False, Unit: False, Membership: False, Redaction: True,
    Draft: False, DraftField: False, ThreadMessage: False,
    DeadlineChange: False,
    Inquiry: False, AskedFigure: False, Charge: False, Handover: False,
    Upload: False, UploadLine: False,
    Attachment: False, SignOffRule: False, ReviewBegun: False,
    ReviewPost: True, SuppressedAddress: False,
    Reminder: False, PaperJob: False,
}  # fmt: skip
# What has not left its agency is not even for those who see every agency: tests/storage/test_sign_off.py.
OF_ITS_AGENCY = {Preparation}
# tests/journeys/test_idempotency.py, test_notices.py, test_saved_filters.py, test_front_page.py and test_papers.py say
# whose.
OF_A_PERSON = {AnsweredRequest, DeskVisit, Notice, PaperFile, SavedFilter}
A, B = "JST", "JSPS"


def theirs(model: type[models.Model], agency: str) -> int:
    """Rows of an agency by the bare queryset: no gate of Python's before it."""
    return model._default_manager.filter(agency=agency).count()


def rows_of_both(cast: Cast) -> None:
    """Rows of both agencies, and national ones, in every guarded table."""
    for actor, assignment in ((cast.hanako, "JST.P1.A1"), (cast.taro, "JSPS.P1.A1")):
        attach_link(
            actor=actor, assignment=assignment, period="FY2026Q2", url="https://a.example/", now=at("2026-08-01 10:00")
        )
        set_sign_off(actor=cast.kyoko, agency=actor.agency, wanted=True, now=at("2026-08-01 10:00"))
        set_sign_off(actor=cast.kyoko, agency=actor.agency, wanted=False, now=at("2026-08-01 10:00"))
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1400"})
    for said in (
        submit(cast.hanako, "JST.P1.A1", "FY2026Q2", {"IND-02": "360"}, summary="A"),
        submit(cast.taro, "JSPS.P1.A1", "FY2026Q2", {"IND-02": "1500"}, summary="B"),
    ):
        begin_review(
            actor=cast.ichiro, report=said.stream.removeprefix("report/").replace("/", "@"), seen_version=1,
            now=at("2026-08-01 10:00"),
        )  # fmt: skip
        about = {"event_id": said.event_id, "field": "narrative.summary"}
        propose_redaction(actor=cast.kyoko, **about, reason="理由", now=at("2026-08-01 10:00"))
    for actor in (cast.hanako, cast.taro):
        save_fields(
            actor=actor,
            assignment=f"{actor.agency}.P1.A1",
            period="FY2026Q3",
            changes={"figure:IND-02:value": ("370", 0)},
            now=at("2027-01-10 10:00"),
        )
        said = {"indicator": "IND-02", "period": "FY2026Q3", "text": "範囲は。", "now": at("2027-01-10 10:00")}
        say(actor=actor, agency=actor.agency, **said)
        ask(actor, f"{actor.agency}.P1.A1", "FY2026Q3", actor.unit_id or 0, now=at("2026-07-01 10:00"))
        charge = {f"{actor.agency}.P1.A1": actor.person_id}
        upload = stage_upload(
            actor=actor, file_name="a.csv", content="キー,値\nx,1\n".encode(), now=at("2026-07-01 10:00")
        )
        check_upload(actor=actor, upload=upload, now=at("2026-07-01 10:00"))
        paper = Asked(subject=Subject("indicator", "IND-02"), form="pdf", language="ja")
        ask_paper(actor=actor, asked=paper, now=at("2026-07-01 10:00"))
        put_in_charge(actor=actor, people=charge, now=at("2026-07-01 10:00"))
        with access.acting(actor):
            Handover.objects.create(
                agency_id=actor.agency, predecessor_id=actor.person_id, successor_id=actor.person_id,
                by_id=actor.person_id, at=at("2026-07-01 10:00"),
            )  # fmt: skip
    for agency in (A, B):
        name_reviewer(
            actor=cast.kyoko, post="reviewer", agency=agency, person=cast.ichiro.person_id or 0,
            now=at("2026-08-01 10:00"),
        )  # fmt: skip
    for actor, indicator in ((cast.hanako, "P1.A1.M2"), (cast.taro, "P1.A1.M1")):
        draft = plans.TargetDraft(indicator, 2030, "95", "理由", agency=actor.agency, baseline="70", baseline_year=2025)
        plans.set_target(actor=actor, draft=draft, now=at("2026-08-01 10:00"))
    for agency in (A, B):
        extend_deadline(
            actor=cast.kyoko, agency=agency, period="FY2026Q3", until=date(2027, 3, 1), reason="理由",
            now=at("2026-08-01 10:00"),
        )  # fmt: skip
        draft_data = {"indicator": "IND-02", "agency": agency, "domain": None, "stage": 1, "due_on": "2027-03-31"}
        with access.acting(SYSTEM):
            Target.objects.create(
                indicator_id="IND-02", agency_id=agency, kind="level", year=2030, value=1, from_position=1
            )
            Milestone.objects.create(
                indicator_id="P1.A5.M4", agency_id=agency, stage=1, due_on=draft_data["due_on"], from_position=1
            )
        event = {"indicator_id": "IND-02", "agency_id": agency, "event_id": uuid4()}
        with access.acting(SYSTEM):
            StandingOverride.objects.create(
                **event, cls="at_risk", until=date(2027, 9, 30), set_at=at("2027-07-01 00:00"), from_position=1
            )
            Opinion.objects.create(
                **event, position=1, from_csti=False, text="意見", person_id=cast.hanako.person_id,
                at=at("2027-07-01 00:00"),
            )  # fmt: skip
        with access.following():
            thing = {"indicator_id": "IND-02", "agency_id": agency}
            Standing.objects.create(**thing, cls="at_risk", evidence={}, since=at("2027-07-01 00:00"), from_position=1)
            alert = Alert.objects.create(
                **thing, severity="at_risk", responsible_id=agency, position=1,
                opened_at=at("2027-07-01 00:00"), changed_at=at("2027-07-01 00:00"),
            )  # fmt: skip
            AlertChange.objects.create(
                alert=alert, agency_id=agency, what="fired", at=at("2027-07-01 00:00"), state="firing", seq=1,
                severity="at_risk",
            )  # fmt: skip
            Telling.objects.create(
                alert=alert, indicator_id="IND-02", scope_agency_id=agency, kind="fired", turn=1,
                severity="at_risk", agency_id=agency, unit=Unit.objects.get(agency=agency), at=at("2027-07-01 00:00"),
            )  # fmt: skip
            mail = OutboxMail.objects.create(
                key=agency, alert=alert, agency_id=agency, unit=Unit.objects.get(agency=agency), address="a@b.example",
                subject="s", body="b", due_at=at("2027-07-01 00:00"), business_time=at("2027-07-01 00:00"),
            )  # fmt: skip
            Reminder.objects.create(
                assignment_id=f"{agency}.P1.A1", agency_id=agency, period="FY2026Q1", due_on=date(2026, 8, 17),
                kind="ReportDue", number=3, at=at("2027-07-01 00:00"),
            )  # fmt: skip
            MailAttempt.objects.create(
                mail=mail, agency_id=agency, began_at=at("2027-07-01 00:00"), ended="accepted", address="a@b.example"
            )
            MailImage.objects.create(mail=mail, agency_id=agency, name="chart.png", content=b"")
            SuppressedAddress.objects.create(mail=mail, agency_id=agency, address=f"a@{agency}.example", why="bounced")
            cell = {"period": "FY2026", "scope": "agency", **thing}
            Rollup.objects.create(
                **cell, expected=1, answered=1, with_value=1, complete=1, pending=0, final=False, position=1
            )
        with access.acting(SYSTEM):
            people = {"agency_id": agency, "unit": Unit.objects.get(agency=agency)}
            ActionPlan.objects.create(
                alert=alert, agency_id=agency, number=1, event_id=uuid4(), causes=["funds"], expected={},
                due_on=date(2027, 9, 30), submitted_at=at("2027-07-01 00:00"), submitted_by_id=cast.hanako.person_id,
                submitted_unit=people["unit"],
            )  # fmt: skip
            Silence.objects.create(
                alert=alert, agency_id=agency, event_id=uuid4(), since=at("2027-07-01 00:00"), until=date(2027, 9, 30),
                waits=False, asked_by_id=cast.hanako.person_id,
            )  # fmt: skip
            Ladder.objects.create(agency_id=agency, days=[0, 5, 10, 15])
            LadderContact.objects.create(level=0, **people)
            MailChoice.objects.create(group="lag", frequency="daily", **people)
            MailReader.objects.create(**people)
    with access.following():
        while read_page():
            pass


pytestmark = pytest.mark.after(done=rows_of_both)


@pytest.fixture
def rows(database: str) -> None:
    """What `rows_of_both` has left."""


def test_every_guarded_table_has_rows_of_both_agencies_to_hide(rows: None) -> None:
    with access.reading(SYSTEM):
        for model in GUARDED:
            assert theirs(model, A), model
            assert theirs(model, B), model


def test_the_list_of_guarded_tables_is_what_the_database_guards(database: str, superuser: Superuser) -> None:
    guarded = superuser.execute("SELECT relname::text FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    assert {name for (name,) in guarded.fetchall()} == {
        model._meta.db_table for model in {*GUARDED, *OF_ITS_AGENCY, *OF_A_PERSON, EditionFile}
    }  # of an edition's file: shown when it is published, see tests/storage/test_editions.py


def test_20_an_agency_sees_its_own_rows_and_none_of_another_even_without_the_gate(rows: None, cast: Cast) -> None:
    with access.reading(cast.hanako):
        for model in GUARDED:
            assert theirs(model, A), model
            assert not theirs(model, B), model


def test_what_is_national_is_seen_by_whoever_has_a_scope(rows: None, cast: Cast) -> None:
    with access.reading(cast.hanako):
        assert Target.objects.filter(agency__isnull=True).exists()
        assert Event.objects.filter(agency__isnull=True).exists()


def test_20_without_a_context_nothing_is_seen(rows: None) -> None:
    for model in GUARDED:
        assert not model._default_manager.exists(), model
    with access.reading(access.NOBODY):
        for model in GUARDED:
            assert not model._default_manager.exists(), model


def test_the_owner_of_the_tables_is_bound_too(rows: None, database: str) -> None:
    with connect(OWNER_URL, database) as owner:
        for model in GUARDED:
            query = f"SELECT count(*) FROM {model._meta.db_table}".encode()
            assert owner.execute(query).fetchone() == (0,), model


def test_the_scope_of_the_append_function_is_of_no_use_to_anyone_else(rows: None, database: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.scope', 'log', true)")
        cursor.execute("SELECT count(*) FROM event")
        assert cursor.fetchone() == (0,)


def test_a_ministry_sees_the_agencies_it_supervises_and_no_others(rows: None, cast: Cast) -> None:
    with access.reading(cast.jiro):  # MEXT supervises JST and JSPS
        assert theirs(Report, A)
        assert theirs(Report, B)
        assert not theirs(Assignment, "METI")
    with access.reading(cast.gyoko):
        assert not theirs(Report, A)


def test_a_row_of_another_agency_cannot_be_written(rows: None, cast: Cast) -> None:
    with access.reading(SYSTEM):
        assignment = Assignment.objects.get(id="JSPS.P1.A1")
        other = EventText.objects.filter(agency=B).first()
    assert other is not None
    intruders: list[models.Model] = [
        Report(id="forged", assignment=assignment, agency_id=B, period="FY2026Q3"),
        EventText(event_id=other.event_id, field="forged", agency_id=B, salt=b"", text="forged"),
        Unit(agency_id=B, code="forged", name_ja="f", name_en="f"),
    ]
    for intruder in intruders:
        with pytest.raises(DatabaseError, match="row-level security"), access.acting(cast.hanako):
            type(intruder)._default_manager.bulk_create([intruder])


def test_a_row_of_another_agency_cannot_be_changed_or_made_ones_own(rows: None, cast: Cast) -> None:
    with access.acting(cast.hanako):
        assert Report.objects.filter(id="JSPS.P1.A1@FY2026Q2").update(status="approved") == 0
    with pytest.raises(DatabaseError, match="row-level security"), access.acting(cast.hanako):
        Report.objects.filter(id="JST.P1.A1@FY2026Q2").update(agency_id=B)


def test_the_context_does_not_survive_on_a_pooled_connection(rows: None, cast: Cast) -> None:
    backend = "SELECT pg_backend_pid(), current_setting('app.scope', true), current_setting('app.agencies', true)"

    def look() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(backend)
            return cursor.fetchone()

    with access.reading(cast.hanako):
        inside = look()
    assert inside[1:] == ("agencies", A)
    lent = []
    for _ in range(10):
        connection.close()  # back to the pool, which lends it again
        lent.append(look())
        assert [value or "" for value in lent[-1][1:]] == ["", ""]
        assert not Report.objects.exists()
    assert inside[0] in [pid for pid, *_ in lent]


def test_a_context_set_without_a_transaction_would_survive_there(rows: None) -> None:
    """The control: what set_config(…, false) would have done to the next request."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.scope', 'all', false)")
    assert Report.objects.exists()
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.close_pool()  # nor is it handed to the next test


def test_sixteen_threads_of_two_agencies_never_see_each_others_rows(rows: None, cast: Cast) -> None:
    def look(actor: Actor) -> set[tuple[str, bool]]:
        seen = set()
        for turn in range(20):
            try:
                with access.reading(actor):
                    seen |= {(agency, True) for agency in Report.objects.values_list("agency_id", flat=True)}
                    if turn % 3 == 0:
                        connection.cursor().execute("SELECT 1/0")  # a request that breaks off in the middle
            except DatabaseError:
                seen |= {(agency, False) for agency in Report.objects.values_list("agency_id", flat=True)}
            connection.close()
        return seen

    hanako, taro = cast.hanako, cast.taro
    answers = all_at_once([lambda a=actor: look(a) for actor in (hanako, taro) * 8])
    assert answers == [{(A, True)}, {(B, True)}] * 8


def test_with_row_level_security_off_the_gate_alone_still_hides(rows: None, cast: Cast, superuser: Superuser) -> None:
    for model in GUARDED:
        superuser.execute(f"ALTER TABLE {model._meta.db_table} DISABLE ROW LEVEL SECURITY".encode())
    with access.reading(cast.hanako):
        for model in GUARDED:
            assert theirs(model, B), "the layer beneath is off, so this test is about the gate"
            seen = access.visible(model._default_manager.all(), cast.hanako)
            assert set(seen.values_list("agency", flat=True)) <= {A, None}, model
            assert seen.filter(agency=A).exists()
            assert not access.visible(model._default_manager.all(), access.NOBODY).exists()


def test_another_agencys_assignment_cannot_be_referenced(rows: None) -> None:
    """Even by someone who sees everything, and whatever the Python above says."""
    with access.reading(SYSTEM):
        mine = Report.objects.get(id="JST.P1.A1@FY2026Q1")
        unit = Unit.objects.get(agency=B)
        figure = Figure.objects.filter(report=mine).first()
    assert figure is not None
    figure.pk, figure.agency_id, figure.period = None, B, "FY2026Q3"
    foreign_field = DraftField(
        draft_id="JSPS.P1.A1@FY2026Q3", agency_id=A, name="x", version=9, by_id=1, at=at("2027-01-10 10:00")
    )
    with access.reading(SYSTEM):
        mine_too = Unit.objects.get(agency=A, code="planning")
    whose: dict[str, Any] = {"person_id": 1, "unit": mine_too, "from_at": at("2026-07-01 10:00")}
    asked: dict[str, Any] = {
        "node_id": "P1.A1", "period": "FY2026Q4", "unit": mine_too, "due_on": at("2026-07-01 10:00").date(),
        "asked_by_id": 1, "asked_at": at("2026-07-01 10:00"),
    }  # fmt: skip
    foreign: list[tuple[str, models.Model]] = [
        ("indicators_assignment", Report(id="forged", assignment_id="JSPS.P1.A1", agency_id=A, period="FY2026Q3")),
        ("reporting_report", figure),
        ("indicators_assignment", Draft(id="forged", assignment_id="JSPS.P1.A1", agency_id=A, period="FY2026Q3")),
        ("reporting_draft", foreign_field),
        ("indicators_assignment", Charge(assignment_id="JSPS.P1.A2.M1", agency_id=A, **whose)),
        ("indicators_assignment", Inquiry(assignment_id="JSPS.P1.A1", agency_id=A, **asked)),
        ("agencies_unit", Membership(person=Person.objects.all()[0], unit=unit, agency_id=A, role="auditor")),
        (
            "indicators_assignment",
            AssignedIndicator(
                assignment_id="JSPS.P1.A1", agency_id=A, indicator_id="IND-04", frequency="yearly", from_position=1
            ),
        ),
    ]
    for parent, row in foreign:
        with pytest.raises(DatabaseError, match=f"of_the_same_agency(?s:.)*{parent}"), access.acting(SYSTEM):
            type(row)._default_manager.bulk_create([row])


def test_a_follower_sees_every_agency_and_writes_no_report(rows: None) -> None:
    with access.following():
        assert theirs(Report, A)
        assert theirs(Report, B)
    with pytest.raises(DatabaseError, match="permission denied"), access.following():
        Report.objects.update(status="approved")


def test_a_signed_in_person_sees_their_own_memberships_only_until_it_is_known_who_they_act_for(
    database: str, cast: Cast
) -> None:
    with transaction.atomic():
        access._set_context(person=cast.hanako.person_id)
        assert [m.person_id for m in Membership.objects.all()] == [cast.hanako.person_id]
        assert [u.agency_id for u in Unit.objects.all()] == [A]


def test_a_person_without_a_current_membership_is_nobody(database: str, cast: Cast) -> None:
    hanako = Person.objects.get(username="hanako")
    with access.acting(SYSTEM):
        Membership.objects.filter(person=hanako).update(ended_on=at("2026-05-01 00:00").date())
    actor = access.actor_for(hanako)
    assert actor == access.NOBODY
    assert actor.scope is Scope.NONE
    assert not actor.deeds


def test_an_event_of_an_agency_is_hidden_by_what_its_data_says(database: str, cast: Cast) -> None:
    append(event("a", agency=A), event("b", agency=B), event("c"))
    with access.reading(cast.hanako):
        assert set(Event.objects.filter(type="Happened").values_list("stream", flat=True)) == {"a", "c"}
    with access.reading(cast.fumiko):
        assert Event.objects.filter(type="Happened").count() == 3


def test_what_a_kind_of_agency_comes_to_is_shown_to_who_sees_every_agency(rows: None) -> None:
    """A kind may be of one agency, and its sum that agency's own figure."""
    numbers = {"expected": 1, "answered": 1, "with_value": 1, "complete": 1, "pending": 0, "final": False}
    for scope, kind in (("nation", None), ("kind", "university")):
        cell = {"indicator_id": "IND-05", "period": "FY2026", "scope": scope, "kind": kind, "position": 1}
        with access.following():
            TouchedCell.objects.create(**cell)
            Rollup.objects.create(**cell, **numbers)
    for model in (Rollup, TouchedCell):
        for actor, seen in ((SYSTEM, {"nation", "kind"}), (Cast().midori, {"nation"})):
            with access.reading(actor):
                assert set(model.objects.filter(indicator="IND-05").values_list("scope", flat=True)) == seen
