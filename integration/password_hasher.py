"""The hash of people's passwords, which is slow on purpose and therefore limited."""

import threading

from django.contrib.auth.hashers import PBKDF2PasswordHasher

MOST_AT_A_TIME = 2
WAIT_SECONDS = 1.0
_places = threading.BoundedSemaphore(MOST_AT_A_TIME)


class HashingBusy(Exception):
    """Too many passwords are being hashed in this process; the caller should try again soon."""


class LimitedHasher(PBKDF2PasswordHasher):
    """Django's hash, for at most two passwords at a time, so that orders keep their threads."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """Hash the password. Raises HashingBusy after waiting in vain."""
        if not _places.acquire(timeout=WAIT_SECONDS):
            raise HashingBusy
        try:
            return super().encode(password, salt, iterations)
        finally:
            _places.release()
