"""Who may post: a good key in the right header, and nothing else."""

import secrets

import httpx
import pytest

from db.commands.api_keys import issue_key, revoke_key
from tests.support.portal import Portal
from tests.support.taking import (
    BATCH,
    Collector,
    Taker,
    new_client,
    new_collector,
    running_taker,
    usage,
)

MEDIA_TYPE = {"content-type": BATCH}


def post(taker: Taker | Portal, headers: dict[str, str], query: str = "") -> httpx.Response:
    return httpx.post(
        f"{taker.url}/api/v1/events{query}", json=[usage("a")], headers={**MEDIA_TYPE, **headers}
    )


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer x",
        "Bearer mg_00000000_" + "a" * 43,
        "Bearer mg_00000000_" + "a" * 42 + "é",
        "Basic bWc6eA==",
        "Bearer " + "x" * 5000,
    ],
)
def test_without_a_good_key_nothing_is_taken(taker: Taker, authorization: str) -> None:
    answer = httpx.post(
        taker.events_url,
        json=[usage("a")],
        headers=[(b"authorization", authorization.encode()), (b"content-type", BATCH.encode())],
    )
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith('Bearer realm="Meterglass"')
    assert answer.json()["status"] == 401


def test_a_key_in_the_address_a_cookie_or_the_body_is_not_read(collector: Collector) -> None:
    query = (
        f"?key={collector.key}&access_token={collector.key}&authorization=Bearer+{collector.key}"
    )
    assert post(collector.taker, {}, query).status_code == 401
    assert post(collector.taker, {"cookie": f"meterglass={collector.key}"}).status_code == 401
    assert post(collector.taker, {"x-api-key": collector.key}).status_code == 401
    assert collector.key not in collector.taker.log.read_text()


def test_a_revoked_key_is_out_at_once(collector: Collector) -> None:
    assert collector.post(usage("a")).status_code == 200
    with collector.taker.database.as_owner() as connection:
        revoke_key(connection, prefix=collector.key[:11], actor="test")
    assert collector.post(usage("b")).status_code == 401
    counting = "SELECT count(*)::int FROM billing.usage_event WHERE client_id = :client"
    assert collector.client.rows(counting) == [(1,)]


def test_the_same_id_from_a_key_of_another_source_is_another_event(taker: Taker) -> None:
    client = new_client(taker.database)
    with taker.database.as_owner() as connection:
        connection.exec_driver_sql(
            "INSERT INTO billing.source (client_id, code, name) "
            f"VALUES ({client.client_id}, 'sensor', 'Sensor')"
        )
        other = issue_key(
            connection, source="sensor", slugs=[client.slug], name="sensor", actor="test"
        )
    first = new_collector(taker, client)
    second = Collector(taker=taker, key=other.key, client=client)
    assert [each.post(usage("a")).json()["accepted"] for each in (first, second)] == [1, 1]
    assert client.rows(
        "SELECT s.code FROM billing.usage_event e "
        "JOIN billing.source s USING (client_id, source_id) WHERE client_id = :client ORDER BY 1"
    ) == [("collector",), ("sensor",)]


def test_the_use_of_a_key_is_noted(collector: Collector) -> None:
    noted = "SELECT last_used_at IS NOT NULL FROM billing.api_key WHERE prefix = :prefix"
    assert collector.client.rows(noted, prefix=collector.key[:11]) == [(False,)]
    collector.post(usage("a"))
    assert collector.client.rows(noted, prefix=collector.key[:11]) == [(True,)]


def test_the_log_names_the_key_by_its_prefix_and_keeps_to_one_line(collector: Collector) -> None:
    forged = 'x"}\n{"event": "posted"'
    answer = httpx.post(
        collector.events_url,
        json=[usage("secret-id", resource="secret-vm")],
        headers={**collector.authorization, **MEDIA_TYPE, "user-agent": "a", "x-request-id": "a b"},
        params={"q": forged},
    )
    lines = collector.taker.log.read_text().splitlines()
    (line,) = [each for each in lines if answer.headers["x-request-id"] in each]
    assert f'"key": "{collector.key[:11]}"' in line
    assert '"accepted": 1' in line
    whole = "\n".join(lines)
    for secret in (collector.key, collector.key[12:], "secret-id", "secret-vm", forged):
        assert secret not in whole


def test_a_senders_own_request_id_is_kept_if_it_is_plain(collector: Collector) -> None:
    for given, is_kept in (("run-2026.11_02", True), ("short", False), ("a\tb" * 5, False)):
        answer = collector.post(usage("a"), headers={"x-request-id": given})
        assert (answer.headers["x-request-id"] == given) is is_kept


def test_a_key_that_posts_too_often_is_told_to_wait(collector: Collector) -> None:
    settings = {"METERGLASS_POSTS_PER_MINUTE": "3", "METERGLASS_FAILED_KEYS_PER_MINUTE": "3"}
    folder = collector.taker.log.parent
    with running_taker(collector.taker.database, folder, settings=settings) as strict:
        mine = Collector(taker=strict, key=collector.key, client=collector.client)
        answers = [mine.post(usage(str(n))) for n in range(9)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert answers[0].status_code == 200
        assert len(refused) >= 4
        assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in refused)
        assert {answer.headers["content-type"] for answer in refused} == {
            "application/problem+json"
        }
        wrong = [
            post(strict, {"authorization": f"Bearer mg_00000000_{secrets.token_urlsafe(32)}"})
            for _ in range(9)
        ]
        assert {answer.status_code for answer in wrong} == {401, 429}
        # A key that was good just now is looked up still; one that was not so is not.
        assert "wrong keys" not in mine.post(usage("a")).text
        stranger = new_collector(strict, collector.client)
        tried = [stranger.post(usage("a")).text for _ in range(3)]
        assert any("Too many wrong keys" in each for each in tried)
