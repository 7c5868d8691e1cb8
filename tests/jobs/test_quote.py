"""Quotes from a file: published vectors, faulty cases, unreadable files."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from intake.quotes import quotes_of
from intake.strict_json import UnreadableFile
from jobs.quote import quote as command

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors"


def app() -> Any:  # noqa: ANN401 - typer publishes no type for a command line of one function
    line = typer.Typer()
    line.command()(command)
    return line


def run(path: Path) -> Result:
    return CliRunner().invoke(app(), [str(path)])


def written(folder: Path, cases: object) -> Path:
    path = folder / "cases.json"
    path.write_text(cases if isinstance(cases, str) else json.dumps(cases), encoding="utf-8")
    return path


def case(name: str = "a", quantity: str = "1", currency: str = "EUR", **price: Any) -> Any:  # noqa: ANN401 - fields of any JSON
    return {"id": name, "currency": currency, "quantity": quantity, "price": price}


def quoted(folder: Path, *cases: object) -> list[dict[str, Any]]:
    return [each.as_json() for each in quotes_of(written(folder, list(cases)))]


def tier(up_to: str | None, unit_amount: str, flat_amount: str = "0") -> dict[str, str | None]:
    return {"up_to": up_to, "unit_amount": unit_amount, "flat_amount": flat_amount}


TIERS = [tier("100", "0.10", "1"), tier(None, "0.05", "2")]


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the published vectors are not beside the project")
def test_all_published_vectors_of_our_models_agree(tmp_path: Path) -> None:
    asked = subprocess.run(
        [sys.executable, VECTORS / "quote_cases.py", "cases", VECTORS / "rating_vectors.json"],
        capture_output=True,
        check=True,
        text=True,
    )
    answer = run(written(tmp_path, asked.stdout))
    assert answer.exit_code == 0
    results = tmp_path / "results.json"
    results.write_text(answer.stdout)
    checked = subprocess.run(
        [
            sys.executable,
            VECTORS / "quote_cases.py",
            "check",
            VECTORS / "rating_vectors.json",
            results,
        ],
        capture_output=True,
        check=False,
        text=True,
    )
    assert checked.stdout == "79 of 79 vectors agree\n"


@pytest.mark.parametrize(
    ("asked", "exact", "amount"),
    [
        (case(quantity="100", model="graduated", tiers=TIERS), "11", "11.00"),
        (case(quantity="100.001", model="graduated", tiers=TIERS), "13.00005", "13.00"),
        (case(quantity="100.1", model="volume", tiers=TIERS), "7.005", "7.01"),
        (case(quantity="0", model="volume", tiers=TIERS, flat_on_zero=True), "1", "1.00"),
        (case(quantity="0", model="volume", tiers=TIERS), "0", "0.00"),
        (case(quantity="0", model="unit", unit_amount="1", minimum="9.99"), "9.99", "9.99"),
        (case(quantity="50", model="graduated", tiers=[tier(None, "1", "20")], maximum="15"),
         "15", "15.00"),
        (case(quantity="5", model="unit", unit_amount="1", included_quantity="10"), "0", "0.00"),
        (case(quantity="16", model="package", package_size="10", package_amount="7",
              free_quantity="5"), "14", "14.00"),
        (case(quantity="-0.5", model="unit", unit_amount="0.01"), "-0.005", "-0.01"),
        (case(currency="JPY", model="unit", unit_amount="0.5"), "0.5", "1"),
        (case(currency="KWD", model="flat", amount="10", days="1", period_days="3"),
         "10/3", "3.333"),
        (case(currency="CLF", model="flat", amount="-0.00005"), "-0.00005", "-0.0001"),
        (case(quantity="8e-05", model="unit", unit_amount="0.000000000000001"),
         "0.00000000000000000008", "0.00"),
        (case(quantity="999999999999999999", model="unit", unit_amount="999999999999999999"),
         "999999999999999998000000000000000001", "999999999999999998000000000000000001.00"),
        (case(quantity="200", model="markup", markup_rate="0.15"), "230", "230.00"),
        (case(quantity="10", model="unit", unit_amount="1", discount_rate="0.125"), "8.75", "8.75"),
        (case(quantity="2", model="one_off", amount="5"), "10", "10.00"),
        (case(model="flat", amount="31", days="0", period_days="31"), "0", "0.00"),
    ],
)  # fmt: skip
def test_a_case_is_rated_as_on_a_bill(
    tmp_path: Path, asked: object, exact: str, amount: str
) -> None:
    (result,) = quoted(tmp_path, asked)
    assert (result["id"], result["exact"], result["amount"]) == ("a", exact, amount)


def test_an_optional_field_given_as_null_is_one_left_out(tmp_path: Path) -> None:
    asked = case(quantity="3", model="unit", unit_amount="2", maximum=None, included_quantity=None)
    (result,) = quoted(tmp_path, asked)
    assert result["amount"] == "6.00"


def test_the_detailed_lines_show_how_the_amount_came_about(tmp_path: Path) -> None:
    asked = case(quantity="3", model="flat", amount="20", days="17", period_days="31", minimum="40")
    (result,) = quoted(tmp_path, asked)
    assert result["detailed_lines"] == [
        {"kind": "fee", "text": "Fee", "tier": None, "quantity": "3", "unit_price": "20",
         "flat_fee": "0", "days": 17, "period_days": 31, "amount": "32.90"},
        {"kind": "minimum", "text": "Minimum of 40", "tier": None, "quantity": "1",
         "unit_price": "40", "flat_fee": "-32.9", "days": None, "period_days": None,
         "amount": "7.10"},
    ]  # fmt: skip
    assert result["amount"] == "40.00"


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (case(model="weird"), "price.model: 'weird' is not a charge model"),
        (case(quantity="NaN", model="unit", unit_amount="1"), 'quantity: "NaN" is not a number'),
        (case(quantity="", model="unit", unit_amount="1"), 'quantity: "" is not a number'),
        (case(quantity="1,5", model="unit", unit_amount="1"), 'quantity: "1,5" is not a number'),
        (case(model="unit", unit_amount="1e400"), 'price.unit_amount: "1e400" is not a number'),
        (case(model="unit", unit_amount="0.0000000000000001"), "price.unit_amount: "),
        (case(model="unit", unit_amount=None), "price.unit_amount: is missing; a unit"),
        (case(model="unit", unit_amount=0.1), 'price.unit_amount: write the number as text: "0.1"'),
        (case(model="unit", unit_amount="-1"), "price.unit_amount: -1 is below zero"),
        (case(model="unit"), "price.unit_amount: is missing; a unit price needs it"),
        (case(model="unit", unit_amount="1", package_size="5"),
         "price.package_size: does not belong to a unit price"),
        (case(model="unit", unit_amount="1", colour="red"),
         "price.colour: is not a field of this form"),
        (case(currency="XXX", model="unit", unit_amount="1"), "currency: 'XXX' is not an ISO 4217"),
        (case(name=" ", model="unit", unit_amount="1"), "id: is not a text"),
        (case(model="graduated", tiers=[]), "price.tiers: is missing"),
        (case(model="graduated", tiers="all"), "price.tiers: is not a list"),
        (case(model="graduated", tiers=["all"]), "price.tiers[0]: is not an object"),
        (case(model="graduated", tiers=[tier("5", "1")]), "price.tiers[0].up_to: the last tier"),
        (case(model="volume", tiers=[tier("9", "1"), tier("5", "1"), tier(None, "1")]),
         "price.tiers[1].up_to: 5 is not above the bound before it, 9"),
        (case(model="volume", tiers=[tier(None, "1"), tier(None, "1")]),
         "price.tiers[0].up_to: only the last tier is open"),
        (case(model="volume", tiers=[{**tier(None, "1"), "first": "0"}]),
         "price.tiers[0].first: is not a field of this form"),
        (case(model="volume", tiers=[tier(None, "1", "-1")]), "price.tiers[0].flat_amount: -1"),
        (case(model="package", package_size="-10", package_amount="1"),
         "price.package_size: -10 is below zero"),
        (case(model="package", package_size="0", package_amount="1"), "package_size: is zero"),
        (case(model="flat", amount="1", days="32", period_days="31"), "price.days: days and"),
        (case(model="flat", amount="1", days="1.5", period_days="31"), "price.days: days and"),
        (case(model="flat", amount="1", days="-1", period_days="31"), "price.days: days and"),
        (case(model="flat", amount="1", days="0", period_days="0"), "price.days: days and"),
        (case(model="flat", amount="1", days="5"), "price.period_days: is missing"),
        (case(model="unit", unit_amount="1", days="1", period_days="2"),
         "price.days: belongs to a flat price only"),
        (case(model="volume", tiers=TIERS, flat_on_zero="yes"),
         "price.flat_on_zero: is neither true nor false"),
        (case(model="unit", unit_amount="1", minimum="2", maximum="1"), "minimum: 2 is above"),
        ({"id": "a"}, "currency: is missing; quantity: is missing; price: is missing"),
        ({**case(model="unit", unit_amount="1"), "extra": "1"}, "extra: is not a field"),
        ({**case(), "price": "cheap"}, "price: is not an object"),
        (5, 'case 1: write the number as text: "5"'),
        (None, "case 1: is not an object"),
        ([], "case 1: is not an object"),
    ],
)  # fmt: skip
def test_a_faulty_case_says_what_is_wrong_and_the_others_are_quoted(
    tmp_path: Path, asked: object, error: str
) -> None:
    faulty, good = quoted(tmp_path, asked, case("b", model="unit", unit_amount="1"))
    assert error in faulty["error"]
    assert set(faulty) == {"id", "error"}
    assert good["amount"] == "1.00"


def test_an_id_that_an_earlier_case_has_is_an_error_even_if_that_one_was_faulty(
    tmp_path: Path,
) -> None:
    good = case("a", model="unit", unit_amount="1")
    results = quoted(tmp_path, case("a", model="weird"), good, case("b", **good["price"]))
    assert "'a' is the id of an earlier case" in results[1]["error"]
    assert results[2]["amount"] == "1.00"


@pytest.mark.parametrize("name", ["", " ", 5, None, ["a"]])
def test_a_case_without_an_id_is_no_other_case_with_one(tmp_path: Path, name: object) -> None:
    good = case(model="unit", unit_amount="1")
    results = quoted(tmp_path, {**good, "id": ""}, {**good, "id": name}, good)
    assert results[1]["error"].startswith("id: ")
    assert "earlier" not in results[1]["error"]
    assert results[2]["amount"] == "1.00"


@pytest.mark.parametrize(
    ("days", "error"),
    [
        ({"days": "28"}, "price.period_days: is missing"),
        ({"period_days": "28"}, "price.days: is missing"),
        (
            {"days": "x", "period_days": "0"},
            'price.days: "x" is not a number: write it like 1234.5, -0.02 or 8e-05',
        ),
    ],
)
def test_days_that_can_not_be_read_are_not_compared(
    tmp_path: Path, days: dict[str, str], error: str
) -> None:
    (result,) = quoted(tmp_path, case(model="flat", amount="1", **days))
    assert result["error"] == error


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_json_does_not_have_are_refused(tmp_path: Path, constant: str) -> None:
    text = json.dumps([case(quantity="?", model="unit", unit_amount="1")])
    path = written(tmp_path, text.replace('"?"', constant))
    (result,) = quotes_of(path)
    assert result.error == f"quantity: {constant} is not a number"


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    text = json.dumps([case(model="unit", unit_amount="1")])
    path = written(tmp_path, text.replace('"unit_amount"', '"unit_amount": "2", "unit_amount"'))
    (result,) = quotes_of(path)
    assert result.error == "price: names 'unit_amount' more than once"


def test_a_very_long_number_is_refused_in_few_words(tmp_path: Path) -> None:
    path = written(tmp_path, f'[{{"id": "a", "quantity": {"9" * 9000}}}]')
    (result,) = quotes_of(path)
    assert result.error is not None
    assert len(result.error) < 200


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON at line 1, column 1"),
        ("{", "is not JSON at line 1, column 2"),
        ("{}", "holds no list of cases"),
        ("[" * 21 + "]" * 21, "is nested more than 20 levels deep"),
        ("[" * 100_000, "is nested too deeply"),
        ("\x00", "is not JSON"),
    ],
)
def test_a_file_without_cases_is_one_line_and_exit_code_2(
    tmp_path: Path, text: str, message: str
) -> None:
    answer = run(written(tmp_path, text))
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert message in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_a_file_that_is_not_utf_8_is_refused_with_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_bytes(b'[{"id": "M\xfcller"}]')
    with pytest.raises(UnreadableFile, match="is not UTF-8 at byte 10"):
        quotes_of(path)


@pytest.mark.parametrize("name", ["absent.json", ".", "a\x00b"])
def test_a_file_that_can_not_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableFile, match="can't be read"):
        quotes_of(tmp_path / name)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    text = json.dumps([case(model="unit", unit_amount="1")])
    assert quotes_of(written(tmp_path, "\ufeff" + text))[0].error is None


@pytest.mark.parametrize(
    ("model", "code"), [("unit", 0), ("weird", 1)], ids=["all quoted", "one faulty"]
)
def test_the_exit_code_says_whether_all_are_quoted(tmp_path: Path, model: str, code: int) -> None:
    answer = run(written(tmp_path, [case(model=model, unit_amount="1")]))
    assert answer.exit_code == code
    assert [each["id"] for each in json.loads(answer.stdout)] == ["a"]


def test_an_id_of_half_a_sign_is_written_back_as_it_came(tmp_path: Path) -> None:
    answer = run(written(tmp_path, [case("\ud800", model="unit", unit_amount="1")]))
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)[0]["id"] == "\ud800"
