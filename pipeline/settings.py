"""All settings, top to bottom; every value comes through env.py. docs/reference/settings.md lists them."""

import tomllib
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.urls import reverse_lazy

from pipeline import env

BASE_DIR = Path(__file__).resolve().parent.parent
PROCESS_NAME = env.text("PROCESS_NAME", "pipeline")
# What `processes` shows as the version: an image's tag or commit; else the project's own number.
RELEASE = env.text("RELEASE", tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"])
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))
# What the web process writes: the keys of its tokens, mails that no server takes.
WEB_DIR = Path(env.text("WEB_DIR", str(VAR_DIR)))

# --- what kind of installation this is -------------------------------------------------------------
# `local` is a fresh clone on one machine; `production` refuses to start on defaults.
ENVIRONMENT = env.choice("ENVIRONMENT", "local", ("local", "production"))
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY", None if PRODUCTION else "local-only-" + "0" * 48)
# The ring that seals secrets. Locally it lies in KEYS_DIR; where it would be lost with the machine it has no default.
ENCRYPTION_KEYS = env.text("ENCRYPTION_KEYS", None if PRODUCTION else "")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", None if PRODUCTION else "127.0.0.1,localhost,[::1],testserver")
PUBLIC_URL = env.website("PUBLIC_URL", None if PRODUCTION else "http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", PUBLIC_URL)
# Divides our waits in fault runs, nothing else (design: waits). `check --deploy` refuses any value but 1.
TIME_SCALE = env.number("TIME_SCALE", 1, least=0.001, most=1_000_000_000)

# --- apps -----------------------------------------------------------------------------------------
SHARED_APPS = [
    "unfold",  # before django_tenants: both bring admin/index.html
    "allauth",
    "allauth.account",  # before tenants: its admin takes that app's table out
    "tenants",  # before django_tenants: its commands take the place of that app's
    "django_tenants",
    "pipeline.steps",
    "pipeline.health",
    "pipeline.support",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",  # the page of /v1/docs, without a foreign host
    "django_htmx",
    "csp",
]
TENANT_APPS = ["calls", "scoring", "crm", "pipeline.steps.history", "tenants.audit"]
INSTALLED_APPS = SHARED_APPS + TENANT_APPS

TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
TEMPLATE_SCHEMA = "tenant_template"
AUTH_USER_MODEL = "tenants.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Postgres --------------------------------------------------------------------------------------
# Two roles: the app's (DATABASE_URL: rows only) and the owner's (DATABASE_OWNER_URL: tables and schemas).
DATABASE_URL = env.postgres("DATABASE_URL", None if PRODUCTION else "postgresql://pipeline_app@127.0.0.1:5432/pipeline")
DATABASE_OWNER_URL = env.postgres("DATABASE_OWNER_URL", DATABASE_URL)
DATABASE_ROLE = env.choice("DATABASE_ROLE", "app", ("app", "owner"))
# Only the web process keeps a pool: elsewhere it is unsafe across forks or of no use.
DATABASE_POOL = env.flag("DATABASE_POOL", default=False)


def _database(url: str) -> dict[str, object]:
    """Return Django's words for a URL as libpq takes it; `?sslmode=require` and the like stand."""
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query))
    limits = "-c statement_timeout=30000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000"
    options: dict[str, object] = {
        "connect_timeout": 2,
        # A host that is gone without a word is noticed in half a minute, not in hours.
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "application_name": PROCESS_NAME,
        "prepare_threshold": 5,  # without one psycopg prepares nothing, tenants/postgres/prepared.py neither
        **asked,
        "options": f"{limits} {asked.get('options', '')}".strip(),
    }
    if DATABASE_POOL:
        options["pool"] = {"min_size": 1, "max_size": 16, "timeout": 2}
    return {
        "ENGINE": "tenants.postgres",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or asked.get("host", ""),
        "PORT": str(parts.port or asked.get("port", 5432)),
        "CONN_MAX_AGE": 0 if DATABASE_POOL else None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


DATABASES = {"default": _database(DATABASE_OWNER_URL if DATABASE_ROLE == "owner" else DATABASE_URL)}

# --- Redis and Celery ------------------------------------------------------------------------------
REDIS_URL = env.redis("REDIS_URL", None if PRODUCTION else "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}
QUEUES = ("intake", "audio", "speech", "analysis", "crm")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "intake"
# A hint that a worker took and that comes back finds its step held, or ended: it is not what brings work back after
# a crash (leases are), so a worker's end gives none back and an hour is soon enough.
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # A relay that finds no broker takes its steps back at once; kombu would try for 6 s.
    "max_retries": 1,
    "interval_start": 0,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Celery's Django fixup otherwise reconnects around every task.
CELERY_DB_REUSE_MAX = 1_000_000
CELERY_BEAT_SCHEDULE = {"housekeeping": {"task": "pipeline.housekeeping", "schedule": 3600.0}}

# --- the step engine -------------------------------------------------------------------------------
STEP_LEASE_SECONDS = 60
STEP_LEASE_RENEW_SECONDS = 20
# A worker whose lease keeper had no turn for so long ends: sooner than its lease, renewed every 20 s, can.
STEP_STALL_SECONDS = 35
STEP_SWEEP_SECONDS = 15
# How long a worker that is told to stop lets its step go on; who stops it must wait some seconds longer.
STOP_SECONDS = env.number("STOP_SECONDS", 8, least=0, most=3600)
# How many hints a queue of the broker holds at most; the rest waits in Postgres, where it is fair.
QUEUE_WINDOW = env.whole("QUEUE_WINDOW", 64, least=1, most=100_000)

# --- engines and where files lie -------------------------------------------------------------------
SPEECH_ENGINE = env.text("SPEECH_ENGINE", "whisper")
ANALYZER = env.text("ANALYZER", "rules")
WHISPER_MODEL = env.text("WHISPER_MODEL", "base")
WHISPER_MODEL_PATH = env.text("WHISPER_MODEL_PATH", "")
RECORDINGS_DIR = Path(env.text("RECORDINGS_DIR", str(VAR_DIR / "recordings")))
KEYS_DIR = Path(env.text("KEYS_DIR", str(VAR_DIR / "keys")))
# Hosts (host or host:port) that may be reached besides public addresses. Two lists: which CRM is spoken to is chosen
# here, but a recording's URL comes with a webhook, and must lead to none of them.
PRIVATE_HOSTS = env.words("PRIVATE_HOSTS")
RECORDING_PRIVATE_HOSTS = env.words("RECORDING_PRIVATE_HOSTS")
# Base URLs of the vendors; a sandbox differs from the vendor only here.
HUBSPOT_URL = env.website("HUBSPOT_URL", "https://api.hubapi.com")
HUBSPOT_VERSION = env.text("HUBSPOT_VERSION", "2026-09")
SALESFORCE_URL = env.website("SALESFORCE_URL", "")
SALESFORCE_VERSION = env.text("SALESFORCE_VERSION", "66.0")
PIPEDRIVE_URL = env.website("PIPEDRIVE_URL", "")

# --- web -------------------------------------------------------------------------------------------
ROOT_URLCONF = "pipeline.urls"
# Networks (CIDR) of proxies whose Forwarded header names the client's address.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
MIDDLEWARE = [
    "tenants.middleware.PublicSchemaMiddleware",  # outermost: nothing after it starts in a tenant's schema
    "tenants.middleware.RequestIdMiddleware",
    "tenants.middleware.PublicSchemeMiddleware",
    "tenants.middleware.PolicyMiddleware",  # outside all that may refuse: error pages carry a policy too
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenants.middleware.Utf8Middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.middleware.MembershipMiddleware",
    "tenants.middleware.PlainAnswersMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pipeline.dashboard.frame.frame",
            ],
            "builtins": ["pipeline.dashboard.tags"],
        },
    }
]
STATIC_URL = "/static/"
# In production `collectstatic` fills it; elsewhere the files are served from where they lie.
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/calls/"
LOGOUT_REDIRECT_URL = "/sign-in/"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
# Redirecting to HTTPS is the proxy's part, where TLS ends; other hosts of the domain and preload lists are its owner's.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
AUTHENTICATION_BACKENDS = ["tenants.access.passwords.PasswordBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Accounts: signing in and a forgotten password by allauth; nobody signs up, one is invited.
ACCOUNT_ADAPTER = "tenants.access.accounts.Adapter"
ACCOUNT_FORMS = {
    "login": "tenants.forms.SignInForm",
    "reset_password": "tenants.forms.ResetForm",
    "reset_password_from_key": "tenants.forms.NewPasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_RATE_LIMITS = False  # tenants/access/tries.py is the brake, at every door
PASSWORD_RESET_TIMEOUT = 3600  # seconds that a link to a new password is good

# --- mail ------------------------------------------------------------------------------------------
# Without a server mails lie as files in WEB_DIR/mail, and the pages that send one say so.
MAIL_SERVER = env.mail("EMAIL_URL")
EMAIL_FILE_PATH = str(WEB_DIR / "mail")
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"Pipeline <no-reply@{urlsplit(PUBLIC_URL).hostname or 'localhost'}>")
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
if MAIL_SERVER:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = MAIL_SERVER.host, MAIL_SERVER.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL_SERVER.user, MAIL_SERVER.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL_SERVER.tls == "starttls", MAIL_SERVER.tls == "tls"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "media-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}
# What replaces its parts under /admin/: unfold's Alpine evaluates attributes, its pages and scripts set styles inline.
ADMIN_POLICY = {
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
# The same for /v1/docs: Swagger UI sets styles inline.
DOCS_POLICY = {"style-src": ["'self'", "'unsafe-inline'"]}
UNFOLD = {
    "SITE_TITLE": "Pipeline administration",
    "SITE_HEADER": "Pipeline administration",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}img/mark.svg"}],
    "SITE_DROPDOWN": [{"icon": "visibility", "title": "Look into a tenant", "link": reverse_lazy("admin:look")}],
    "ENVIRONMENT": "tenants.admin.look.badge",
}

# --- API -------------------------------------------------------------------------------------------
# The keys that sign tokens: base64 of PKCS#8 DER, newest first. Empty: a file in WEB_DIR/keys, made on first use.
JWT_KEYS = env.text("JWT_KEYS", "")
# Requests a second of one person in one tenant, or of one stranger's address.
API_RATE = env.whole("API_RATE", 50, least=1, most=100_000)
REST_FRAMEWORK = {
    # No view is open by leaving something out: a token and a membership are asked for.
    "DEFAULT_AUTHENTICATION_CLASSES": ["tenants.access.bearer.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.access.bearer.MemberPermission"],
    "DEFAULT_THROTTLE_CLASSES": ["pipeline.api.throttle.PerSecond"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["pipeline.api.parsers.Json"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "pipeline.api.problems.handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Pipeline API",
    "DESCRIPTION": "What the dashboard shows and does, for programs. Errors are RFC 9457 problems with a stable code.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": f"{STATIC_URL}img/mark.svg",
    "PREPROCESSING_HOOKS": ["pipeline.api.schema.only_resources"],
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "pipeline.api.schema.add_problems"],
}

# --- logs ------------------------------------------------------------------------------------------
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "pipeline.logs.JsonLines"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json"},
        "recent": {"class": "pipeline.health.recent.Handler", "formatter": "json"},
    },
    "root": {"handlers": ["stderr", "recent"], "level": env.choice("LOG_LEVEL", "INFO", LOG_LEVELS)},
    # An attempt's own line says more than that its task was received and has succeeded.
    "loggers": {name: {"level": "WARNING"} for name in ("celery.worker.strategy", "celery.app.trace")},
}
