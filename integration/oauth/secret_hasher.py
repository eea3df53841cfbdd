"""A fast keyed hash for long random secrets, such as our client secret."""

from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac


class KeyedHasher(BasePasswordHasher):
    """HMAC-SHA256 under SECRET_KEY. Never for people's passwords: those need a slow hash."""

    algorithm = "keyed_sha256"

    def salt(self) -> str:
        return get_random_string(22)

    def encode(self, password: str, salt: str) -> str:
        digest = salted_hmac(f"integration.client_secret{salt}", password, algorithm="sha256")
        return f"{self.algorithm}${salt}${digest.hexdigest()}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        return constant_time_compare(encoded, self.encode(password, self.decode(encoded)["salt"]))

    def safe_summary(self, encoded: str) -> Any:
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: every verification takes the same time."""
