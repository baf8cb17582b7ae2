"""Who decides: anyone of another unit, who is named for the reviewers' own agency, or two in turn where a pillar wants
it."""

from dataclasses import replace

import pytest

from reporting.domain import report
from reporting.domain.errors import Refusal
from reporting.domain.report import Endorsed, Fact, Named, Who
from reporting.domain.report.reviewing import may_be_last
from tests.rules.test_report import APPROVED, HANAKO, ICHIRO, SUBMITTED, given_

WAITS = given_(SUBMITTED)
SABURO = Who(person=9, name="三郎", unit=90, units=frozenset({90}))
OTHER = Who(person=10, name="他", unit=91, units=frozenset({91}))
ONE, TWO = {ICHIRO.person or 0: "一郎"}, {SABURO.person or 0: "三郎"}
TWO_LEVELS = Named(chiefs=TWO)
BY_ICHIRO = Endorsed(person=ICHIRO.person or 0, name="一郎")


def refusal(act: str, who: Who, named: Named, **more: object) -> str:
    try:
        getattr(report, act)(WAITS, seen_version=1, who=who, named=named, **more)
    except Refusal as error:
        return error.code
    return ""


def test_where_nobody_is_named_one_reviewer_of_another_unit_is_enough() -> None:
    assert report.approve(WAITS, seen_version=1, who=ICHIRO).type == "ReportApproved"
    assert refusal("endorse", ICHIRO, Named()) == "one_level"


def test_of_the_reviewers_own_agency_only_who_is_named_decides_and_with_nobody_it_waits() -> None:
    for act, more in {"approve": {}, "send_back": {"comments": {"": "内訳"}}}.items():
        assert refusal(act, ICHIRO, Named(stand_ins={}), **more) == "nobody_named"
        assert refusal(act, ICHIRO, Named(stand_ins=TWO), **more) == "another_is_named"
        assert refusal(act, SABURO, Named(stand_ins=TWO), **more) == ""
    with pytest.raises(Refusal, match="三郎"):
        report.approve(WAITS, seen_version=1, who=ICHIRO, named=Named(stand_ins=TWO))


def test_to_be_named_opens_no_way_around_four_eyes() -> None:
    own = replace(SABURO, units=SABURO.units | {HANAKO["unit"]})
    assert refusal("approve", own, Named(stand_ins=TWO)) == "own_report"
    assert refusal("endorse", own, TWO_LEVELS) == "own_report"


def test_where_two_decide_one_endorses_and_then_the_chief_approves() -> None:
    assert report.endorse(WAITS, seen_version=1, who=ICHIRO, named=TWO_LEVELS) == Fact(
        "SubmissionEndorsed", {"submission": 1, "seen": 1}
    )
    assert refusal("approve", SABURO, TWO_LEVELS) == "not_endorsed"
    endorsed = replace(TWO_LEVELS, endorsed=BY_ICHIRO)
    assert refusal("endorse", OTHER, endorsed) == "already_endorsed"
    assert refusal("approve", OTHER, endorsed) == "chief_decides"
    assert report.approve(WAITS, seen_version=1, who=SABURO, named=endorsed).type == "ReportApproved"


def test_who_has_endorsed_does_not_approve_though_they_are_a_chief() -> None:
    both = Named(chiefs=ONE | TWO, endorsed=BY_ICHIRO)
    assert refusal("approve", ICHIRO, both) == "endorsed_by_you"
    assert refusal("approve", SABURO, both) == ""


def test_either_of_the_two_returns_it() -> None:
    for named in (TWO_LEVELS, replace(TWO_LEVELS, endorsed=BY_ICHIRO)):
        for who in (ICHIRO, SABURO):
            assert refusal("send_back", who, named, comments={"": "内訳"}) == ""


def test_where_two_decide_the_chief_undoes() -> None:
    approved = given_(SUBMITTED, APPROVED)
    with pytest.raises(Refusal, match="三郎"):
        report.reopen(approved, seen_version=2, who=ICHIRO, reason="誤り", named=TWO_LEVELS)
    assert report.reopen(approved, seen_version=2, who=SABURO, reason="誤り", named=TWO_LEVELS).type == "ReportReopened"


def test_only_what_was_seen_is_endorsed_and_only_while_it_waits() -> None:
    for state, seen in ((WAITS, 0), (given_(SUBMITTED, APPROVED), 2), (given_(), 0)):
        with pytest.raises(Refusal):
            report.endorse(state, seen_version=seen, who=ICHIRO, named=TWO_LEVELS)


@pytest.mark.parametrize(
    ("who", "named", "may"),
    [
        (ICHIRO, Named(), True),
        (ICHIRO, Named(stand_ins=TWO), False),
        (ICHIRO, Named(stand_ins=ONE), True),
        (SABURO, Named(stand_ins=ONE, chiefs=TWO, endorsed=BY_ICHIRO), True),
        (ICHIRO, TWO_LEVELS, False),
        (SABURO, TWO_LEVELS, False),
        (SABURO, replace(TWO_LEVELS, endorsed=BY_ICHIRO), True),
    ],
)
def test_who_may_be_the_last_to_decide(who: Who, named: Named, *, may: bool) -> None:
    assert may_be_last(who, named) is may
