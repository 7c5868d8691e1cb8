"""Trees as RFC 6962 has them, held against the vectors that two implementations publish.

Branches that only small trees reach are held without the vectors, too: the hashes below are those
of the eight leaves of the vectors, so they can be looked up there.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from billing_core.proof.merkle import (
    GrowingTree,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    node_hash,
    root_of,
)

LEAVES = [
    sha256(b"\x00" + bytes.fromhex(leaf)).digest()
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOT_OF_FIVE = "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"
ROOT_OF_EIGHT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
OF_THE_SECOND_IN_FIVE = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
)
FROM_SIX_TO_EIGHT = (
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
)


@pytest.fixture(scope="module")
def vectors(shared: Path) -> dict[str, Any]:
    path = shared / "vectors" / "rfc6962_vectors.json"
    if not path.is_file():
        pytest.skip("the published vectors are not beside the project")
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def of_hex(hashes: list[str] | tuple[str, ...] | None) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(each) for each in hashes or ())


def test_no_leaves_have_the_hash_of_nothing() -> None:
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_leaves_pass_by_once_and_the_tree_counts_them() -> None:
    tree = GrowingTree()
    for each in LEAVES[:5]:
        tree.add(each)
    assert (tree.count, tree.root.hex()) == (5, ROOT_OF_FIVE)
    assert root_of(iter(LEAVES)).hex() == ROOT_OF_EIGHT


def test_a_proof_shows_that_a_leaf_stands_where_it_stands_and_nowhere_else() -> None:
    proof = inclusion_proof(LEAVES[:5], 1)
    assert proof == of_hex(OF_THE_SECOND_IN_FIVE)
    root = bytes.fromhex(ROOT_OF_FIVE)
    assert is_included(LEAVES[1], index=1, size=5, proof=proof, root=root)
    assert not is_included(LEAVES[1], index=3, size=5, proof=proof, root=root)
    assert not is_included(LEAVES[1], index=5, size=5, proof=proof, root=root)
    assert not is_included(LEAVES[1], index=1, size=5, proof=(*proof, root), root=root)


def test_the_last_leaf_of_an_uneven_tree_is_shown_too() -> None:
    proof = inclusion_proof(LEAVES[:5], 4)
    root = bytes.fromhex(ROOT_OF_FIVE)
    assert is_included(LEAVES[4], index=4, size=5, proof=proof, root=root)


def test_a_proof_shows_that_a_tree_only_grew() -> None:
    proof = consistency_proof(LEAVES, 6)
    assert proof == of_hex(FROM_SIX_TO_EIGHT)
    before, after = root_of(LEAVES[:6]), bytes.fromhex(ROOT_OF_EIGHT)
    assert is_consistent(earlier=6, size=8, proof=proof, earlier_root=before, root=after)
    assert not is_consistent(earlier=6, size=8, proof=proof, earlier_root=after, root=before)
    assert not is_consistent(earlier=6, size=8, proof=(), earlier_root=before, root=after)
    longer = (*proof, after)
    assert not is_consistent(earlier=6, size=8, proof=longer, earlier_root=before, root=after)


def test_a_tree_did_not_grow_out_of_nothing_or_shrink() -> None:
    root = bytes.fromhex(ROOT_OF_EIGHT)
    assert consistency_proof(LEAVES, 8) == ()
    assert is_consistent(earlier=8, size=8, proof=(), earlier_root=root, root=root)
    assert not is_consistent(earlier=0, size=8, proof=(), earlier_root=root_of([]), root=root)
    assert not is_consistent(earlier=9, size=8, proof=(), earlier_root=root, root=root)
    for earlier in (0, 9):
        with pytest.raises(IndexError):
            consistency_proof(LEAVES, earlier)


def test_a_leaf_that_is_not_there_has_no_proof() -> None:
    for index in (-1, 8):
        with pytest.raises(IndexError):
            inclusion_proof(LEAVES, index)


def test_published_leaves_and_nodes_have_the_published_hashes(vectors: dict[str, Any]) -> None:
    assert len(vectors["hasher"]) == 6
    for each in vectors["hasher"]:
        if "leaf_hex" in each:
            found = sha256(b"\x00" + bytes.fromhex(each["leaf_hex"])).digest()
        elif "left_hex" in each:
            found = node_hash(bytes.fromhex(each["left_hex"]), bytes.fromhex(each["right_hex"]))
        else:
            found = root_of([])
        assert found.hex() == each["hash"], each["desc"]


def test_published_trees_have_the_published_roots_and_levels(vectors: dict[str, Any]) -> None:
    leaves = [sha256(b"\x00" + bytes.fromhex(leaf)).digest() for leaf in vectors["leaves_hex"]]
    assert leaves == LEAVES
    roots = [root_of(leaves[:size]).hex() for size in range(9)]
    assert roots == vectors["roots_by_size_0_to_8"]
    for level, hashes in enumerate(vectors["node_hashes_by_level"]):
        width = 2**level
        subtrees = [leaves[start : start + width] for start in range(0, 8, width)]
        assert [root_of(each).hex() for each in subtrees] == hashes


def test_published_inclusion_paths_are_those_given_here(vectors: dict[str, Any]) -> None:
    paths = [each for each in vectors["inclusion_paths_ct"] if each["leaf_1based"]]
    assert len(paths) == 5
    for each in paths:
        found = inclusion_proof(LEAVES[: each["snapshot"]], each["leaf_1based"] - 1)
        assert [one.hex() for one in found] == each["path"]


def test_published_consistency_proofs_are_those_given_here(vectors: dict[str, Any]) -> None:
    assert len(vectors["consistency_proofs_ct"]) == 4
    for each in vectors["consistency_proofs_ct"]:
        found = consistency_proof(LEAVES[: each["snapshot2"]], each["snapshot1"])
        assert [one.hex() for one in found] == each["proof"]


def test_an_entry_of_a_real_log_is_found_in_it(vectors: dict[str, Any]) -> None:
    entry = vectors["real_log_inclusion"]
    leaf = sha256(b"\x00" + bytes.fromhex(entry["raw_leaf_hex"])).digest()
    assert leaf.hex() == entry["leaf_hash"]
    assert is_included(
        leaf,
        index=entry["leaf_index"],
        size=entry["tree_size"],
        proof=of_hex(entry["proof"]),
        root=bytes.fromhex(entry["root"]),
    )


def test_published_attacks_on_inclusion_are_refused_and_the_rest_is_not(
    vectors: dict[str, Any],
) -> None:
    probes = vectors["inclusion_probes"]
    assert len(probes) == 98
    for each in probes:
        holds = is_included(
            bytes.fromhex(each["leafHash"]),
            index=each["leafIdx"],
            size=each["treeSize"],
            proof=of_hex(each["proof"]),
            root=bytes.fromhex(each["root"]),
        )
        assert holds is not each["wantErr"], each["file"]


def test_published_attacks_on_consistency_are_refused_and_the_rest_is_not(
    vectors: dict[str, Any],
) -> None:
    probes = vectors["consistency_probes"]
    assert len(probes) == 98
    for each in probes:
        holds = is_consistent(
            earlier=each["size1"],
            size=each["size2"],
            proof=of_hex(each["proof"]),
            earlier_root=bytes.fromhex(each["root1"]),
            root=bytes.fromhex(each["root2"]),
        )
        assert holds is not each["wantErr"], each["file"]
