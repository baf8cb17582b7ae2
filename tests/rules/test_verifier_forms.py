"""What the auditor's script computes: canonical JSON and trees, against published values and other programs."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.verify import shinchoku_verify as verifier
from deploy.verify.shinchoku_verify import Tree, canonical, consistent, included, parse, written_slowly
from tests import written_logs as logs
from tests.rules.test_merkle import CONSISTENCY, INCLUSION, LEAVES, ROOTS

# RFC 8785 section 3.2.3: the order of names, by UTF-16 units; and the strings and literals of section 3.2.2.
NAMES = r"""{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
  "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}"""
IN_ORDER = [
    "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
]  # fmt: skip
STRINGS = r"""{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
STRINGS_CANONICAL = r"""{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"""


def test_19_names_stand_in_the_order_of_the_rfc() -> None:
    found = canonical(parse(NAMES.encode())).decode()
    assert list(json.loads(found).values()) == IN_ORDER


def test_19_strings_and_literals_are_written_as_the_rfc_writes_them() -> None:
    assert canonical(parse(STRINGS.encode())).decode() == STRINGS_CANONICAL


def test_19_the_quick_way_alone_would_order_some_names_wrongly() -> None:
    """The control: it is the second way that keeps the order for characters beyond U+FFFF."""
    names = {"\ufb33": 1, "😀": 2}
    assert verifier.write(names).encode() != canonical(names) == rfc8785.dumps(names)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=400, deadline=None)
@given(VALUES)
def test_19_canonical_json_is_that_of_the_package_that_hashes(value: Any) -> None:
    expected = rfc8785.dumps(value)
    assert canonical(value) == expected
    assert written_slowly(value).encode() == expected
    assert parse(expected) == value


def is_read(raw: bytes) -> bool:
    try:
        parse(raw)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        "1.0", "1e3", "-0.5", "NaN", "Infinity", "-Infinity", str(2**53), str(-(2**53)), "9" * 5000, '{"a":1,"a":1}',
        '{"a":{"b":1,"b":2}}', '{"a":1} {"a":1}', '"\t"', "", "[" * 100_000, "\ufeff{}", "'a'", "[1,]", "01",
    ],
)  # fmt: skip
def test_19_what_two_programs_could_read_differently_is_not_read(text: str) -> None:
    assert not is_read(text.encode())


def test_19_bytes_that_are_not_utf8_are_not_read() -> None:
    for raw in (b'"\xff"', '{"a":1}'.encode("utf-16"), b'"\xed\xa0\x80"'):
        assert not is_read(raw)


def test_19_half_a_character_has_no_canonical_form() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical(parse(rb'{"a":"\ud83d"}'))


@pytest.mark.parametrize("case", INCLUSION)
def test_19_a_published_inclusion_proof_is_accepted(case: tuple[int, int]) -> None:
    index, size = case
    proof, root = [bytes.fromhex(h) for h in INCLUSION[case]], bytes.fromhex(ROOTS[size])
    assert included(LEAVES[index], index, size, proof, root)
    for other in range(9):
        assert included(LEAVES[index], other, size, proof, root) == (other == index)
    assert not included(LEAVES[index], index, size, [*proof, root], root)
    for beyond in (verifier.node(root, root), verifier.node(LEAVES[0], root), verifier.node(root, LEAVES[0])):
        assert not included(LEAVES[index], index, size, [*proof, root], beyond)
        assert not included(LEAVES[index], index, size, [*proof, LEAVES[0]], beyond)
    assert not proof or not included(LEAVES[index], index, size, proof[:-1], root)


@pytest.mark.parametrize("case", CONSISTENCY)
def test_19_a_published_consistency_proof_is_accepted(case: tuple[int, int]) -> None:
    first, second = case
    proof = [bytes.fromhex(h) for h in CONSISTENCY[case]]
    roots = bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second])
    assert consistent(first, second, *roots, proof)
    assert not consistent(first, second, *roots, [*proof, roots[0]])
    assert not consistent(first, second, roots[0], verifier.node(roots[1], roots[1]), [*proof, roots[1]])
    both = [verifier.node(LEAVES[0], root) for root in roots]
    assert not consistent(first, second, *both, [*proof, LEAVES[0]])
    assert not consistent(first, second, bytes(32), roots[1], proof)
    assert not consistent(first, second, roots[0], bytes(32), proof)
    assert not proof or not consistent(first, second, *roots, proof[:-1])


def test_19_every_proof_of_small_trees_is_accepted_in_its_place_only() -> None:
    leaves = [logs.sha256(bytes([n])) for n in range(20)]
    roots = [logs.root(leaves[:n]) for n in range(21)]
    for size in range(1, 21):
        for index in range(size):
            proof = logs.inclusion(index, leaves[:size])
            places = [
                (i, n) for n in range(1, 21) for i in range(n) if included(leaves[index], i, n, proof, roots[size])
            ]
            # The size of the tree is in the signature; to another size the same path may lead as well.
            assert (index, size) in places
            assert [i for i, n in places if n == size] == [index]
        for first in range(1, size + 1):
            proof = logs.consistency(first, leaves[:size])
            assert consistent(first, size, roots[first], roots[size], proof)
            for other in range(1, size + 1):
                if other != first:
                    assert not consistent(other, size, roots[first], roots[size], proof) or first == size


def test_19_a_tree_that_grows_knows_its_root_at_every_size() -> None:
    n = 1100  # beyond what is kept below 256 and 1024
    events = logs.true_log(n, [n]).events
    tree = Tree()
    for event in events:
        tree.add(event)
    leaves = [logs.leaf(event) for event in events]
    for size in {*range(0, n, 37), 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, n}:
        assert tree.root(size) == logs.root(leaves[:size])


FIELDS = st.fixed_dictionaries(
    {
        "stream": st.text(min_size=1, max_size=6),
        "type": st.text(min_size=1, max_size=6),
        "schema_version": st.integers(1, 20),
        "data": st.dictionaries(st.text(max_size=4), st.text(max_size=4) | st.integers(0, 9), max_size=3),
        "meta": st.dictionaries(st.text(max_size=4), st.text(max_size=4) | st.booleans(), max_size=3),
    }
)


@settings(max_examples=300, deadline=None)
@given(FIELDS, FIELDS)
def test_19_no_two_contents_have_one_hash_wherever_their_fields_begin_and_end(one: Any, other: Any) -> None:
    base = logs.event(1, "a", 1)
    assert (verifier.event_hash(base | one) == verifier.event_hash(base | other)) == (
        json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    )


def test_19_moving_a_character_over_a_boundary_changes_the_hash() -> None:
    made = {
        verifier.event_hash(logs.event(1, "a", 1) | fields)
        for fields in (
            {"stream": "ab", "type": "c"}, {"stream": "a", "type": "bc"}, {"stream": 'a","type":"b', "type": "c"},
            {"type": "1", "schema_version": 1}, {"type": "", "schema_version": 11},
            {"data": {"a": "b"}, "meta": {}}, {"data": {}, "meta": {"a": "b"}}, {"data": {"a": {"b": {}}}, "meta": {}},
            {"data": {"true": True}}, {"data": {"true": 1}}, {"data": {"true": "true"}}, {"data": {"true": None}},
        )
    }  # fmt: skip
    assert len(made) == 12
