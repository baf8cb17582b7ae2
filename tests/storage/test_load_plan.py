"""The plan goes into the log as events: once, whole or not at all, and a changed target with its reason."""

import pytest
from django.core.management import CommandError, call_command

from agencies import access
from agencies.models import Agency, AgencyProfile, GroupMember
from indicators.models import AssignedIndicator, Assignment, GroupAssignment, IndicatorDefinition, PlanNode, Target
from reporting import event_store
from reporting.commands.plan import load_plan, register_agencies
from reporting.domain.errors import BadPlanFile
from reporting.management.commands.load_plan import SHIPPED
from reporting.models import Event
from tests.acts import at, reading
from tests.cast import FOUNDATION, SYSTEM, UNIVERSITIES, Cast

TEXT = SHIPPED.read_text(encoding="utf-8")
LATER = at("2027-04-01 09:00")
IND_04 = "    value: 20000\n    year: FY2030"


def load(text: str, reason: str = "") -> int:
    return load_plan(actor=SYSTEM, text=text, file="plan7.yaml", reason=reason, now=LATER)


def head() -> int:
    with reading():
        return event_store.head().position


def register(*agencies: dict[str, object]) -> int:
    return register_agencies(actor=SYSTEM, agencies=agencies, now=LATER)


def university(code: str, *groups: str) -> dict[str, object]:
    return {
        "code": code, "name_ja": code, "name_en": code, "kind": "university", "supervisors": ["MEXT"],
        "corporate_number": "", "groups": groups,
    }  # fmt: skip


def test_loading_the_same_plan_again_changes_nothing(database: str) -> None:
    before = head()
    assert load(TEXT) == 0
    assert load(TEXT, reason="念のため") == 0
    assert head() == before


def test_the_command_says_so(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_plan")
    assert capsys.readouterr().out == "nothing new\n"


def test_the_read_models_hold_what_the_file_says(database: str) -> None:
    with reading():
        assert PlanNode.objects.filter(level="measure").count() == 66
        assert Target.objects.filter(to_position__isnull=True, component__isnull=True).count() == 7
        assert Assignment.objects.get(id="JST.P1.A1.M2").role == "lead"
        target = Target.objects.get(indicator="IND-04", to_position__isnull=True)
        event = Event.objects.get(position=target.from_position)
    assert (target.value, target.baseline_value, target.year) == (20_000, 15_744, 2030)
    assert (event.type, event.stream, event.occurred_at) == ("TargetSet", "target/IND-04/nation", FOUNDATION)


def test_a_changed_target_without_a_reason_is_refused_whole_and_named(database: str) -> None:
    before = head()
    changed = TEXT.replace(IND_04, IND_04.replace("20000", "21000"))
    with pytest.raises(BadPlanFile) as refused:
        load(changed)
    line = changed[: changed.index("21000")].count("\n") + 1
    assert refused.value.params["line"] == line
    assert refused.value.params["reason"] == "IND-04 changes what is in force; give --reason"
    assert head() == before


def test_with_a_reason_it_is_a_revision_and_the_old_row_is_closed_at_its_position(database: str) -> None:
    with reading():
        old = Target.objects.get(indicator="IND-04", to_position__isnull=True)
    assert load(TEXT.replace(IND_04, IND_04.replace("20000", "21000")), "閣議決定による改定") == 1
    with reading():
        event = Event.objects.get(position=head())
        rows = list(Target.objects.filter(indicator="IND-04").order_by("from_position"))
    assert (event.type, event.data["value"], event.data["reason"]) == ("TargetRevised", "21000", "閣議決定による改定")
    assert [(r.value, r.from_position, r.to_position) for r in rows] == [
        (20_000, old.from_position, event.position),
        (21_000, event.position, None),
    ]


def test_what_a_revision_said_is_what_the_next_load_is_compared_with(database: str) -> None:
    revised = TEXT.replace(IND_04, IND_04.replace("20000", "21000"))
    load(revised, "改定")
    assert load(revised) == 0
    assert load(TEXT, "元に戻す") == 1


def test_a_new_measure_needs_no_reason(database: str) -> None:
    name = "科研費の大幅な拡充等による研究支援"
    assert TEXT.count("- id: P6.A3.M4\n") == 1
    tail = TEXT[TEXT.index("    - id: P6.A3.M4\n") : TEXT.index("technology_domains:")]
    added = TEXT.replace(tail, tail + tail.replace("P6.A3.M4", "P6.A3.M5"))
    assert name in added
    assert load(added) == 4  # the node, its indicator, two assignments
    with reading():
        assert PlanNode.objects.get(code="P6.A3.M5").parent_id == "P6.A3"


def test_a_changed_definition_closes_the_old_one(database: str) -> None:
    changed = TEXT.replace("    noise_sigma_relative: 0.01", "    noise_sigma_relative: 0.015")
    with pytest.raises(BadPlanFile):
        load(changed)
    assert load(changed, "実績のばらつきによる") == 1
    with reading():
        rows = IndicatorDefinition.objects.filter(indicator="IND-04").order_by("from_position")
        assert [str(row.noise_sigma) for row in rows] == ["0.0100", "0.0150"]
        assert rows[0].to_position == rows[1].from_position == head()


def test_a_file_with_a_fault_at_its_end_writes_nothing_of_its_beginning(database: str) -> None:
    before = head()
    broken = TEXT.replace("P1.A1.M1\n", "P1.A1.M9\n", 1) + "\nagencies: []\n"
    with pytest.raises(BadPlanFile) as refused:
        load(broken, "理由")
    assert "stands twice" in refused.value.params["reason"]
    assert head() == before


def test_a_fault_the_database_finds_writes_nothing_either(database: str) -> None:
    """A name too long for its column: the facts before it are already in the transaction."""
    before = head()
    too_long = TEXT.replace("  name_ja: 博士号取得者数\n", f"  name_ja: {'博' * 201}\n")
    assert too_long != TEXT
    from django.db import DataError

    with pytest.raises(DataError):
        load(too_long, "理由")
    assert head() == before


def test_the_command_names_file_line_and_reason(database: str, tmp_path: object) -> None:
    from pathlib import Path

    file = Path(str(tmp_path)) / "broken.yaml"
    file.write_text(TEXT.replace("  unit: 位\n", "  unit: 5人\n"), encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        call_command("load_plan", str(file))
    assert "broken.yaml" in str(refused.value)
    assert "unknown unit '5人'" in str(refused.value)
    with pytest.raises(CommandError):
        call_command("load_plan", str(file.with_name("missing.yaml")))


def test_a_member_of_a_group_gets_an_assignment_for_every_one_the_group_has(database: str) -> None:
    with reading():
        templates = set(GroupAssignment.objects.filter(group="UNIV").values_list("node_id", flat=True))
        mine = Assignment.objects.filter(agency="MIHON-C")
        assert set(mine.values_list("node_id", flat=True)) == templates
        assert set(mine.values_list("via_group", flat=True)) == {"UNIV"}
        assert set(mine.values_list("frequency", flat=True)) == {"yearly"}  # the university's own pace
        entries = AssignedIndicator.objects.filter(agency="MIHON-C").values_list("indicator_id", flat=True)
        assert "IND-04" in entries
        assert "IND-05" not in entries


def test_a_member_of_two_groups_enters_what_both_ask_for_each_once(database: str) -> None:
    with reading():
        entries = AssignedIndicator.objects.filter(agency="MIHON-A", to_position__isnull=True)
        codes = list(entries.values_list("indicator_id", flat=True))
    assert {"IND-04", "IND-05"} <= set(codes)
    assert len(codes) == len(set(codes))


def test_registering_twice_changes_nothing(database: str) -> None:
    before = head()
    assert register(*(university(code, *groups) for code, groups in UNIVERSITIES.items())) == 0
    assert register(university("NEW", "UNIV"), university("MIHON-A", "UNIV")) > 0
    assert register(university("NEW", "UNIV")) == 0
    with reading():
        assert GroupMember.objects.filter(group="UNIV", member="NEW").count() == 1
        assert event_store.stream("agency/NEW")[0].position > before


def test_an_agency_of_no_group_is_registered_and_assigned_nothing(database: str) -> None:
    assert register({**university("ALONE"), "kind": "institute"}) == 1
    with reading():
        assert Agency.objects.get(code="ALONE").name_ja == "ALONE"
        assert AgencyProfile.objects.get(agency="ALONE").supervisors == ["MEXT"]
        assert not Assignment.objects.filter(agency="ALONE").exists()


def test_the_loaded_plan_is_marked_as_such_and_says_who_loaded_it(database: str, cast: Cast) -> None:
    with access.reading(cast.fumiko):
        loaded = Event.objects.filter(meta__load=True)
        assert loaded.count() == 478
        assert {e.meta["actor"] for e in loaded} == {"test"}
