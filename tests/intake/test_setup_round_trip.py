"""Whatever is set up is written as files that read back as the same."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing_core.prices import Agreement, ChargeModel, Price
from billing_core.setup import Books, Client, Issuer, Setup
from billing_core.taxes import TaxRate, TaxTreatment
from intake.setup import files_of, read_setup

STARTS = date(2026, 1, 1)
CODES = ("EU-REVERSE", "NL-VAT", "none.at_all")
PREFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#: What a cell may hold: also what CSV and spreadsheets treat apart.
SIGNS = st.one_of(
    st.sampled_from(",;\"'= -+@0%é日"), st.characters(categories=["L", "N", "P", "S"])
)


def texts() -> st.SearchStrategy[str]:
    return st.text(SIGNS, max_size=12).map(str.strip)


def names() -> st.SearchStrategy[str]:
    return texts().filter(bool)


def lines() -> st.SearchStrategy[str]:
    """An address: lines that don't begin or end the whole with nothing."""
    return st.lists(names(), max_size=3).map("\n".join)


def shares() -> st.SearchStrategy[Decimal]:
    return st.decimals(0, 1, places=6).map(lambda share: share.normalize())


@st.composite
def issuers(draw: st.DrawFn) -> Issuer:
    return Issuer(
        name=draw(names()),
        legal_name=draw(names()),
        country="NL",
        address=draw(lines()),
        tax_number=draw(names()),
        payment_details=draw(lines()),
        books=draw(st.sampled_from(Books)),
    )


@st.composite
def clients(draw: st.DrawFn, slug: str, prefix: str) -> Client:
    return Client(
        slug=slug,
        name=draw(names()),
        zone="Europe/Amsterdam",
        locale="en_NL",
        country="NL",
        legal_name=draw(texts()),
        address=draw(lines()),
        tax_number=draw(names()),
        invoice_prefix=prefix,
        invoices_from=draw(st.none() | st.dates(date(1, 1, 1)).map(lambda day: day.replace(day=1))),
    )


@st.composite
def versions(draw: st.DrawFn, code: str) -> tuple[TaxRate, ...]:
    """The rates of a code, in force from before any agreement on, without a gap or an end."""
    days = draw(st.lists(st.integers(1, 20_000), unique=True, max_size=4))
    starts = [date(1990, 1, 1), *(date(1990, 1, 1) + timedelta(days=day) for day in sorted(days))]
    return tuple(
        _rate(draw, code, starts_on, ends_on)
        for starts_on, ends_on in zip(starts, [*starts[1:], None], strict=True)
    )


def _rate(draw: st.DrawFn, code: str, starts_on: date, ends_on: date | None) -> TaxRate:
    treatment = draw(st.sampled_from(TaxTreatment))
    standard = treatment is TaxTreatment.STANDARD
    return TaxRate(
        code=code,
        name=draw(names()),
        treatment=treatment,
        rate=draw(shares()) if standard else Decimal(0),
        starts_on=starts_on,
        ends_on=ends_on,
        note=draw(texts()),
    )


@st.composite
def unused(draw: st.DrawFn) -> tuple[TaxRate, ...]:
    """Rates of a code that nobody uses: they may end, and leave gaps."""
    rates = []
    day = date(2000, 1, 1)
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 4000)))):
        starts_on = day + timedelta(days=gap)
        day = starts_on + timedelta(days=length)
        rates.append(_rate(draw, "unused", starts_on, day))
    return tuple(rates)


@st.composite
def prices(draw: st.DrawFn) -> tuple[Price, ...]:
    """A fee, with a discount or not, and a one-off that may be a credit."""
    discount = draw(shares())
    fee = draw(st.integers(-500, 500))
    order = draw(texts() if fee < 0 else names())
    return (
        Price(
            code="base",
            name=draw(names()),
            model=ChargeModel.FLAT,
            starts_on=STARTS,
            fee=Decimal(100),
            discount_rate=discount,
            tax_code=draw(st.sampled_from(("", *CODES))),
            reason=draw(texts()) if discount else "",
        ),
        Price(
            code="credit",
            name=draw(names()),
            model=ChargeModel.ONE_OFF,
            starts_on=STARTS + timedelta(days=draw(st.integers(0, 900))),
            fee=Decimal(fee),
            reference=order,
            tax_code=draw(st.sampled_from(("", *CODES))),
            reason=draw(texts() if order else names()) if fee < 0 else "",
        ),
    )


@st.composite
def agreements(draw: st.DrawFn, client: str) -> Agreement:
    return Agreement(
        code="A",
        client=client,
        currency="EUR",
        zone="Europe/Amsterdam",
        starts_on=STARTS,
        ends_on=draw(st.sampled_from((None, date(2029, 1, 1)))),
        prices=draw(prices()),
        purchase_order=draw(texts()),
        payment_days=draw(st.integers(0, 365)),
        tax_code=draw(st.sampled_from(("", *CODES))),
    )


@st.composite
def setups(draw: st.DrawFn) -> Setup:
    slugs = ("harbour", "millbrook")
    prefixes = draw(st.lists(st.text(PREFIX, max_size=12), min_size=2, max_size=2))
    own = [prefix if prefixes.count(prefix) == 1 else "" for prefix in prefixes]
    rates = [rate for code in CODES for rate in draw(versions(code))]
    return Setup(
        issuer=draw(issuers()),
        clients=tuple(draw(clients(slug, prefix)) for slug, prefix in zip(slugs, own, strict=True)),
        people=(),
        meters=(),
        sources=(),
        agreements=tuple(draw(agreements(slug)) for slug in slugs),
        tax_rates=(*rates, *draw(unused())),
    )


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(setup=setups())
def test_what_invoices_need_is_written_and_read_back_as_the_same(setup: Setup) -> None:
    files = files_of(setup)
    assert read_setup(files) == setup
    assert files_of(read_setup(files)) == files
