"""The hash of passwords runs for at most two callers at a time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password

from integration.password_hasher import HashingBusy, LimitedHasher

pytestmark = pytest.mark.once


def test_the_third_hashing_waits_a_second_and_is_refused(monkeypatch):
    both_run, go_on = threading.Barrier(3), threading.Event()

    def encode(self, password, salt, iterations=None):
        both_run.wait(5)
        go_on.wait(5)
        return password

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", encode)
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(LimitedHasher().encode, name, "salt") for name in ("a", "b")]
        both_run.wait(5)
        started = time.monotonic()
        with pytest.raises(HashingBusy):
            LimitedHasher().encode("c", "salt")
        assert 0.9 < time.monotonic() - started < 3
        go_on.set()
        assert [future.result(5) for future in running] == ["a", "b"]


def test_places_are_free_again_after_a_failure(monkeypatch):
    monkeypatch.setattr("integration.password_hasher.WAIT_SECONDS", 0.01)
    for _ in range(3):
        with pytest.raises(TypeError):
            LimitedHasher().encode(None, "salt")
    assert LimitedHasher().encode("a", "salt", 1).startswith("pbkdf2_sha256$1$salt$")


def test_passwords_stored_before_are_still_read(settings):
    settings.PASSWORD_HASHERS = ["integration.password_hasher.LimitedHasher"]
    stored = PBKDF2PasswordHasher().encode("a long password", "saltsaltsaltsaltsaltsalt")
    assert check_password("a long password", stored)
    assert not check_password("another", stored)


def test_the_project_hashes_with_the_limited_hasher():
    from stream_pos import settings

    assert settings.PASSWORD_HASHERS[0] == "integration.password_hasher.LimitedHasher"
