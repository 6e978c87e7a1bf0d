"""Every setting of the site, read from the environment (see .env.example), top to bottom."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from environs import Env, EnvValidationError, validate
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.storages.addresses import backend

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# Place and secrets. Nothing secret has a default: a missing one stops the start.
VAR_DIR = env.path("VAR_DIR", BASE_DIR / "var")
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])
SITE_URL = env.str("SITE_URL", "http://localhost:8000").rstrip("/")
HTTPS = env.bool("HTTPS", True)
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", [])
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", [])

# Assembly
INSTALLED_APPS = [
    "config.apps.PostilAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_linear_migrations",
    "corsheaders",
    "csp",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config.apps.ConfigConfig",
    "users.apps.UsersConfig",
    "documents.apps.DocumentsConfig",
    "annotations.apps.AnnotationsConfig",
]
FIRST_PARTY_APPS = ["users", "documents", "annotations"]
MIDDLEWARE = [
    # The first six put their headers on every answer, errors included; the last of them leads
    # to TLS, hence stands within the others.
    "config.middleware.RequestIdMiddleware",
    "config.middleware.ClientAddressMiddleware",
    "config.middleware.ContentPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "config.middleware.ResourcePolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "config.middleware.FrontGateMiddleware",
    "config.queries.QueryWatchMiddleware",  # in development
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.ReplicaMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

# Database: PostgreSQL through a pool in each process.
DATABASE_PGBOUNCER = env.bool("DATABASE_PGBOUNCER", False)
DATABASES: dict[str, Any] = {"default": env.dj_db_url("DATABASE_URL")}
DATABASES["default"]["ENGINE"] = "config.database"
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),  # what the address says, e.g. sslmode
    "pool": {
        "min_size": env.int("DATABASE_POOL_MIN", 1),
        "max_size": env.int("DATABASE_POOL_MAX", 10),
        "timeout": env.float("DATABASE_POOL_TIMEOUT", 5.0),
        "max_lifetime": 1800.0,
        # After which a try to connect begins anew: its pauses double, so that a database which was
        # away for long would stay so for as long again.
        "reconnect_timeout": 2.0,
    },
    "connect_timeout": 5,
}
if DATABASE_PGBOUNCER:  # in transaction mode no session state outlives a transaction
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
else:
    DATABASES["default"]["OPTIONS"]["options"] = (
        f"-c statement_timeout={env.int('DATABASE_STATEMENT_TIMEOUT_MS', 30_000)}"
        f" -c lock_timeout={env.int('DATABASE_LOCK_TIMEOUT_MS', 10_000)}"
        f" -c idle_in_transaction_session_timeout=60000"
        " -c jit=off"  # requests are short: to compile their queries takes longer than to run them
    )
    # As often a statement is sent before it is prepared, of those of config.database.prepared.
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 5
# A streaming replica for reads of the API (config/api/replica.py says which), off unless set; for
# so many seconds at most what others have changed may be missing there.
if env.str("DATABASE_REPLICA_URL", ""):
    _PRIMARY = DATABASES["default"]
    _REPLICA: dict[str, Any] = env.dj_db_url("DATABASE_REPLICA_URL", conn_health_checks=True)
    _REPLICA["OPTIONS"] = {**_PRIMARY["OPTIONS"], **_REPLICA.get("OPTIONS", {})}
    # Nobody waits long for what the primary can answer.
    _REPLICA["OPTIONS"]["pool"] = {**_PRIMARY["OPTIONS"]["pool"], "timeout": 0.5}
    DATABASES["replica"] = {**_PRIMARY, **_REPLICA, "TEST": {"MIRROR": "default"}}
DATABASE_REPLICA_SECONDS = env.float("DATABASE_REPLICA_SECONDS", 2.0)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis holds what may be lost. redis-py retries by default, which makes every request wait
# while Redis is away; here it is asked once, briefly.
REDIS_URL = env.str("REDIS_URL", "")
NO_RETRY = Retry(NoBackoff(), 0)
_CACHE: dict[str, Any] = (
    {
        "BACKEND": "config.cache.CountingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "retry": NO_RETRY},
    }
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        # The default of 300 would throw counters of rates away as soon as many are about.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
)
_OF_RATES = {"BACKEND": "config.cache.RateCache"} if REDIS_URL else {}
CACHES: dict[str, Any] = {"default": _CACHE, "rates": _CACHE | _OF_RATES}
RATELIMIT_USE_CACHE = "rates"
SILENCED_SYSTEM_CHECKS = [
    # They want a shared cache, which one web process (the embedded default) does not need;
    # config.checks refuses several web processes without Redis.
    "django_ratelimit.E003",
    "django_ratelimit.W001",
    # E-mails are unique in any letter case, by a constraint that this check does not see.
    "auth.E003",
]
WEB_PROCESSES = env.int("WEB_PROCESSES", 1)

# Celery: the queue carries ids only; the document rows are the queue of record.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", REDIS_URL or "filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT = "config.file_queue:Transport"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {
        "data_folder_in": str(VAR_DIR / "queue"),
        "data_folder_out": str(VAR_DIR / "queue"),
        "control_folder": str(VAR_DIR / "queue-control"),
        "polling_interval": 0.05,
    }
    if CELERY_BROKER_URL.startswith("filesystem")
    else {
        "socket_timeout": 2.0,
        "socket_connect_timeout": 2.0,
        "visibility_timeout": 600,
        "max_retries": 0,
    }
    if CELERY_BROKER_URL.startswith("redis")
    else {}
)
CELERY_BROKER_CONNECTION_TIMEOUT = 2.0
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlives a broker that is away for hours
CELERY_TASK_PUBLISH_RETRY = False  # the sweep sends again; a request never waits for a broker
CELERY_TASK_IGNORE_RESULT = True  # how work ended is data in its own row
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "sweep-documents": {
        "task": "documents.sweep_documents",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},  # without a worker they must not pile up
    },
    "sweep-jobs": {
        "task": "documents.sweep_jobs",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "index-waiting": {
        "task": "documents.index_waiting",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "add-up-tallies": {
        "task": "documents.add_up_tallies",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
    "deliver-webhooks": {
        "task": "documents.deliver_webhooks",
        "schedule": timedelta(seconds=2),
        "options": {"expires": 2},
    },
    "forget-old-deliveries": {
        "task": "documents.forget_old_deliveries",
        "schedule": timedelta(hours=1),
    },
    "forget-old-uploads": {"task": "documents.forget_old_uploads", "schedule": timedelta(hours=1)},
    "forget-old-answers": {"task": "users.forget_old_answers", "schedule": timedelta(hours=1)},
    "forget-old-sign-ins": {"task": "users.forget_old_sign_ins", "schedule": timedelta(hours=1)},
}

# Files
STORAGE_URL = env.str("STORAGE_URL", (VAR_DIR / "media").as_uri())
STORAGES = {
    "default": backend(STORAGE_URL),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
FILE_UPLOAD_PERMISSIONS = 0o640
# Folders and buckets that managers may import from, as JSON: {"scans": "file:///srv/scans"}
IMPORT_PLACES: dict[str, str] = env.json("IMPORT_PLACES", {})  # type: ignore[assignment]
# What a project may keep unless it has limits of its own; None is without limit.
PROJECT_MAX_DOCUMENTS: int | None = env.int("PROJECT_MAX_DOCUMENTS", None)
PROJECT_MAX_BYTES: int | None = env.int("PROJECT_MAX_BYTES", None)

# Mail: without EMAIL_URL it is printed, and nobody is asked to show that an address is theirs.
_MAIL = env.dj_email_url("EMAIL_URL", "console:")
if "EMAIL_BACKEND" not in _MAIL:  # the address itself is not shown: it holds a password
    _FAULT = "begin it with smtp:, submission: or console:, as submission://user:password@host."
    raise EnvValidationError(f'Environment variable "EMAIL_URL" invalid: {_FAULT}', [_FAULT])
EMAIL_BACKEND: str = _MAIL["EMAIL_BACKEND"]
EMAIL_HOST: str = _MAIL["EMAIL_HOST"] or ""
EMAIL_PORT: int = _MAIL["EMAIL_PORT"] or 25
EMAIL_HOST_USER: str = _MAIL["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD: str = _MAIL["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS: bool = _MAIL["EMAIL_USE_TLS"]
EMAIL_USE_SSL: bool = _MAIL["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "Postil <postil@localhost>")
EMAIL_IS_SENT = "console" not in EMAIL_BACKEND
EMAIL_VERIFICATION = env.bool("EMAIL_VERIFICATION", EMAIL_IS_SENT)
# Whose pages the links in mails lead to; our own unless set.
FRONTEND_URL = env.str("FRONTEND_URL", "").rstrip("/")

# The live stream: the public address of its process (python -m config.live); none without it.
LIVE_URL = env.str("LIVE_URL", "").rstrip("/")
LIVE_MAX_LISTENERS = env.int("LIVE_MAX_LISTENERS", 5_000)

# People
AUTH_USER_MODEL = "users.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_MIN_LENGTH = env.int("PASSWORD_MIN_LENGTH", 15)
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": f"{_VALIDATION}.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_MIN_LENGTH},
    },
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": "users.passwords.ContextValidator"},
]
REGISTRATION = env.str("REGISTRATION", "open")  # open, invitation or closed
STAFF_NEED_SECOND_FACTOR = env.bool("STAFF_NEED_SECOND_FACTOR", False)
# JSON by name: {"acme": {"title": …, "issuer": "https://…", "client_id": …, "client_secret": …}}
OIDC_PROVIDERS: dict[str, dict[str, str]] = env.json("OIDC_PROVIDERS", {})  # type: ignore[assignment]
# A file of certificate authorities, besides the public ones, that providers' certificates are of.
OIDC_CA_FILE = env.str("OIDC_CA_FILE", "")
# Pages of other sites to which a sign-in at a provider may lead back, e.g. a front end's.
OIDC_REDIRECT_URIS: list[str] = env.list("OIDC_REDIRECT_URIS", [])
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ALGORITHM": "HS256",
    "AUDIENCE": "postil",
    "ISSUER": "postil",
    "UPDATE_LAST_LOGIN": False,
    "AUTH_HEADER_TYPES": ("Bearer", "bearer", "BEARER"),  # schemes have no case (RFC 9110)
}

# The API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "users.permissions.TokenScope",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["config.api.throttling.RequestRate"],
    "DEFAULT_RENDERER_CLASSES": ["config.api.renderers.PlainJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "config.api.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.NamespaceVersioning",
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.ApiSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "config.api.errors.answer_problem",
    "URL_FORMAT_OVERRIDE": None,
    "COMPACT_JSON": True,
    "UNICODE_JSON": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Postil",
    "VERSION": "1",
    "DESCRIPTION": (
        "Documents in, annotations on them, reviewed data out. Offsets are Unicode code points "
        "unless `offset_unit` says otherwise; errors are RFC 9457 problems; lists page by cursor; "
        "PATCH and DELETE need `If-Match`; a POST may carry an `Idempotency-Key`."
    ),
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v[0-9]+",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "LabelKindEnum": "annotations.models.Kind.choices",
        "SetKindEnum": "annotations.models.SetKind.choices",
        "SetStateEnum": "annotations.models.State.choices",
        "DeliveryStateEnum": "documents.models.DeliveryState.choices",
        "DocumentStatusEnum": "documents.models.Status.choices",
        "InvitationStateEnum": "documents.models.Invitation.STATES",
        "JobKindEnum": "documents.models.JobKind.choices",
        "JobStateEnum": "documents.models.JobState.choices",
        "KnownDocumentsEnum": "documents.serializers.bulk.ON_KNOWN",
        "RoleEnum": "documents.models.Role.choices",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.schema.describe_problems",
    ],
}
JSON_MAX_BYTES = env.int("JSON_MAX_BYTES", 1_000_000)
JSON_MAX_BYTES_BULK = env.int("JSON_MAX_BYTES_BULK", 32_000_000)
JSON_MAX_DEPTH = 40
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 50_000_000)
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", 2_000_000_000)
IMPORT_ROW_MAX_BYTES = env.int("IMPORT_ROW_MAX_BYTES", 10_000_000)
UPLOAD_MAX_PIECES = 5_000
UPLOAD_EXPIRY = timedelta(hours=env.int("UPLOAD_EXPIRY_HOURS", 24))
BULK_MAX_ITEMS = 1000
SET_MAX_ITEMS = 10_000  # annotations, and relations, of a set that is read or replaced at once
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 1
RATE_LIMITS = {
    "default": env.str("RATE_LIMIT_DEFAULT", "1200/m"),
    "credentials_by_address": env.str("RATE_LIMIT_CREDENTIALS_BY_ADDRESS", "60/m"),
    "credentials_by_account": env.str("RATE_LIMIT_CREDENTIALS_BY_ACCOUNT", "10/m"),
    "second_factor": env.str("RATE_LIMIT_SECOND_FACTOR", "10/h"),
    "mail_by_account": env.str("RATE_LIMIT_MAIL_BY_ACCOUNT", "5/h"),
    "invitations": env.str("RATE_LIMIT_INVITATIONS", "60/h"),
    "invitations_by_mailbox": env.str("RATE_LIMIT_INVITATIONS_BY_MAILBOX", "5/h"),
    "personal_data": env.str("RATE_LIMIT_PERSONAL_DATA", "12/h"),
}

# Processing of documents
OCR = env.str("OCR", "off")  # off, or auto: where tesseract is installed, scans are read by it
OCR_LANGUAGES = env.str("OCR_LANGUAGES", "eng")
# What one document, and one archive, may cost: the fields of documents.ingest.Limits.
PARSER_LIMITS: dict[str, Any] = {
    "unpacked_bytes": env.int("PARSER_MAX_UNPACKED_BYTES", 50_000_000),
    "archive_parts": env.int("PARSER_MAX_PARTS", 2_000),
    "pages": env.int("PARSER_MAX_PAGES", 2_000),
    "characters": env.int("PARSER_MAX_CHARACTERS", 10_000_000),
    "blocks": env.int("PARSER_MAX_BLOCKS", 100_000),
    "sentences": env.int("PARSER_MAX_SENTENCES", 100_000),
    "geometry_bytes": env.int("PARSER_MAX_GEOMETRY_BYTES", 2_000_000),
    "output_bytes": env.int("PARSER_MAX_OUTPUT_BYTES", 67_108_864),
    "memory_bytes": env.int("PARSER_MAX_MEMORY_BYTES", 536_870_912),
    "cpu_seconds": env.int("PARSER_MAX_CPU_SECONDS", 8),
    "wall_seconds": env.float("PARSER_MAX_SECONDS", 12.0),
    "archive_entries": env.int("ARCHIVE_MAX_ENTRIES", 100_000),
    "archive_bytes": env.int("ARCHIVE_MAX_BYTES", 100_000_000_000),
    "archive_ratio": env.int("ARCHIVE_MAX_RATIO", 200),
    "ocr_pages": env.int("OCR_MAX_PAGES", 100),
    "ocr_page_seconds": env.int("OCR_MAX_PAGE_SECONDS", 20),
    "ocr_seconds": env.int("OCR_MAX_SECONDS", 300),
    "ocr_memory_bytes": env.int("OCR_MAX_MEMORY_BYTES", 1_073_741_824),
}
# A task that takes longer than reading any document may is ended with its process.
CELERY_TASK_TIME_LIMIT = 48 + PARSER_LIMITS["wall_seconds"]
if OCR != "off":
    CELERY_TASK_TIME_LIMIT += PARSER_LIMITS["ocr_seconds"] + PARSER_LIMITS["ocr_page_seconds"]
PROCESSING_LEASE = timedelta(seconds=env.int("PROCESSING_LEASE_SECONDS", 30))
PROCESSING_ATTEMPTS = 3
# How long a job works before others have their turn; what a step takes comes on top.
JOB_TURN = timedelta(seconds=env.float("JOB_TURN_SECONDS", 10))

# Webhooks: "host:port" that may lie anywhere and speak plain http; all others lie on the open
# internet and speak https.
WEBHOOK_ALLOWED_HOSTS: list[str] = env.list("WEBHOOK_ALLOWED_HOSTS", [])
WEBHOOK_SECONDS = env.float("WEBHOOK_SECONDS", 15.0)  # for one try, from the name to the answer
# How long a message waits after each try in vain; the first is made at once.
WEBHOOK_RETRIES = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]
WEBHOOK_DISABLED_AFTER = timedelta(days=env.int("WEBHOOK_DISABLED_AFTER_DAYS", 5))
WEBHOOK_ROTATION = timedelta(hours=env.int("WEBHOOK_ROTATION_HOURS", 24))
WEBHOOK_DELIVERIES_KEPT = timedelta(days=env.int("WEBHOOK_DELIVERIES_KEPT_DAYS", 30))
WEBHOOKS_PER_PROJECT = env.int("WEBHOOKS_PER_PROJECT", 20)
WEBHOOK_BACKLOG = 10_000  # pending deliveries of one webhook; what comes after waits in the log
WEBHOOK_AT_ONCE = env.int("WEBHOOKS_AT_ONCE", 16)  # messages under way, all workers together

# What browsers are told. The one page that needs inline styles is the vendored Swagger UI.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics")
}
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked from inside, plainly
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if TRUSTED_PROXIES:  # ClientAddressMiddleware removes the header unless a trusted proxy sent it
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # from the sign-in on, whatever is done meanwhile
ADMIN_IDLE = timedelta(minutes=env.int("ADMIN_IDLE_MINUTES", 30))
RECENT_SIGN_IN = timedelta(minutes=10)  # within which dangerous steps ask for no password again
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []
CSRF_FAILURE_VIEW = "config.error_pages.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = (
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "last-event-id",
    "tus-resumable",
    "upload-checksum",
    "upload-length",
    "upload-metadata",
    "upload-offset",
    "x-request-id",
)
CORS_EXPOSE_HEADERS = (
    "ETag",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Tus-Checksum-Algorithm",
    "Tus-Extension",
    "Tus-Max-Size",
    "Tus-Resumable",
    "Tus-Version",
    "Upload-Expires",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
    "X-Request-ID",
)

# What operators see. Traces are sent where the standard variable names a collector; the SDK reads
# its other variables by itself. Metrics are shown to who has the token, and to nobody without one.
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
if METRICS_TOKEN:
    MIDDLEWARE.insert(0, "config.metrics.requests.MetricsMiddleware")
SLOW_QUERY_MS = env.int("SLOW_QUERY_MS", 100 if DEBUG else 0)  # 0 for no warnings
DISK_MIN_FREE_BYTES = env.int("DISK_MIN_FREE_BYTES", 1_000_000_000)  # less is told by /readyz

# Logs: one line per record on standard error, with the request's id; or JSON, with all ids.
LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
LOG_FORMAT = env.str("LOG_FORMAT", "line", validate=validate.OneOf(["line", "json"]))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "config.api.request_id.RequestIdFilter"},
        "links": {"()": "config.logs.LinkFilter"},
        "refusals": {"()": "config.logs.RefusalFilter"},
    },
    "formatters": {
        "line": {
            "()": "config.logs.LineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
        },
        "json": {"()": "config.logs.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["request_id", "links", "refusals"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # Of each task one line is enough, which is ours: see config.celery.
    "loggers": {
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
