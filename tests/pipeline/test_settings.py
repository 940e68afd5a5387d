"""What the settings make of the environment."""

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connections

from pipeline import settings


def connect(url: str) -> str:
    """Connect as Django would to this URL; returns the statement timeout there."""
    wrapper = type(connections["default"])(
        {**connections["default"].settings_dict, **settings._database(url)}, alias="given"
    )
    try:
        with wrapper.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return str(cursor.fetchone()[0])
    finally:
        wrapper.close()


@pytest.mark.django_db
def test_encryption_that_the_databases_url_asks_for_is_not_dropped() -> None:
    with pytest.raises(OperationalError, match="SSL"):
        connect(f"{django_settings.DATABASE_URL}?sslmode=require")


@pytest.mark.django_db
def test_options_of_the_databases_url_stand_beside_ours() -> None:
    assert connect(f"{django_settings.DATABASE_URL}?sslmode=disable") == "30s"
    assert connect(f"{django_settings.DATABASE_URL}?options=-cstatement_timeout%3D7s") == "7s"


def test_socket_of_the_databases_url_is_taken() -> None:
    found = settings._database("postgresql:///calls?host=/run/postgresql&port=6432")

    assert (found["NAME"], found["HOST"], found["PORT"]) == ("calls", "/run/postgresql", "6432")
