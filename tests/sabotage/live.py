"""Protections of open pages: what a stream may tell, and to whom."""

from typing import Final

from tests.sabotage.mutation import Mutation

ROUTE: Final = "api/live.py"
WATCHER: Final = "api/watch.py"
QUESTION: Final = "db/migrations/versions/0003_live.sql"
ASKED: Final = "tests/security/test_watched.py"
FROM_OUTSIDE: Final = "tests/security/test_live.py"
OF_THE_WATCHER: Final = "tests/api/test_live_watch.py"

LIVE: Final[tuple[Mutation, ...]] = (
    Mutation(
        name="the session that a stream opens for",
        file=ROUTE,
        old="    if session_hash is None or person is None:\n",
        new="    if session_hash is None:\n",
        tests=(f"{FROM_OUTSIDE}::test_t3_without_a_live_session_there_is_no_stream",),
    ),
    Mutation(
        name="the client that a stream's session may see",
        file=ROUTE,
        old="    if person.client is None:\n",
        new="    if person.client is None and not slug:\n",
        tests=(
            f"{FROM_OUTSIDE}::test_f40_a_foreign_client_and_one_that_does_not_exist_are_the_same",
        ),
    ),
    Mutation(
        name="the page that a stream is asked for by",
        file=ROUTE,
        old="    if not _is_from_own_page(request):\n",
        new="    if not request:\n",
        tests=(f"{FROM_OUTSIDE}::test_f53_other_sites_open_no_stream",),
    ),
    Mutation(
        name="the sessions in the watcher's question",
        file=QUESTION,
        old="    CROSS JOIN LATERAL auth.live_person(w.session_hash) AS viewer\n",
        new="    CROSS JOIN LATERAL (SELECT s.person_id::integer AS viewer FROM auth.session s\n"
        "        WHERE s.session_hash = w.session_hash) AS found\n",
        tests=(ASKED,),
    ),
    Mutation(
        name="the client in the watcher's question",
        file=QUESTION,
        old=" AND (w.client_id IS NULL OR auth.may_see(viewer, w.client_id))",
        new="",
        tests=(ASKED,),
    ),
    Mutation(
        name="the end of a stream whose session is missing from the answer",
        file=WATCHER,
        old="                stream.end()\n",
        new="                stream.lose()\n",
        tests=(f"{OF_THE_WATCHER}::test_f46_a_pair_that_is_missing_from_the_answer_has_ended",),
    ),
    Mutation(
        name="telling a stream of its own client only",
        file=WATCHER,
        old="            version = found.get(stream.watched)\n",
        new="            version = max(found.values(), default=None)\n",
        tests=(f"{OF_THE_WATCHER}::test_t4_each_stream_is_told_its_own_clients_version_only",),
    ),
    Mutation(
        name="the limit of a session's streams",
        file=WATCHER,
        old="        return held < STREAMS_PER_SESSION\n",
        new="        return held >= 0\n",
        tests=(f"{OF_THE_WATCHER}::test_a_session_holds_eight_streams_and_no_more",),
    ),
    Mutation(
        name="asking nothing while nobody watches",
        file=WATCHER,
        old="            await self._somebody.wait()\n",
        new="",
        tests=(f"{OF_THE_WATCHER}::test_while_nobody_watches_nothing_is_asked",),
    ),
)
