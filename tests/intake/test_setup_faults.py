"""Each fault of a setup folder is named by file, row and column, with what to do."""

import csv
from pathlib import Path

import pytest

from billing_core.faults import Faults
from intake.setup import COLUMNS, read_folder, read_setup

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "setup"


ISSUER_HEADER = b"name,legal_name,country,address,tax_number,email,payment_details,books\n"


def contents() -> dict[str, bytes]:
    return {file: (EXAMPLE / file).read_bytes() for file in COLUMNS}


def faults_of(files: dict[str, bytes]) -> list[str]:
    try:
        read_setup(files)
    except Faults as error:
        return [str(fault) for fault in error.faults]
    return []


def faults_with(file: str, old: str, new: str) -> list[str]:
    """The faults of the example with one text of one file replaced."""
    files = contents()
    text = files[file].decode()
    assert text.count(old) == 1
    files[file] = text.replace(old, new).encode()
    return faults_of(files)


def faults_with_content(file: str, content: bytes) -> list[str]:
    return faults_of({**contents(), file: content})


def test_the_example_has_no_fault() -> None:
    assert faults_of(contents()) == []


@pytest.mark.parametrize(
    ("file", "content", "fault"),
    [
        (
            "issuer.csv",
            b"",
            (
                "issuer.csv:1: The file is empty: begin it with the header "
                "name,legal_name,country,address,tax_number,email,payment_details,books."
            ),
        ),
        (
            "issuer.csv",
            ISSUER_HEADER,
            "issuer.csv: The file has no row: add the issuer.",
        ),
        (
            "issuer.csv",
            ISSUER_HEADER + b"A,A,NL,,NL1,,,\nB,B,NL,,,,,\n",
            "issuer.csv:3:name: The issuer is in row 2 already: keep one row.",
        ),
        (
            "sources.csv",
            b"client,source,name,expects_every_minutes\nharbour,a,M\xfcller,\n",
            "sources.csv: Byte 52 (0xfc) is not UTF-8: save the file as UTF-8.",
        ),
        (
            "sources.csv",
            b"\xef\xbb\xbfclient,source,name,expects_every_minutes\nharbour,a,M\xfcller,\n",
            "sources.csv: Byte 55 (0xfc) is not UTF-8: save the file as UTF-8.",
        ),
        (
            "sources.csv",
            "client,source,name,expects_every_minutes\n".encode("utf-16"),
            "sources.csv: The file is UTF-16 (byte 0): save it as UTF-8.",
        ),
        (
            "sources.csv",
            b"client,source,name,expects_every_minutes\nharbour,a,A\x00B,\n",
            "sources.csv: Byte 52 is NUL, which no text has: save the file as UTF-8 text.",
        ),
        (
            "sources.csv",
            b"client,source,name\nharbour,a,A\n",
            "sources.csv:1:expects_every_minutes: The column is missing: add it.",
        ),
        (
            "sources.csv",
            b"client,source,name,expects_every_minutes,unit\nharbour,a,A,,\n",
            "sources.csv:1:unit: The column 'unit' is not one of this file: remove it.",
        ),
        (
            "sources.csv",
            b"client,source,name,name,expects_every_minutes\nharbour,a,A,A,\n",
            "sources.csv:1:name: The column is there 2 times: keep one.",
        ),
        (
            "sources.csv",
            b"client,source,name,expects_every_minutes\nharbour,a,A, or B,\n",
            (
                "sources.csv:2: The row has 5 cells and the header 4: put cells that hold a comma"
                " in quotes, and give every column a cell."
            ),
        ),
        (
            "sources.csv",
            b'client,source,name,expects_every_minutes\nharbour,a,"A,\n',
            (
                "sources.csv:2: The row, or one after it, can't be read as CSV (unexpected end of "
                "data): check its quotes."
            ),
        ),
    ],
)
def test_a_file_of_the_wrong_form_is_refused(file: str, content: bytes, fault: str) -> None:
    assert faults_with_content(file, content) == [fault]


@pytest.mark.parametrize(
    ("limit", "fault"),
    [
        (
            131_072,
            (
                "sources.csv:2: The row, or one after it, can't be read as CSV (field larger than "
                "field limit (131072)): check its quotes."
            ),
        ),
        (
            1_000_000,
            "sources.csv:2:name: The text has 200,000 characters: use at most 200.",
        ),
    ],
)
def test_a_cell_of_200_kb_is_refused_whatever_the_reader_takes(limit: int, fault: str) -> None:
    before = csv.field_size_limit(limit)
    try:
        row = b"harbour,a," + b"x" * 200_000 + b",\n"
        content = b"client,source,name,expects_every_minutes\n" + row
        assert faults_with_content("sources.csv", content) == [fault]
    finally:
        csv.field_size_limit(before)


def test_columns_may_stand_in_any_order_after_a_byte_order_mark_and_with_crlf() -> None:
    files = contents()
    files["quantities.csv"] = (
        b"\xef\xbb\xbfquantity,price,starts_on,client,agreement\r\n"
        b"48,workplace-e3,2026-01-01,harbour,HARB-2026\r\n\r\n"
        b"52,workplace-e3,2026-09-14,harbour,HARB-2026\r\n"
    )
    assert read_setup(files) == read_setup(contents())


def test_a_quoted_line_break_is_one_cell_and_rows_are_counted_by_their_first_line() -> None:
    row = b'Fairlead,Fairlead B.V.,NL,"Oosterdok 12\r\n1011 AK Amsterdam",NL1,,,\n'
    files = {**contents(), "issuer.csv": ISSUER_HEADER + row}
    assert read_setup(files).issuer.address == "Oosterdok 12\n1011 AK Amsterdam"
    assert faults_with_content("issuer.csv", ISSUER_HEADER + row + b"B,B,nl,,,,,\n") == [
        "issuer.csv:4:name: The issuer is in row 2 already: keep one row."
    ]


@pytest.mark.parametrize("code", ["NA", "null", "0012", "1e5", "None", "true"])
def test_a_code_that_looks_like_something_else_is_kept_as_it_stands(code: str) -> None:
    files = {
        file: text.replace(b"harbour,", code.encode() + b",") for file, text in contents().items()
    }
    files["people.csv"] = files["people.csv"].replace(b"harbour", code.encode())
    setup = read_setup(files)
    assert code in {client.slug for client in setup.clients}
    assert {agreement.client for agreement in setup.agreements} == {code, "millbrook"}


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        # clients.csv
        (
            "clients.csv",
            "Europe/Berlin",
            "Europe/Entenhausen",
            (
                "clients.csv:3:zone: 'Europe/Entenhausen' is not a time zone: write its name in "
                "the IANA list, such as Europe/Amsterdam."
            ),
        ),
        (
            "clients.csv",
            "de_DE",
            "de_XX",
            (
                "clients.csv:3:locale: 'de_XX' is not a locale: write language and country, such "
                "as en_NL."
            ),
        ),
        (
            "clients.csv",
            "de_DE,DE",
            "de_DE,EU",
            (
                "clients.csv:3:country: 'EU' is not a country: write its ISO 3166 code of two "
                "capital letters, such as NL."
            ),
        ),
        (
            "clients.csv",
            "Millbrook Kliniken GmbH",
            " Millbrook",
            "clients.csv:3:name: ' Millbrook' begins or ends with a space: remove it.",
        ),
        (
            "clients.csv",
            "Millbrook Kliniken GmbH",
            "Mill\u202ebrook",
            (
                "clients.csv:3:name: 'Mill\\u202ebrook' holds a character that can't be seen: "
                "remove it."
            ),
        ),
        (
            "clients.csv",
            "Millbrook Kliniken GmbH",
            "M" * 201,
            "clients.csv:3:name: The text has 201 characters: use at most 200.",
        ),
        (
            "clients.csv",
            "millbrook,",
            "harbour,",
            "clients.csv:3:slug: harbour is in row 2 already: keep one of the two rows.",
        ),
        # people.csv
        (
            "people.csv",
            "Jonas Adler,finance,millbrook",
            "Jonas Adler,finance,millbrook harbour",
            (
                "people.csv:5:clients: A person of role finance sees exactly one client, not 2: "
                "name one."
            ),
        ),
        (
            "people.csv",
            "Iris Tan,it,harbour",
            "Iris Tan,it,",
            "people.csv:6:clients: A person of role it sees exactly one client, not 0: name one.",
        ),
        (
            "people.csv",
            "administrator,",
            "administrator,harbour",
            (
                "people.csv:2:clients: A person of role administrator sees all clients: leave the "
                "cell empty."
            ),
        ),
        (
            "people.csv",
            "harbour millbrook",
            "harbour  millbrook",
            (
                "people.csv:7:clients: '' is not in clients.csv: separate slugs by single spaces,"
                " and add the client there or correct it here."
            ),
        ),
        (
            "people.csv",
            "account_manager",
            "manager",
            (
                "people.csv:7:role: 'manager' is not one of finance, it, account_manager, billing, "
                "administrator: write one of them."
            ),
        ),
        (
            "people.csv",
            "it@harbour.example",
            "it@harbour",
            (
                "people.csv:6:email: 'it@harbour' is not an e-mail address: write it as "
                "name@example.com."
            ),
        ),
        (
            "people.csv",
            "it@harbour.example",
            "Finance@Harbour.example",
            (
                "people.csv:6:email: Finance@Harbour.example differs from finance@harbour.example"
                " in row 4 only in upper and lower case: write both the same or choose another "
                "code."
            ),
        ),
        # meters.csv and sources.csv
        (
            "meters.csv",
            "Egress,GB,sum,,",
            "Egress,GB,sum,60,",
            (
                "meters.csv:5:holds_for_minutes: Only a level holds; sum counts amounts: leave the "
                "cell empty."
            ),
        ),
        (
            "meters.csv",
            "1500",
            "1500.5",
            (
                "meters.csv:2:holds_for_minutes: '1500.5' is not a whole number from 1 to 527040: "
                "write one."
            ),
        ),
        (
            "meters.csv",
            "EUR,sum,,yes",
            "EUR,sum,,true",
            "meters.csv:3:allows_credits: 'true' is neither yes nor no: write one of them.",
        ),
        (
            "meters.csv",
            "unique_count",
            "unique",
            (
                "meters.csv:6:aggregation: 'unique' is not one of sum, max, last, "
                "time_weighted_mean, unique_count: write one of them."
            ),
        ),
        (
            "sources.csv",
            "harbour,hypervisor",
            "harbor,hypervisor",
            (
                "sources.csv:4:client: 'harbor' is not in clients.csv: add it there or correct it"
                " here."
            ),
        ),
        # agreements.csv
        (
            "agreements.csv",
            "HARB-2026,EUR",
            "HARB-2026,EURO",
            (
                "agreements.csv:2:currency: 'EURO' is not a currency: write its ISO 4217 code of "
                "three capital letters, such as EUR."
            ),
        ),
        (
            "agreements.csv",
            "2026-10-01",
            "2027-01-02",
            (
                "agreements.csv:2:notice_by: The notice deadline, 2027-01-02, is after the "
                "renewal, 2027-01-01: correct it."
            ),
        ),
        (
            "agreements.csv",
            "2027-01-01,2026-10-01",
            ",2026-10-01",
            "agreements.csv:2:notice_by: There is a notice deadline but no renewal: add renews_on.",
        ),
        (
            "agreements.csv",
            "1500,",
            "1500.005,",
            (
                "agreements.csv:2:minimum_commitment: 1500.005 has more decimals than the 2 of "
                "EUR: round it."
            ),
        ),
        (
            "agreements.csv",
            "2027-04-01",
            "2026-03-16",
            (
                "agreements.csv:3:ends_on: The end, 2026-03-16, is not after the start, "
                "2026-03-16: correct one of them."
            ),
        ),
        (
            "agreements.csv",
            "2026-03-16,2027",
            "2026-02-29,2027",
            "agreements.csv:3:starts_on: '2026-02-29' is not a date: write it as 2026-10-01.",
        ),
        # prices.csv
        (
            "prices.csv",
            "0.0045",
            "0,0045",
            (
                "prices.csv:6: The row has 31 cells and the header 30: put cells that hold a "
                "comma in quotes, and give every column a cell."
            ),
        ),
        (
            "prices.csv",
            "0.0045",
            "1_000",
            (
                'prices.csv:6:unit_price: "1_000" is not a number: write it like 1234.5, -0.02 or '
                "8e-05."
            ),
        ),
        (
            "prices.csv",
            "0.0045",
            "0.0000000000001",
            "prices.csv:6:unit_price: 0.0000000000001 has more than 12 decimals: round it.",
        ),
        (
            "prices.csv",
            "0.0045",
            "-0.0045",
            "prices.csv:6:unit_price: -0.0045 is too small: give at least 0.",
        ),
        (
            "prices.csv",
            "0.0045",
            "",
            "prices.csv:6:unit_price: The cell is empty, and a unit price needs it: fill it.",
        ),
        (
            "prices.csv",
            ",0.0045,,,,,,0.1,",
            ",0.0045,100,,,,,0.1,",
            "prices.csv:6:package_size: A unit price has no package_size: leave the cell empty.",
        ),
        (
            "prices.csv",
            ",0.1,2500,180,150,",
            ",1.1,2500,180,150,",
            "prices.csv:6:discount_rate: 1.1 is too large: give at most 1.",
        ),
        (
            "prices.csv",
            ",0.1,2500,180,150,",
            ",0.1,100,180,150,",
            "prices.csv:6:minimum: The minimum, 150, is above the maximum, 100: correct one.",
        ),
        (
            "prices.csv",
            "unit,compute-hours",
            "unit,compute",
            "prices.csv:6:meter: 'compute' is not in meters.csv: add it there or correct it here.",
        ),
        (
            "prices.csv",
            "0.5 0.8 1",
            "0.8 0.5 1",
            "prices.csv:2:thresholds: The thresholds are not ascending: write the lowest first.",
        ),
        (
            "prices.csv",
            "0.5 0.8 1",
            "80",
            "prices.csv:2:thresholds: 80 is too large: give at most 1.",
        ),
        (
            "prices.csv",
            ",2026-07-01,,4350",
            ",2025-07-01,,4350",
            "prices.csv:4:starts_on: 2025-07-01 is outside the agreement, 2026-01-01: correct it.",
        ),
        (
            "prices.csv",
            ",2026-01-01,,4200",
            ",2026-01-01,2026-08-01,4200",
            (
                "prices.csv:4:starts_on: It begins on 2026-07-01, while the version of row 3 runs "
                "until 2026-08-01: let that end by then, or leave its end empty."
            ),
        ),
        (
            "prices.csv",
            "flat,,2026-03-16,,5400",
            "flat,,2026-03-16,2027-05-01,5400",
            (
                "prices.csv:13:ends_on: 2027-05-01 is after the agreement's end, 2027-04-01: "
                "correct it."
            ),
        ),
        (
            "prices.csv",
            ",2026-07-01,,4350",
            ",2026-01-01,,4350",
            (
                "prices.csv:4:starts_on: harbour HARB-2026 base-platform 2026-01-01 is in row 3 "
                "already: keep one of the two rows."
            ),
        ),
        (
            "prices.csv",
            "package,egress,2026-01-01",
            "package,egress,2026-03-02",
            (
                "prices.csv:7:starts_on: A package price is one for a whole month and 2026-03-02 "
                "is inside one: begin it on the first of a month."
            ),
        ),
        (
            "prices.csv",
            "one_off,,2026-02-03,,1250",
            "one_off,,2026-02-03,2026-03-01,1250",
            "prices.csv:8:ends_on: A one_off price is charged for one day: leave the cell empty.",
        ),
        (
            "prices.csv",
            '"CHG-0441, approved by F. de Wit"',
            "",
            "prices.csv:8:reference: The cell is empty: fill it.",
        ),
        (
            "prices.csv",
            "harbour,HARB-2026,onboarding",
            "harbour,HARB-2026,commitment-shortfall",
            (
                "prices.csv:8:price: commitment-shortfall is the code of the line for the minimum: "
                "choose another."
            ),
        ),
        # tiers.csv
        (
            "tiers.csv",
            "3,Burst,,",
            "3,Burst,4000,",
            (
                "tiers.csv:4:up_to: The last tier must be open, so that no quantity is without a "
                "price: empty the cell."
            ),
        ),
        (
            "tiers.csv",
            "2,Growth,2000",
            "2,Growth,500",
            "tiers.csv:3:up_to: 500 is not above the bound before it, 500: correct it.",
        ),
        (
            "tiers.csv",
            "2,Growth,2000",
            "2,Growth,",
            "tiers.csv:3:up_to: Only the last tier is open: give its upper bound.",
        ),
        (
            "tiers.csv",
            "2,Growth,2000",
            "4,Growth,2000",
            "tiers.csv:4:ordinal: Tier 3 stands where tier 2 is missing: number them 1, 2, 3.",
        ),
        (
            "tiers.csv",
            "2,Growth,2000",
            "1,Growth,2000",
            (
                "tiers.csv:3:ordinal: harbour HARB-2026 backup-storage 2026-01-01 1 is in row 2 "
                "already: keep one of the two rows."
            ),
        ),
        (
            "tiers.csv",
            "2,Growth",
            "2,Base",
            "tiers.csv:3:tier: 'Base' names an earlier tier too: give each its own name.",
        ),
        (
            "tiers.csv",
            "backup-storage,2026-01-01,1,Base",
            "base-platform,2026-01-01,1,Base",
            "tiers.csv:2:price: A flat price has no tiers: remove the row.",
        ),
        # quantities.csv
        (
            "quantities.csv",
            "workplace-e3,2026-09-14",
            "base-platform,2026-09-14",
            (
                "quantities.csv:3:price: The price is not per_agreement_quantity: say so in "
                "prices.csv or remove the row."
            ),
        ),
        (
            "quantities.csv",
            "2026-09-14",
            "2025-09-14",
            (
                "quantities.csv:3:starts_on: 2025-09-14 is outside the agreement, 2026-01-01: "
                "correct it."
            ),
        ),
        (
            "quantities.csv",
            "2026-01-01,48",
            "2026-01-02,48",
            (
                "prices.csv:11:per_agreement_quantity: quantities.csv has no quantity for it from "
                "2026-01-01 on: add a row there."
            ),
        ),
        (
            "quantities.csv",
            "2026-09-14,52",
            "2026-09-14,-1",
            "quantities.csv:3:quantity: -1 is too small: give at least 0.",
        ),
    ],
)
def test_a_fault_is_named_by_file_row_and_column(file: str, old: str, new: str, fault: str) -> None:
    assert fault in faults_with(file, old, new)


def test_a_price_with_tiers_needs_them() -> None:
    files = contents()
    header, *rows = files["tiers.csv"].splitlines(keepends=True)
    files["tiers.csv"] = header + b"".join(row for row in rows if b"millbrook" not in row)
    assert faults_of(files) == [
        (
            "prices.csv:12:charge_model: A graduated price has tiers, and tiers.csv has none for "
            "it: add them there."
        )
    ]


SECOND_AGREEMENT = "harbour,HARB-2027,{currency},{starts_on},,,,,,,,,\n"


@pytest.mark.parametrize(
    ("first_end", "starts_on", "currency", "fault"),
    [
        (
            "",
            "2027-01-01",
            "EUR",
            (
                "It begins on 2027-01-01, but agreement HARB-2026 of row 2 has no end: let that "
                "end by then."
            ),
        ),
        (
            "2027-02-01",
            "2027-01-01",
            "EUR",
            (
                "It begins on 2027-01-01, but agreement HARB-2026 of row 2 runs until 2027-02-01:"
                " let that end by then."
            ),
        ),
        (
            "2027-01-10",
            "2027-01-10",
            "EUR",
            (
                "It begins on 2027-01-10 in a month that agreement HARB-2026 of row 2 still "
                "bills: a month belongs to one agreement, begin on the first of the next."
            ),
        ),
        (
            "2027-01-10",
            "2027-01-10",
            "USD",
            (
                "It begins on 2027-01-10 in a month that agreement HARB-2026 of row 2 still "
                "bills, let alone in another currency: a month belongs to one agreement, begin on"
                " the first of the next."
            ),
        ),
    ],
)
def test_two_agreements_never_share_a_month(
    first_end: str, starts_on: str, currency: str, fault: str
) -> None:
    files = contents()
    text = files["agreements.csv"].decode()
    text = text.replace("2026-01-01,,1500", f"2026-01-01,{first_end},1500")
    text += SECOND_AGREEMENT.format(currency=currency, starts_on=starts_on)
    assert faults_of({**files, "agreements.csv": text.encode()}) == [
        f"agreements.csv:4:starts_on: {fault}"
    ]


def test_an_agreement_may_follow_another_in_another_currency_from_the_first_of_a_month() -> None:
    files = contents()
    text = files["agreements.csv"].decode()
    text = text.replace("2026-01-01,,1500", "2026-01-01,2027-01-01,1500")
    text += SECOND_AGREEMENT.format(currency="USD", starts_on="2027-01-01")
    assert faults_of({**files, "agreements.csv": text.encode()}) == []


def test_the_versions_of_a_price_have_one_charge_model() -> None:
    assert faults_with("prices.csv", "flat,,2026-07-01,,4350", "one_off,,2026-07-01,,4350") == [
        (
            "prices.csv:4:charge_model: It is one_off, and the version of row 3 is flat: a price "
            "keeps its charge model, use another code for another."
        )
    ]


def test_the_versions_of_a_price_have_one_meter() -> None:
    files = contents()
    row = b"harbour,HARB-2026,egress,Egress,package,compute-hours,2026-09-01,,,,,,,100,7.5,"
    files["prices.csv"] += row + b"," * 14 + b"\n"
    assert faults_of(files) == [
        (
            "prices.csv:14:meter: Its meter is compute-hours, and that of row 7 is egress: a price "
            "keeps its meter, use another code for another."
        )
    ]


def test_every_fault_is_named_once_in_the_order_of_files_and_rows() -> None:
    files = contents()
    files["clients.csv"] = files["clients.csv"].replace(b"de_DE,DE", b"de_DE,XX")
    files["prices.csv"] = files["prices.csv"].replace(b"0.0045", b"x").replace(b"4350", b"y")
    files["quantities.csv"] = files["quantities.csv"].replace(b",52", b",z")
    number = "is not a number: write it like 1234.5, -0.02 or 8e-05."
    assert faults_of(files) == [
        (
            "clients.csv:3:country: 'XX' is not a country: write its ISO 3166 code of two capital "
            "letters, such as NL."
        ),
        f'prices.csv:4:fee: "y" {number}',
        f'prices.csv:6:unit_price: "x" {number}',
        f'quantities.csv:3:quantity: "z" {number}',
    ]


def test_a_wrong_client_row_is_not_reported_again_by_what_refers_to_it() -> None:
    faults = faults_with("clients.csv", "Europe/Amsterdam", "Mars")
    assert [fault.partition(" ")[0] for fault in faults] == ["clients.csv:2:zone:"]


def test_a_missing_file_and_a_misspelt_one_are_named(tmp_path: Path) -> None:
    for file, content in contents().items():
        name = "price.csv" if file == "prices.csv" else file
        (tmp_path / name).write_bytes(content)
    (tmp_path / "README.md").write_text("notes")
    with pytest.raises(Faults) as refused:
        read_folder(tmp_path)
    assert [(fault.where, fault.message.partition(":")[0]) for fault in refused.value.faults] == [
        ("prices.csv", "The file is missing"),
        ("price.csv", "The file is not one of the ten of a setup"),
    ]
