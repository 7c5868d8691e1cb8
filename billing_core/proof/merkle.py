"""Merkle trees as RFC 6962 has them: one hash over many leaves, and short proofs about it.

A leaf's hash is SHA-256 of 0x00 and the leaf (`billing_core.event.leaf_hash`), a node's SHA-256 of
0x01 and its two children. A tree of n leaves splits after the largest power of two below n.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

#: Root of no leaves: SHA-256 of nothing.
EMPTY_ROOT: Final = sha256().digest()
_NODE: Final = b"\x01"


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of a node: SHA-256 of 0x01 and the hashes of its two children."""
    return sha256(_NODE + left + right).digest()


class GrowingTree:
    """A tree that leaves are added to, of which only the root is wanted.

    It remembers one hash for each perfect subtree: after 1,000,000 leaves there are 7 of them.
    """

    def __init__(self) -> None:
        self._subtrees: list[bytes] = []
        self._count = 0

    @property
    def count(self) -> int:
        """Leaves so far."""
        return self._count

    def add(self, leaf_hash: bytes) -> None:
        """Add the next leaf, by its hash."""
        subtrees, merged = self._subtrees, leaf_hash
        self._count += 1
        count = self._count
        while not count & 1:
            merged = sha256(_NODE + subtrees.pop() + merged).digest()
            count >>= 1
        subtrees.append(merged)

    @property
    def root(self) -> bytes:
        """The root of the leaves so far."""
        if not self._subtrees:
            return EMPTY_ROOT
        *others, root = self._subtrees
        for subtree in reversed(others):
            root = node_hash(subtree, root)
        return root


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Give the root over leaves in order; they pass by once, none is kept.

    The root of three leaves is the node of (the node of the first and the second) and the third.
    """
    tree = GrowingTree()
    for each in leaf_hashes:
        tree.add(each)
    return tree.root


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Give what shows that a leaf is in a tree: the hashes beside its way up, lowest first.

    Args:
        leaf_hashes: of the whole tree, in order.
        index: of the leaf, from 0.

    Raises:
        IndexError: where the tree has no such leaf.
    """
    if not 0 <= index < len(leaf_hashes):
        raise IndexError(f"a tree of {len(leaf_hashes)} leaves has no leaf {index}")
    return tuple(_beside(leaf_hashes, index))


def _beside(leaf_hashes: Sequence[bytes], index: int) -> Iterator[bytes]:
    if len(leaf_hashes) == 1:
        return
    split = _split_of(len(leaf_hashes))
    left, right = leaf_hashes[:split], leaf_hashes[split:]
    if index < split:
        yield from _beside(left, index)
        yield root_of(right)
    else:
        yield from _beside(right, index - split)
        yield root_of(left)


def is_included(
    leaf_hash: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Say whether a proof shows that a leaf stands at an index in the tree of a root.

    Args:
        leaf_hash: of the leaf.
        index: of the leaf, from 0.
        size: leaves of the tree.
        proof: as `inclusion_proof` gives it.
        root: of the tree.
    """
    if not 0 <= index < size or len(root) != len(EMPTY_ROOT):
        return False
    node, last, found = index, size - 1, leaf_hash
    for each in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(each, found)
            node, last = _risen(node, last)
        else:
            found = node_hash(found, each)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def _risen(node: int, last: int) -> tuple[int, int]:
    """Pass the levels at which a node without a sibling stands for itself."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def consistency_proof(leaf_hashes: Sequence[bytes], earlier: int) -> tuple[bytes, ...]:
    """Give what shows that a tree only grew: its first `earlier` leaves are those it had then.

    Args:
        leaf_hashes: of the whole tree, in order.
        earlier: how many leaves it had, at least 1.

    Raises:
        IndexError: where the tree is smaller, or was empty: then there is nothing to show.
    """
    if not 1 <= earlier <= len(leaf_hashes):
        raise IndexError(f"a tree of {len(leaf_hashes)} leaves did not grow from {earlier}")
    return tuple(_grown(leaf_hashes, earlier, is_known=True))


def _grown(leaf_hashes: Sequence[bytes], earlier: int, *, is_known: bool) -> Iterator[bytes]:
    """Give the hashes; `is_known`: the verifier has this subtree's root, the earlier one."""
    if earlier == len(leaf_hashes):
        if not is_known:
            yield root_of(leaf_hashes)
        return
    split = _split_of(len(leaf_hashes))
    left, right = leaf_hashes[:split], leaf_hashes[split:]
    if earlier <= split:
        yield from _grown(left, earlier, is_known=is_known)
        yield root_of(right)
    else:
        yield from _grown(right, earlier - split, is_known=False)
        yield root_of(left)


def is_consistent(
    *, earlier: int, size: int, proof: Sequence[bytes], earlier_root: bytes, root: bytes
) -> bool:
    """Say whether a proof shows that a tree of `earlier` leaves grew into one of `size`.

    Args:
        earlier: leaves of the smaller tree, at least 1: an empty tree shows nothing.
        size: leaves of the larger one.
        proof: as `consistency_proof` gives it.
        earlier_root: of the smaller tree.
        root: of the larger one.
    """
    if not 1 <= earlier <= size:
        return False
    if earlier == size:
        return not proof and earlier_root == root
    path = [earlier_root, *proof] if earlier & (earlier - 1) == 0 else list(proof)
    return bool(path) and _leads_to_both(path, earlier, size, (earlier_root, root))


def _leads_to_both(
    path: Sequence[bytes], earlier: int, size: int, roots: tuple[bytes, bytes]
) -> bool:
    node, last = earlier - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(each, old), node_hash(each, new)
            node, last = _risen(node, last)
        else:
            new = node_hash(new, each)
        node, last = node >> 1, last >> 1
    return last == 0 and (old, new) == roots


def _split_of(size: int) -> int:
    """Give the largest power of two below a size of at least 2."""
    return 1 << (size - 1).bit_length() - 1
