"""Fixtures of the sync tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from crm.sync.providers import salesforce
from tenants.models import Tenant
from tests.crm.sync import sandboxes
from tests.crm.sync.pushing import choose
from tests.crm.sync.sandboxes import Sandboxes


@pytest.fixture
def crms(tmp_path: Path, settings: Settings) -> Iterator[Sandboxes]:
    """Run the three sandboxes, the settings leading to them."""
    salesforce._sessions.clear()
    with sandboxes.running(tmp_path) as running:
        for name, value in running.environment().items():
            setattr(settings, name, value)
        yield running


@pytest.fixture
def connected(cedar: Tenant, crms: Sandboxes) -> Tenant:
    """Connect cedar to the three sandboxes, without a delay between them."""
    sandboxes.connect_all(cedar)
    choose(cedar, sync_delay=0)
    return cedar
