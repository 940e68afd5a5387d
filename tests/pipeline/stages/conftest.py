"""The product as it is served, for the tests that need sockets: started once a worker."""

from collections.abc import Iterator

import psycopg
import pytest

from benchmarks import services
from tests import served


@pytest.fixture(scope="session")
def bench() -> Iterator[services.Bench]:
    """Start a web server with one tenant, on services of its own."""
    with served.bench() as made:
        yield made


@pytest.fixture
def owner(bench: services.Bench) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Give a connection of the owner's to its emptied tables."""
    with psycopg.connect(bench.urls.owner, autocommit=True) as connection:
        connection.execute("DELETE FROM t_cedar.calls_webhookdelivery; DELETE FROM steps_step")
        yield connection
