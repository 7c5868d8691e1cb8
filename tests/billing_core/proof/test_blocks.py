"""Roots over blocks of leaf hashes are those of RFC 6962."""

from hashlib import sha256

import pytest

from billing_core.proof.blocks import root_of_blocks
from billing_core.proof.merkle import EMPTY_ROOT, root_of


def leaves(count: int) -> list[bytes]:
    return [sha256(b"\x00" + number.to_bytes(4)).digest() for number in range(count)]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 100])
def test_a_blocks_root_is_that_of_its_leaves_one_by_one(count: int) -> None:
    assert root_of_blocks([b"".join(leaves(count))]) == root_of(leaves(count))


@pytest.mark.parametrize("count", [4, 5, 8, 9, 11, 12, 13, 17])
def test_blocks_come_to_the_root_of_all_their_leaves(count: int) -> None:
    known = leaves(count)
    cut = [b"".join(known[at : at + 4]) for at in range(0, count, 4)]
    assert root_of_blocks(cut) == root_of(known)


def test_nothing_has_the_root_of_nothing() -> None:
    assert root_of_blocks([]) == root_of_blocks([b""]) == EMPTY_ROOT


def test_three_leaves_are_the_node_of_a_node_and_a_leaf() -> None:
    first, second, third = leaves(3)
    node = sha256(b"\x01" + first + second).digest()
    assert root_of_blocks([first + second + third]) == sha256(b"\x01" + node + third).digest()
