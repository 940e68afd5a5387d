"""Durable work: the steps table and what claims, runs and ends a step."""

from django.apps import AppConfig


class StepsConfig(AppConfig):
    """Lives in the public schema: one table of ids and codes for all tenants."""

    name = "pipeline.steps"
    label = "steps"
