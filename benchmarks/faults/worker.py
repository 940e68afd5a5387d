"""The Celery app of a worker of fault runs: speech and analyzer are stand-ins, all else is the product's."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pipeline.settings")

import django

django.setup()

from benchmarks import standins  # noqa: E402  (the models can be imported now)
from pipeline.celery import app  # noqa: E402

__all__ = ["app"]

standins.install_engines()
