"""The official standing is a fold that one odd year does not turn, and that anybody can follow by hand."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reporting.domain.standing import ORDER, Held, Judged, Known, Official, fold

YEARS = [f"FY{year}" for year in range(2026, 2046)]
# Attainments, and the class each of them is of; five hundredths on either side make it clear of an edge.
EDGES = ((95, "on_track"), (60, "at_risk"), (-1000, "off_track"))


def cls_of(attainment: int) -> str:
    return next(cls for edge, cls in EDGES if attainment >= edge)


def year(attainment: int | str, period: str, *, provisional: bool = False) -> Judged:
    """A year's class from its attainment in hundredths; a class by its name has no edge to be near to."""
    if isinstance(attainment, str):
        return Judged(period, attainment, attainment, attainment, provisional)
    return Judged(period, cls_of(attainment), cls_of(attainment + 5), cls_of(attainment - 5), provisional)


def official(*attainments: int | str) -> list[str]:
    return [o.cls for o in fold(year(a, p) for a, p in zip(attainments, YEARS, strict=False))]


def last(*attainments: int | str) -> Official:
    return fold(year(a, p) for a, p in zip(attainments, YEARS, strict=False))[-1]


GOOD, WARN, BAD = "on_track", "at_risk", "off_track"


@pytest.mark.parametrize(
    ("attainments", "classes"),
    [
        # the first year counts as it is
        ([96], [GOOD]), ([94], [WARN]), ([59], [BAD]), (["achieved"], ["achieved"]), (["unknown"], ["unknown"]),
        # clear of the edge: at once, for worse and for better
        ([100, 89], [GOOD, WARN]), ([100, 89, 100], [GOOD, WARN, GOOD]), ([100, 54], [GOOD, BAD]),
        ([70, 54], [WARN, BAD]), ([50, 66], [BAD, WARN]), ([50, 100], [BAD, GOOD]), ([94, 100], [WARN, GOOD]),
        # the edge itself plus five hundredths is clear for the better, minus five is not for the worse
        ([100, 90], [GOOD, GOOD]), ([94, 99], [WARN, WARN]), ([50, 65], [BAD, WARN]), ([50, 64], [BAD, BAD]),
        ([70, 55], [WARN, WARN]),
        # near the edge: the next year confirms it, as bad or worse, as good or better
        ([100, 93, 93], [GOOD, GOOD, WARN]), ([100, 93, 70], [GOOD, GOOD, WARN]), ([94, 96, 96], [WARN, WARN, GOOD]),
        ([94, 96, 120], [WARN, WARN, GOOD]), ([70, 58, 59], [WARN, WARN, BAD]),
        # or drops it
        ([100, 93, 96], [GOOD, GOOD, GOOD]), ([100, 93, 96, 93], [GOOD, GOOD, GOOD, GOOD]),
        ([94, 96, 94], [WARN, WARN, WARN]), ([94, 96, 94, 96], [WARN, WARN, WARN, WARN]),
        # past one edge clearly and near the next: half of it at once, the rest is held
        ([100, 58], [GOOD, WARN]), ([100, 58, 58], [GOOD, WARN, BAD]), ([100, 58, 62], [GOOD, WARN, WARN]),
        ([50, 97], [BAD, WARN]), ([50, 97, 97], [BAD, WARN, GOOD]), ([50, 97, 90], [BAD, WARN, WARN]),
        # held, and then even worse: what was held is confirmed, what is worse than that is held in its turn
        ([100, 93, 58, 58], [GOOD, GOOD, WARN, BAD]), ([50, 64, 97, 97], [BAD, BAD, WARN, GOOD]),
        # a held change for the worse is not confirmed by one for the better
        ([70, 58, 96], [WARN, WARN, WARN]), ([70, 96, 58], [WARN, WARN, WARN]),
        ([70, 96, 58, 58], [WARN, WARN, WARN, BAD]),
        # six years about an edge: nothing happens
        ([97, 93, 97, 93, 97, 93], [GOOD] * 6),
        # outside the order: at once, both ways
        ([100, "achieved", 94], [GOOD, "achieved", WARN]), ([100, "unknown", 94], [GOOD, "unknown", WARN]),
        (["not_started", 94], ["not_started", WARN]), ([100, 93, "unknown", 93], [GOOD, GOOD, "unknown", WARN]),
        ([50, "achieved"], [BAD, "achieved"]), (["achieved", "achieved"], ["achieved", "achieved"]),
    ],
    ids=str,
)  # fmt: skip
def test_the_official_class_follows_the_classes_of_the_years(attainments: list[int | str], classes: list[str]) -> None:
    assert official(*attainments) == classes


@pytest.mark.parametrize(
    ("attainments", "how"),
    [([96], "first"), ([96, 96], "same"), ([96, 89], "at_once"), ([96, 93], "held"), ([96, 93, 93], "confirmed"),
     ([96, 93, 96], "dropped"), ([96, "unknown"], "outside"), (["unknown", 96], "outside")],
    ids=str,
)  # fmt: skip
def test_how_it_came_about_is_said(attainments: list[int | str], how: str) -> None:
    assert last(*attainments).how == how


def test_what_waits_for_confirmation_is_named_with_the_year_it_was_first_seen() -> None:
    assert last(100, 93).held == Held(WARN, "FY2027", worse=True)
    assert last(94, 96).held == Held(GOOD, "FY2027", worse=False)
    assert last(100, 58).held == Held(BAD, "FY2027", worse=True)
    assert last(100, 93, 58).held == Held(BAD, "FY2028", worse=True)
    assert last(100, 93, 93).held is None
    assert last(100, 93, 97).held is None


def test_each_step_of_a_history_is_said_whole() -> None:
    history: list[tuple[int | str, bool, Official]] = [
        (30, True, Official("FY2026", "unknown", "provisional", provisional=BAD)),
        (100, False, Official("FY2027", GOOD, "outside")),
        (93, False, Official("FY2028", GOOD, "held", Held(WARN, "FY2028", worse=True))),
        (30, True, Official("FY2029", GOOD, "provisional", Held(WARN, "FY2028", worse=True), provisional=BAD)),
        (93, False, Official("FY2030", WARN, "confirmed")),
        (94, False, Official("FY2031", WARN, "same")),
        (96, False, Official("FY2032", WARN, "held", Held(GOOD, "FY2032", worse=False))),
        (94, False, Official("FY2033", WARN, "dropped")),
        (100, False, Official("FY2034", GOOD, "at_once")),
        ("unknown", False, Official("FY2035", "unknown", "outside", known=Known(GOOD, "FY2034"))),
        ("achieved", False, Official("FY2036", "achieved", "outside")),
        ("unknown", True, Official("FY2037", "unknown", "outside", known=Known("achieved", "FY2036"))),
        ("not_started", True, Official("FY2038", "not_started", "outside")),
        (30, True, Official("FY2039", "unknown", "provisional", provisional=BAD)),
    ]
    years = [year(attainment, said.period, provisional=early) for attainment, early, said in history]
    assert fold(years) == tuple(said for _, _, said in history)


def test_a_class_whose_better_case_could_not_be_judged_is_not_clear_of_its_edge() -> None:
    """Of a lower bound: with a little more the missing part would decide."""
    [_, now] = fold([year(100, "FY2026"), Judged("FY2027", WARN, if_better="unknown", if_worse=WARN)])
    assert now == Official("FY2027", GOOD, "held", Held(WARN, "FY2027", worse=True))


def test_where_nothing_is_known_any_more_the_last_class_stands_beside_it_dated() -> None:
    assert last(100, 94, "unknown").known == Known(GOOD, "FY2027")
    assert last(100, "unknown", "unknown").known == Known(GOOD, "FY2026")
    assert last("unknown").known is None
    assert last("not_started", "unknown").known is None
    assert last("unknown", 96).known is None


def test_provisional_values_move_only_what_is_shown_beside_the_standing() -> None:
    [_, after] = fold([year(100, "FY2026"), year(30, "FY2027", provisional=True)])
    assert (after.cls, after.how, after.provisional) == (GOOD, "provisional", BAD)
    [first] = fold([year(30, "FY2026", provisional=True)])
    assert (first.cls, first.how, first.provisional) == ("unknown", "provisional", BAD)


def test_two_provisional_years_of_the_same_class_count() -> None:
    two = fold([year(100, "FY2026"), year(30, "FY2027", provisional=True), year(40, "FY2028", provisional=True)])
    assert [o.cls for o in two] == [GOOD, GOOD, BAD]
    differing = fold([year(100, "FY2026"), year(70, "FY2027", provisional=True), year(40, "FY2028", provisional=True)])
    assert [o.cls for o in differing] == [GOOD, GOOD, GOOD]
    not_in_a_row = fold(
        [year(30, "FY2026", provisional=True), year(100, "FY2027"), year(30, "FY2028", provisional=True)]
    )
    assert [o.cls for o in not_in_a_row] == ["unknown", GOOD, GOOD]


def test_a_provisional_year_neither_confirms_nor_drops_what_is_held() -> None:
    held = [year(100, "FY2026"), year(93, "FY2027"), year(93, "FY2028", provisional=True)]
    assert fold(held)[-1].held == Held(WARN, "FY2027", worse=True)
    assert fold(held)[-1].cls == GOOD
    assert fold([*held, year(93, "FY2029")])[-1].cls == WARN


def test_what_cannot_be_judged_is_said_at_once_though_it_is_provisional() -> None:
    assert fold([year(100, "FY2026"), year("unknown", "FY2027", provisional=True)])[-1].cls == "unknown"


HISTORIES = st.lists(st.one_of(st.integers(0, 130), st.sampled_from(["achieved", "unknown"])), min_size=1, max_size=12)


@given(HISTORIES)
def test_a_standing_depends_on_no_later_year(attainments: list[int | str]) -> None:
    whole = official(*attainments)
    for n in range(1, len(attainments) + 1):
        assert official(*attainments[:n]) == whole[:n]


@given(HISTORIES)
def test_the_official_class_lies_between_the_one_before_and_that_of_the_year(attainments: list[int | str]) -> None:
    classes = [a if isinstance(a, str) else cls_of(a) for a in attainments]
    for before, now, of_year in zip(official(*attainments), official(*attainments)[1:], classes[1:], strict=False):
        if before in ORDER and of_year in ORDER:
            low, high = sorted((ORDER.index(before), ORDER.index(of_year)))
            assert low <= ORDER.index(now) <= high


@given(HISTORIES)
def test_a_class_seen_three_years_running_is_official(attainments: list[int | str]) -> None:
    steady = [*attainments, 93, 93, 93]
    assert official(*steady)[-1] == WARN


@given(st.lists(st.integers(0, 130), min_size=1, max_size=12))
@example([0, 95, 95, 0, 95, 95])  # a change over two steps may be taken one by one: more changes, and no more steps
def test_the_official_standing_moves_over_no_more_steps_than_the_classes_of_the_years(
    attainments: list[int],
) -> None:
    def steps(classes: list[str]) -> int:
        return sum(abs(ORDER.index(a) - ORDER.index(b)) for a, b in itertools.pairwise(classes))

    assert steps(official(*attainments)) <= steps([cls_of(a) for a in attainments])
