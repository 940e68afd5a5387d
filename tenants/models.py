"""Tenants, the people in them, the doors their webhooks come through: the public schema."""

import uuid
from typing import ClassVar, NoReturn

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django_tenants.models import DomainMixin, TenantMixin

from tenants.fields import SealedField

SLUG = r"^[a-z][a-z0-9_]{2,47}$"


class Tenant(TenantMixin):  # type: ignore[misc]  # django-tenants ships no types
    """A customer company; `slug` is the `tenant_id` of webhooks and tokens."""

    class State(models.TextChoices):
        PROVISIONING = "PROVISIONING", "Being set up"
        ACTIVE = "ACTIVE", "Active"
        SUSPENDED = "SUSPENDED", "Suspended"

    auto_create_schema = False
    auto_drop_schema = False

    slug = models.CharField(max_length=48, unique=True, validators=[RegexValidator(SLUG)])
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=16, choices=State, default=State.PROVISIONING)
    lead_secret = SealedField(table="tenant", default="", help_text="Sealed. Made once; no rotation changes it.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(slug__regex=SLUG), name="tenant_slug_form")]

    def __str__(self) -> str:
        return self.slug

    def activate(self, *_: object) -> NoReturn:
        """Refuse django-tenants' shortcuts: they keep the tenants of all threads in one list, and prove nothing."""
        raise TypeError("A tenant is entered by tenants.scope.scope(tenant) only.")

    deactivate = __enter__ = __exit__ = activate


class Domain(DomainMixin):  # type: ignore[misc]  # django-tenants ships no types
    """django-tenants asks for it; it routes nothing: one host serves all tenants."""


class TenantConfig(models.Model):
    """A tenant's choices for the pipeline; read through tenants.configuration."""

    tenant = models.OneToOneField(Tenant, models.CASCADE, related_name="config")
    sync_order = models.JSONField(default=list, help_text='CRM slugs, the primary first: ["hubspot", …]')
    sync_delay = models.FloatField(default=5, help_text="Seconds between two CRMs of one call")
    sync_kinds = models.JSONField(default=list, help_text="Caller kinds that go to the CRMs; empty: the default rule")
    speech_engine = models.CharField(max_length=32, default="", blank=True)
    speech_language = models.CharField(max_length=16, default="", blank=True)
    analyzer = models.CharField(max_length=32, default="", blank=True)
    updated_at = models.DateTimeField(auto_now=True)


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Create a user who signs in by e-mail."""
        user: User = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Create a member of the platform's staff who may do all in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person; may be in several tenants. `is_staff` is the platform's staff."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_proven = models.BooleanField(
        default=True,
        db_default=True,
        help_text="False: made by an invitation's link, which who invites sees too; a mail's link proves the address",
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.email


class Membership(models.Model):
    """A person's role in one tenant; one that is ended and begun anew is another row."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        ADMIN = "admin", "Admin"
        AGENT = "agent", "Agent"
        VIEWER = "viewer", "Viewer"

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.tenant_id}"


class Invitation(models.Model):
    """A place in a tenant that waits for its person: whoever brings the link's token takes it."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=8, choices=Membership.Role)
    token_hash = models.BinaryField(unique=True, help_text="SHA-256 of the token, which is shown once and kept nowhere")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "email"], name="invitation_once")]


class ApiGrant(models.Model):
    """What a sign-in to the API opened: its tokens work until it ends. Refresh tokens are signed and not kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="grants")
    refreshes = models.IntegerField(default=0, help_text="The number of the one refresh token that is good")
    password_mark = models.CharField(max_length=64, help_text="Changes with the password: the grant ends with it")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="grant_by_expiry")]


class WebhookDoor(models.Model):
    """One way in for a tenant's webhooks, with the one signature scheme it takes (never 'try every scheme')."""

    class Scheme(models.TextChoices):
        GUIDE = "guide", "HMAC-SHA256 of time stamp and body"
        CALLRAIL = "callrail", "CallRail's own HMAC-SHA1"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="doors")
    scheme = models.CharField(max_length=16, choices=Scheme)
    token_hash = models.BinaryField(null=True, unique=True, help_text="SHA-256 of the path token (CallRail's door)")
    secret = SealedField(table="webhook_door", help_text="Sealed")
    previous_secret = SealedField(table="webhook_door", default="", blank=True, help_text="Sealed")
    previous_valid_until = models.DateTimeField(null=True, blank=True)
    is_open = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], condition=models.Q(scheme="guide"), name="door_guide_once"),
            models.CheckConstraint(
                condition=models.Q(previous_secret="") | models.Q(previous_valid_until__isnull=False),
                name="door_previous_paired",
            ),
        ]


class RefusedDelivery(models.Model):
    """A request that named a known tenant or path token and was refused: kept, never trusted."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="refused")
    door = models.ForeignKey(WebhookDoor, models.CASCADE, null=True)
    received_at = models.DateTimeField()
    status = models.SmallIntegerField()
    code = models.CharField(max_length=64)
    reason = models.TextField(help_text="What was wrong, for the delivery log; holds nothing of the body")
    signature = models.TextField(blank=True)
    timestamp_header = models.TextField(blank=True)
    content_type = models.TextField(blank=True)
    body_sealed = SealedField(
        table="refused_delivery",
        row="request_id",
        column="body",
        blank=True,
        help_text="Sealed, base64; empty above 64 KB",
    )
    body_sha256 = models.BinaryField()
    body_bytes = models.IntegerField()
    request_id = models.CharField(max_length=36)

    class Meta:
        verbose_name_plural = "refused deliveries"
        indexes = [models.Index(fields=["tenant", "-received_at"], name="refused_by_tenant")]


class SchemaTemplate(models.Model):
    """The DDL that a new tenant's schema is made from: pg_dump of the migrated template schema."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the tenant apps' migration names")
    ddl = models.TextField()
    created_at = models.DateTimeField(auto_now=True)


class ChainEntry(models.Model):
    """Who changed what, when: ids, codes and keyed hashes, no names and no numbers of people. Only ever added.

    A chain's table lies in each tenant's schema (tenants.audit), the platform's in `public`.
    """

    objects: ClassVar[models.Manager["ChainEntry"]] = models.Manager()

    number = models.BigIntegerField(primary_key=True, help_text="1, 2, 3 … within the chain, without a gap")
    at = models.DateTimeField()
    event = models.CharField(max_length=64, help_text="What happened, such as member.joined")
    actor = models.CharField(max_length=16, help_text="user, staff, command or system")
    actor_id = models.BigIntegerField(null=True, help_text="The user's id")
    role = models.CharField(max_length=16, default="", help_text="The user's role in the tenant then")
    target = models.CharField(max_length=64, default="", help_text="The kind of thing that was changed")
    target_id = models.CharField(max_length=64, default="")
    detail = models.JSONField(default=dict)
    request_id = models.CharField(max_length=36, default="")
    previous = models.CharField(max_length=64, help_text="Hash of the entry before; of the first one: empty")
    hash = models.CharField(max_length=64, help_text="SHA-256 of all the others, in hexadecimal")

    class Meta:
        abstract = True


class PlatformEntry(ChainEntry):
    """A change that belongs to no tenant, or the head of a tenant's chain."""

    class Meta:
        verbose_name_plural = "platform entries"
        indexes = [models.Index(fields=["event", "-number"], name="platform_by_event")]
