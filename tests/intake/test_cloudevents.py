"""CloudEvents from outside: read strictly, one measurement or one refusal for each event."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from billing_core.event import UsageEvent, event_id, leaf_hash
from intake.cloudevents import (
    Post,
    PostFault,
    PostRefused,
    Sender,
    Unassigned,
    measure_record,
    read_post,
)
from intake.profiles.measurements import Measured
from intake.profiles.refusals import RefusedRow

BATCH = {"content-type": "application/cloudevents-batch+json"}
STRUCTURED = {"content-type": "application/cloudevents+json; charset=UTF-8"}
BINARY = {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-type": "meterglass.usage",
    "ce-source": "/collector",
    "ce-id": "a%20%E2%82%AC",
    "ce-time": "2026-11-02T10:00:00Z",
}
SENDER = Sender(source="collector", clients=frozenset({"harbour"}))
BOTH = Sender(source="collector", clients=frozenset({"harbour", "quayside"}))
USAGE = '{"meter": "egress", "resource": "vm-1", "quantity": 1.50}'


def event(data: str = USAGE, **attributes: str) -> str:
    """The JSON text of an event; attributes are JSON too, an empty one is left out."""
    known = {
        "specversion": '"1.0"',
        "type": '"meterglass.usage"',
        "source": '"/collector"',
        "id": '"a"',
        "time": '"2026-11-02T10:00:00Z"',
    }
    pairs = {**known, "data": data, **attributes}.items()
    return "{" + ", ".join(f'"{name}": {value}' for name, value in pairs if value) + "}"


def read(*events: str, sender: Sender = SENDER) -> Post:
    return read_post(f"[{', '.join(events)}]".encode(), BATCH, sender)


def only(post: Post) -> Measured:
    ((_, (measured,)),) = post.measured.items()
    return measured


def refusal(post: Post) -> RefusedRow:
    assert dict(post.measured) == {}
    ((_, (row,)),) = post.refused.items()
    return row


def test_an_event_is_measured_as_the_core_would() -> None:
    same = UsageEvent(
        client="harbour",
        source="collector",
        source_event_id="a",
        meter="egress",
        occurred_at=datetime(2026, 11, 2, 10, tzinfo=UTC),
        quantity=Decimal("1.5"),
        resource="vm-1",
    )
    measured = only(read(event()))
    assert measured.event_id == same.event_id.hex
    assert bytes.fromhex(measured.leaf_hash) == leaf_hash(same)
    assert measured[:7] == (
        1, same.event_id.hex, "egress", "2026-11-02T10:00:00.000000Z", "1.5", "vm-1", "a",
    )  # fmt: skip


def test_the_three_modes_mean_the_same() -> None:
    batch = only(read(event(id='"a €"')))
    structured = only(read_post(event(id='"a €"').encode(), STRUCTURED, SENDER))
    binary = only(read_post(USAGE.encode(), BINARY, SENDER))
    assert batch == structured == binary
    assert binary.source_event_id == "a €"


@pytest.mark.parametrize(
    ("quantity", "canonical"),
    [
        ("2", "2"),
        ("1.50", "1.5"),
        ("8e-05", "0.00008"),
        ("1E3", "1000"),
        ('"0.000000000000001"', "0.000000000000001"),
        ("0.1000000000000000055511151231257827", None),
        ("123456789012345678.123456789012345", "123456789012345678.123456789012345"),
        ("1234567890123456789", None),
        ("1e400", None),
        ("-0", None),
        ("NaN", None),
        ("-Infinity", None),
        ('"1_000"', None),
        ('"\uff11\uff12"', None),
        ('" 5"', None),
        ('"0x10"', None),
        ('""', None),
        ("null", None),
        ("true", None),
        ("[1]", None),
    ],
)
def test_numbers_are_text_and_are_taken_exactly_or_not_at_all(
    quantity: str, canonical: str | None
) -> None:
    post = read(event(f'{{"meter": "egress", "resource": "vm-1", "quantity": {quantity}}}'))
    if canonical is None:
        assert refusal(post).code == "number"
    else:
        assert only(post).quantity == canonical


@pytest.mark.parametrize(
    ("faulty", "code", "words"),
    [
        ("5", "event", "must be a JSON object"),
        ("null", "event", "is missing"),
        ("[]", "event", "must be a JSON object"),
        (event(specversion='"0.3"'), "event", "specversion must be '1.0'"),
        (event(specversion="1.0"), "event", "specversion must be '1.0'"),
        (event(specversion=""), "event", "specversion must be '1.0'"),
        (event(type='"meterglass.usage.v2"'), "event", "type must be 'meterglass.usage'"),
        (event(source='""'), "event", "source must be there"),
        (event(id=""), "text", "id is missing"),
        (event(id="7"), "text", "id must be a text in quotes"),
        (event(id='""'), "text", "is empty"),
        (event(id='" a"'), "text", "spaces at an end"),
        (event(id='"a\\u0000"'), "text", "control sign"),
        (event(id='"\\ud800"'), "text", "half a sign"),
        (event(id=f'"{"a" * 201}"'), "text", "more than 200 characters"),
        (event(time=""), "text", "time is missing"),
        (event(time='"2026-11-02T10:00:00"'), "time", "neither Z nor an offset"),
        (event(time='"2026-02-29T10:00:00Z"'), "time", "no instant of the calendar"),
        (event(time='"2026-11-02T24:00:00Z"'), "time", "no instant of the calendar"),
        (event(time='"infinity"'), "time", "can't be read"),
        (event(time=f'"2026-11-02T10:00:00.{"0" * 90}Z"'), "time", "more than 64 characters"),
        (event(""), "event", "data is missing"),
        (event('"text"'), "event", "data must be a JSON object"),
        (event('{"meter": "egress", "meter": "x"}'), "event", "'meter' stands there twice"),
        (event(id='"a", "id": "b"'), "event", "'id' stands there twice"),
        (event('{"meter": "egress", "quantitiy": 5}'), "text", "resource is missing"),
        (event(f'{USAGE[:-1]}, "unit": "GB"}}'), "event", "data has no field 'unit'"),
        (event(f'{USAGE[:-1]}, "withdraws": "true"}}'), "withdraws", "must be true or false"),
        (event(data_base64='"e30="'), "event", "must be JSON, not base64"),
        (event(datacontenttype='"text/xml"'), "event", "must be application/json"),
        (event(extension="NaN"), "event", "'extension': NaN is not a number"),
        (event(extension='{"a": 1}'), "event", "neither text nor number"),
    ],
)
def test_a_faulty_event_is_refused_alone_and_kept_as_it_came(
    faulty: str, code: str, words: str
) -> None:
    good = event(id='"good"')
    post = read(good, faulty, good)
    assert [each.line for each in post.measured["harbour"]] == [1, 3]
    (row,) = post.refused["harbour"]
    assert (row.line, row.code, row.record) == (2, code, faulty)
    assert words in row.reason


def test_attributes_that_we_do_not_know_are_let_pass() -> None:
    traced = event(traceparent='"00-ab-cd-01"', sequence="7", sampled="true", dataschema='"x:y"')
    assert only(read(traced)).source_event_id == "a"


@pytest.mark.parametrize(
    ("body", "headers", "fault"),
    [
        (b"", BATCH, PostFault.MALFORMED),
        (b"{", BATCH, PostFault.MALFORMED),
        (b"[1, 2", BATCH, PostFault.MALFORMED),
        (b"{}", BATCH, PostFault.MALFORMED),
        (b"\xff", BATCH, PostFault.MALFORMED),
        (b"\xed\xa0\x80", BATCH, PostFault.MALFORMED),
        (b"\xef\xbb\xbf[]", BATCH, PostFault.MALFORMED),
        ("[]".encode("utf-16"), BATCH, PostFault.MALFORMED),
        (b"[]\x00", BATCH, PostFault.MALFORMED),
        (b'["\x00"]', BATCH, PostFault.MALFORMED),
        (b"[" * 10_000 + b"]" * 10_000, BATCH, PostFault.MALFORMED),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, STRUCTURED, PostFault.MALFORMED),
        (b"[]", STRUCTURED, PostFault.MALFORMED),
        (b"{}", STRUCTURED, PostFault.MALFORMED),
        (b"not json", BINARY, PostFault.MALFORMED),
        (b"[" + b"0," * 1000 + b"0]", BATCH, PostFault.TOO_MANY),
        (b"[]", {}, PostFault.MEDIA_TYPE),
        (b"[]", {"content-type": "text/plain"}, PostFault.MEDIA_TYPE),
        (b"{}", {"content-type": "application/json"}, PostFault.MEDIA_TYPE),
        (
            b"[]",
            {"content-type": f"{BATCH['content-type']}; charset=latin-1"},
            PostFault.MEDIA_TYPE,
        ),
    ],
)
def test_what_holds_no_cloudevents_is_refused_whole(
    body: bytes, headers: dict[str, str], fault: PostFault
) -> None:
    with pytest.raises(PostRefused) as refused:
        read_post(body, headers, SENDER)
    assert refused.value.fault == fault


def test_an_empty_batch_is_a_batch() -> None:
    assert read().ids == []


def test_records_are_cut_out_of_a_batch_exactly() -> None:
    odd = '{ "a" : [1, "]},{" , "\\"" ] }'
    long = "9" * 5000
    post = read_post(f" [ {odd} ,\n{event()},\t{long} ] ".encode(), BATCH, SENDER)
    assert [row.record for row in post.refused["harbour"]] == [odd, long]


def test_the_client_is_the_subject_and_may_be_left_out_by_a_key_for_one() -> None:
    post = read(event(subject='"quayside"'), event(subject='"harbour"'), sender=BOTH)
    assert [(name, each[0].line) for name, each in post.measured.items()] == [
        ("quayside", 1),
        ("harbour", 2),
    ]
    assert list(read(event()).measured) == ["harbour"]


@pytest.mark.parametrize(
    ("subject", "named", "words"),
    [
        ('"quayside"', "quayside", "there is no client 'quayside' that this key posts for"),
        ('"NA"', "NA", "there is no client 'NA' that this key posts for"),
        ('""', "", "there is no client '' that this key posts for"),
        ('"\\u0000\\ud800"', "\\x00\\ud800", "no client '\\x00\\ud800' that"),
        ("7", "", "there is no client '' that this key posts for"),
    ],
)
def test_an_event_of_another_client_belongs_to_nobody(subject: str, named: str, words: str) -> None:
    post = read(event(subject=subject))
    assert (dict(post.measured), dict(post.refused)) == ({}, {})
    (kept,) = post.unassigned
    assert isinstance(kept, Unassigned)
    assert (kept.named_client, kept.row.code) == (named, "client")
    assert words in kept.row.reason


def test_a_key_for_several_must_name_the_client() -> None:
    (kept,) = read(event(), sender=BOTH).unassigned
    assert kept.row.reason == "name the client as subject: this key posts for several"


def corrected(**fields: str) -> str:
    inside = {"meter": '"egress"', "resource": '"vm-1"', "quantity": "3", **fields}
    return "{" + ", ".join(f'"{name}": {value}' for name, value in inside.items() if value) + "}"


def test_a_correction_names_the_wrong_event_by_its_own_id() -> None:
    measured = only(read(event(corrected(supersedes='"wrong"', reason='"meter was reset"'))))
    assert measured.supersedes == str(event_id("collector", "wrong", "egress"))
    assert (measured.quantity, measured.reason, measured.withdraws) == (
        "3",
        "meter was reset",
        None,
    )


@pytest.mark.parametrize("quantity", ["", "0", "0.00", "null"])
def test_a_withdrawal_has_no_quantity(quantity: str) -> None:
    taken_back = corrected(supersedes='"wrong"', reason='"r"', withdraws="true", quantity=quantity)
    measured = only(read(event(taken_back)))
    same = UsageEvent(
        client="harbour",
        source="collector",
        source_event_id="a",
        meter="egress",
        occurred_at=datetime(2026, 11, 2, 10, tzinfo=UTC),
        quantity=Decimal(0),
        resource="vm-1",
        supersedes=event_id("collector", "wrong", "egress"),
        reason="r",
        withdraws=True,
    )
    assert (measured.event_id, measured.withdraws) == (same.event_id.hex, "t")
    assert bytes.fromhex(measured.leaf_hash) == leaf_hash(same)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"supersedes": '"wrong"'}, "reason"),
        ({"reason": '"why"'}, "reason"),
        ({"supersedes": '"wrong"', "reason": '" why"'}, "reason"),
        ({"supersedes": '"wrong"', "reason": f'"{"x" * 1001}"'}, "reason"),
        ({"withdraws": "true"}, "withdraws"),
        ({"supersedes": '"a"', "reason": '"itself"'}, "supersedes"),
        ({"supersedes": '"wrong"', "reason": '"r"', "withdraws": "true"}, "withdraws"),
    ],
)
def test_a_correction_that_is_not_whole_is_refused(fields: dict[str, str], code: str) -> None:
    assert refusal(read(event(corrected(**fields)))).code == code


def test_a_kept_event_is_read_again_for_the_client_it_is_recorded_for() -> None:
    kept = event(subject='"unknown"')
    (measured,) = measure_record(kept, "harbour", "collector")
    assert measured == only(read(event()))


def test_a_record_of_the_database_is_read_again() -> None:
    flat = {
        "time": "2026-11-02T10:00:00+00:00",
        "meter": "egress",
        "resource": "vm-1",
        "quantity": "1.500000000000000",
        "id": "a",
    }
    (measured,) = measure_record(json.dumps(flat), "harbour", "collector")
    assert measured == only(read(event()))


def test_a_record_of_a_correction_names_the_event_that_it_takes_back() -> None:
    flat = {
        "time": "2026-11-02T10:00:00+00:00",
        "meter": "egress",
        "resource": "vm-1",
        "quantity": "0.000000000000000",
        "id": "a",
        "supersedes_event": str(event_id("collector", "wrong", "egress")),
        "withdraws": True,
        "reason": "r",
    }
    (measured,) = measure_record(json.dumps(flat), "harbour", "collector")
    taken_back = corrected(supersedes='"wrong"', reason='"r"', withdraws="true", quantity="")
    assert measured == only(read(event(taken_back)))


HALF = (
    '{"time": "2026-11-02T10:00:00Z", "meter": "egress", "resource": "\\ud800", '
    '"quantity": "1", "id": "a"}'
)


@pytest.mark.parametrize("record", ["", "{", "5", "{}", event(id=""), "[" * 10_000, HALF])
def test_a_record_that_can_not_be_read_again_is_refused_again(record: str) -> None:
    (row,) = measure_record(record, "harbour", "collector")
    assert isinstance(row, RefusedRow)
    assert row.record == record


def test_a_header_that_is_not_percent_encoded_is_refused_alone() -> None:
    for value in ("%ff", "ü"):
        post = read_post(USAGE.encode(), {**BINARY, "ce-id": value}, SENDER)
        assert refusal(post).reason == "id: the header is not percent-encoded UTF-8"
    quoted = read_post(USAGE.encode(), {**BINARY, "ce-id": '"a \\"b\\""'}, SENDER)
    assert only(quoted).source_event_id == 'a "b"'
