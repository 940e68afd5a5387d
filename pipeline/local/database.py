"""The database and its two roles: the owner makes tables, the app reads and writes rows."""

import dataclasses
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from pipeline.local.home import Home

DATABASE = "pipeline"
OWNER = "pipeline_owner"


class NoDatabase(Exception):
    """The database can't be made ready; the text says why and what to do."""


@dataclasses.dataclass(frozen=True, slots=True)
class Urls:
    """One database by its two roles."""

    app: str
    owner: str


def embedded(admin_url: str, home: Home) -> Urls:
    """Make database and roles on the embedded server, with random passwords kept beside its data. Raises NoDatabase."""
    owner_password = home.secret(home.services / "pg.owner.password")
    try:
        with psycopg.connect(admin_url, autocommit=True, connect_timeout=5) as admin:
            _role(admin, OWNER, owner_password, renew=True)
            if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                admin.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )
            app = _app_role(admin, DATABASE, home, renew=True)
    except psycopg.Error as error:
        raise NoDatabase(
            f"The embedded PostgreSQL can't be made ready: {_first_line(error)}\n"
            f"Its log is {home.services}/pg/server.log. Is there space on the disk, and are the password files in "
            f"{home.services} those of this data? bin/reset starts anew, without the data."
        ) from error
    return Urls(app=_as(admin_url, *app, DATABASE), owner=_as(admin_url, OWNER, owner_password, DATABASE))


def given(url: str, owner_url: str, home: Home) -> Urls:
    """Return the URLs of a server of the user's.

    `url` alone is the owner's: the app's role is made there. Raises NoDatabase.
    """
    if owner_url:
        return Urls(app=url, owner=owner_url)
    database = urlsplit(url).path.lstrip("/")
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as owner:
            role, password = _app_role(owner, database, home, renew=False)
    except psycopg.Error as error:
        raise NoDatabase(
            f"The database of DATABASE_URL can't be made ready: {_first_line(error)}\n"
            "It must be the URL of the database's owner, who may create roles. Or make two roles yourself: set "
            "DATABASE_OWNER_URL to the owner's URL and DATABASE_URL to that of the app's role."
        ) from error
    app = _as(url, role, password, database)
    try:
        psycopg.connect(app, connect_timeout=5).close()
    except psycopg.Error as error:
        raise NoDatabase(
            f"The app's role can't be used: {_first_line(error)}\n"
            f"{role} was there already, with a password that is not known here (bin/reset forgets it). Give it one "
            f"(ALTER ROLE {role} PASSWORD '…'), set DATABASE_OWNER_URL to the owner's URL and DATABASE_URL to that of "
            f"{role}."
        ) from error
    return Urls(app=app, owner=url)


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().splitlines()[0]


def _app_role(admin: psycopg.Connection, database: str, home: Home, *, renew: bool) -> tuple[str, str]:
    """Make the role that may use rows and nothing else; returns its name and password."""
    role = f"{database}_app"[:63]
    password = home.secret(home.services / "pg.app.password")
    _role(admin, role, password, renew=renew)
    names = {"database": sql.Identifier(database), "role": sql.Identifier(role)}
    for statement in (
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {database} TO {role}",
    ):
        admin.execute(sql.SQL(statement).format(**names))
    return role, password


def _role(admin: psycopg.Connection, name: str, password: str, *, renew: bool) -> None:
    """Make a role; `renew` gives one that is there the kept password, whose file may have been lost and made anew."""
    found = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    if found and not renew:
        return
    verb = "ALTER" if found else "CREATE"
    admin.execute(sql.SQL(verb + " ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(password)))


def _as(url: str, role: str, password: str, database: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{quote(unquote(role), safe='')}:{quote(password, safe='')}@{host}"
    return urlunsplit((parts.scheme, netloc, f"/{database}", parts.query, ""))
