"""Repeats are counted, first occurrences are always printed."""

import logging
import sys

import pytest

from stream_pos.runtime import log_limiter
from stream_pos.runtime.log_limiter import Limiter

pytestmark = pytest.mark.once


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def record(template, *args, level=logging.ERROR, name="celery.worker.consumer", exc_info=None):
    return logging.LogRecord(name, level, "", 0, template, args, exc_info)


def printed(limiter, records):
    """Return how many are printed; each costs one line."""
    count = 0
    for each in records:
        if limiter.admits(each):
            count += 1
            limiter.charge(1)
    return count


def test_a_repeated_template_is_printed_three_times_and_then_counted(clock):
    limiter = Limiter(clock)
    assert printed(limiter, [record("Try %s in 2.00 seconds", n) for n in range(126)]) == 3
    assert limiter.summaries() == []
    clock.now += 10
    assert limiter.summaries() == [
        "celery.worker.consumer: … repeated 123 times in 10 s: Try 0 in 2.00 seconds"
    ]
    assert limiter.summaries() == []


def test_messages_that_differ_in_numbers_only_are_one_kind(clock):
    limiter = Limiter(clock)
    texts = [f"Connection {n} to 0x{n:x} failed after {n}.5 s" for n in range(50)]
    assert printed(limiter, map(record, texts)) == 3


def test_the_first_of_each_kind_is_printed_whatever_came_before(clock):
    limiter = Limiter(clock)
    words = [chr(97 + n // 26) + chr(97 + n % 26) for n in range(400)]
    assert printed(limiter, [record(word) for word in words]) == 400
    assert printed(limiter, [record(word) for word in words]) == 0
    assert printed(limiter, [record("something new")]) == 1


def test_a_long_outage_of_many_kinds_stays_under_two_lines_a_second(clock):
    limiter = Limiter(clock)
    lines = 0
    for _ in range(3000):  # Five minutes, 80 records a second of 8 kinds.
        lines += printed(limiter, [record(f"kind {word}") for word in "abcdefgh"])
        if int(clock.now * 10) % 50 == 0:
            due = limiter.summaries()
            limiter.charge(len(due))
            lines += len(due)
        clock.now += 0.1
    assert lines / 300 < 2


def test_memory_is_bounded(clock):
    limiter = Limiter(clock)
    for n in range(5000):
        limiter.admits(record("".join(chr(97 + int(digit)) for digit in str(n))))
    assert len(limiter._kinds) == log_limiter._KINDS


def test_tracebacks_of_one_type_and_place_are_one_kind(clock):
    limiter = Limiter(clock)

    def failure(text):
        try:
            raise ValueError(text)
        except ValueError:
            return sys.exc_info()

    records = [record(text, exc_info=failure(text)) for text in "abcdefgh"]
    assert printed(limiter, records) == 3


def test_the_handler_prints_a_traceback_once_and_the_summary(capsys, monkeypatch):
    monkeypatch.setattr(log_limiter, "WINDOW_SECONDS", 0.2)
    handler = log_limiter.LimitedHandler()
    logger = logging.Logger("outage")
    logger.addHandler(handler)
    for _ in range(50):
        try:
            raise ConnectionError("away")
        except ConnectionError:
            logger.exception("No broker")
    handler._reporter.join(5)
    output = capsys.readouterr().err
    assert output.count("Traceback") == 1
    assert output.count("No broker\n") == 3 + 1
    assert "outage: … repeated 47 times in 0 s: No broker" in output
