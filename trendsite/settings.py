"""Django settings: everything comes from the environment, and runs safely with nothing set."""

import os
import re
import secrets
from datetime import timedelta
from pathlib import Path

import dj_database_url

from contract.environment import Environment, SettingError
from trendsite.accounts.email_settings import email_settings

_env = Environment(os.environ)

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = _env.data_dir()
REDIS_URL = _env.redis_url()


def _kept_secret_key() -> str:
    """Return the key made at the first start, so that log-ins survive a restart."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


SECRET_KEY = _env.text("SECRET_KEY") or _kept_secret_key()
DEBUG = False
ALLOWED_HOSTS = _env.text("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "trendsite.accounts",
    "trendsite.board",
    "trendsite.history",
    "trendsite.languages",
    "trendsite.hidden",
    "trendsite.api",
    "trendsite.explore",
    "trendsite.tracking",
    "corsheaders",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "trendsite.security.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "trendsite.api.middleware.public_api",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "trendsite" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"hashtags": "trendsite.live.hashtag_address"},
        },
    }
]

ROOT_URLCONF = "trendsite.urls"
ASGI_APPLICATION = "trendsite.asgi.application"


def _database(url: str) -> dict[str, object]:
    """Return Django's settings of one database.

    Raises:
        SettingError: DATABASE_URL names none that we have a driver for.
    """
    refusal = SettingError("DATABASE_URL is not usable: give sqlite:///path or postgres://user:password@host/name")
    if url.partition(":")[0] not in ("sqlite", "postgres", "postgresql"):
        raise refusal
    try:
        return dict(dj_database_url.parse(url, conn_max_age=60))
    except (dj_database_url.ParseError, ValueError) as error:
        raise refusal from error


DATABASES = {"default": _database(_env.text("DATABASE_URL", f"sqlite:///{DATA_DIR}/trendsite.sqlite3"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _archive_storage(url: str) -> dict[str, object]:
    """Return the storage that keeps the archive: a folder, or ``s3://bucket/prefix``.

    Raises:
        SettingError: ARCHIVE_URL is of another kind.
    """
    if url.startswith("s3://"):
        # Only who archives to S3 pays for loading its client.
        from boto3.s3.transfer import TransferConfig
        from botocore.config import Config

        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        if not bucket:
            raise SettingError(f"ARCHIVE_URL={url!r} names no bucket: give s3://bucket/prefix")
        endpoint = _env.text("AWS_ENDPOINT_URL") or None
        client = Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 4},  # backs off with jitter
            # Servers other than Amazon's rarely have a host name for each bucket.
            s3={"addressing_style": "path" if endpoint else "auto"},
        )
        options: dict[str, object] = {
            "bucket_name": bucket,
            "location": prefix,
            "endpoint_url": endpoint,
            "client_config": client,
            "transfer_config": TransferConfig(max_concurrency=2),  # two parts of 8 MiB in memory
            "file_overwrite": True,
        }
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    if "://" in url:
        raise SettingError(f"ARCHIVE_URL={url!r} is not usable: give a folder or s3://bucket/prefix")
    location = str(Path(url).expanduser().resolve())
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": location, "allow_overwrite": True},
    }


STORAGES = {
    "staticfiles": {"BACKEND": "trendsite.static_storage.ModuleStaticFilesStorage"},
    "archive": _archive_storage(_env.text("ARCHIVE_URL", str(DATA_DIR / "archive"))),
}

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "trendsite" / "static"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# Behind a proxy that ends TLS, browsers are told to come back by https only; on a laptop there is plain http.
SITE_IS_HTTPS = _env.flag("SITE_IS_HTTPS", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SITE_IS_HTTPS else None
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_IS_HTTPS
# Who asks for health is on this machine or beside it, not behind the proxy.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 30 * 86_400 if SITE_IS_HTTPS else 0
# Other names under ours, and the list that browsers are shipped with, are for the owner of the domain to decide on.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Failures count by address alone: counted by name, a stranger could lock anybody out.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_LOCKOUT_PARAMETERS = ["ip_address"]
AXES_CLIENT_IP_CALLABLE = "trendsite.accounts.guessing.client_address"
AXES_HANDLER = "trendsite.accounts.guessing.BoundedHandler"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
# What strangers type as a name is not for the log.
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"

PASSWORD_RESET_TIMEOUT = 3_600
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _env.text("EMAIL_FROM", "trendsite@localhost")
globals().update(email_settings(_env.text("EMAIL_URL")))

# Of each process that serves the site.
MAX_VIEWERS = _env.integer("MAX_VIEWERS", 12_000, 1, 1_000_000)
MAX_VIEWERS_PER_ADDRESS = _env.integer("MAX_VIEWERS_PER_ADDRESS", 200, 1, 1_000_000)

# What the collector may spend, for the estimate beside the tracked languages.
X_MONTHLY_POST_BUDGET = _env.x_monthly_post_budget()
API_REQUESTS_PER_MINUTE = _env.integer("API_REQUESTS_PER_MINUTE", 600, 1, 1_000_000)


def _cors_origins(value: str) -> list[str]:
    """Return the origins of a list with commas.

    Raises:
        SettingError: one of them is none.
    """
    origins = [origin.strip() for origin in value.split(",") if origin.strip()]
    for origin in origins:
        if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", origin):
            raise SettingError(
                f"API_CORS_ORIGINS has {origin!r}: give origins such as https://example.org, with commas, or * for all"
            )
    return origins


# Pages of these sites may read API and feeds from a browser, as strangers: never with a viewer's cookies.
_cors = _env.text("API_CORS_ORIGINS")
CORS_ALLOW_ALL_ORIGINS = _cors == "*"
CORS_ALLOWED_ORIGINS = [] if CORS_ALLOW_ALL_ORIGINS else _cors_origins(_cors)
CORS_ALLOW_CREDENTIALS = False
CORS_URLS_REGEX = r"^/(api|feeds)/"
CORS_ALLOW_METHODS = ("GET", "HEAD")
CORS_ALLOW_HEADERS = ("accept", "if-none-match")
CORS_EXPOSE_HEADERS = ("ETag", "RateLimit", "RateLimit-Policy", "Retry-After")

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"unhealthy": {"()": "trendsite.api.health_log.NotUnhealthy"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Django would add a traceback to each refused request.
    "loggers": {
        "django.request": {"level": "ERROR", "filters": ["unhealthy"]},
        "axes": {"level": "WARNING"},
    },
}
