"""Fixtures of the sync tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

from crm.sync.providers import salesforce
from tests.crm.sync import sandboxes
from tests.crm.sync.sandboxes import Sandboxes


@pytest.fixture
def crms(tmp_path: Path, settings: Settings) -> Iterator[Sandboxes]:
    """Run the three sandboxes, the settings leading to them."""
    salesforce._sessions.clear()
    with sandboxes.running(tmp_path) as running:
        for name, value in running.environment().items():
            setattr(settings, name, value)
        yield running


@pytest.fixture(autouse=True)
def _no_shared_configuration() -> Iterator[None]:
    """Keep configurations of transactions that were rolled back out of the next test."""
    cache.clear()
    yield
    cache.clear()
