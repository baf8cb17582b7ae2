"""The steps of a proof, as they are shown: those of RFC 9162, and no others."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.domain.events import EVENTS, report_of, report_stream, standing_stream
from reporting.event_store import merkle
from reporting.queries.event_names import TYPES
from reporting.queries.proofs import steps

LEAVES = [hashlib.sha256(str(i).encode()).digest() for i in range(300)]


def path_of(index: int, size: int) -> list[bytes]:
    def subtree(level: int, number: int) -> bytes:
        return merkle.root_of(LEAVES[number << level : (number + 1) << level])

    return merkle.inclusion_proof(index, size, subtree)


@given(st.data())
def test_the_steps_lead_from_the_leaf_to_the_root(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(LEAVES)))
    index = data.draw(st.integers(0, size - 1))
    climbed = steps(LEAVES[index], index, size, path_of(index, size))
    own = LEAVES[index].hex()
    for step in climbed:
        assert own == (step.left if step.own == "left" else step.right)
        assert step.node == merkle.node_hash(bytes.fromhex(step.left), bytes.fromhex(step.right)).hex()
        own = step.node
    assert own == merkle.root_of(LEAVES[:size]).hex()


def test_a_path_of_another_length_is_no_path() -> None:
    path = path_of(5, 100)
    with pytest.raises(ValueError, match="too long"):
        steps(LEAVES[5], 5, 100, [*path, LEAVES[0]])
    with pytest.raises(ValueError, match="too short"):
        steps(LEAVES[5], 5, 100, path[:-1])


def test_every_event_there_is_has_a_name_in_words() -> None:
    assert set(EVENTS) - set(TYPES) == set()


@pytest.mark.parametrize(
    ("stream", "report"),
    [
        (report_stream("JST.P1.A1", "FY2026Q1"), "JST.P1.A1@FY2026Q1"),
        (standing_stream("IND-02", None, None), None),
        ("report/a", None),
        ("report//", None),
        ("report/a/b/c", None),
        ("report", None),
        ("", None),
    ],
)
def test_a_report_is_known_by_its_stream(stream: str, report: str | None) -> None:
    assert report_of(stream) == report
