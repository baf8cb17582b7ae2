"""The tree of RFC 9162 section 2.1, against published vectors, and against its own definition for every size."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.event_store import merkle
from reporting.event_store.merkle import Growing, consistency_proof, includes, inclusion_proof, is_consistent

# The eight entries of Certificate Transparency's reference tests, their roots and proofs, as transparency-dev/merkle
# publishes them.
ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
LEAVES = [merkle.leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): INCLUSION[1, 5][1:],
    (6, 7): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


def leaves_of(size: int) -> list[bytes]:
    return [merkle.leaf_hash(bytes(str(i), "ascii")) for i in range(size)]


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """MTH as the RFC writes it down: slow and plain."""
    if not leaves:
        return merkle.EMPTY
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node_hash(by_definition(leaves[:k]), by_definition(leaves[k:]))


def perfect(leaves: Sequence[bytes]) -> merkle.Subtree:
    """A source that has the roots of perfect subtrees within the leaves, and no others."""

    def subtree(level: int, index: int) -> bytes:
        inside = leaves[index << level : (index + 1) << level]
        assert len(inside) == 1 << level
        return by_definition(inside)

    return subtree


def flipped(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value) ^ 1 << bit % 256).to_bytes(32)


@pytest.mark.parametrize("size", ROOTS)
def test_the_published_roots_come_out(size: int) -> None:
    assert merkle.root_of(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize("leaf_and_size", INCLUSION)
def test_the_published_inclusion_proofs_come_out_and_verify(leaf_and_size: tuple[int, int]) -> None:
    index, size = leaf_and_size
    path = inclusion_proof(index, size, perfect(LEAVES))
    assert [node.hex() for node in path] == INCLUSION[index, size]
    assert includes(LEAVES[index], index, size, path, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize("sizes", CONSISTENCY)
def test_the_published_consistency_proofs_come_out_and_verify(sizes: tuple[int, int]) -> None:
    first, second = sizes
    path = consistency_proof(first, second, perfect(LEAVES))
    assert [node.hex() for node in path] == CONSISTENCY[first, second]
    assert is_consistent(first, bytes.fromhex(ROOTS[first]), second, bytes.fromhex(ROOTS[second]), path)


def test_every_leaf_of_every_tree_is_shown_to_be_in_it() -> None:
    for size in range(1, 35):
        leaves = leaves_of(size)
        root = by_definition(leaves)
        for index, leaf in enumerate(leaves):
            path = inclusion_proof(index, size, perfect(leaves))
            assert includes(leaf, index, size, path, root)
            for other in {index - 1, index + 1, index ^ 2, size} - {index}:
                assert not includes(leaf, other, size, path, root)


def test_every_tree_is_shown_to_begin_with_every_smaller_one() -> None:
    leaves = leaves_of(34)
    roots = [by_definition(leaves[:size]) for size in range(35)]
    for second in range(1, 35):
        for first in range(1, second + 1):
            path = consistency_proof(first, second, perfect(leaves[:second]))
            assert is_consistent(first, roots[first], second, roots[second], path)
            for other in {first - 1, first + 1} - {first}:
                assert not is_consistent(other, roots[first], second, roots[second], path)


SIZES = st.integers(1, 2000)


@given(size=SIZES, at=st.integers(0), bit=st.integers(0))
def test_a_flipped_bit_anywhere_is_no_proof_of_inclusion(size: int, at: int, bit: int) -> None:
    leaves = leaves_of(size)
    index = at % size
    root = merkle.root_of(leaves)
    path = inclusion_proof(index, size, perfect(leaves))
    assert includes(leaves[index], index, size, path, root)
    assert len(path) <= (size - 1).bit_length()
    parts = [leaves[index], root, *path]
    broken = bit % len(parts)
    parts[broken] = flipped(parts[broken], bit)
    assert not includes(parts[0], index, size, parts[2:], parts[1])


@given(sizes=st.tuples(SIZES, SIZES).map(sorted), bit=st.integers(0))
def test_a_flipped_bit_anywhere_is_no_proof_of_consistency(sizes: list[int], bit: int) -> None:
    first, second = sizes
    leaves = leaves_of(second)
    roots = merkle.root_of(leaves[:first]), merkle.root_of(leaves)
    path = consistency_proof(first, second, perfect(leaves))
    assert is_consistent(first, roots[0], second, roots[1], path)
    parts = [*roots, *path]
    broken = bit % len(parts)
    parts[broken] = flipped(parts[broken], bit)
    assert not is_consistent(first, parts[0], second, parts[1], parts[2:])


@pytest.mark.parametrize("garbage", [b"", merkle.EMPTY, b"\x00" * 33, LEAVES[0]])
def test_a_path_with_too_much_or_too_little_in_it_is_refused(garbage: bytes) -> None:
    roots = {size: bytes.fromhex(root) for size, root in ROOTS.items()}
    for (index, size), nodes in INCLUSION.items():
        path = [bytes.fromhex(node) for node in nodes]
        for wrong in ([garbage, *path], [*path, garbage], path[:-1], path[1:]):
            assert wrong == path or not includes(LEAVES[index], index, size, wrong, roots[size])
    for (first, second), nodes in CONSISTENCY.items():
        path = [bytes.fromhex(node) for node in nodes]
        for wrong in ([garbage, *path], [*path, garbage], path[:-1], path[1:]):
            assert wrong == path or not is_consistent(first, roots[first], second, roots[second], wrong)


def test_nothing_is_in_an_empty_tree_and_nothing_begins_with_it() -> None:
    assert not includes(LEAVES[0], 0, 0, [], merkle.EMPTY)
    assert not is_consistent(0, merkle.EMPTY, 8, bytes.fromhex(ROOTS[8]), [])
    assert not is_consistent(2, bytes.fromhex(ROOTS[2]), 1, bytes.fromhex(ROOTS[1]), [])
    for wrong in ((-1, 3), (3, 3)):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_proof(*wrong, perfect(LEAVES))
    for wrong in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="begin with"):
            consistency_proof(*wrong, perfect(LEAVES))


@given(steps=st.lists(st.integers(0, 600), max_size=6))
def test_a_tree_grown_in_steps_from_its_frontier_is_the_tree_grown_at_once(steps: list[int]) -> None:
    leaves = leaves_of(sum(steps))
    size, frontier = 0, b""
    for step in steps:
        tree = Growing(size, [frontier[i : i + 32] for i in range(0, len(frontier), 32)])
        for leaf in leaves[size : size + step]:
            tree.add(leaf)
        size, frontier = tree.size, b"".join(tree.frontier)
        assert tree.root() == merkle.root_of(leaves[:size])
    assert size == len(leaves)


def test_every_perfect_subtree_that_ends_with_a_leaf_is_told() -> None:
    tree, leaves = Growing(), leaves_of(64)
    for size, leaf in enumerate(leaves, start=1):
        told = tree.add(leaf)
        assert told == [by_definition(leaves[size - (1 << level) : size]) for level in range(len(told))]
        assert size % (1 << len(told) - 1) == 0
        assert size % (1 << len(told)) != 0


def test_a_frontier_that_is_none_is_refused() -> None:
    for size, frontier in ((0, LEAVES[:1]), (3, LEAVES[:1]), (4, LEAVES[:2])):
        with pytest.raises(ValueError, match="no frontier"):
            Growing(size, frontier)


def test_the_order_of_leaves_matters() -> None:
    assert len({merkle.root_of(leaves) for leaves in (LEAVES, LEAVES[::-1])}) == 2
    for one, two in pairwise(LEAVES):
        assert merkle.node_hash(one, two) != merkle.node_hash(two, one)
