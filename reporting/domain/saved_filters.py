"""A reviewer's own names for what they narrow the review queue by. Pure."""

import unicodedata
from collections.abc import Collection, Mapping

from reporting.domain.errors import Refusal, gettext_noop

MOST = 20
NAME_LIMIT = 60
# Control characters, halves of characters, breaks of lines and paragraphs: a name is one line that can be read.
NOT_IN_A_NAME = frozenset({"Cc", "Cs", "Zl", "Zp"})


class BadFilterName(Refusal):
    code, status = "bad_filter_name", 400
    message = gettext_noop("Give the filter a name of 1 to %(limit)s characters, in one line.")


class NothingNarrowed(Refusal):
    code, status = "nothing_narrowed", 400
    message = gettext_noop("The queue is not narrowed by anything. Choose a filter and show the queue first.")


class TooManyFilters(Refusal):
    code = "too_many_filters"
    message = gettext_noop(
        "You have saved %(most)s filters, and there is no room for more. Delete one first, or save under the name of "
        "one that you have."
    )


def read_name(text: str) -> str:
    """As it is kept. Raises BadFilterName."""
    name = text.strip()
    if not 0 < len(name) <= NAME_LIMIT or any(unicodedata.category(c) in NOT_IN_A_NAME for c in name):
        raise BadFilterName(limit=NAME_LIMIT)
    return name


def kept(asked: Mapping[str, object]) -> dict[str, str]:
    """What narrows of what was asked of the queue: the page is where one happened to be."""
    return {part: str(said) for part, said in asked.items() if said and part != "page"}


def must_fit(saved: Collection[str], name: str) -> None:
    """Beside the names that are there; one of them is saved anew. Raises TooManyFilters."""
    if name not in saved and len(saved) >= MOST:
        raise TooManyFilters(most=MOST)
