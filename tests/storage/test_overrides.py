"""手動判定 in the database: one at a time, beneath it judging goes on, it ends once, and the past stays as it was."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError

from agencies import access
from agencies.models import Person, Role
from reporting import alerts, event_store
from reporting.commands.judge import judge
from reporting.commands.overrides import expire_overrides, withdraw_override
from reporting.domain.errors import (
    NotAllowed,
    NotFound,
    NothingOverridden,
    OverrideInForce,
    OwnIndicator,
    Refusal,
    StandingMoved,
)
from reporting.event_store import Recorded
from reporting.models import Alert, Event, EventText, OutboxMail, StandingOverride, Telling
from reporting.projections.rebuild import rebuild
from reporting.queries.desk import front_page, indicator_page
from reporting.queries.standings import Asked, listed
from reporting.queries.summary import summary
from reporting.tasks import catch_up_rollups, look_now
from tests.acts import all_at_once, at, put_in_force, reading
from tests.cast import SYSTEM, Cast, join
from tests.standings import NOW, UNTIL, follow, in_force, judged, overrides, set_by_hand
from tests.storage.fold import fold_at

Superuser = psycopg.Connection[tuple[Any, ...]]
EVENING = at("2027-09-30 23:59")
MIDNIGHT = at("2027-10-01 00:00")


def facts() -> list[str]:
    with reading():
        return [event.type for event in event_store.stream("standing/IND-02/nation")]


def shown(cast: Cast, as_of: int | None = None) -> tuple[str, str]:
    """The class the desk shows for IND-02, and who set it."""
    with access.reading(cast.ichiro):
        page = indicator_page(actor=cast.ichiro, code="IND-02", now=NOW, as_of=as_of)
    assert page is not None
    return page.figure.cls, page.figure.by_hand.name if page.figure.by_hand else ""


def withdraw(cast: Cast, override: UUID, reason: str = "解消したため") -> Recorded:
    recorded = withdraw_override(actor=cast.kyoko, override=override, reason=reason, now=NOW + timedelta(days=1))
    follow()
    return recorded


# --- Setting ---


def test_the_class_is_set_beside_the_standing_which_stays_as_it_is(cast: Cast) -> None:
    standing = judged("off_track")
    recorded = set_by_hand(cast.kyoko, standing, "at_risk")
    [row] = overrides()
    assert (row.cls, row.until, row.name, row.person_id) == ("at_risk", UNTIL, "Kyoko", cast.kyoko.person_id)
    assert (in_force().cls, shown(cast)) == ("off_track", ("at_risk", "Kyoko"))
    with reading():
        event = Event.objects.get(event_id=recorded.event_id)
        said = EventText.objects.get(event_id=recorded.event_id)
    assert event.data["standing"] == str(standing)
    assert "制度変更" not in str(event.data)
    assert (said.field, said.text) == ("reason", "年度途中の制度変更のため")


@pytest.mark.parametrize("name", ["ichiro", "fumiko", "misao", "hanako", "tomoko", "jiro"])
def test_nobody_but_the_secretariat_sets_or_withdraws_one(cast: Cast, name: str) -> None:
    standing = judged("off_track")
    with pytest.raises(NotAllowed):
        set_by_hand(getattr(cast, name), standing)
    recorded = set_by_hand(cast.kyoko, standing)
    with pytest.raises(NotAllowed):
        withdraw_override(actor=getattr(cast, name), override=recorded.event_id, reason="x", now=NOW)


def test_nobody_sets_the_standing_of_what_they_report_in_any_membership(cast: Cast) -> None:
    standing = judged("off_track")
    theirs, others = judged("off_track", agency="JST"), judged("off_track", agency="JSPS")
    with access.acting(SYSTEM):
        join(Person.objects.get(username="kyoko"), "JST", "planning", Role.REPORTER)
    kyoko = access.actor_for(Person.objects.get(username="kyoko"), cast.kyoko.membership)
    assert kyoko.may(access.Deed.OVERRIDE)
    for own in (standing, theirs):
        with pytest.raises(OwnIndicator):
            set_by_hand(kyoko, own)
    set_by_hand(kyoko, others)


def test_nor_of_what_a_unit_of_theirs_has_reported(cast: Cast, superuser: Superuser) -> None:
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    standing = judged("off_track")
    superuser.execute("UPDATE reporting_report SET submitted_unit_id = %s", [cast.kyoko.unit_id])
    with pytest.raises(OwnIndicator):
        set_by_hand(cast.kyoko, standing)


def test_what_was_judged_anew_has_to_be_looked_at_again(cast: Cast) -> None:
    old = judged("at_risk")
    new = judged("off_track", "at_risk")
    with pytest.raises(StandingMoved):
        set_by_hand(cast.kyoko, old)
    set_by_hand(cast.kyoko, new)


def test_an_event_that_is_no_standing_is_as_if_it_were_not_there(cast: Cast) -> None:
    recorded = set_by_hand(cast.kyoko, judged("off_track"))
    for event in (recorded.event_id, event_store.new_event_id()):
        with pytest.raises(NotFound):
            set_by_hand(cast.kyoko, event)


def test_a_second_one_waits_until_the_first_is_withdrawn(cast: Cast) -> None:
    standing = judged("off_track")
    first = set_by_hand(cast.kyoko, standing)
    with pytest.raises(OverrideInForce):
        set_by_hand(cast.kyoko, standing, "achieved")
    withdraw(cast, first.event_id)
    set_by_hand(cast.kyoko, standing, "achieved")
    assert shown(cast)[0] == "achieved"
    with pytest.raises(NothingOverridden):
        withdraw(cast, first.event_id)


def test_of_eight_people_at_once_one_sets_it_and_the_others_are_told(cast: Cast) -> None:
    standing, kyoko = judged("off_track"), cast.kyoko
    answers = all_at_once([lambda: set_by_hand(kyoko, standing)] * 8)
    assert sum(isinstance(answer, Recorded) for answer in answers) == 1
    assert {type(answer) for answer in answers if isinstance(answer, Refusal)} <= {OverrideInForce}
    assert len([answer for answer in answers if isinstance(answer, Refusal)]) == 7
    assert facts() == ["IndicatorFirstJudged", "StandingOverridden"]


@pytest.mark.parametrize("agency", [None, "JST"])
def test_the_database_holds_one_in_force_per_scope(cast: Cast, agency: str | None) -> None:
    set_by_hand(cast.kyoko, judged("off_track", agency=agency))
    [row] = overrides()
    row.pk = None
    with pytest.raises(IntegrityError, match="one_override_in_force_per_scope"), access.acting(SYSTEM):
        row.save(force_insert=True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reporting_standingoverride SET cls = 'achieved'",
        "UPDATE reporting_standingoverride SET until = until + 1",
        "DELETE FROM reporting_standingoverride",
    ],
)
def test_one_is_only_ever_closed(cast: Cast, superuser: Superuser, statement: str) -> None:
    set_by_hand(cast.kyoko, judged("off_track"))
    with pytest.raises(psycopg.errors.RaiseException, match="Cannot"):
        superuser.execute(statement.encode())


def test_the_class_that_nothing_has_begun_cannot_be_stored(cast: Cast) -> None:
    set_by_hand(cast.kyoko, judged("off_track"))
    [row] = overrides()
    row.pk, row.cls, row.indicator_id = None, "not_started", "IND-03"
    with pytest.raises(DatabaseError, match="override_class_may_be_set"), access.acting(SYSTEM):
        row.save(force_insert=True)


# --- Beneath it ---


def test_it_survives_judging_which_goes_on_beneath(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026", {"IND-02": "5,000"})
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "2,000"})
    catch_up_rollups()
    judge(now=at("2027-07-01 00:00"), indicators=["IND-02"])
    assert in_force().cls == "off_track"
    with reading():
        standing = Event.objects.get(position=in_force().from_position).event_id
    set_by_hand(cast.kyoko, standing, "at_risk", date(2028, 7, 5))
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2027", {"IND-02": "7,000"})
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2027", {"IND-02": "2,750"})
    catch_up_rollups()
    assert judge(now=at("2028-07-01 00:00"), indicators=["IND-02"]) == 1
    assert (in_force().cls, shown(cast)[0]) == ("on_track", "at_risk")
    assert facts() == ["IndicatorFirstJudged", "StandingOverridden", "IndicatorRecovered"]
    expire_overrides(now=at("2028-07-06 00:00"))
    assert shown(cast) == ("on_track", "")


def test_everywhere_the_class_that_was_set_is_the_one_that_counts(cast: Cast) -> None:
    for code in ("IND-02", "IND-03"):
        judged("off_track", indicator=code)
    set_by_hand(cast.kyoko, judged("off_track", "at_risk", indicator="IND-02"), "on_track")
    with access.reading(cast.ichiro):
        page = front_page(actor=cast.ichiro, now=NOW)
        found = listed(actor=cast.ichiro, asked=Asked())
        only = listed(actor=cast.ichiro, asked=Asked(overridden=True))
        kind = listed(actor=cast.ichiro, asked=Asked(cls="on_track"))
        counted = summary()
    assert page is not None
    by_code = {figure.indicator.code: figure for figure in page.headlines}
    assert (by_code["IND-02"].cls, by_code["IND-03"].cls) == ("on_track", "off_track")
    assert dict(page.standings.shown)["on_track"] == 1
    assert page.by_hand == 1
    assert "IND-02" not in {figure.indicator.code for figure in page.attention}
    assert (dict(found.counts), found.overridden) == ({"on_track": 1, "off_track": 1}, 1)
    assert [row.standing.indicator_id for row in only.rows] == ["IND-02"]
    assert [(row.cls, row.standing.cls) for row in kind.rows] == [("on_track", "off_track")]
    assert (counted["standings"]["IND-02"], counted["set_by_hand"]) == ("on_track", ["IND-02"])


def test_the_scope_of_one_agency_is_not_the_nation_s(cast: Cast) -> None:
    judged("off_track")
    set_by_hand(cast.kyoko, judged("off_track", agency="JST"), "on_track")
    assert shown(cast) == ("off_track", "")
    with access.reading(cast.hanako):
        rows = listed(actor=cast.hanako, asked=Asked()).rows
    assert {(row.standing.agency_id, row.cls) for row in rows} == {(None, "off_track"), ("JST", "on_track")}
    with access.reading(cast.taro):
        assert {row.standing.agency_id for row in listed(actor=cast.taro, asked=Asked()).rows} == {None}
        assert not StandingOverride.objects.exists()
        assert not EventText.objects.exists()


# --- Its end ---


def test_the_clock_ends_it_at_the_midnight_after_its_last_day_and_once(cast: Cast) -> None:
    recorded = set_by_hand(cast.kyoko, judged("off_track"))
    assert expire_overrides(now=EVENING) == 0
    assert shown(cast)[0] == "on_track"
    assert expire_overrides(now=MIDNIGHT) == 1
    assert expire_overrides(now=MIDNIGHT) == 0
    assert shown(cast) == ("off_track", "")
    with reading():
        *_, event = event_store.stream("standing/IND-02/nation")
    assert (event.type, event.meta["actor"]) == ("OverrideExpired", "clock")
    assert (event.data["override"], event.data["class"], event.data["computed"]) == (
        str(recorded.event_id), "on_track", "off_track",
    )  # fmt: skip
    [row] = overrides()
    assert (row.to_position, row.ended_at) == (event.position, MIDNIGHT)


def test_of_many_clocks_at_once_one_ends_it(cast: Cast) -> None:
    set_by_hand(cast.kyoko, judged("off_track"))
    answers = all_at_once([lambda: expire_overrides(now=MIDNIGHT)] * 6)
    assert sorted(answers) == [0] * 5 + [1]
    assert facts().count("OverrideExpired") == 1


def test_the_worker_ends_it_when_it_looks(cast: Cast, settings: Any) -> None:
    set_by_hand(cast.kyoko, judged("off_track"))
    settings.BUSINESS_CLOCK = MIDNIGHT
    look_now()
    assert "OverrideExpired" in facts()


def test_while_a_samples_past_is_replayed_nothing_is_ended_by_the_present(
    cast: Cast, superuser: Superuser, settings: Any
) -> None:
    set_by_hand(cast.kyoko, judged("off_track"))
    settings.BUSINESS_CLOCK = MIDNIGHT
    superuser.execute("UPDATE log_head SET sample = 'replaying'")
    look_now()
    assert "OverrideExpired" not in facts()


def test_a_new_one_after_the_last_day_ends_the_old_one_in_the_same_append(cast: Cast) -> None:
    standing = judged("off_track")
    set_by_hand(cast.kyoko, standing)
    set_by_hand(cast.kyoko, standing, "at_risk", date(2027, 12, 28), now=MIDNIGHT)
    assert facts() == ["IndicatorFirstJudged", "StandingOverridden", "OverrideExpired", "StandingOverridden"]
    assert [row.to_position is None for row in overrides()] == [False, True]


# --- The past ---


def test_the_past_is_what_was_shown_then(cast: Cast) -> None:
    standing = judged("off_track")
    with reading():
        before = event_store.head().position
    set_ = set_by_hand(cast.kyoko, standing, "at_risk")
    ended = withdraw(cast, set_.event_id)
    assert shown(cast, before) == ("off_track", "")
    assert shown(cast, set_.position) == shown(cast, ended.position - 1) == ("at_risk", "Kyoko")
    assert shown(cast, ended.position) == shown(cast) == ("off_track", "")
    with access.reading(cast.ichiro):
        then = listed(actor=cast.ichiro, asked=Asked(overridden=True), as_of=set_.position)
        assert [row.cls for row in then.rows] == ["at_risk"]
        assert not listed(actor=cast.ichiro, asked=Asked(overridden=True)).rows
    for position in (before, set_.position, ended.position):
        with reading():
            by_hand = dict(fold_at(position).by_hand)
        assert by_hand == ({("IND-02", None, None): "at_risk"} if position == set_.position else {})


def test_rebuilt_from_the_log_it_is_the_same(cast: Cast) -> None:
    standing = judged("off_track")
    withdraw(cast, set_by_hand(cast.kyoko, standing).event_id)
    set_by_hand(cast.kyoko, standing, "at_risk", now=NOW + timedelta(days=2))
    set_by_hand(cast.kyoko, judged("off_track", agency="JST"))
    expire_overrides(now=MIDNIGHT)
    set_by_hand(cast.kyoko, standing, "at_risk", date(2027, 12, 28), now=MIDNIGHT)
    rows = len(overrides())
    assert rows == 4
    assert rebuild(parts=["standings"], check=True).differences == []


def test_what_was_changed_in_the_table_is_found_and_put_right(cast: Cast, superuser: Superuser) -> None:
    set_by_hand(cast.kyoko, judged("off_track"))
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("UPDATE reporting_standingoverride SET cls = 'achieved'")
    [difference] = rebuild(parts=["standings"]).differences
    assert difference.table == "reporting_standingoverride"
    assert overrides()[0].cls == "on_track"


# --- Alerts ---


def alerts_and_told() -> tuple[list[tuple[str, bool]], int]:
    """The alerts, and how often it was to be told that something is behind: to two units each time."""
    with reading():
        rows = [(alert.severity, alert.resolved_at is None) for alert in Alert.objects.order_by("pk")]
        return rows, Telling.objects.exclude(kind="resolved").count()


def test_a_kinder_class_resolves_nothing_and_stops_new_mails_while_it_is_in_force(cast: Cast) -> None:
    standing = judged("at_risk")
    assert alerts_and_told() == ([("at_risk", True)], 2)
    recorded = set_by_hand(cast.kyoko, standing, "on_track")
    assert alerts_and_told() == ([("at_risk", True)], 2)
    judged("off_track", "at_risk")  # on record, told nobody
    assert alerts_and_told() == ([("off_track", True)], 2)
    withdraw(cast, recorded.event_id)  # what was held back is told
    assert alerts_and_told() == ([("off_track", True)], 4)


def test_a_sterner_class_opens_an_alert_like_any_worsening(cast: Cast) -> None:
    standing = judged("on_track")
    assert alerts_and_told() == ([], 0)
    set_by_hand(cast.kyoko, standing, "off_track")
    assert alerts_and_told() == ([("off_track", True)], 2)
    alerts.send_round(now=NOW)
    with reading():
        mail = OutboxMail.objects.order_by("pk")[0]
    assert "手動判定" in mail.subject
    assert "Kyoko" in mail.body
    assert "制度変更" not in mail.body  # what can be erased is in no mail
    judged("achieved", "on_track")  # beneath: the alert stays
    assert alerts_and_told() == ([("off_track", True)], 2)
    expire_overrides(now=MIDNIGHT)
    follow()
    assert alerts_and_told() == ([("off_track", False)], 2)


def test_its_end_tells_when_what_is_shown_gets_worse_by_it(cast: Cast) -> None:
    set_by_hand(cast.kyoko, judged("off_track"), "at_risk")
    assert alerts_and_told() == ([("off_track", True)], 2)
    expire_overrides(now=MIDNIGHT)
    follow()
    assert alerts_and_told() == ([("off_track", True)], 4)
    alerts.send_round(now=at("2027-10-01 10:00"))
    with reading():
        assert "2027年9月30日" in OutboxMail.objects.order_by("-pk")[0].body


def test_read_again_the_log_writes_no_second_mail(cast: Cast, superuser: Superuser) -> None:
    recorded = set_by_hand(cast.kyoko, judged("at_risk"), "off_track")
    withdraw(cast, recorded.event_id)
    told = alerts_and_told()
    superuser.execute("UPDATE reporting_follower SET position = 0 WHERE name = 'alerts'")
    follow()
    assert alerts_and_told() == told


def test_alerts_of_the_past_are_those_the_follower_had_opened(cast: Cast) -> None:
    positions, live = [], []

    def remember() -> None:
        with reading():
            positions.append(event_store.head().position)
        with access.reading(cast.ichiro):
            page = indicator_page(actor=cast.ichiro, code="IND-02", now=NOW)
        assert page is not None
        live.append([(alert.severity, alert.opened_at, alert.changed_at, alert.position) for alert in page.alerts])

    standing = judged("on_track")
    remember()
    recorded = set_by_hand(cast.kyoko, standing, "off_track")
    remember()
    judged("at_risk", "on_track")
    remember()
    withdraw(cast, recorded.event_id)
    remember()
    judged("on_track", "at_risk")
    remember()
    then = []
    for position in positions:
        with access.reading(cast.ichiro):
            page = indicator_page(actor=cast.ichiro, code="IND-02", now=NOW, as_of=position)
        assert page is not None
        then.append([(alert.severity, alert.opened_at, alert.changed_at, alert.position) for alert in page.alerts])
    assert then == live
    assert [len(alerts) for alerts in live] == [0, 1, 1, 1, 0]
