"""Protections of open pages: what a stream may tell, to whom, and which answers it makes old."""

from typing import Final

from tests.sabotage.mutation import Mutation

ROUTE: Final = "api/live.py"
WATCHER: Final = "api/watch.py"
QUESTION: Final = "db/migrations/versions/0008_month_end.sql"
ASKED: Final = "tests/security/test_watched.py"
FROM_OUTSIDE: Final = "tests/security/test_live.py"
OVERVIEW: Final = "tests/pages/test_overview.py"
MONTHS: Final = "tests/db/test_month_versions.py"
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
    Mutation(
        name="the months before it in the version of a month",
        file="components/persons.py",
        old="for name, version in self.month_versions if name <= month)",
        new="for name, version in self.month_versions if name == month)",
        tests=(MONTHS,),
    ),
    Mutation(
        name="the months of what is corrected in what a batch raises",
        file="db/commands/ingest/changed_months.py",
        old="SELECT least(e.billing_period, e.usage_period)\n            FROM pg_temp.added",
        new="SELECT NULL::date\n            FROM pg_temp.added",
        tests=(MONTHS,),
    ),
    Mutation(
        name="the months of corrections that came first in what a batch raises",
        file="db/commands/ingest/changed_months.py",
        old="SELECT least(s.billing_period, s.usage_period)\n            FROM pg_temp.offered",
        new="SELECT NULL::date\n            FROM pg_temp.offered",
        tests=(MONTHS,),
    ),
    Mutation(
        name="that a new month may change what every month shows",
        file="db/migrations/versions/0004_months.sql",
        old="        earliest := date '0001-01-01';\n",
        new="        earliest := given_month;\n",
        tests=(MONTHS,),
    ),
    Mutation(
        name="the client in the key of kept answers",
        file="components/data.py",
        old="return viewer.client.client_id, viewer.database_role",
        new="return 0, viewer.database_role",
        tests=(f"{OVERVIEW}::test_what_is_kept_of_one_client_is_never_shown_of_another",),
    ),
    Mutation(
        name="that levels carried in are new with the months before",
        file="components/data.py",
        old="about, period.previous().name, lambda",
        new="about, SETUP, lambda",
        tests=(
            "tests/pages/test_month_caches.py::test_a_level_of_october_is_carried_into_november_at_once",
        ),
    ),
    Mutation(
        name="the version in the key of kept answers",
        file="components/data.py",
        old="viewer.records_version, about, answer",
        new="0, about, answer",
        tests=("tests/pages/test_query_counts.py::test_a_new_record_is_seen_by_the_next_run",),
    ),
    Mutation(
        name="that one computes for all who ask at once",
        file="components/kept.py",
        old=", condition=Condition())",
        new=")",
        tests=("tests/components/test_kept.py",),
    ),
    Mutation(
        name="that answers give up their place",
        file="components/kept.py",
        old="TTLCache(entries, lifetime)",
        new="TTLCache(10**9, lifetime)",
        tests=("tests/components/test_kept.py",),
    ),
    Mutation(
        name="the role in the key of a drawn sheet",
        file="components/data.py",
        old="who = (viewer.role.value, client.name,",
        new="who = (client.name,",
        tests=(f"{OVERVIEW}::test_a_sheet_made_for_one_role_is_not_shown_to_another",),
    ),
)
