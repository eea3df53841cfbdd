"""Caches for short-lived data. A cache never holds the only copy of anything."""

from pathlib import Path
from typing import Any


def from_environment(redis_url: str, data_dir: Path) -> dict[str, Any]:
    """Return Django's CACHES: `shared` spans all processes, `default` a single one."""
    shared = (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis_url,
            "KEY_PREFIX": "stream-pos",
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
        if redis_url
        else {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(data_dir / "cache"),
        }
    )
    return {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        "shared": shared,
    }
