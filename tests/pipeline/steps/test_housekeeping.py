"""The hourly task, and what Celery is told."""

import datetime as dt

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from pipeline.celery import app
from tenants.models import Tenant


@pytest.mark.django_db
def test_ended_sessions_go_and_others_stay(cedar: Tenant) -> None:
    ended, live = SessionStore(), SessionStore()
    ended.set_expiry(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    ended.create()
    live.create()

    app.tasks["pipeline.housekeeping"].apply(throw=True)

    assert list(Session.objects.values_list("session_key", flat=True)) == [live.session_key]


def test_celery_keeps_no_results_takes_one_task_at_a_time_and_reads_json_only() -> None:
    conf = app.conf

    assert not conf.result_backend
    assert conf.task_ignore_result
    assert (conf.task_acks_late, conf.worker_prefetch_multiplier) == (True, 1)
    assert list(conf.accept_content) == ["json"]
    assert conf.broker_connection_max_retries is None


@pytest.mark.parametrize("kwargs", [{}, {"step_id": 1}, {"tenant_id": 1}])
def test_a_message_without_its_tenant_or_step_fails(kwargs: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        app.tasks["pipeline.step"].apply(kwargs=kwargs, throw=True)
