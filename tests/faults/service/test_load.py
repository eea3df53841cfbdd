"""The load counts what a caller would notice: waiting for a turn, and no answer at all."""

import time

from tests.faults.servers.processes import free_port

from .load import NO_ANSWER, Answer, Call, Load, percentile


def test_a_call_without_a_server_has_no_answer():
    load = Load(free_port(), 100, lambda _: Call("GET", "/healthz"), threads=2)

    load.start()
    time.sleep(0.2)
    load.stop()

    assert {answer.status for answer in load.answers} == {NO_ANSWER}


def test_the_latency_of_a_call_counts_from_when_it_was_due():
    load = Load(free_port(), 1000, lambda _: time.sleep(0.1) or Call("GET", "/"), threads=1)

    load.start()
    time.sleep(0.5)
    load.stop()

    assert max(answer.seconds for answer in load.answers) > 0.3


def test_percentiles_are_latencies_that_occurred():
    answers = [Answer(number, 200, number / 100, None) for number in range(100)]

    assert percentile(answers, 0.5) == 0.5
    assert percentile(answers, 0.99) == 0.99
    assert percentile([], 0.99) == 0
