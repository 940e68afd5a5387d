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
    import psycopg  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db import OperationalError  # noqa: PLC0415

    from pipeline.env import BadEnvironment  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except BadEnvironment as error:
        sys.exit(f"{error}")
    except (OperationalError, psycopg.OperationalError) as error:
        if getattr(error.__cause__ or error, "sqlstate", None):
            raise  # Postgres answered
        first = str(error).strip().splitlines()[0]
        sys.exit(f"Postgres can't be reached: {first}\nStart it (`bin/up` brings its own), or correct DATABASE_URL.")


if __name__ == "__main__":
    main()
