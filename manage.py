#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

# These change tables or schemas, so they connect as the database's owner; all else as the app's role.
OWNER_COMMANDS = {"migrate", "migrate_schemas", "create_tenant"}


def main() -> None:
    """Run a management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pipeline.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ["DATABASE_ROLE"] = "owner"
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
