"""The fault suite's counts see what they are there to see."""

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
    one = Receiver()
    yield one
    one.close()


@pytest.fixture
def owe(merchant):
    def owe(sequence, state=DELIVERED):
        event = outbox.emit(
            merchant_id=merchant.pk, location_id=f"key.{sequence}", event_type="test",
            ordering_key="key",
        )  # fmt: skip
        OutboundEvent.objects.filter(pk=event.pk).update(state=state)
        return Request(str(event.public_id), "key", sequence, nth=1, is_signed=True)

    return owe


def counted(receiver, *requests, sent, expected=None):
    receiver.requests = receiver.accepted = list(requests)
    outcome = Outcome("a fault", "here")
    committed = {f"key.{number}": ("key", number) for number in sent}
    count(outcome, committed, receiver, expected or Expected())
    return outcome


def test_a_good_run_is_good(receiver, owe):
    outcome = counted(receiver, owe(1), owe(2), sent=[1, 2])
    assert (outcome.sent, outcome.received, outcome.problems) == (2, 2, [])
    assert outcome.is_good


def test_a_run_without_events_proves_nothing(receiver):
    assert not counted(receiver, sent=[]).is_good


def test_a_lost_event_is_seen(receiver, owe):
    arrived, _ = owe(1), owe(2, OutboundEvent.State.WAITING)
    outcome = counted(receiver, arrived, sent=[1, 2])
    assert (outcome.received, outcome.lost, outcome.is_good) == (1, 1, False)


def test_an_event_that_overtakes_is_seen(receiver, owe):
    first, second = owe(1), owe(2)
    outcome = counted(receiver, second, first, second, sent=[1, 2])
    assert (outcome.out_of_order, outcome.is_good) == (1, False)


def test_a_duplicate_is_good_only_where_a_crash_fell(receiver, owe):
    first = owe(1)
    outcome = counted(receiver, first, first, sent=[1])
    assert (outcome.duplicates, outcome.allowed, outcome.is_good) == (1, 0, False)
    outcome = counted(
        receiver, first, first, sent=[1], expected=Expected(sent_again=Counter([first.event_id]))
    )
    assert (outcome.duplicates, outcome.allowed, outcome.is_good) == (1, 1, True)
    receiver.accepted *= 2
    outcome = counted(
        receiver,
        *receiver.accepted,
        sent=[1],
        expected=Expected(sent_again=Counter([first.event_id, "another"])),
    )
    assert outcome.problems == ["1 sent twice without a crash between sending and recording: key.1"]


def test_an_undone_transaction_must_not_arrive(receiver, owe):
    outcome = counted(receiver, owe(1), Request("x", "never", 0, nth=1, is_signed=True), sent=[1])
    assert "1 sent, though its transaction was undone: never" in outcome.problems


def test_a_row_that_says_otherwise_is_a_problem(receiver, owe):
    first, _ = owe(1, OutboundEvent.State.WAITING), owe(2)
    outcome = counted(receiver, first, sent=[1, 2])
    assert outcome.problems == [
        "1 recorded as delivered, but did not arrive: key.2",
        "1 arrived, but not recorded as delivered: key.1",
    ]


def test_a_wrong_signature_is_a_problem(receiver, owe):
    owe(1)
    event_id = str(OutboundEvent.objects.get().public_id)
    unsigned = Request(event_id, "key", 1, nth=1, is_signed=False)
    assert counted(receiver, unsigned, sent=[1]).problems == [
        f"1 not signed as it must be: {event_id}"
    ]


def test_what_is_given_up_needs_its_alarm(receiver, owe, merchant):
    owe(1, OutboundEvent.State.FAILED)
    OutboundEvent.objects.update(ending="refused")
    expected = Expected(ending="refused", alarm="refused")
    outcome = counted(receiver, sent=[1], expected=expected)
    assert outcome.problems == ["open alarms are [], not ['refused']"]
    alarms.sound(Alarm.Kind.REFUSED, endpoint="stream", message="It was refused.")
    outcome = counted(receiver, sent=[1], expected=expected)
    assert (outcome.ended, outcome.lost, outcome.is_good) == (1, 0, True)


def test_the_table_ends_with_the_sums_and_the_problems():
    good = Outcome("one", "here", sent=2, received=2, seconds=1.0)
    bad = Outcome("another", "here", sent=2, received=1, lost=1, problems=["late"])
    lines = report.table([good.plain(), bad.plain()]).splitlines()
    assert " ".join(lines[-2].split()) == "2 runs 4 3 0 1 0 0 0 1.0 1 FAILED"
    assert lines[-1] == "another (here): late"


def test_a_note_stands_below_the_table():
    good = Outcome("one", "here", sent=2, received=2, notes=["3 kills", "9 sendings"])
    assert report.table([good.plain()]).splitlines()[-1] == "one (here): 3 kills, 9 sendings"
