"""bin/bench provision [--tenants N]: how long a new tenant takes, and a migration of all tenants.

Tenants are made by the product's own provisioning, one after another. Beside it the same schema is made by running
every migration. `migrate` is timed as one types it, Python's start included: once with all tenants at head, once with
a migration more, which adds a column to each tenant's calls (written into a temporary folder).
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable

from benchmarks import services
from pipeline.local.home import ROOT

PLAIN_ROUNDS = 3
AIM_PROVISION, AIM_NOOP = 1.0, 5.0
SCHEMA = "t_bench_0000"
SETTINGS = """
from pipeline.settings import *
MIGRATION_MODULES = {"calls": "more_calls_migrations"}
"""
MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("calls", "LAST")]
    operations = [migrations.AddField("call", "bench_note", models.TextField(default=""))]
"""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="bin/bench provision", description=__doc__)
    parser.add_argument("--tenants", type=int, default=100)
    count = parser.parse_args().tenants
    if count < 1:
        parser.error("--tenants must be at least 1")
    os.environ["DATABASE_ROLE"] = "owner"  # as create_tenant connects
    with services.started() as bench:
        print("making the tables and the template …", file=sys.stderr)
        bench.migrate()
        bench.django()
        plain = [migrate_plainly(f"plain_{number}") for number in range(PLAIN_ROUNDS)]
        print(f"making {count} tenants …", file=sys.stderr)
        made = [make_tenant(number) for number in range(count)]
        print("migrating them …", file=sys.stderr)
        noop = seconds_of(lambda: bench.manage("migrate", "--verbosity", "0"))
        before = columns(SCHEMA)
        added = seconds_of(lambda: migrate_with_a_column_more(bench))
        if columns(SCHEMA) != before + 1:
            raise SystemExit("The added column is not there: the migration that was timed did not run.")
    report(made=made, plain=plain, noop=noop, added=added)


def seconds_of(act: Callable[[], object]) -> float:
    """Return how long something takes."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def migrate_plainly(schema: str) -> float:
    """Make a schema of a tenant's tables by running all migrations; returns the seconds."""
    from django.db import connection  # noqa: PLC0415  (Django is set up by now)

    from tenants.schemas import migrate  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
    try:
        return seconds_of(lambda: migrate.schema(schema))
    finally:
        connection.set_schema_to_public()  # type: ignore[attr-defined]  # django-tenants' backend has it


def make_tenant(number: int) -> float:
    """Make a tenant as create_tenant does; returns the seconds."""
    from tenants import provisioning  # noqa: PLC0415

    return seconds_of(lambda: provisioning.create(f"bench_{number:04}", name=f"Bench {number}"))


def migrate_with_a_column_more(bench: services.Bench) -> None:
    """Run `migrate` with the calls' migrations taken from a copy that has one more."""
    folder = bench.home.run / "more"
    package = folder / "more_calls_migrations"
    shutil.copytree(ROOT / "calls/migrations", package, ignore=shutil.ignore_patterns("__pycache__"))
    last = max(path.stem for path in package.glob("0*.py"))
    (package / "9999_bench_note.py").write_text(MIGRATION.replace("LAST", last))
    (folder / "more_settings.py").write_text(SETTINGS)
    bench.manage("migrate", "--verbosity", "0", "--settings", "more_settings", told={"PYTHONPATH": str(folder)})


def columns(schema: str) -> int:
    """Return how many columns the calls of a schema have."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [f"{schema}.calls_call"]
        )
        return int(cursor.fetchone()[0])


def report(*, made: list[float], plain: list[float], noop: float, added: float) -> None:
    """Print the table, and the JSON line last."""
    seconds, migrated = statistics.median(made), statistics.median(plain)
    rows = [
        ("one tenant, from the template", f"{seconds:.3f}", f"< {AIM_PROVISION:g}; slowest {max(made):.3f}"),
        ("one schema, by all migrations", f"{migrated:.3f}", ""),
        (f"migrate {len(made)} tenants, nothing to do", f"{noop:.2f}", f"< {AIM_NOOP:g} at 100 tenants"),
        (f"migrate {len(made)} tenants, one column more", f"{added:.2f}", ""),
    ]
    print(f"{'':44}{'seconds':>9}  aim")
    for name, value, aim in rows:
        print(f"{name:44}{value:>9}  {aim}".rstrip())
    line = {
        "seconds_per_tenant": round(seconds, 3),
        "plain_migrate_seconds": round(migrated, 3),
        "noop_seconds": round(noop, 2),
        "add_column_seconds": round(added, 2),
        "tenants": len(made),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
