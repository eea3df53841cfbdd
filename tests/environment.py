"""Loaded by pytest before Django's settings: a fresh data folder and no inherited settings."""

import atexit
import os
import shutil
import tempfile

_SETTING_PREFIXES = (
    "STREAM_",
    "REDIS_URL",
    "SECRET_KEY",
    "DEBUG",
    "ALLOWED_HOSTS",
    "TRUSTED_PROXIES",
    "STAFF_CALL_",
)
for name in [name for name in os.environ if name.startswith(_SETTING_PREFIXES)]:
    del os.environ[name]
os.environ.pop("DATABASE_URL", None)
if database_url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = database_url

DATA_DIR = tempfile.mkdtemp(prefix="stream-pos-tests-")
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
os.environ["STREAM_POS_DATA_DIR"] = DATA_DIR
os.environ["STREAM_WEBHOOK_URL"] = "http://127.0.0.1:9/pos/tests/webhook"  # Nothing listens there.
