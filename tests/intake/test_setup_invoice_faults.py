"""What invoices need is refused by file, row and column where it can't be issued so."""

from pathlib import Path

import pytest

from billing_core.faults import Faults
from intake.setup import COLUMNS, read_folder, read_setup
from tests.support.setup_files import Replacement, contents_with

#: Columns that folders from before invoices lack; taxes.csv they lack whole.
NEW_COLUMNS = {
    "issuer.csv": ["payment_details", "books"],
    "clients.csv": ["legal_name", "address", "tax_number", "invoice_prefix", "invoices_from"],
    "agreements.csv": ["purchase_order", "payment_days", "tax_code"],
    "prices.csv": ["tax_code", "reason"],
}
NO_RATE = "and has no rate then: add one to taxes.csv."
CODE_RULE = "use 1 to 64 letters, digits, '.', '_' and '-', and begin with a letter or a digit."


def faults_of(files: dict[str, bytes]) -> list[str]:
    try:
        read_setup(files)
    except Faults as error:
        return [str(fault) for fault in error.faults]
    return []


def faults_with(*replacements: Replacement) -> list[str]:
    return faults_of(contents_with(*replacements))


@pytest.mark.parametrize(
    ("replacement", "fault"),
    [
        # issuer.csv
        (
            ("issuer.csv", 'BIC ABNANL2A",', 'BIC ABNANL2A",outside'),
            "issuer.csv:2:books: 'outside' is not one of here, elsewhere: write one of them.",
        ),
        (
            ("issuer.csv", "IBAN NL91", "IBAN\tNL91"),
            (
                "issuer.csv:2:payment_details: 'IBAN\\tNL91 ABNA 0417 1643 00, BIC ABNANL2A' holds "
                "a character that can't be seen: remove it."
            ),
        ),
        (
            ("issuer.csv", "IBAN NL91 ABNA 0417 1643 00", "x" * 1001),
            (
                "issuer.csv:2:payment_details: The text has 1,015 characters: use at most 1,000."
            ),
        ),
        # clients.csv
        (
            ("clients.csv", "Millbrook Kliniken Gesellschaft mbH", " Millbrook"),
            "clients.csv:3:legal_name: ' Millbrook' begins or ends with a space: remove it.",
        ),
        (
            ("clients.csv", "Westerkade 8", "Wester\u202ekade 8"),
            (
                "clients.csv:2:address: 'Wester\\u202ekade 8, 3016 CM Rotterdam' holds a character "
                "that can't be seen: remove it."
            ),
        ),
        (
            ("clients.csv", "DE812345678", "D" * 65),
            "clients.csv:3:tax_number: The text has 65 characters: use at most 64.",
        ),
        (
            ("clients.csv", ",HARB,", ",harb,"),
            (
                "clients.csv:2:invoice_prefix: 'harb' is not a prefix: use 1 to 32 capital "
                "letters, digits and '-', and begin with a letter or a digit."
            ),
        ),
        (
            ("clients.csv", ",HARB,", ",-H,"),
            (
                "clients.csv:2:invoice_prefix: '-H' is not a prefix: use 1 to 32 capital "
                "letters, digits and '-', and begin with a letter or a digit."
            ),
        ),
        (
            ("clients.csv", "DE812345678,,", "DE812345678,HARB,"),
            (
                "clients.csv:3:invoice_prefix: HARB is the prefix of the client in row 2: choose "
                "another."
            ),
        ),
        (
            ("clients.csv", "DE812345678,,", "DE812345678,HARBOUR,"),
            "",
        ),
        (
            ("clients.csv", ",HARB,", ",MILLBROOK,"),
            (
                "clients.csv:3:invoice_prefix: MILLBROOK is the prefix of the client in row 2: "
                "choose another."
            ),
        ),
        (
            ("clients.csv", "2026-04", "2026-4"),
            "clients.csv:3:invoices_from: '2026-4' is not a month: write it as 2026-10.",
        ),
        (
            ("clients.csv", "2026-04", "2026-13"),
            "clients.csv:3:invoices_from: '2026-13' is not a month: write it as 2026-10.",
        ),
        (
            ("clients.csv", "2026-04", "2026-04-01"),
            "clients.csv:3:invoices_from: '2026-04-01' is not a month: write it as 2026-10.",
        ),
        # agreements.csv
        (
            ("agreements.csv", "PO-2026-0117", "PO\u20282026"),
            (
                "agreements.csv:2:purchase_order: 'PO\\u20282026' holds a character that can't be "
                "seen: remove it."
            ),
        ),
        (
            ("agreements.csv", ",14,EU-REVERSE", ",366,EU-REVERSE"),
            (
                "agreements.csv:3:payment_days: '366' is not a whole number from 0 to 365: write "
                "one."
            ),
        ),
        (
            ("agreements.csv", ",14,EU-REVERSE", ",-1,EU-REVERSE"),
            (
                "agreements.csv:3:payment_days: '-1' is not a whole number from 0 to 365: write "
                "one."
            ),
        ),
        (
            ("agreements.csv", "NL-VAT", "NL-BTW"),
            (
                "agreements.csv:2:tax_code: 'NL-BTW' is not in taxes.csv: add it there or correct "
                "it here."
            ),
        ),
        # taxes.csv
        (
            ("taxes.csv", "EU-REVERSE,", "EU REVERSE,"),
            f"taxes.csv:2:tax_code: 'EU REVERSE' is not a code: {CODE_RULE}",
        ),
        (
            ("taxes.csv", "VAT 19 %,standard", ",standard"),
            "taxes.csv:3:name: The cell is empty: fill it.",
        ),
        (
            ("taxes.csv", "19 %,standard", "19 %,normal"),
            (
                "taxes.csv:3:treatment: 'normal' is not one of standard, reverse_charge, exempt: "
                "write one of them."
            ),
        ),
        (
            ("taxes.csv", "standard,0.19", "standard,"),
            "taxes.csv:3:rate: The cell is empty: give a number.",
        ),
        (
            ("taxes.csv", "standard,0.19", "standard,19"),
            "taxes.csv:3:rate: 19 is too large: give at most 1.",
        ),
        (
            ("taxes.csv", "standard,0.19", "standard,19 %"),
            'taxes.csv:3:rate: "19 %" is not a number: write it like 1234.5, -0.02 or 8e-05.',
        ),
        (
            ("taxes.csv", "standard,0.19", "standard,-0.19"),
            "taxes.csv:3:rate: -0.19 is too small: give at least 0.",
        ),
        (
            ("taxes.csv", "reverse_charge,,", "reverse_charge,0.21,"),
            (
                "taxes.csv:2:rate: The treatment is reverse_charge, so nothing is added: leave the "
                "cell empty."
            ),
        ),
        (
            ("taxes.csv", "reverse_charge,,", "exempt,0.21,"),
            "taxes.csv:2:rate: The treatment is exempt, so nothing is added: leave the cell empty.",
        ),
        (
            ("taxes.csv", "2012-10-01", "2012-10-32"),
            "taxes.csv:4:starts_on: '2012-10-32' is not a date: write it as 2026-10-01.",
        ),
        (
            ("taxes.csv", "0.19,2001-01-01,", "0.19,2001-01-01,2001-01-01"),
            (
                "taxes.csv:3:ends_on: The end, 2001-01-01, is not after the start, 2001-01-01: "
                "correct one."
            ),
        ),
        (
            ("taxes.csv", "0.19,2001-01-01,", "0.19,2001-01-01,2013-01-01"),
            (
                "taxes.csv:4:starts_on: It begins on 2012-10-01, while the version of row 3 runs "
                "until 2013-01-01: let that end by then, or leave its end empty."
            ),
        ),
        (
            ("taxes.csv", "0.21,2012-10-01", "0.21,2001-01-01"),
            (
                "taxes.csv:4:starts_on: NL-VAT 2001-01-01 is in row 3 already: keep one of the two "
                "rows."
            ),
        ),
        (
            ("taxes.csv", "NL-VAT,VAT 21 %", "nl-vat,VAT 21 %"),
            (
                "taxes.csv:4:tax_code: nl-vat differs from NL-VAT in row 3 only in upper and lower "
                "case: write both the same or choose another code."
            ),
        ),
        (
            ("taxes.csv", "Council Directive", "Council\x07Directive"),
            (
                "taxes.csv:2:note: 'Reverse charge: Articles 44 and 196 of Council\\x07Directive "
                "...' holds a character that can't be seen: remove it."
            ),
        ),
        # prices.csv
        (
            ("prices.csv", "NL-VAT,Backups", "NL-BTW,Backups"),
            (
                "prices.csv:10:tax_code: 'NL-BTW' is not in taxes.csv: add it there or correct it "
                "here."
            ),
        ),
        (
            ("prices.csv", "Backups late on four nights in March", ""),
            (
                "prices.csv:10:reason: A credit is given for a reason: fill the cell, or the "
                "reference."
            ),
        ),
        (
            ("prices.csv", ",-320,", ",320,"),
            "prices.csv:10:reference: The cell is empty: fill it.",
        ),
        (
            ("prices.csv", ",0.0045,,,,,,0.1,", ",0.0045,,,,,,,"),
            (
                "prices.csv:6:reason: There is neither a discount nor a credit to give a reason "
                "for: empty the cell."
            ),
        ),
        (
            ("prices.csv", "Two-year term", "x" * 501),
            "prices.csv:6:reason: The text has 501 characters: use at most 500.",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_file_row_and_column(replacement: Replacement, fault: str) -> None:
    assert fault in (faults_with(*[replacement]) or [""])


def test_a_slug_in_capitals_is_the_prefix_of_a_client_without_one() -> None:
    own = ("clients.csv", ",HARB,", ",,")
    other = ("clients.csv", "DE812345678,,", "DE812345678,HARBOUR,")
    assert faults_with(own, other) == [
        (
            "clients.csv:3:invoice_prefix: HARBOUR is the slug in capitals, and so the prefix, of "
            "the client in row 2: choose another."
        )
    ]


def test_slugs_that_differ_only_in_case_are_told_once() -> None:
    files = contents_with(("clients.csv", ",HARB,", ",,"))
    files["clients.csv"] += b"Harbour,Harbour,UTC,en_NL,NL,,,,,\n"
    assert [fault.partition(" ")[0] for fault in faults_of(files)] == ["clients.csv:5:slug:"]


@pytest.mark.parametrize(
    ("replacements", "faults"),
    [
        (
            [("taxes.csv", "0.21,2012-10-01", "0.21,2026-04-01"),
             ("taxes.csv", "0.19,2001-01-01,", "0.19,2001-01-01,2026-01-01")],
            [f"agreements.csv:2:tax_code: NL-VAT is used on 2026-01-01 {NO_RATE}"],
        ),
        (
            [("taxes.csv", "0.21,2012-10-01,", "0.21,2012-10-01,2027-01-01")],
            [f"agreements.csv:2:tax_code: NL-VAT is used on 2027-01-01 {NO_RATE}"],
        ),
        (
            [("taxes.csv", "0.21,2012-10-01", "0.21,2026-04-02"),
             ("taxes.csv", "0.19,2001-01-01,", "0.19,2001-01-01,2026-04-01")],
            [
                f"agreements.csv:2:tax_code: NL-VAT is used on 2026-04-01 {NO_RATE}",
                f"prices.csv:10:tax_code: NL-VAT is used on 2026-04-01 {NO_RATE}",
            ],
        ),
        (
            [("taxes.csv", "reverse_charge,,2010-01-01,", "reverse_charge,,2010-01-01,2027-04-01")],
            [],
        ),
        (
            [("taxes.csv", "reverse_charge,,2010-01-01", "reverse_charge,,2026-03-17")],
            [f"agreements.csv:3:tax_code: EU-REVERSE is used on 2026-03-16 {NO_RATE}"],
        ),
    ],
)  # fmt: skip
def test_a_tax_code_has_a_rate_on_each_day_it_is_used(
    replacements: list[Replacement], faults: list[str]
) -> None:
    assert faults_with(*replacements) == faults


def test_a_price_names_a_code_for_its_version_only() -> None:
    """From July on the fee is taxed by a code that has a rate from July on."""
    version = (
        "prices.csv",
        "Schedule A 1,Amendment 3,,",
        "Schedule A 1,Amendment 3,LOW,",
    )
    low = ("taxes.csv", "NL-VAT,VAT 19", "LOW,Low,standard,0.09,2026-07-01,,\nNL-VAT,VAT 19")
    assert faults_with(version, low) == []
    late = ("taxes.csv", "NL-VAT,VAT 19", "LOW,Low,standard,0.09,2026-07-02,,\nNL-VAT,VAT 19")
    assert faults_with(version, late) == [
        f"prices.csv:4:tax_code: LOW is used on 2026-07-01 {NO_RATE}"
    ]


def test_a_code_whose_row_is_wrong_is_not_reported_again_by_what_uses_it() -> None:
    assert faults_with(("taxes.csv", "0.21,2012-10-01", "x,2012-10-01")) == [
        'taxes.csv:4:rate: "x" is not a number: write it like 1234.5, -0.02 or 8e-05.'
    ]


def test_a_reverse_charge_names_both_tax_numbers() -> None:
    charged = "by EU-REVERSE, a reverse charge, and its invoices name both tax numbers"
    faults = faults_with(("clients.csv", "DE812345678", ""), ("issuer.csv", "NL004495445B01", ""))
    assert faults == [
        f"issuer.csv:2:tax_number: Client millbrook is taxed {charged}: give the issuer's.",
        f"clients.csv:3:tax_number: Agreement 0012 is taxed {charged}: give the client's.",
    ]


def test_a_tax_number_that_lacks_is_told_once_for_all_that_needs_it() -> None:
    reverse = (
        "agreements.csv",
        "PO-2026-0117,,NL-VAT",
        "PO-2026-0117,,EU-REVERSE",
    )
    price = ("prices.csv", "Schedule A 1,Amendment 3,,", "Schedule A 1,Amendment 3,EU-REVERSE,")
    faults = faults_with(
        reverse,
        price,
        ("clients.csv", "NL862104390B01", ""),
        ("issuer.csv", "NL004495445B01", ""),
    )
    assert [fault.partition(": ")[0] for fault in faults] == [
        "issuer.csv:2:tax_number",
        "clients.csv:2:tax_number",
    ]


def test_without_a_reverse_charge_no_tax_number_is_needed() -> None:
    assert (
        faults_with(
            ("agreements.csv", "14,EU-REVERSE", "14,"),
            ("clients.csv", "DE812345678", ""),
            ("clients.csv", "NL862104390B01", ""),
            ("issuer.csv", "NL004495445B01", ""),
        )
        == []
    )


def test_a_credit_may_have_a_reference_in_place_of_a_reason() -> None:
    files = contents_with(
        ("prices.csv", ",,,NL-VAT,Backups late", ",,CHG-0502,NL-VAT,Backups late"),
    )
    files["prices.csv"] = files["prices.csv"].replace(b"Backups late on four nights in March", b"")
    assert faults_of(files) == []


def test_taxes_may_have_no_row() -> None:
    files = contents_with(
        ("agreements.csv", ",NL-VAT", ","),
        ("agreements.csv", ",EU-REVERSE", ","),
        ("prices.csv", "NL-VAT,Backups", ",Backups"),
    )
    files["taxes.csv"] = files["taxes.csv"].splitlines(keepends=True)[0]
    assert faults_of(files) == []
    assert read_setup(files).tax_rates == ()


def older(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files without what came with invoices."""
    short = {}
    for file in set(COLUMNS) - {"taxes.csv"}:
        kept = len(COLUMNS[file]) - len(NEW_COLUMNS.get(file, []))
        lines = files[file].decode().splitlines()
        short[file] = "".join(f"{','.join(line.split(',')[:kept])}\n" for line in lines).encode()
    return short


#: The example without cells that hold a comma, and with a credit as it used to be written.
PLAIN: list[Replacement] = [
    ("issuer.csv", '"Oosterdok 12, 1011 AK Amsterdam"', "Oosterdok"),
    ("prices.csv", '"CHG-0441, approved by F. de Wit"', "CHG-0441"),
    ("prices.csv", ",,,NL-VAT,Backups late", ",,CHG-0502,NL-VAT,Backups late"),
    ("clients.csv", "Lindenallee 4\n", ""),
]
LACKING = [
    (
        f"{file}:1:{column}: The column came with invoices and is missing: add it, its cells may "
        "be empty."
    )
    for file, columns in NEW_COLUMNS.items()
    for column in columns
]


def test_a_folder_from_before_invoices_is_told_what_it_lacks(tmp_path: Path) -> None:
    files = older(contents_with(*PLAIN))
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    with pytest.raises(Faults) as refused:
        read_folder(tmp_path)
    assert [str(fault) for fault in refused.value.faults] == [
        (
            "taxes.csv: The file came with invoices and is missing: add it, its header "
            "tax_code,name,treatment,rate,starts_on,ends_on,note is enough."
        )
    ]
    header = ",".join(COLUMNS["taxes.csv"]).encode()
    assert faults_of({**files, "taxes.csv": header}) == LACKING


def test_what_else_is_wrong_in_an_older_folder_is_told_at_once() -> None:
    files = older(contents_with(*PLAIN, ("prices.csv", ",0.0045,", ",free,")))
    files["taxes.csv"] = ",".join(COLUMNS["taxes.csv"]).encode()
    wrong = 'prices.csv:6:unit_price: "free" is not a number: write it like 1234.5, -0.02 or 8e-05.'
    assert faults_of(files) == [*LACKING, wrong]


def test_an_older_folder_with_empty_columns_and_a_header_of_taxes_is_accepted() -> None:
    files = older(contents_with(*PLAIN))
    for file, columns in NEW_COLUMNS.items():
        header, *rows = files[file].decode().splitlines()
        longer = [f"{header},{','.join(columns)}", *(row + "," * len(columns) for row in rows)]
        files[file] = "".join(f"{line}\n" for line in longer).encode()
    files["taxes.csv"] = ",".join(COLUMNS["taxes.csv"]).encode()
    assert faults_of(files) == []
