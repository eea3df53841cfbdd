"""All settings, read from the environment only and listed in docs/settings.md."""

from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from .conf import (
    alert_endpoint,
    caches,
    channel,
    database,
    database_limits,
    door,
    env,
    logs,
    rest,
    silenced_checks,
    unfold,
)
from .conf import oauth as oauth_conf
from .conf.generated_secrets import of_events_role, refuse_weak, secret
from .conf.sign_in import *  # noqa: F403  # django-axes reads a setting for each of its values.
from .runtime import private_files

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("STREAM_POS_DATA_DIR", str(BASE_DIR / "var"))).absolute()

private_files.tighten(DATA_DIR)

# --- Public URL: it determines links, cookies, HSTS and the production checks.
PUBLIC_URL = env.origin("STREAM_POS_PUBLIC_URL", "http://127.0.0.1:8000")
_public = urlsplit(PUBLIC_URL)
PRODUCTION = _public.scheme == "https"
PUBLIC_HOST = _public.hostname or ""
LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

DEBUG = env.boolean("DEBUG", False)
if DEBUG and PRODUCTION:
    raise ImproperlyConfigured("DEBUG=True: write False on a public deployment; it shows secrets.")
SECRET_KEY = secret("SECRET_KEY", env.text("SECRET_KEY"), production=PRODUCTION, data_dir=DATA_DIR)
SECRET_KEY_FALLBACKS = oauth_conf.other_secrets("SECRET_KEY_FALLBACKS", production=PRODUCTION)
ALLOWED_HOSTS = env.hosts(
    "ALLOWED_HOSTS",
    [PUBLIC_HOST] if PRODUCTION else [*dict.fromkeys([PUBLIC_HOST, *LOOPBACK_HOSTS])],
)
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
DOOR = door.from_environment()

# --- Stream.
_pos = oauth_conf.pos_client(production=PRODUCTION, data_dir=DATA_DIR)
STREAM_CLIENT_ID, STREAM_CLIENT_SECRET = _pos.client_id, _pos.client_secret
STREAM_CLIENT_OTHER_SECRETS, STREAM_REDIRECT_URIS = _pos.other_secrets, _pos.redirect_uris
_dsp = oauth_conf.dsp_client(_pos, production=PRODUCTION, data_dir=DATA_DIR)
STREAM_DSP_CLIENT_ID, STREAM_DSP_CLIENT_SECRET = _dsp.client_id, _dsp.client_secret
STREAM_DSP_CLIENT_OTHER_SECRETS, STREAM_DSP_REDIRECT_URIS = _dsp.other_secrets, _dsp.redirect_uris
STREAM_WEBHOOK_URL = env.http_url("STREAM_WEBHOOK_URL")
STREAM_WEBHOOK_SECRET = secret(
    "STREAM_WEBHOOK_SECRET",
    env.text("STREAM_WEBHOOK_SECRET"),
    production=PRODUCTION,
    data_dir=DATA_DIR,
)
# During secret rotation: previous or upcoming secrets, accepted beside the current one.
STREAM_WEBHOOK_OTHER_SECRETS = env.string_list("STREAM_WEBHOOK_OTHER_SECRETS", [], separator=None)
STREAM_WEBHOOK_SIGNATURE_ENCODING = env.choice(
    "STREAM_WEBHOOK_SIGNATURE_ENCODING", "hex", ("hex", "base64")
)
STREAM_EVENTS_SECRETS = of_events_role(production=PRODUCTION, data_dir=DATA_DIR)
if PRODUCTION:
    if STREAM_WEBHOOK_URL.startswith("http://"):
        raise ImproperlyConfigured("STREAM_WEBHOOK_URL: write an https URL.")
    for _secret in STREAM_WEBHOOK_OTHER_SECRETS:
        refuse_weak("STREAM_WEBHOOK_OTHER_SECRETS", _secret)
DSP = channel.from_environment(bool(STREAM_DSP_CLIENT_ID), PRODUCTION, DATA_DIR, PUBLIC_HOST)

STREAM_WEBHOOK_ALLOW_LOOPBACK = env.boolean(
    "STREAM_WEBHOOK_ALLOW_LOOPBACK", PUBLIC_HOST in ("127.0.0.1", "localhost", "::1")
)
# Fifteen attempts over 75 h 38 m: a restaurant needs the first ones soon, then the example schedule
# of Standard Webhooks follows.
WEBHOOK_RETRY_SECONDS = env.integers(
    "STREAM_WEBHOOK_RETRY_SECONDS",
    [2, 5, 15, 30, 60, 120, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400],
)
WEBHOOK_RETRY_JITTER = env.fraction("STREAM_WEBHOOK_RETRY_JITTER", 0.2)
WEBHOOK_TIMEOUT_SECONDS = (
    env.number("STREAM_WEBHOOK_CONNECT_TIMEOUT_SECONDS", 5),
    env.number("STREAM_WEBHOOK_READ_TIMEOUT_SECONDS", 15),
)
WEBHOOK_CONNECTIONS = env.integer("STREAM_WEBHOOK_CONNECTIONS", 32, minimum=1)
WEBHOOK_BREAKER_FAILURES = env.integer("STREAM_WEBHOOK_BREAKER_FAILURES", 10, minimum=1)
OUTBOUND_EVENT_DAYS = env.integer("OUTBOUND_EVENT_DAYS", 30, minimum=1)
PERSONAL_DATA_DAYS = env.integer("PERSONAL_DATA_DAYS", 90)  # 0: kept forever.

# --- Alarm e-mails, staff alerts, and access to the metrics.
_email = env.email("EMAIL_URL", "smtp+tls://user:password@mail.example.com:587")
EMAIL_IS_SET = bool(env.text("EMAIL_URL"))
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _email["EMAIL_HOST"] or "localhost", _email["EMAIL_PORT"] or 25
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _email["EMAIL_FILE_PATH"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", f"stream-pos@{PUBLIC_HOST}")
OPERATOR_EMAILS = env.mail_addresses("OPERATOR_EMAILS")
STAFF_CALL_URL, STAFF_CALL_SECRET = alert_endpoint.from_environment(
    production=PRODUCTION, data_dir=DATA_DIR
)
METRICS_TOKEN = env.text("METRICS_TOKEN")
if PRODUCTION and METRICS_TOKEN and len(METRICS_TOKEN) < 16:
    raise ImproperlyConfigured("METRICS_TOKEN is too weak: write 16 or more random characters.")

# --- Values the contract leaves to the POS.
ACCESS_TOKEN_SECONDS = env.integer("ACCESS_TOKEN_SECONDS", 7 * 86400, minimum=60)
REFRESH_TOKEN_SECONDS = env.integer("REFRESH_TOKEN_SECONDS", 365 * 86400, minimum=60)
# The whole lifetime of a consent, however often its tokens are refreshed.
AUTHORIZATION_SECONDS = env.integer("AUTHORIZATION_SECONDS", 5 * 365 * 86400, minimum=60)
ORDER_MENU_MEMORY_MB = env.integer("ORDER_MENU_MEMORY_MB", 200, minimum=1)
ORDER_PRICE_TOLERANCE = env.integer("ORDER_PRICE_TOLERANCE", 0)
ORDER_DAYS_AHEAD = env.integer("ORDER_DAYS_AHEAD", 30)
# The limits of a process that reads an uploaded file.
IMPORT_MEMORY_MB = env.integer("IMPORT_MEMORY_MB", 512, minimum=128)
IMPORT_SECONDS = env.integer("IMPORT_SECONDS", 300, minimum=5)

# --- Django.
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "integration.admin_site.config.StreamAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "oauth2_provider",
    "axes",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "integration",
    "catalog",
    "orders",
    "dsp",
    "stream_pos",
]
MIDDLEWARE = [
    "stream_pos.web.middleware.HealthProbes",
    "stream_pos.web.middleware.PublicOrigin",
    "stream_pos.web.middleware.DatabaseOutage",
    "stream_pos.web.middleware.StreamEvents",
    "stream_pos.web.busy.BusyWithSlowWork",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "stream_pos.sign_in.middleware.OpenPages",
    "integration.actor.ActingPerson",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "stream_pos.urls"
WSGI_APPLICATION = "stream_pos.wsgi.application"
APPEND_SLASH = True
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
            ],
        },
    },
]
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # No collectstatic: files are served from the packages.
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
# Searched before those of the packages.
LOCALE_PATHS = [BASE_DIR / "orders" / "locale", BASE_DIR / "dsp" / "locale"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # A large menu's admin form has many.
UPLOAD_MAX_BYTES = 105_000_000  # A form with its files: four images of the largest size.
FILE_UPLOAD_HANDLERS = [
    "stream_pos.web.upload_limits.UploadLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- Database and broker: embedded by default.
DATABASES = {"default": database.from_environment(DATA_DIR)}
DATABASE_LIMITS = database_limits.from_environment()
REDIS_URL = env.text("REDIS_URL")
if REDIS_URL:
    env.parsed("REDIS_URL", "", redis.connection.parse_url, "redis://127.0.0.1:6379/0")
BROKER_DIR = DATA_DIR / "broker"
if not REDIS_URL:
    private_files.clear_way(BROKER_DIR / "queue")
    env.create_folder("STREAM_POS_DATA_DIR", BROKER_DIR / "queue")
CELERY_BROKER_URL = REDIS_URL or "stream-pos-files://localhost"  # stream_pos.runtime.file_broker
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"socket_connect_timeout": 2, "socket_timeout": 5}
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "polling_interval": 0.1,
    }
)
# Celery options that do not depend on the environment are in stream_pos.celery.
CACHES = caches.from_environment(REDIS_URL, DATA_DIR)

# --- Sign-in.
AUTH_USER_MODEL = "integration.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["integration.password_hasher.LimitedHasher"]
SIGN_IN_TRIES_PER_MINUTE = env.integer("SIGN_IN_TRIES_PER_MINUTE", 30, minimum=1)
LOGIN_URL = reverse_lazy("sign-in")
LOGIN_REDIRECT_URL = reverse_lazy("account")
LOGOUT_REDIRECT_URL = reverse_lazy("sign-in")

# --- Cookies and headers, derived from the public URL.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_SELF = ["'self'"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": _SELF,
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": _SELF,
        "form-action": _SELF,
        "frame-ancestors": ["'none'"],
    },
    "EXCLUDE_URL_PREFIXES": ["/stream-pos/v1/orders", "/v1/orders"],  # Never opened in a browser.
}

# --- OAuth: django-oauth-toolkit with our own models and rules.
OAUTH2_PROVIDER_APPLICATION_MODEL = "integration.Application"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "integration.AccessToken"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "integration.RefreshToken"
OAUTH2_PROVIDER_GRANT_MODEL = "integration.Grant"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "integration.IDToken"
OAUTH2_PROVIDER = oauth_conf.rules(
    access_seconds=ACCESS_TOKEN_SECONDS,
    refresh_seconds=REFRESH_TOKEN_SECONDS,
    schemes=["https"] if PRODUCTION else ["http", "https"],
)
SILENCED_SYSTEM_CHECKS = silenced_checks.CHECKS

# --- REST.
REST_FRAMEWORK = rest.REST_FRAMEWORK
SPECTACULAR_SETTINGS = rest.SPECTACULAR

LOGGING = logs.LOGGING
UNFOLD = unfold.UNFOLD
