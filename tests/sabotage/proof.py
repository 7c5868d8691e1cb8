"""Protections of what proves a document: hashes, order, signatures, the chain, the heads."""

from typing import Final

from tests.sabotage.mutation import Mutation

VERIFICATION: Final = "documents/verification"
TAMPERING: Final = "tests/documents/test_tampering.py"
VERIFIED: Final = "tests/documents/test_verification.py"
HEADS: Final = "tests/documents/test_heads.py"

PROOF: Final[tuple[Mutation, ...]] = (
    Mutation(
        name="the comparison of a set's root",
        file=f"{VERIFICATION}/sets.py",
        old="elif looked.root != root:",
        new="elif False:",
        tests=(
            f"{TAMPERING}::test_f34_an_event_that_a_superuser_edited_with_its_leaf_leads_to_another_root",
        ),
    ),
    Mutation(
        name="the comparison of a row with its leaf (F34)",
        file=f"{VERIFICATION}/event_file.py",
        old="self.edited.append(event)",
        new="pass",
        tests=(f"{TAMPERING}::test_f34_an_event_that_a_superuser_edited_is_named",),
    ),
    Mutation(
        name="a row's corrections in its leaf",
        file=f"{VERIFICATION}/event_file.py",
        old="if supersedes or reason or found.hex() != leaf:",
        new="if found.hex() != leaf:",
        tests=(f"{TAMPERING}::test_a_row_is_written_in_one_way",),
    ),
    Mutation(
        name="the hash of a document's files",
        file=f"{VERIFICATION}/contents.py",
        old="if sha256(text.encode()).digest() != expected:",
        new="if False:",
        tests=(f"{TAMPERING}::test_a_changed_amount_is_named_with_its_line",),
    ),
    Mutation(
        name="the link of a manifest to the one before it",
        file=f"{VERIFICATION}/chain.py",
        old="if before is not None and link.manifest.previous != before.hash:",
        new="if False:",
        tests=(f"{TAMPERING}::test_a_chain_with_a_gap_or_another_link_is_named",),
    ),
    Mutation(
        name="the signatures of both keys under an endorsement",
        file=f"{VERIFICATION}/trust.py",
        old="if not Verifier(key).has_signed(note):",
        new="if False:",
        tests=(f"{TAMPERING}::test_a_key_that_endorses_itself_into_a_bundle_is_not_trusted",),
    ),
    Mutation(
        name="the time in which a key signs",
        file=f"{VERIFICATION}/trust.py",
        old="if not each.is_in_use(issued_at):",
        new="if False:",
        tests=(f"{VERIFIED}::test_a_key_signs_no_more_once_another_follows_it",),
    ),
    Mutation(
        name="the comparison with the bill computed again",
        file=f"{VERIFICATION}/verify.py",
        old="for where, message in differences_of(document, computed):",
        new="for where, message in ():",
        tests=(
            f"{TAMPERING}::test_a_bill_that_does_not_follow_from_its_records_is_found_though_it_is_signed",
        ),
    ),
    Mutation(
        name="the seal of a bundle",
        file=f"{VERIFICATION}/verify.py",
        old="if not archive.is_sealed:",
        new="if False:",
        tests=(f"{TAMPERING}::test_a_broken_seal_is_told_beside_what_it_hides",),
    ),
    Mutation(
        name="the refusal of a head that goes back (F33)",
        file="documents/heads.py",
        old="if old is not None and not _goes_on(old, new):",
        new="if False:",
        tests=(f"{HEADS}::test_a_head_is_never_taken_back_or_put_beside",),
    ),
    Mutation(
        name="the permissions of the private key's file",
        file="documents/keys.py",
        old="if _is_open_to_others(file):",
        new="if False:",
        tests=("tests/documents/test_keys.py::test_a_file_that_will_not_do_is_named",),
    ),
)
