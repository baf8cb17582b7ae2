"""The arithmetic of Merkle trees, as RFC 9162 section 2.1 has it. Pure: hashes in, hashes out.

A tree of n leaves is made of perfect subtrees, one for each bit of n. `(level, index)` names a perfect subtree: the
one over the 2^level leaves from index * 2^level on. Hashes are 32 bytes.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

# The root of a perfect subtree.
Subtree = Callable[[int, int], bytes]

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Growing:
    """A tree growing at its right end, of which only the frontier is kept: the roots of its perfect subtrees, the
    largest first."""

    def __init__(self, size: int = 0, frontier: Iterable[bytes] = ()) -> None:
        self.size = size
        self.frontier = list(frontier)
        if len(self.frontier) != size.bit_count():
            raise ValueError(f"{len(self.frontier)} hashes are no frontier of {size} leaves")

    def add(self, leaf: bytes) -> list[bytes]:
        """Append one leaf hash. Returns the roots of the perfect subtrees that end with it, by level, itself first."""
        completed = [leaf]
        while self.size >> len(completed) - 1 & 1:
            completed.append(node_hash(self.frontier.pop(), completed[-1]))
        self.frontier.append(completed[-1])
        self.size += 1
        return completed

    def root(self) -> bytes:
        return _joined(self.frontier) if self.frontier else EMPTY


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, or over the roots of equally large perfect subtrees."""
    tree = Growing()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The path that shows leaf `index` (from 0) in the tree of `size` leaves: the nearest sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_root(middle, end, subtree))
            end = middle
        else:
            path.append(_root(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency_proof(first: int, second: int, subtree: Subtree) -> list[bytes]:
    """The path that shows that the tree of `second` leaves begins with the tree of `first`. Empty for equal sizes."""
    if not 0 < first <= second:
        raise ValueError(f"a tree of {second} leaves cannot be shown to begin with one of {first}")
    path: list[bytes] = []
    start, end = 0, second
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_root(middle, end, subtree))
            end = middle
        else:
            path.append(_root(start, middle, subtree))
            start = middle
    if start > 0:  # the first tree's own root is known to whoever asks; a part of it is not
        path.append(_root(start, end, subtree))
    return path[::-1]


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path shows `leaf` at `index` of the tree with this size and root (section 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes([leaf, root, *path]):
        return False
    at, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows that the second tree begins with the first (section 2.1.4.2)."""
    if not 0 < first <= second or not _are_hashes([first_root, second_root, *path]):
        return False
    if first == second:
        return not path and first_root == second_root
    rest = list(path)
    if first & (first - 1) == 0:
        rest.insert(0, first_root)
    if not rest:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = rest.pop(0)
    for sibling in rest:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == 32 for value in values)


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _root(start: int, end: int, subtree: Subtree) -> bytes:
    """The root over the leaves from `start` up to `end`, where `start` is a multiple of a power of two that is not
    less than their number."""
    perfect = []
    while start < end:
        level = (end - start).bit_length() - 1
        perfect.append(subtree(level, start >> level))
        start += 1 << level
    return _joined(perfect)


def _joined(perfect: Sequence[bytes]) -> bytes:
    """The root above perfect subtrees of falling size."""
    root = perfect[-1]
    for left in reversed(perfect[:-1]):
        root = node_hash(left, root)
    return root
