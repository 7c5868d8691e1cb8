"""The README.txt of a bundle."""

from typing import Final

README: Final = """\
This is all that an invoice or a credit note was made from: check it, and compute it again.

manifest.txt       what the document was made from, by its hashes (SHA-256), and the signature
document.json      the document
rate_card.json     the agreement with its prices
basis.json         the meters and the tax rates, as they were
events/            every usage event that it bills: METER/MONTH THAT BILLS/MONTH OF USE.csv
carried/           the levels that were carried into a month: METER/MONTH.csv
chain/             the signed manifests of the other documents, in the order of their issue
earlier/           earlier documents that this one adjusts, credits or replaces
keys/              the public keys, each later one endorsed by the one before it

With the program, which needs no database and no network:

    python -m jobs verify BUNDLE.zip --key KEY [--head FILE]

Take KEY from where the issuer published it, not from this file.

By hand, with a shell, in the folder that this file was unpacked to:

1. The signature. What is signed is the text above the blank line of manifest.txt.

    grep -v '^— ' manifest.txt | sed '$d' > signed.txt
    grep '^— ' manifest.txt | cut -d ' ' -f 3 | base64 -d | tail -c 64 > signature.bin
    KEY='name+0a1b2c3d+AQ...'
    { printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
      echo "$KEY" | cut -d + -f 3- | base64 -d | tail -c 32; } > key.der
    openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin \\
        -in signed.txt -sigfile signature.bin

2. The files. manifest.txt names the hash of each.

    sha256sum document.json rate_card.json basis.json

3. The chain. "previous manifest" is the hash of the signed text of the one before it.

    grep -v '^— ' chain/000001.txt | sed '$d' | sha256sum

4. An event. Its leaf hash is SHA-256 of a zero byte and ten fields: client, source,
   source_event_id, meter, occurred_at, quantity, resource, counted_value, supersedes, reason.
   Each is its length in bytes, a colon, the text, a line feed; an empty one is "-", a line feed.

    printf '\\0007:harbour\\n9:collector\\n4:r-17\\n6:backup\\n27:2026-10-12T14:05:00.000000Z\\n\
4:2140\\n4:vm-1\\n-\\n-\\n-\\n' | sha256sum

5. A set of events. "root" in manifest.txt is the RFC 6962 hash over the leaf hashes, in order:
   the hash of a node is SHA-256 of a byte 1 and the hashes of its two halves, where the left half
   holds as many leaves as the largest power of two below their number.

6. The amounts. A detailed line is quantity x unit price + flat fee, rounded once; a line is the
   sum of its detailed lines, the document the sum of its lines, and the taxes on them.

What this proves, and what it does not: docs/verify.md of the program.
"""
