"""Django settings: everything comes from the environment, and runs safely with nothing set."""

import os
import re
import secrets
import sys
from datetime import timedelta
from pathlib import Path

import dj_database_url

from contract.address import address_text, host_in_url, is_every_address, reachable_host
from contract.data_version import check_data_version
from contract.environment import Environment, SettingError, with_password
from contract.logs import formatter
from contract.secret import read_or_create_secret
from trendsite.accounts.email_settings import email_settings, sender
from trendsite.archive.pipeline.storage_settings import archive_storage_settings
from trendsite.public_url import parse_public_url

_env = Environment(os.environ)

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = _env.data_dir()
check_data_version(DATA_DIR)
REDIS_URL = _env.redis_url()


def _stored_secret_key() -> str:
    """Return the key created at the first start, so sessions survive a restart."""
    return read_or_create_secret(DATA_DIR / "secret_key", secrets.token_urlsafe(50).encode()).decode()


SECRET_KEY = _env.secret("SECRET_KEY") or _stored_secret_key()
DEBUG = False

# The site's public address. A proxy may remove its path or keep it: both work (trendsite/routing.py).
PUBLIC_URL = parse_public_url(_env.text("PUBLIC_URL")) if _env.text("PUBLIC_URL") else None
SITE_PORT = _env.integer("PORT", 8000, 1, 65_535)
_own_hosts = ["localhost", "127.0.0.1", "[::1]"]
_bound = _env.bind_address()
if not is_every_address(_bound) and host_in_url(_bound) not in _own_hosts:
    _own_hosts.append(host_in_url(_bound))
ALLOWED_HOSTS = _env.hosts("ALLOWED_HOSTS", ",".join(_own_hosts))
if PUBLIC_URL:
    ALLOWED_HOSTS.append(PUBLIC_URL.host)
    CSRF_TRUSTED_ORIGINS = [PUBLIC_URL.origin]
SITE_PREFIX = PUBLIC_URL.prefix if PUBLIC_URL else ""
FORCE_SCRIPT_NAME = SITE_PREFIX or None
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{SITE_PREFIX}/"

INSTALLED_APPS = [
    "daphne",
    "trendsite.admin_site.SiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "trendsite.accounts",
    "trendsite.board",
    "trendsite.archive",
    "trendsite.languages",
    "trendsite.moderation",
    "trendsite.watches",
    "trendsite.api",
    "trendsite.pages",
    "corsheaders",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "trendsite.security.content_security_policy",
    "trendsite.compression.CompressText",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "trendsite.api.rate_limit.public_api",
    "trendsite.security.refuse_unreadable",
    "trendsite.reader_language.ReaderLanguage",
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
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "trendsite.template_tags.of_every_page",
            ],
            "libraries": {"site": "trendsite.template_tags"},
        },
    }
]

# The site's address for a browser on this machine.
LOCAL_URL = f"http://{address_text((reachable_host(_bound), SITE_PORT))}"

ROOT_URLCONF = "trendsite.urls"
ASGI_APPLICATION = "trendsite.asgi.application"


def _database(url: str) -> dict[str, object]:
    """Return Django's settings of one database.

    Raises:
        SettingError: DATABASE_URL names a database without a driver here.
    """
    refusal = SettingError("DATABASE_URL is not usable: give sqlite:///path or postgres://user:password@host/name")
    if url.partition(":")[0] not in ("sqlite", "postgres", "postgresql"):
        raise refusal
    try:
        return dict(dj_database_url.parse(with_password(url, _env.text("DATABASE_PASSWORD")), conn_max_age=60))
    except (dj_database_url.ParseError, ValueError) as error:
        raise refusal from error


DATABASES = {"default": _database(_env.text("DATABASE_URL", f"sqlite:///{DATA_DIR}/trendsite.sqlite3"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


STORAGES = {
    "staticfiles": {"BACKEND": "trendsite.static_storage.ModuleStaticFilesStorage"},
    "archive": archive_storage_settings(_env, DATA_DIR / "archive"),
}

# Each night the archive gets a copy of what only the database holds.
ARCHIVE_ACCOUNTS = _env.flag("ARCHIVE_ACCOUNTS", default=True)

# Files in DATA_DIR are for their owner only; Django's default lets all users read them.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

STATIC_URL = f"{SITE_PREFIX}/static/"
STATIC_ROOT = Path(_env.text("STATIC_ROOT", str(DATA_DIR / "static"))).resolve()
STATICFILES_DIRS = [BASE_DIR / "trendsite" / "static"]
# Files that browsers request at the root of any site.
WHITENOISE_ROOT = BASE_DIR / "trendsite" / "root_files"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "board"

# Behind a proxy that ends TLS, browsers must use https; on a laptop there is plain http.
SITE_IS_HTTPS = _env.flag("SITE_IS_HTTPS", default=PUBLIC_URL is not None and PUBLIC_URL.is_https)
if PUBLIC_URL and PUBLIC_URL.is_https != SITE_IS_HTTPS:
    raise SettingError(f"SITE_IS_HTTPS={SITE_IS_HTTPS:d} does not fit PUBLIC_URL={PUBLIC_URL.origin}: leave it unset")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SITE_IS_HTTPS else None
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_IS_HTTPS
# Health checks come from this machine or beside it, not through the proxy.
SECURE_REDIRECT_EXEMPT = [rf"^({re.escape(SITE_PREFIX.lstrip('/'))}/)?(healthz|readyz|metrics)$"]
SECURE_SSL_HOST = PUBLIC_URL.origin.partition("//")[2] if PUBLIC_URL else None
SECURE_HSTS_SECONDS = 30 * 86_400 if SITE_IS_HTTPS else 0
# The owner of the domain decides about subdomains and the preload list of browsers.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Failures count by address only: by name, a stranger could lock out any user.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_LOCKOUT_PARAMETERS = ["ip_address"]
AXES_CLIENT_IP_CALLABLE = "trendsite.accounts.login_throttle.client_ip"
AXES_HANDLER = "trendsite.accounts.login_throttle.BoundedHandler"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
# Names that strangers type do not go to the log.
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"

PASSWORD_RESET_TIMEOUT = 3_600
DEFAULT_FROM_EMAIL = SERVER_EMAIL = sender(_env.text("EMAIL_FROM", "trendsite@localhost"))
globals().update(email_settings(_env.text("EMAIL_URL")))

# Users' webhooks and services in private networks: the site would call machines that only it can reach.
ALERTS_TO_PRIVATE_ADDRESSES = _env.flag("ALERTS_TO_PRIVATE_ADDRESSES", default=False)

SITE_PROCESSES = _env.site_processes()

# /metrics is open to all, as /healthz is, unless it has a token.
METRICS_TOKEN = _env.secret("METRICS_TOKEN")

# Limits of each site process.
MAX_VIEWERS = _env.integer("MAX_VIEWERS", 12_000, 1, 1_000_000)
MAX_VIEWERS_PER_ADDRESS = _env.integer("MAX_VIEWERS_PER_ADDRESS", 200, 1, 1_000_000)

# The collector's budget, for the cost estimate of the tracked languages.
X_MONTHLY_POST_BUDGET = _env.x_monthly_post_budget()
API_REQUESTS_PER_MINUTE = _env.integer("API_REQUESTS_PER_MINUTE", 600, 1, 1_000_000)


def _checked(origins: list[str]) -> list[str]:
    """Return origins.

    Raises:
        SettingError: one is invalid.
    """
    for origin in origins:
        if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", origin):
            raise SettingError(
                f"API_CORS_ORIGINS has {origin!r}: give origins such as https://example.org, with commas, or * for all"
            )
    return origins


# Pages of these sites may read API and feeds from a browser, but never with the viewer's cookies.
_cors = _env.items("API_CORS_ORIGINS")
CORS_ALLOW_ALL_ORIGINS = _cors == ["*"]
CORS_ALLOWED_ORIGINS = [] if CORS_ALLOW_ALL_ORIGINS else _checked(_cors)
CORS_ALLOW_CREDENTIALS = False
CORS_URLS_REGEX = r"^/(api|feeds)/"
CORS_ALLOW_METHODS = ("GET", "HEAD")
CORS_ALLOW_HEADERS = ("accept", "if-none-match")
CORS_EXPOSE_HEADERS = ("ETag", "RateLimit", "RateLimit-Policy", "Retry-After")

# The languages of the pages, each by its own name. docs/translating.md says how to add one.
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("es", "Español"),
    ("pt", "Português"),
    ("fr", "Français"),
    ("de", "Deutsch"),
    ("ja", "日本語"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [BASE_DIR / "trendsite" / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 86_400
LANGUAGE_COOKIE_PATH = f"{SITE_PREFIX}/"
LANGUAGE_COOKIE_SECURE = SITE_IS_HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["trendsite.formats"]
USE_TZ = True

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# Commands of manage.py log as themselves, such as "archive".
_part = sys.argv[1] if sys.argv[0].endswith("manage.py") and len(sys.argv) > 1 else "site"
_log_formatter = formatter(_part, _env)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": lambda: _log_formatter}},
    "filters": {
        "unready": {"()": "trendsite.bounded_log.NotUnready"},
        "bounded": {"()": "trendsite.bounded_log.BoundedLog"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            # What replaces sys.stderr with LOG_FORMAT=json would make JSON of it again.
            "stream": "ext://sys.__stderr__",
            "formatter": "line",
            "filters": ["bounded"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Django would add a traceback to each refused request.
    "loggers": {
        "django.request": {"level": "ERROR", "filters": ["unready"]},
        "axes": {"level": "WARNING"},
        # A dozen lines for each request, and one for each process.
        "azure": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
    },
}
