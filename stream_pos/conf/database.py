"""The database named by DATABASE_URL; by default SQLite in the data folder."""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from stream_pos.runtime import private_files

from . import env

# As durable as PostgreSQL: synchronous=NORMAL could lose the most recent commits.
_SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
    "PRAGMA busy_timeout=20000;PRAGMA foreign_keys=ON",
}

# A server or network that goes silent is noticed within ten seconds, by a waiting query too.
_POSTGRESQL = {
    "connect_timeout": 5,
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

# For integration.db.statements. Those with lists of keys would be planned each time, because
# PostgreSQL expects a little more of a plan for these keys than of any.
_KEPT_PLANS = {"prepare_threshold": 5, "options": "-c plan_cache_mode=force_generic_plan"}


def from_environment(data_dir: Path) -> Any:
    """Return Django's database settings; raise ImproperlyConfigured for an unusable URL."""
    database: dict[str, Any] = dict(
        env.parsed(
            "DATABASE_URL",
            f"sqlite:///{data_dir / 'stream-pos.sqlite3'}",
            environ.Env.db_url_config,
            "postgres://user:password@host:5432/name",
        )
    )
    keeps_plans = env.boolean("DATABASE_KEEPS_PLANS", default=True)
    if not database.get("NAME") or database["NAME"] == ":memory:":
        raise ImproperlyConfigured("DATABASE_URL names no database: end it with one, as in …/name.")
    if database.get("ENGINE") == "django.db.backends.sqlite3":
        env.create_folder("STREAM_POS_DATA_DIR", data_dir)
        private_files.create_database_file(Path(database["NAME"]))
        database["ENGINE"] = "integration.db.sqlite3"
        database["OPTIONS"] = dict(_SQLITE)
    elif database.get("ENGINE") == "django.db.backends.postgresql":
        database["ENGINE"] = "integration.db.postgresql"
        database["CONN_HEALTH_CHECKS"] = True
        defaults = _POSTGRESQL | (_KEPT_PLANS if keeps_plans else {})
        database["OPTIONS"] = defaults | database.get("OPTIONS", {})
    else:
        raise ImproperlyConfigured("DATABASE_URL: write a postgres:// or a sqlite:/// URL.")
    database["CONN_MAX_AGE"] = None
    return database
