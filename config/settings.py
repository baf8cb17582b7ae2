"""The one settings file. Every variable is read once, with a type; nonsense stops the start and names the variable."""

import importlib.util
import os
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import environs
import structlog
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from kombu.entity import Queue

from deploy.devstack.state import live_environment

BASE_DIR = Path(__file__).resolve().parent.parent

# Commands run by hand find the servers of a running demo by themselves; a deployment sets its own variables.
if "DATABASE_URL" not in os.environ:
    os.environ.update(live_environment(BASE_DIR) or {})

env = environs.Env()

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def required(name: str) -> str:
    value: str = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set, and no demo is running here. Start one with `make demo` in another window, "
            f"or set DATABASE_OWNER_URL, DATABASE_URL and REDIS_URL (see deploy/env.example)."
        )
    return value


def database(name: str, *, pool: bool) -> dict[str, Any]:
    """A postgres:// address as a Django database. `?host=` names a socket folder."""
    url = urlsplit(required(name))
    if url.scheme not in ("postgres", "postgresql") or not url.path.strip("/") or not url.username:
        raise ImproperlyConfigured(f"{name} must look like postgres://user@host/name")
    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    host = query.pop("host", None) or unquote(url.hostname or "")
    # The timeouts keep a frozen server from freezing us: connect 3 s, statement 10 s, lock 2 s, idle transaction 30 s.
    options: dict[str, Any] = {
        "connect_timeout": 3,
        "options": "-c lock_timeout=2s -c statement_timeout=10s -c idle_in_transaction_session_timeout=30s",
        **query,
    }
    if pool:
        # The append is planned once a connection. Behind a PgBouncer older than 1.21 that must not be.
        options["prepare_threshold"] = 5 if PREPARED_STATEMENTS else None
        options["pool"] = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 5}
    else:
        options["options"] = "-c lock_timeout=30s"  # migrations may take long, but must not queue for ever
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username),
        "PASSWORD": unquote(url.password or ""),
        "HOST": host,
        "PORT": str(url.port or ""),
        "OPTIONS": options,
        # With a pool this makes it check a connection before lending it, so a restarted server costs no request.
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0,
    }


def moment(name: str) -> datetime | None:
    raw = env.str(name, "")
    if not raw:
        return None
    try:
        value = datetime.fromisoformat(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not a time like 2028-11-10T10:00:00+09:00: {raw}") from error
    if value.tzinfo is None:
        raise ImproperlyConfigured(f"{name} needs a UTC offset, like 2028-11-10T10:00:00+09:00: {raw}")
    return value


try:
    DEBUG = env.bool("DEBUG", False)
    DEMO = env.bool("DEMO", False)
    DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", 8, validate=environs.validate.Range(1, 100))
    PREPARED_STATEMENTS = env.bool("PREPARED_STATEMENTS", True)
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost"])
    CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
    HTTPS = env.bool("HTTPS", False)
    # SMTP, or a provider's API by django-anymail, with the provider's settings as a JSON object.
    EMAIL_BACKEND = env.str("EMAIL_BACKEND", SMTP)
    ANYMAIL: Any = env.json("ANYMAIL") if os.environ.get("ANYMAIL") else {}
    EMAIL_HOST = env.str("EMAIL_HOST", "127.0.0.1")
    EMAIL_PORT = env.int("EMAIL_PORT", 25, validate=environs.validate.Range(1, 65535))
    EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
    EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
    DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Shinchoku <no-reply@shinchoku.example>")
    SITE_URL = env.str("SITE_URL", f"http://127.0.0.1:{env.int('PORT', 8000)}").rstrip("/")
    LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=environs.validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))
    SWEEP_SECONDS = env.int("SWEEP_SECONDS", 10, validate=environs.validate.Range(1, 60))
    STUCK_SECONDS = env.int("STUCK_SECONDS", 300, validate=environs.validate.Range(10))
    # How long an alert waits for others, so that one mail tells of all.
    ALERT_GROUP_WAIT = env.int("ALERT_GROUP_WAIT", 1_800, validate=environs.validate.Range(0))
    KEEP_ANSWERS_DAYS = env.int("KEEP_ANSWERS_DAYS", 35, validate=environs.validate.Range(31, 3650))
    KEEP_PAPERS_DAYS = env.int("KEEP_PAPERS_DAYS", 30, validate=environs.validate.Range(1, 3650))
    # From how many on an agency's yearly burden is pointed out.
    HEAVY_REPORTS_A_YEAR = env.int("HEAVY_REPORTS_A_YEAR", 100, validate=environs.validate.Range(1))
    HEAVY_FIGURES_A_YEAR = env.int("HEAVY_FIGURES_A_YEAR", 1_000, validate=environs.validate.Range(1))
    # The sent ledger: which mails were accepted, on a disk that is not restored with the database.
    MAIL_LEDGER_DIR = env.str("MAIL_LEDGER_DIR", "")
    MAIL_SINK_DIR = env.str("MAIL_SINK_DIR", "")
    STATIC_DIR = env.str("STATIC_DIR", "")
    # Evidence: where its files lie, never below what a web server serves; how much of it; who looks for viruses in it.
    EVIDENCE_DIR = Path(env.str("EVIDENCE_DIR", "") or BASE_DIR / ".devstack" / "evidence")
    EVIDENCE_FILE_MB = env.int("EVIDENCE_FILE_MB", 20, validate=environs.validate.Range(1, 1024))
    EVIDENCE_PER_REPORT = env.int("EVIDENCE_PER_REPORT", 30, validate=environs.validate.Range(1, 1000))
    VIRUS_SCANNER = env.str("VIRUS_SCANNER", "")
    # The worker signs tree heads with it; a web process needs none, and is better without.
    SIGNING_KEY_FILE = env.str("SIGNING_KEY_FILE", "")
    SIGNING_KEY = env.str("SIGNING_KEY", "")
    WITNESS_EMAILS: list[str] = env.list("WITNESS_EMAILS", [])
    WITNESS_FILE = env.str("WITNESS_FILE", "")
    TIMESTAMP_URL = env.str("TIMESTAMP_URL", "")
except environs.EnvError as error:
    raise ImproperlyConfigured(str(error)) from error

SECRET_KEY = required("SECRET_KEY")
REDIS_URL = required("REDIS_URL")
if not REDIS_URL.startswith(("redis://", "rediss://", "unix:///")):
    raise ImproperlyConfigured("REDIS_URL must begin with redis://, rediss:// or unix:///")
if SIGNING_KEY and SIGNING_KEY_FILE:
    raise ImproperlyConfigured("SIGNING_KEY and SIGNING_KEY_FILE are both set: take one of them away")
if SIGNING_KEY and not re.fullmatch(r"[0-9a-fA-F]{64}", SIGNING_KEY):
    raise ImproperlyConfigured("SIGNING_KEY is not 64 hexadecimal digits")
if wrong := [address for address in WITNESS_EMAILS if not re.fullmatch(r"[^@\s]+@[^@\s]+", address)]:
    raise ImproperlyConfigured(f"WITNESS_EMAILS must be addresses with commas between them: {wrong[0]}")
if TIMESTAMP_URL and not TIMESTAMP_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured("TIMESTAMP_URL must begin with http:// or https://")
if not EVIDENCE_DIR.is_absolute():
    raise ImproperlyConfigured(f"EVIDENCE_DIR is not a full path: {EVIDENCE_DIR}")
if MAIL_LEDGER_DIR and not Path(MAIL_LEDGER_DIR).is_absolute():
    raise ImproperlyConfigured(f"MAIL_LEDGER_DIR is not a full path: {MAIL_LEDGER_DIR}")
if EMAIL_BACKEND != SMTP and not (
    re.fullmatch(r"anymail\.backends\.\w+\.EmailBackend", EMAIL_BACKEND)
    and importlib.util.find_spec(EMAIL_BACKEND.removesuffix(".EmailBackend"))
):
    raise ImproperlyConfigured(f"EMAIL_BACKEND is neither {SMTP} nor one of anymail: {EMAIL_BACKEND}")
if not isinstance(ANYMAIL, dict):
    raise ImproperlyConfigured('ANYMAIL must be a JSON object like {"POSTMARK_SERVER_TOKEN": "…"}')
webhook_secret = ANYMAIL.get("WEBHOOK_SECRET") or ""
if webhook_secret and not (isinstance(webhook_secret, str) and re.fullmatch(r"[^:\s]+:\S{20,}", webhook_secret)):
    raise ImproperlyConfigured("ANYMAIL: WEBHOOK_SECRET must be name:password, the password of 20 characters or more")
# What a provider does not offer, of the headers and the name we give each mail, is no reason not to send it.
ANYMAIL = {"IGNORE_UNSUPPORTED_FEATURES": True} | ANYMAIL
if VIRUS_SCANNER and not re.match(r"clamd://(/|[^/:]+:\d+$)|/", VIRUS_SCANNER):
    raise ImproperlyConfigured("VIRUS_SCANNER must be clamd://host:port, clamd:///socket or the full path of a program")
# How long the mail server may be silent, in seconds: at each step, and when it has a mail's content. It answers for the
# mail then, and to give up early is to be in doubt.
EMAIL_TIMEOUT = 10
EMAIL_ANSWER_TIMEOUT = 60

# The one business clock (agencies.clock). Only a demo may fix it.
BUSINESS_CLOCK = moment("BUSINESS_CLOCK")
if BUSINESS_CLOCK and not DEMO:
    raise ImproperlyConfigured("BUSINESS_CLOCK fixes the clock and is for demos only: set DEMO=1 or take it away")
if DEMO and HTTPS:
    raise ImproperlyConfigured("DEMO has sample accounts with known passwords and must not be served by HTTPS=1")

DATABASES = {
    "default": database("DATABASE_URL", pool=True),  # run time: owns nothing
    "owner": database("DATABASE_OWNER_URL", pool=False),  # migrates and grants, nothing else
}
DATABASE_ROUTERS: list[str] = []

AUTH_USER_MODEL = "agencies.Person"
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "pgtrigger",
    "csp",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "agencies",
    "indicators",
    "reporting",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Last: it opens the reading transaction around the view, after all others have had their say.
    "agencies.middleware.ActingMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "agencies.clock.demo_banner",
            ],
        },
    }
]

# --- Language and time: stored in UTC, decided and shown in Asia/Tokyo -----------------------------------------------
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"

# --- Signing in ------------------------------------------------------------------------------------------------------
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # Redis may vanish; a session may not
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- What a browser may do -------------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_HANDLERS = [
    # First: what is too large is not even written to a temporary file.
    "reporting.commands.attachments.uploads.LimitedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- Static files ----------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
# Set in an image, which has run collectstatic into it; a demo serves the files where they are.
STATIC_ROOT = STATIC_DIR or None
WHITENOISE_USE_FINDERS = not STATIC_DIR
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- API -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["reporting.api.parsing.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "reporting.api.schema.Schema",
    "EXCEPTION_HANDLER": "reporting.api.errors.answer",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Shinchoku 進捗",
    "DESCRIPTION": "Progress reports of the 7th Science, Technology and Innovation Basic Plan",
    "VERSION": "1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_INCLUDE_SCHEMA": False,
}
REST_KNOX = {"TOKEN_TTL": timedelta(days=90), "AUTO_REFRESH": False}

# --- Celery: a message says "look now"; what to do is read from the database -----------------------------------------
# Kombu wants its own spelling of a socket address.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    # kombu's own sweep comes every 100 s and decides how soon a killed worker's message is seen again.
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 240  # below visibility_timeout, or a long task is started twice
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Tokyo"
# A worker takes from both in turn: whatever the backlog of cells, "look now" waits for no more than one turn at it.
CELERY_TASK_QUEUES = [Queue(name, routing_key=name) for name in ("celery", "rollups")]  # type: ignore[no-untyped-call]
CELERY_TASK_ROUTES = {"reporting.tasks.compute_rollups": {"queue": "rollups"}}
CELERY_BEAT_SCHEDULE = {
    # Finds whatever a lost message left undone. A message older than the next sweep is of no use.
    "sweep": {
        "task": "reporting.tasks.look_now",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "stuck work": {
        "task": "reporting.tasks.look_for_stuck_work",
        "schedule": crontab(),  # each minute
        "options": {"expires": 60},
    },
    # Once a business day something is found; looked for often, so that a morning without workers is made good by noon.
    "reminders": {
        "task": "reporting.tasks.remind",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    "self-check": {
        "task": "reporting.tasks.check_a_sample",
        "schedule": crontab(minute=25),  # each hour
        "options": {"expires": 3600},
    },
    "witnesses": {
        "task": "reporting.tasks.tell_witnesses",
        "schedule": crontab(minute="*/5"),  # by the clock on the wall, so that no restart puts it off
        "options": {"expires": 300},
    },
    # Apart from the sweep: a scanner that hangs holds nothing else up.
    "attachments": {
        "task": "reporting.tasks.look_after_attachments",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "files nobody has": {
        "task": "reporting.tasks.tidy_files",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    # Small files are checked at once, by the request that brings them; the others wait for this.
    "uploads": {
        "task": "reporting.tasks.check_uploads",
        "schedule": 3,
        "options": {"expires": 3},
    },
    # Made when they are asked for; this finds what a lost message left undone, and what was corrected since.
    "editions": {
        "task": "reporting.tasks.look_after_editions",
        "schedule": crontab(),  # each minute
        "options": {"expires": 60},
    },
    "forget uploads": {
        "task": "reporting.tasks.forget_uploads",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    # Whoever has asked for a paper watches it being made.
    "papers": {
        "task": "reporting.tasks.make_papers",
        "schedule": 3,
        "options": {"expires": 3},
    },
    "forget papers": {
        "task": "reporting.tasks.forget_papers",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "forget answers": {
        "task": "reporting.tasks.forget_answers",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
}

# --- Logs: one JSON line an event, no bodies and no secrets ----------------------------------------------------------
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ],
    wrapper_class=structlog.make_filtering_bound_logger(LOG_LEVEL.lower()),
    logger_factory=structlog.PrintLoggerFactory(sys.stderr),  # standard output is for answers
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}

# --- Admin -----------------------------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": _("Shinchoku"),
    "SITE_HEADER": _("Shinchoku"),
    "SITE_SYMBOL": "monitoring",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/reporting/favicon.svg"}],
    "ENVIRONMENT": "reporting.admin.navigation.environment",
    "COLORS": {
        "primary": {
            "50": "#eef1ff",
            "100": "#dfe4ff",
            "200": "#c3ccff",
            "300": "#9db0ff",
            "400": "#6f86ff",
            "500": "#3d57f5",
            "600": "#0017c1",
            "700": "#00118f",
            "800": "#000d6e",
            "900": "#000a52",
            "950": "#00062e",
        }
    },
    "STYLES": ["/static/reporting/admin.css"],
    "SIDEBAR": {
        "show_search": False,
        "navigation": "reporting.admin.navigation.sidebar",
    },
}
