"""Logging, without secrets or noise."""

from typing import Any

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"outages": {"()": "integration.db.outages.WithoutOutages"}},
    "handlers": {
        "console": {"class": "stream_pos.runtime.log_limiter.LimitedHandler", "formatter": "line"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # At DEBUG level these log codes and tokens.
        "oauthlib": {"level": "WARNING"},
        "oauth2_provider": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        # It warns of each pipeline that a reported error has broken.
        "psycopg": {"level": "ERROR"},
        # The database's outages are logged once for all tasks.
        "celery.app.trace": {"filters": ["outages"]},
        # A refused request is the sender's problem and is kept in the archive.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
    },
}
