"""The fault suite's counts detect the errors they are meant to detect."""

from collections import Counter

import pytest

from integration.models import Alarm, OutboundEvent
from integration.monitoring import alarms
from integration.webhooks import outbox

from . import report
from .receivers.receiver import Receiver, Request
from .stage.counts import Expected, Outcome, count

pytestmark = pytest.mark.django_db
DELIVERED = OutboundEvent.State.DELIVERED


@pytest.fixture
def receiver():
    server = Receiver()
    yield server
    server.close()


@pytest.fixture
def emit(merchant):
    def emit(sequence, state=DELIVERED):
        event = outbox.emit(
            merchant_id=merchant.pk, location_id=f"key.{sequence}", event_type="test",
            ordering_key="key",
        )  # fmt: skip
        OutboundEvent.objects.filter(pk=event.pk).update(state=state)
        return Request(str(event.public_id), "key", sequence, nth=1, is_signed=True)

    return emit


def counted(receiver, *requests, sent, expected=None):
    receiver.requests = receiver.accepted = list(requests)
    outcome = Outcome("a fault", "here")
    committed = {f"key.{number}": ("key", number) for number in sent}
    count(outcome, committed, receiver, expected or Expected())
    return outcome


def test_a_correct_run_passes(receiver, emit):
    outcome = counted(receiver, emit(1), emit(2), sent=[1, 2])
    assert (outcome.sent, outcome.received, outcome.problems) == (2, 2, [])
    assert outcome.passed


def test_a_run_without_events_proves_nothing(receiver):
    assert not counted(receiver, sent=[]).passed


def test_a_lost_event_is_detected(receiver, emit):
    arrived, _ = emit(1), emit(2, OutboundEvent.State.WAITING)
    outcome = counted(receiver, arrived, sent=[1, 2])
    assert (outcome.received, outcome.lost, outcome.passed) == (1, 1, False)


def test_an_event_out_of_order_is_detected(receiver, emit):
    first, second = emit(1), emit(2)
    outcome = counted(receiver, second, first, second, sent=[1, 2])
    assert (outcome.out_of_order, outcome.passed) == (1, False)


def test_a_duplicate_is_allowed_only_after_a_crash(receiver, emit):
    first = emit(1)
    outcome = counted(receiver, first, first, sent=[1])
    assert (outcome.duplicates, outcome.allowed, outcome.passed) == (1, 0, False)
    outcome = counted(
        receiver, first, first, sent=[1], expected=Expected(sent_again=Counter([first.event_id]))
    )
    assert (outcome.duplicates, outcome.allowed, outcome.passed) == (1, 1, True)
    receiver.accepted *= 2
    outcome = counted(
        receiver,
        *receiver.accepted,
        sent=[1],
        expected=Expected(sent_again=Counter([first.event_id, "another"])),
    )
    assert outcome.problems == ["1 sent twice without a crash between sending and recording: key.1"]


def test_an_event_of_a_rolled_back_transaction_must_not_arrive(receiver, emit):
    outcome = counted(receiver, emit(1), Request("x", "never", 0, nth=1, is_signed=True), sent=[1])
    assert "1 sent although its transaction was rolled back: never" in outcome.problems


def test_a_row_that_contradicts_the_arrivals_is_a_problem(receiver, emit):
    first, _ = emit(1, OutboundEvent.State.WAITING), emit(2)
    outcome = counted(receiver, first, sent=[1, 2])
    assert outcome.problems == [
        "1 recorded as delivered, but did not arrive: key.2",
        "1 arrived, but not recorded as delivered: key.1",
    ]


def test_a_wrong_signature_is_a_problem(receiver, emit):
    emit(1)
    event_id = str(OutboundEvent.objects.get().public_id)
    unsigned = Request(event_id, "key", 1, nth=1, is_signed=False)
    assert counted(receiver, unsigned, sent=[1]).problems == [
        f"1 without a valid signature: {event_id}"
    ]


def test_an_event_that_was_given_up_requires_its_alarm(receiver, emit, merchant):
    emit(1, OutboundEvent.State.FAILED)
    OutboundEvent.objects.update(ending="refused")
    expected = Expected(ending="refused", alarm="refused")
    outcome = counted(receiver, sent=[1], expected=expected)
    assert outcome.problems == ["open alarms are [] instead of ['refused']"]
    alarms.raise_alarm(Alarm.Kind.REFUSED, endpoint="stream", message="It was refused.")
    outcome = counted(receiver, sent=[1], expected=expected)
    assert (outcome.ended, outcome.lost, outcome.passed) == (1, 0, True)


def test_the_table_ends_with_the_totals_and_the_problems():
    good = Outcome("one", "here", sent=2, received=2, seconds=1.0)
    bad = Outcome("another", "here", sent=2, received=1, lost=1, problems=["late"])
    lines = report.table([good.as_json(), bad.as_json()]).splitlines()
    assert " ".join(lines[-2].split()) == "2 runs 4 3 0 1 0 0 0 1.0 1 FAILED"
    assert lines[-1] == "another (here): late"


def test_notes_are_printed_below_the_table():
    good = Outcome("one", "here", sent=2, received=2, notes=["3 kills", "9 requests"])
    assert report.table([good.as_json()]).splitlines()[-1] == "one (here): 3 kills, 9 requests"
