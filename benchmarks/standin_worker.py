"""The Celery app of a worker whose outside parts are stand-ins: `celery -A benchmarks.standin_worker:app worker …`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pipeline.settings")

import django

django.setup()

from benchmarks import standins  # noqa: E402  (the models can be imported now)
from pipeline.celery import app  # noqa: E402

__all__ = ["app"]

standins.install()
