"""The Celery app: the only import of celery. A message is a hint; the step's row is the truth."""

import os

import django
from celery import Celery, signals
from kombu.exceptions import KombuError

from pipeline import env
from pipeline.steps import shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pipeline.settings")

with env.plainly():
    django.setup()

app = Celery("pipeline")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(name="pipeline.step")
def run_step(*, step_id: int, tenant_id: int, **_: object) -> None:
    """Run one step, unless another worker holds it."""
    from django.db import close_old_connections  # noqa: PLC0415

    from pipeline.stages import STAGES  # noqa: PLC0415  (circular: stages need the app registry)
    from pipeline.steps import run  # noqa: PLC0415

    close_old_connections()  # a connection that Postgres' restart broke is replaced, not stumbled over
    run.step(step_id, tenant_id=tenant_id, stages=STAGES, queues=app.amqp.queues.consume_from)


@app.task(name="pipeline.housekeeping")
def keep_house(**_: object) -> None:
    """Delete sessions and grants that have ended, keep the heads of the tenants' chains of changes."""
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415  (it needs the app registry)

    from tenants.access import grants  # noqa: PLC0415
    from tenants.audit import anchor  # noqa: PLC0415

    SessionStore.clear_expired()
    grants.clear_ended()
    anchor.anchor_all()


def note_stop(**_: object) -> None:
    """Let the engine know that this worker was told to stop."""
    shutdown.ask()


signals.worker_shutting_down.connect(note_stop)


def beat_as_worker(**_: object) -> None:
    """Start the worker's heartbeat."""
    _beat("worker")


def beat_as_scheduler(**_: object) -> None:
    """Start the scheduler's heartbeat."""
    _beat("scheduler")


def _beat(kind: str) -> None:
    from pipeline.health import heartbeat, models  # noqa: PLC0415  (they need the app registry)

    heartbeat.start(models.Process.Kind(kind))


signals.worker_ready.connect(beat_as_worker)
signals.beat_init.connect(beat_as_scheduler)


def hint(queue: str, pairs: list[tuple[int, int]]) -> None:
    """Tell the workers of a queue about due steps, as (step id, tenant id). Raises ConnectionError."""
    try:
        with app.producer_pool.acquire(block=True, timeout=2) as producer:
            for step_id, tenant_id in pairs:
                app.send_task(
                    "pipeline.step",
                    kwargs={"step_id": step_id, "tenant_id": tenant_id},
                    queue=queue,
                    producer=producer,
                    retry=False,
                )
    except KombuError as error:
        raise ConnectionError(f"The broker took no hints: {error}") from error
