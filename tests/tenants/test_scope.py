"""The one way into a tenant's schema: what it opens, what it leaves behind, and that nothing else leads in."""

import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, ProgrammingError, connection, models, transaction

from calls.models import Call
from pipeline import clock
from tenants import scope as scopes
from tenants.models import Tenant
from tenants.schemas import state
from tenants.scope import NoTenant, by_id, by_slug, scope
from tests.tenants.schemas import Owner

TENANT_MODELS = [
    model for label in sorted(state.tenant_apps()) for model in apps.get_app_config(label).get_models(True)
]


def active_schema() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def make_call(external_id: str) -> Call:
    return Call.objects.create(external_id=external_id, started_at=clock.now(), duration=1)


@pytest.mark.django_db
class TestInside:
    def test_rows_lie_in_the_tenant_they_were_made_for(self, cedar: Tenant, birch: Tenant) -> None:
        with scope(cedar):
            make_call("CAL1")

        with scope(birch):
            assert Call.objects.count() == 0
        with scope(cedar):
            assert Call.objects.count() == 1

    def test_a_scope_inside_another_gives_it_back(self, cedar: Tenant, birch: Tenant) -> None:
        with scope(cedar):
            with scope(birch):
                assert active_schema() == "t_birch"
                with scope(cedar):
                    assert active_schema() == "t_cedar"
                assert active_schema() == "t_birch"
            assert active_schema() == "t_cedar"
        assert active_schema() == "public"

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
    def test_whatever_is_raised_inside_it_leads_back(
        self, cedar: Tenant, birch: Tenant, error: type[BaseException]
    ) -> None:
        with scope(cedar):
            with pytest.raises(error), scope(birch):
                raise error
            assert active_schema() == "t_cedar"
        assert active_schema() == "public"

    def test_a_statement_that_postgres_refused_leads_back(self, cedar: Tenant, birch: Tenant) -> None:
        with scope(cedar):
            make_call("CAL1")
            with scope(birch):
                make_call("CAL1")
            with pytest.raises(IntegrityError), transaction.atomic(), scope(birch):
                make_call("CAL1")
            assert active_schema() == "t_cedar"
            assert Call.objects.count() == 1

    def test_a_savepoints_rollback_leaves_no_other_tenant_active(self, cedar: Tenant, birch: Tenant) -> None:
        with scope(cedar):
            with transaction.atomic():
                with scope(birch):
                    make_call("CAL2")
                transaction.set_rollback(True)
            make_call("CAL1")

        with scope(cedar):
            assert list(Call.objects.values_list("external_id", flat=True)) == ["CAL1"]
        with scope(birch):
            assert Call.objects.count() == 0

    def test_a_generator_left_in_the_middle_does_not_end_another_tenants_scope(
        self, cedar: Tenant, birch: Tenant
    ) -> None:
        def ids() -> Generator[str, None, None]:
            with scope(birch):
                yield from Call.objects.values_list("external_id", flat=True).iterator()
                yield "end"

        with scope(cedar):
            left = ids()
            next(left)
            left.close()

            assert active_schema() == "t_cedar"


class TestThreads:
    def test_threads_are_each_in_their_own_tenant_at_once(self, committed: dict[str, Tenant]) -> None:
        together = threading.Barrier(4, timeout=30)

        def work(slug: str) -> set[str]:
            seen = set()
            try:
                for number in range(20):
                    with scope(committed[slug]):
                        together.wait()
                        make_call(f"{slug}-{threading.get_ident()}-{number}")
                        seen |= {one.split("-")[0] for one in Call.objects.values_list("external_id", flat=True)}
                        together.wait()
            finally:
                connection.close()
            return seen

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(work, ["cedar", "birch", "cedar", "birch"]))

        assert found == [{"cedar"}, {"birch"}, {"cedar"}, {"birch"}]

    def test_a_thread_begins_in_public_whatever_its_maker_is_in(self, committed: dict[str, Tenant]) -> None:
        def schema() -> str:
            try:
                return active_schema()
            finally:
                connection.close()

        with scope(committed["cedar"]), ThreadPoolExecutor(1) as pool:
            assert pool.submit(schema).result() == "public"


@pytest.mark.django_db
class TestOutside:
    @pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.label)
    def test_a_tenants_table_is_out_of_reach(self, model: type[models.Model]) -> None:
        with pytest.raises(ProgrammingError, match="does not exist"), transaction.atomic():
            model._base_manager.count()

    def test_after_a_scope_its_queries_are_out_of_reach(self, cedar: Tenant) -> None:
        with scope(cedar):
            kept = Call.objects.all()

        with pytest.raises(ProgrammingError, match="does not exist"), transaction.atomic():
            list(kept)

    def test_django_tenants_own_ways_in_are_closed(self, cedar: Tenant) -> None:
        with pytest.raises(TypeError, match=r"by tenants\.scope\.scope"):
            cedar.__enter__()
        with pytest.raises(TypeError, match=r"by tenants\.scope\.scope"):
            cedar.activate()

        assert active_schema() == "public"

    def test_no_tenants_table_points_at_another_schema_nor_another_at_it(self, cedar: Tenant) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT conrelid::regclass, confrelid::regclass FROM pg_constraint k"
                " JOIN pg_class a ON a.oid = conrelid JOIN pg_class b ON b.oid = confrelid"
                " WHERE contype = 'f' AND a.relnamespace <> b.relnamespace"
            )
            crossing = cursor.fetchall()
            cursor.execute(
                "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 't_cedar'::regnamespace"
            )
            within = cursor.fetchone()[0]

        assert crossing == []
        assert within > 0


@pytest.mark.django_db
class TestNoTenant:
    def test_a_missing_schema_is_named_and_public_is_not_read_instead(self, slug: str) -> None:
        lost = Tenant(pk=0, slug=slug, schema_name=f"t_{slug}")

        with pytest.raises(NoTenant, match=f"The schema of tenant {slug} is missing"), scope(lost):
            raise AssertionError("the block was entered")
        assert active_schema() == "public"

    @pytest.mark.parametrize("state_of_it", [Tenant.State.SUSPENDED, Tenant.State.PROVISIONING])
    def test_a_tenant_that_is_not_active_is_none(self, cedar: Tenant, state_of_it: str) -> None:
        Tenant.objects.filter(pk=cedar.pk).update(state=state_of_it)

        with pytest.raises(NoTenant, match=f"no active tenant with the id {cedar.pk}"):
            by_id(cedar.pk)
        with pytest.raises(NoTenant, match="no active tenant 'cedar'"):
            by_slug("cedar")

    @pytest.mark.parametrize("slug", ["oak", "", "CEDAR", "t_cedar", "cedar'--", "public"])
    def test_what_is_no_tenants_id_is_none(self, slug: str) -> None:
        with pytest.raises(NoTenant, match="There is no active tenant"):
            by_slug(slug)

    def test_a_suspension_is_seen_after_five_seconds_at_most(
        self, cedar: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        by_id(cedar.pk)
        Tenant.objects.filter(pk=cedar.pk).update(state=Tenant.State.SUSPENDED)
        now = time.monotonic()

        monkeypatch.setattr("tenants.scope.time.monotonic", lambda: now + 4.9)
        assert by_id(cedar.pk).slug == "cedar"
        monkeypatch.setattr("tenants.scope.time.monotonic", lambda: now + 5.1)
        with pytest.raises(NoTenant):
            by_id(cedar.pk)


class TestWornConnections:
    def test_a_connection_that_saw_many_tenants_is_renewed(
        self, committed: dict[str, Tenant], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scopes, "WORN_AFTER", 1)

        def backend() -> int:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                return int(cursor.fetchone()[0])

        with scope(committed["cedar"]):
            first = backend()
        scopes.renew_worn_connection()
        assert backend() == first

        with scope(committed["birch"]):
            pass
        scopes.renew_worn_connection()
        assert backend() != first

    def test_it_is_not_closed_within_a_transaction(
        self, committed: dict[str, Tenant], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scopes, "WORN_AFTER", 0)

        with transaction.atomic(), scope(committed["cedar"]):
            scopes.renew_worn_connection()
            make_call("CAL1")

        with psycopg.connect(settings.DATABASE_URL) as other:
            assert other.execute("SELECT count(*) FROM t_cedar.calls_call").fetchone() == (1,)


def test_a_schema_dropped_under_a_running_process_fails_closed(owner: Owner, slug: str) -> None:
    from tenants import provisioning

    tenant = provisioning.create(slug, name="Alder").tenant
    with scope(tenant):
        make_call("CAL1")

    owner.execute(f"DROP SCHEMA t_{slug} CASCADE")

    with pytest.raises(NoTenant), scope(tenant):
        raise AssertionError("the block was entered")
