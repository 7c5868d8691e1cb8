"""Whether what agreements and prices are taxed by can be issued: rates on each day, tax numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from billing_core.prices import Agreement
from billing_core.tax_days import TaxUse, reverse_charged_day, tax_uses, untaxed_day
from intake.setup.files import AGREEMENTS, CLIENTS, ISSUER, PRICES, TAXES
from intake.setup.keys import Key, key_of
from intake.setup.row import Row
from intake.setup.taxes import TaxTable

_VERSION: Final = ("client", "agreement", "price", "starts_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxedRows:
    """The rows that name tax codes, and those of who needs a tax number, each by its key."""

    issuer: Row | None
    clients: Mapping[Key, Row]
    agreements: Mapping[Key, Row]
    versions: Mapping[Key, Row]


def taxed_rows(rows: Mapping[str, Sequence[Row]]) -> TaxedRows:
    """The rows of a setup that taxes are about."""
    return TaxedRows(
        issuer=next(iter(rows[ISSUER]), None),
        clients=_by_key(rows[CLIENTS], ("slug",)),
        agreements=_by_key(rows[AGREEMENTS], _VERSION[:2]),
        versions=_by_key(rows[PRICES], _VERSION),
    )


def _by_key(rows: Sequence[Row], columns: Sequence[str]) -> Mapping[Key, Row]:
    return {key_of(row, columns): row for row in rows}


def refuse_untaxed(agreements: Sequence[Agreement], taxes: TaxTable, rows: TaxedRows) -> None:
    """Note each tax code that has no rate on a day it is used, and each tax number that lacks.

    Codes of which a row is wrong are passed over: that row says so.
    """
    for agreement in agreements:
        for use in tax_uses(agreement):
            if use.code in taxes.whole:
                _refuse_gap(agreement, use, taxes, rows)
                if reverse_charged_day(use, taxes.rates):
                    _refuse_no_number(agreement, use, rows)


def _refuse_gap(agreement: Agreement, use: TaxUse, taxes: TaxTable, rows: TaxedRows) -> None:
    day = untaxed_day(use, taxes.rates)
    if day is None:
        return
    own = (agreement.client, agreement.code)
    version = rows.versions.get((*own, use.price, use.starts_on.isoformat()))
    row = rows.agreements[own] if version is None else version
    message = f"{use.code} is used on {day} and has no rate then: add one to {TAXES}."
    row.refuse("tax_code", message)


def _refuse_no_number(agreement: Agreement, use: TaxUse, rows: TaxedRows) -> None:
    charged = f"by {use.code}, a reverse charge, and its invoices name both tax numbers"
    client = rows.clients[(agreement.client,)]
    if not client.cells["tax_number"]:
        message = f"Agreement {agreement.code} is taxed {charged}: give the client's."
        _refuse_once(client, "tax_number", message)
    if rows.issuer and not rows.issuer.cells["tax_number"]:
        message = f"Client {agreement.client} is taxed {charged}: give the issuer's."
        _refuse_once(rows.issuer, "tax_number", message)


def _refuse_once(row: Row, column: str, message: str) -> None:
    if all(fault.where != f"{row.place}:{column}" for fault in row.faults):
        row.refuse(column, message)
