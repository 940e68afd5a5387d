"""The demo tenant of a fresh clone: made by the product's own doors, again and again without harm."""

import json
import os
import secrets as random
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from crm.models import CrmConnection
from crm.sync import connect
from tenants import fields, provisioning, secrets
from tenants.models import Membership, Tenant, User, WebhookDoor
from tenants.scope import scope

SLUG = "demo"
NAME = "Summit Home Remodeling"
STAFF = "staff"
ROLES = (*Membership.Role.values, STAFF)
PASSWORD_BYTES = 12
CHANGED = "(changed since)"
"""Stands for a password that its user has chosen."""


class KeysLost(Exception):
    """The database holds secrets that no key opens; the text says what to do."""


def prepare() -> Tenant:
    """Make what is missing of the demo tenant: schema, door, CRMs, a user a role; their secrets in VAR_DIR, mode 0600.

    Raises KeysLost.
    """
    # A suspended one stays so: the admin that can activate it must come up.
    tenant = Tenant.objects.filter(slug=SLUG).exclude(state=Tenant.State.PROVISIONING).first()
    tenant = tenant or provisioning.create(SLUG, name=NAME).tenant
    try:
        provisioning.lead_secret(tenant)
        _write(webhook_file(), {"secret": webhook_secret(tenant)})
    except secrets.Unreadable as error:
        raise KeysLost(
            f"{error} The keys in {settings.KEYS_DIR} do not belong to this database: put the right ones back, or "
            "start anew with bin/reset."
        ) from error
    with scope(tenant):
        _connect_sandboxes()
    _write(users_file(), {role: _user(role, tenant, known=_read(users_file()).get(role)) for role in ROLES})
    return tenant


def users_file() -> Path:
    """Return where the demo users' passwords are."""
    return Path(settings.VAR_DIR) / "demo-users.json"


def webhook_file() -> Path:
    """Return where the demo door's secret is."""
    return Path(settings.VAR_DIR) / "demo-webhook.json"


def _connect_sandboxes() -> None:
    """Connect each CRM whose address is a sandbox of this machine; an account there is made by its first key."""
    name = random.token_hex(8)
    accounts = {
        "hubspot": {"access_token": f"pat-na1-{random.token_hex(16)}"},
        "salesforce": {"domain": SLUG, "client_id": name, "client_secret": random.token_hex(16)},
        "pipedrive": {"domain": SLUG, "api_token": random.token_hex(20)},
    }
    for slug, values in accounts.items():
        address = urlsplit(str(getattr(settings, f"{slug.upper()}_URL"))).netloc
        if address in settings.PRIVATE_HOSTS and not CrmConnection.objects.filter(slug=slug).exists():
            connect.save(slug, values)


def webhook_secret(tenant: Tenant) -> str:
    """Return the secret of the demo tenant's door as it is now; a tenant without a door gets one. Raises Unreadable."""
    door = WebhookDoor.objects.filter(tenant=tenant, scheme=WebhookDoor.Scheme.GUIDE).first()
    if door is None:
        secret = secrets.new_secret()
        provisioning.open_door(tenant, secret)
        return secret
    return fields.opened(door, "secret")


def _user(role: str, tenant: Tenant, *, known: dict[str, str] | None) -> dict[str, str]:
    """Make the user of a role, or give one whose password nobody knows any more a new one."""
    email = f"{role}@demo.example.com"
    password = known["password"] if known else random.token_urlsafe(PASSWORD_BYTES)
    user = User.objects.filter(email=email).first()
    if user is None:
        name = f"Demo {role}"
        make = User.objects.create_superuser if role == STAFF else User.objects.create_user
        user = make(email, password, name=name)
    elif not known:
        user.set_password(password)
        user.save(update_fields=["password"])
    elif not user.check_password(password):
        password = CHANGED
    if role != STAFF:
        Membership.objects.get_or_create(tenant=tenant, user=user, defaults={"role": role})
    return {"email": email, "password": password}


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        found: dict[str, dict[str, str]] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found


def _write(path: Path, values: object) -> None:
    made = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(made, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(values, file, indent=1)
    made.replace(path)
