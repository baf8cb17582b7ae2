"""An edition is named by one and published by another, of another unit; only what is public, sealed and made."""

from dataclasses import replace

import pytest

from reporting.domain.editions import DRAFTED, DROPPED, PUBLISHED, EditionState, PreparedFile, draft, drop, publish
from reporting.domain.errors import (
    CutNotSealed,
    DisclosureChanged,
    EditionOver,
    EditionTextTooLong,
    EditionTitleMissing,
    NothingPublic,
    NotPrepared,
    OwnEdition,
    ReasonMissing,
    Refusal,
)
from reporting.domain.report import Fact, Who
from tests.acts import at

CLASSES = {"IND-02": "public", "IND-01": "public", "P1.A1.M2": "closed", "P1.A1.M1": "ministries"}
STATE = EditionState(DRAFTED, drafted_by=1, drafted_unit=10, disclosure=CLASSES)
SECOND = Who(person=2, name="Ichiro", unit=20, units=frozenset({20}))
FILES = [PreparedFile("data.json", "application/json", 2, "b"), PreparedFile("data.csv", "text/csv", 1, "a")]
SAID = {
    "title_ja": " 年次確定版 ", "title_en": "Annual edition", "note": "", "position": 10, "sealed": 10,
    "moment": at("2027-07-01 10:00"), "disclosure": CLASSES,
}  # fmt: skip


def drafted(**changes: object) -> Fact:
    return draft(**(SAID | changes))  # type: ignore[arg-type]


def test_a_draft_says_its_cut_and_the_class_of_each_indicator() -> None:
    fact = drafted()
    assert fact.type == "EditionDrafted"
    assert (fact.data["title_ja"], fact.data["position"]) == ("年次確定版", 10)
    assert list(fact.data["disclosure"]) == sorted(CLASSES)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"title_en": " "}, EditionTitleMissing),
        ({"title_ja": "あ" * 121}, EditionTextTooLong),
        ({"note": "あ" * 2_001}, EditionTextTooLong),
        ({"sealed": 9}, CutNotSealed),
        ({"position": 0}, CutNotSealed),
        ({"disclosure": {"IND-02": "ministries", "IND-01": "closed", "IND-03": "Public"}}, NothingPublic),
    ],
)
def test_what_is_refused_of_a_draft(changes: dict[str, object], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        drafted(**changes)


def test_a_second_person_of_another_unit_publishes_the_digest_of_every_file() -> None:
    fact = publish(STATE, who=SECOND, files=FILES, disclosure=CLASSES)
    assert (fact.type, [file["name"] for file in fact.data["files"]]) == ("EditionPublished", ["data.csv", "data.json"])
    assert fact.data["files"][0] == {"name": "data.csv", "content_type": "text/csv", "size": 1, "sha256": "a"}


@pytest.mark.parametrize(
    "who",
    [
        replace(SECOND, person=1),
        replace(SECOND, unit=10),
        replace(SECOND, units=frozenset({20, 10})),
        replace(SECOND, person=None),
        replace(SECOND, unit=None),
    ],
)
def test_nobody_publishes_what_they_or_a_unit_of_theirs_drafted(who: Who) -> None:
    with pytest.raises(OwnEdition):
        publish(STATE, who=who, files=FILES, disclosure=CLASSES)


def test_nothing_is_published_before_its_files_are_made_or_when_something_is_no_longer_public() -> None:
    with pytest.raises(NotPrepared):
        publish(STATE, who=SECOND, files=[], disclosure=CLASSES)
    for now in (CLASSES | {"IND-01": "closed"}, {"IND-02": "public"}):
        with pytest.raises(DisclosureChanged) as refused:
            publish(STATE, who=SECOND, files=FILES, disclosure=now)
        assert refused.value.params == {"indicators": "IND-01"}
    # What has become public since is simply not in it.
    publish(STATE, who=SECOND, files=FILES, disclosure=CLASSES | {"P1.A1.M2": "public"})


def test_what_is_decided_stays_so() -> None:
    for status in (PUBLISHED, DROPPED):
        over = replace(STATE, status=status)
        with pytest.raises(EditionOver):
            publish(over, who=SECOND, files=FILES, disclosure=CLASSES)
        with pytest.raises(EditionOver):
            drop(over, reason="誤り")
    with pytest.raises(ReasonMissing):
        drop(STATE, reason=" ")
    assert drop(STATE, reason=" 誤り ") == Fact("EditionDropped", {"reason": "誤り"})
