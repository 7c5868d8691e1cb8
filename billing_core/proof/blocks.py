"""The root over leaf hashes that come in blocks: the same as leaf by leaf, at half the cost.

A level of the tree is made from the one below it: neighbours in pairs, an odd last one as it is.
That gives the tree of RFC 6962, which splits after the largest power of two below its size.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from billing_core.proof.merkle import root_of

BLOCK_LEAVES: Final = 65_536  #: of a whole block, which is a perfect subtree
_HASH: Final = 32
_PAIR: Final = 2 * _HASH
_NODE: Final = b"\x01"


def root_of_blocks(blocks: Iterable[bytes]) -> bytes:
    """Give the root over leaf hashes in order.

    Args:
        blocks: leaf hashes written one after the other, in each block but the last as many: a
            power of two, like `BLOCK_LEAVES`.
    """
    return root_of(_subtree(block) for block in blocks if block)


def _subtree(block: bytes) -> bytes:
    """Give the root over the leaf hashes of one block, of which there is at least one."""
    level = block
    while len(level) > _HASH:
        odd = level[len(level) // _PAIR * _PAIR :]
        pairs = range(0, len(level) - _HASH, _PAIR)
        level = b"".join([sha256(_NODE + level[at : at + _PAIR]).digest() for at in pairs]) + odd
    return level
