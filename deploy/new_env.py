"""Write .env for docker-compose.yml: random secrets, readable by you only. Runs on any Python 3.

usage: python3 deploy/new_env.py https://calls.example.com
"""

import base64
import os
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

ENV = Path(__file__).resolve().parent.parent / ".env"


def values(url: str) -> dict[str, str]:
    """Return what docker-compose.yml asks for. Passwords are safe inside an address."""
    return {
        "PUBLIC_URL": url.rstrip("/"),
        "ALLOWED_HOSTS": urlsplit(url).hostname or "",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": "k1:" + base64.b64encode(os.urandom(32)).decode(),
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        "OWNER_DB_PASSWORD": secrets.token_urlsafe(24),
        "APP_DB_PASSWORD": secrets.token_urlsafe(24),
        "REDIS_PASSWORD": secrets.token_urlsafe(24),
    }


def write(path: Path, url: str) -> str:
    """Write a new file. Raises ValueError if the URL makes no sense, FileExistsError if there is a file."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
        raise ValueError(f"{url!r} is no address to publish; write something like https://calls.example.com.")
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in values(url).items())
    return f"{path.name} is written. Keep a copy of ENCRYPTION_KEYS elsewhere: without it no sealed secret opens."


def main(arguments: list[str]) -> int:
    """Write .env for the address that is named; returns the exit status."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(write(ENV, arguments[0]))
    except FileExistsError:
        print(f"{ENV.name} is there already; its secrets are in use. Remove it only with the data.", file=sys.stderr)
        return 1
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
