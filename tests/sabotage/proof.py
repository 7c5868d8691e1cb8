"""Protections of what proves a document: hashes, order, signatures, the chain, the heads."""

from typing import Final

from tests.sabotage.mutation import Mutation

VERIFICATION: Final = "documents/verification"
TAMPERING: Final = "tests/documents/test_tampering.py"
VERIFIED: Final = "tests/documents/test_verification.py"
LIES: Final = "tests/documents/test_lies.py"
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
        old="if supersedes or reason or found.hex() != leaf or not form.isascii():",
        new="if found.hex() != leaf or not form.isascii():",
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
    Mutation(
        name="a lie: a draft as the bill of its month",
        file=f"{VERIFICATION}/contents.py",
        old="if invoice.is_draft:",
        new="if False:",
        tests=(f"{LIES}::test_a_draft_is_no_bill_of_its_month",),
    ),
    Mutation(
        name="a lie: an hour as the month",
        file=f"{VERIFICATION}/contents.py",
        old="if off > _ZONES:",
        new="if False:",
        tests=(f"{LIES}::test_a_month_is_no_hour_of_it",),
    ),
    Mutation(
        name="a lie: a month billed twice",
        file=f"{VERIFICATION}/contents.py",
        old="if same:",
        new="if False:",
        tests=(f"{LIES}::test_a_month_is_billed_once",),
    ),
    Mutation(
        name="a lie: a key that signs after another followed it",
        file=f"{VERIFICATION}/chain.py",
        old="if signers & gone:",
        new="if False:",
        tests=(f"{LIES}::test_a_key_that_another_followed_signs_no_more_whatever_day_it_names",),
    ),
    Mutation(
        name="a lie: a stranger's manifests after the last that counts",
        file=f"{VERIFICATION}/chain.py",
        old="if place > last and not fault:",
        new="if False:",
        tests=(f"{LIES}::test_manifests_after_the_last_that_counts_prove_nothing",),
    ),
    Mutation(
        name="a lie: late records called unpriced",
        file=f"{VERIFICATION}/dispositions.py",
        old="if issued is not None and each.meter in metered_in(issued, issued.period):",
        new="if False:",
        tests=(f"{LIES}::test_late_records_that_a_price_asks_for_are_not_left_out_as_unpriced",),
    ),
    Mutation(
        name="a lie: a set behind lines of another meter",
        file=f"{VERIFICATION}/dispositions.py",
        old="for number in sorted(named - billing - others):",
        new="for number in ():",
        tests=(f"{LIES}::test_a_set_stands_behind_the_lines_that_bill_it",),
    ),
    Mutation(
        name="a lie: a carried level that was taken back",
        file=f"{VERIFICATION}/sets.py",
        old="if by := supersedes.get(row.event_id):",
        new='if by := supersedes.get(""):',
        tests=(f"{LIES}::test_a_level_that_was_taken_back_is_not_carried",),
    ),
    Mutation(
        name="a lie: a carried level that a later one replaced",
        file=f"{VERIFICATION}/quantities.py",
        old="stated[row.resource] = row.event_id",
        new="pass",
        tests=(f"{LIES}::test_a_level_that_a_later_one_replaced_is_not_carried",),
    ),
    Mutation(
        name="a lie: an exclusion that its own reason denies",
        file=f"{VERIFICATION}/exclusions.py",
        old="elif exclusion.by and event not in supersedes and by in present:",
        new="elif False:",
        tests=(f"{LIES}::test_an_event_that_supersedes_nothing_takes_no_place",),
    ),
    Mutation(
        name="the end of the checks where nothing is signed",
        file=f"{VERIFICATION}/verify.py",
        old="if not chain.is_signed:",
        new="if False:",
        tests=(f"{TAMPERING}::test_a_manifest_with_a_foreign_root_is_not_what_was_signed",),
    ),
    Mutation(
        name="the retirement of a key, whatever a closer's clock says",
        file="db/commands/closing/signer.py",
        old="greatest(:at, clock_timestamp())",
        new=":at",
        tests=(
            "tests/db/test_closing.py::test_a_key_that_is_retired_by_now_signs_as_of_no_earlier_day",
        ),
    ),
)
