"""The rules of the filters that a reviewer names."""

import pytest

from reporting.domain.saved_filters import BadFilterName, TooManyFilters, kept, must_fit, read_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("第2柱・警告あり", "第2柱・警告あり"),
        (" a ", "a"),
        ("　全角の空白　", "全角の空白"),
        ("あ" * 60, "あ" * 60),
        ("👩‍💻", "👩‍💻"),
    ],
)
def test_a_name_is_kept_as_it_was_typed_without_the_space_around_it(typed: str, name: str) -> None:
    assert read_name(typed) == name


@pytest.mark.parametrize(
    "typed", ["", "   ", "　", "あ" * 61, "a\nb", "a\tb", "a\x00b", "a\x7fb", "a\x85b", "a\u2028b", "a\ud800b"]
)
def test_no_name_and_a_long_one_and_one_that_is_not_a_line_are_refused(typed: str) -> None:
    with pytest.raises(BadFilterName, match="1 to 60 characters"):
        read_name(typed)


def test_what_narrows_is_kept_and_the_page_is_not() -> None:
    asked = {"pillar": "P2", "agency": "", "period": "", "flag": "warned", "whose": "", "page": 3}
    assert kept(asked) == {"pillar": "P2", "flag": "warned"}
    assert kept({"pillar": "", "page": 3}) == {}


def test_there_is_room_for_twenty_and_one_of_them_is_saved_anew() -> None:
    names = [str(n) for n in range(20)]
    must_fit(names[:19], "new")
    must_fit(names, "7")
    with pytest.raises(TooManyFilters, match="20 filters"):
        must_fit(names, "new")
