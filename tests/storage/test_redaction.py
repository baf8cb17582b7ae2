"""Two people erase a text: it is nowhere any more, every hash holds, and nobody does it alone or another way."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError

from agencies import access
from agencies.access import Actor
from agencies.models import Membership, Person, Role, Unit
from reporting import event_store
from reporting.commands import redaction
from reporting.domain import errors
from reporting.domain.events import redaction_stream
from reporting.event_store import NewEvent
from reporting.event_store.hashing import event_hash
from reporting.models import Event, EventText, Figure, Redaction
from reporting.queries import work
from reporting.tasks import look_now
from tests.acts import all_at_once, approve, at, reading, row_of, send_back, submit
from tests.cast import SYSTEM, Cast, join

Superuser = psycopg.Connection[tuple[Any, ...]]
NOW = at("2026-08-01 10:00")
REPORT = "JST.P1.A1@FY2026Q1"
SECRET = "ヒミツの氏名 山田某"
REASON = "個人の氏名が書かれていたため"
FIELD = "narrative.summary"


@pytest.fixture
def event_id(cast: Cast) -> UUID:
    """A submission whose words hold what must go."""
    return submit(
        cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW, summary=f"進んだ。{SECRET}"
    ).event_id


def ask(actor: Actor, event_id: UUID, field: str = FIELD, reason: str = REASON) -> UUID:
    return redaction.propose_redaction(actor=actor, event_id=event_id, field=field, reason=reason, now=NOW)


def confirm(actor: Actor, proposal: UUID) -> event_store.Recorded:
    return redaction.redact_text(actor=actor, proposal=proposal, now=NOW)


def text_of(event_id: UUID, field: str = FIELD) -> EventText:
    with reading():
        return EventText.objects.get(event_id=event_id, field=field)


def places(superuser: Superuser, needle: str) -> dict[str, int]:
    """Every table of the database, the server's own included, with the number of rows that hold `needle` in any
    column: as text, in JSON, or as the bytes of a bytea."""
    tables = superuser.execute(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'm', 'p') AND c.relpersistence = 'p'"
    ).fetchall()
    found = {}
    for (table,) in tables:
        query = f"SELECT count(*) FROM {table} t WHERE strpos(t::text, %s) > 0 OR strpos(t::text, %s) > 0"
        [count] = superuser.execute(query.encode(), [needle, needle.encode().hex()]).fetchone() or (0,)
        if count:
            found[table] = count
    return found


def every_hash_holds() -> bool:
    with reading():
        for event in Event.objects.all():
            names = ("stream", "type", "data", "meta", "occurred_at", "schema_version", "event_id")
            if event_hash(NewEvent(**{name: getattr(event, name) for name in names})) != bytes(event.hash):
                return False
    return True


def test_20_after_it_is_redacted_the_text_is_nowhere_and_every_hash_holds(
    cast: Cast, superuser: Superuser, event_id: UUID
) -> None:
    send_back(cast.ichiro, REPORT, now=NOW)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "360"}, now=NOW, summary="書き直した")
    approve(cast.ichiro, REPORT, now=NOW)
    look_now()
    superuser.execute("ANALYZE")
    assert places(superuser, SECRET) == {"reporting_eventtext": 1}  # the search finds what is there, and only there
    salt = bytes(text_of(event_id).salt or b"")
    with reading():
        before = list(Event.objects.values_list("position", "hash"))

    recorded = confirm(cast.misao, ask(cast.kyoko, event_id))

    assert places(superuser, SECRET) == {}
    assert places(superuser, salt.hex()) == {}
    row = text_of(event_id)
    assert (row.text, row.salt, row.redacted_by) == ("", None, recorded.event_id)
    assert every_hash_holds()
    with reading():
        assert list(Event.objects.values_list("position", "hash")[: len(before)]) == before
        commitment = Event.objects.get(event_id=event_id).data["texts"][FIELD]
    assert commitment == hashlib.sha256(salt + f"進んだ。{SECRET}".encode()).hexdigest()  # it still commits to what was


def test_20_numbers_are_never_redacted(cast: Cast, event_id: UUID) -> None:
    with reading():
        figures = list(Figure.objects.values())
    confirm(cast.misao, ask(cast.kyoko, event_id))
    with reading():
        assert list(Figure.objects.values()) == figures
        assert Event.objects.get(event_id=event_id).data["figures"][0]["value"] == "350"
    for field in ("figures", "IND-02", "value", "figures.0.value"):
        with pytest.raises(errors.NotFound):
            ask(cast.kyoko, event_id, field)


def test_20_one_person_alone_erases_nothing_in_whatever_role(cast: Cast, event_id: UUID) -> None:
    proposal = ask(cast.kyoko, event_id)
    with pytest.raises(errors.OwnRedaction):
        confirm(cast.kyoko, proposal)
    kyoko = Person.objects.get(username="kyoko")
    with access.acting(SYSTEM):
        operating = join(kyoko, "CAO", "systems", Role.OPERATOR)
    with pytest.raises(errors.OwnRedaction):
        confirm(access.actor_for(kyoko, operating.pk), proposal)
    with access.acting(SYSTEM):
        unit = Unit.objects.get(pk=cast.kyoko.unit_id)
        Membership.objects.create(
            person=Person.objects.get(username="misao"), unit=unit, agency_id="CAO", role=Role.SECRETARIAT
        )
    with pytest.raises(errors.OwnRedaction):  # misao belongs to Kyoko's unit now, and may not be the second
        confirm(access.actor_for(Person.objects.get(username="misao")), proposal)
    assert SECRET in text_of(event_id).text


@pytest.mark.parametrize("who", ["hanako", "jiro", "ichiro", "fumiko"])
def test_neither_reporters_nor_ministries_reviewers_or_auditors_erase(cast: Cast, event_id: UUID, who: str) -> None:
    actor = getattr(cast, who)
    with pytest.raises(errors.NotAllowed):
        ask(actor, event_id)
    proposal = ask(cast.kyoko, event_id)
    with pytest.raises(errors.NotAllowed):
        confirm(actor, proposal)
    with pytest.raises(errors.NotAllowed):
        redaction.decline_redaction(actor=actor, proposal=proposal, reason="理由", now=NOW)


def test_where_the_text_was_a_mark_says_when_and_why_and_its_reason_can_be_erased_too(
    cast: Cast, event_id: UUID
) -> None:
    proposal = ask(cast.kyoko, event_id)
    confirm(cast.misao, proposal)

    def mark() -> str:
        with access.reading(cast.hanako):  # the agency is told as well
            [told] = work.story(row_of(REPORT))
            [words] = told.texts
        assert words.erased
        return words.text

    assert REASON in mark()
    assert "2026-08-01" in mark()
    confirm(cast.misao, ask(cast.kyoko, proposal, "reason", "理由に氏名を書いてしまった"))
    assert REASON not in mark()
    assert "2026-08-01" in mark()


def test_a_reason_stands_beside_its_event_like_any_text(cast: Cast, event_id: UUID) -> None:
    proposal = ask(cast.kyoko, event_id)
    row = text_of(proposal, "reason")
    with reading():
        event = Event.objects.get(event_id=proposal)
    assert REASON not in str(event.data)
    assert (row.text, row.agency_id, event.agency) == (REASON, "JST", "JST")
    assert event.data["texts"]["reason"] == hashlib.sha256(bytes(row.salt or b"") + REASON.encode()).hexdigest()


def test_declined_the_text_stays_and_may_be_asked_for_again(cast: Cast, event_id: UUID) -> None:
    first = ask(cast.kyoko, event_id)
    redaction.decline_redaction(actor=cast.misao, proposal=first, reason="公表済みの氏名", now=NOW)
    with pytest.raises(errors.RedactionClosed):
        confirm(cast.misao, first)
    assert SECRET in text_of(event_id).text
    confirm(cast.misao, ask(cast.kyoko, event_id))
    with reading():
        types = [event.type for event in event_store.stream(redaction_stream(event_id, FIELD))]
    assert types == ["RedactionProposed", "RedactionDeclined", "RedactionProposed", "TextRedacted"]


def test_a_text_is_erased_once(cast: Cast, event_id: UUID) -> None:
    proposal = ask(cast.kyoko, event_id)
    with pytest.raises(errors.RedactionWaiting):
        ask(cast.misao, event_id)
    confirm(cast.misao, proposal)
    for act in (lambda: confirm(cast.misao, proposal), lambda: ask(cast.kyoko, event_id)):
        with pytest.raises(errors.AlreadyRedacted):
            act()


def test_a_text_or_a_request_that_is_not_there_is_not_found(cast: Cast, event_id: UUID) -> None:
    for missing in ((uuid4(), FIELD), (event_id, "narrative.issues"), (event_id, ""), (event_id, "x" * 100_000)):
        with pytest.raises(errors.NotFound):
            ask(cast.kyoko, *missing)
    with pytest.raises(errors.NotFound):
        confirm(cast.misao, uuid4())


def test_two_who_ask_or_confirm_at_once_make_one_event_each(cast: Cast, event_id: UUID) -> None:
    kyoko, misao = cast.kyoko, cast.misao
    asked = all_at_once([lambda a=actor: ask(a, event_id) for actor in (kyoko, misao) * 4])
    [proposal] = [answer for answer in asked if isinstance(answer, UUID)]
    assert {type(answer) for answer in asked} == {UUID, errors.RedactionWaiting}
    with reading():
        row = Redaction.objects.get(id=proposal)
    second = misao if row.proposed_by_id == kyoko.person_id else kyoko
    done = all_at_once([lambda: confirm(second, proposal)] * 8)
    assert sorted(type(answer).__name__ for answer in done) == ["AlreadyRedacted"] * 7 + ["Recorded"]


def test_a_confirmation_that_cannot_erase_is_not_in_the_log_either(
    cast: Cast, superuser: Superuser, event_id: UUID
) -> None:
    proposal = ask(cast.kyoko, event_id)
    superuser.execute("REVOKE EXECUTE ON FUNCTION redact_text FROM shinchoku_app")
    with pytest.raises(DatabaseError, match="permission denied"):
        confirm(cast.misao, proposal)
    with reading():
        assert not Event.objects.filter(type="TextRedacted").exists()
        assert Redaction.objects.get(id=proposal).state == "proposed"


def test_an_agency_sees_what_was_erased_of_its_own_and_of_no_other(cast: Cast, event_id: UUID) -> None:
    confirm(cast.misao, ask(cast.kyoko, event_id))
    for actor, count in ((cast.hanako, 1), (cast.taro, 0)):
        with access.reading(actor):
            assert Redaction.objects.count() == count
            assert Event.objects.filter(type="TextRedacted").count() == count


def test_redacted_and_missing_are_told_apart(cast: Cast, event_id: UUID) -> None:
    """What a verifier reads: a commitment without its text is in order when the row names a TextRedacted of it."""
    recorded = confirm(cast.misao, ask(cast.kyoko, event_id))
    with reading():
        erasing = Event.objects.get(event_id=text_of(event_id).redacted_by)
    assert erasing.event_id == recorded.event_id
    assert (erasing.type, erasing.data["event_id"], erasing.data["field"]) == ("TextRedacted", str(event_id), FIELD)


def test_a_report_whose_words_were_erased_is_returned_and_sent_again_as_ever(cast: Cast, event_id: UUID) -> None:
    confirm(cast.misao, ask(cast.kyoko, event_id))
    send_back(cast.ichiro, REPORT, now=NOW)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW, summary="氏名を除いて書き直した")
    approve(cast.ichiro, REPORT, now=NOW)
    assert row_of(REPORT).status == "approved"


def test_the_database_collects_no_samples_of_texts(cast: Cast, superuser: Superuser, event_id: UUID) -> None:
    for number in range(30):  # a value many rows share is what statistics keep
        submit_once = {"IND-02": str(number)}
        send_back(cast.ichiro, REPORT, now=NOW)
        submit(cast.hanako, "JST.P1.A1", "FY2026Q1", submit_once, now=NOW, summary=f"同じ文 {SECRET}")
    superuser.execute("ANALYZE reporting_eventtext")
    assert "pg_statistic" not in places(superuser, SECRET)
    superuser.execute("ALTER TABLE reporting_eventtext ALTER COLUMN text SET STATISTICS DEFAULT")
    superuser.execute("ANALYZE reporting_eventtext")
    assert "pg_statistic" in places(superuser, SECRET)  # the control
