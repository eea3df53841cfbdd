"""Each rule with the orders that break it and the exact refusal; and what must pass (ORD-NEW)."""

import pytest
import time_machine

from orders.lifecycle import stock
from orders.models import InboundEvent, Order
from orders.validation import rules as order_rules
from tests.orders.support import steakhouse
from tests.orders.support.accepted_cases import ACCEPTED
from tests.orders.support.refusal_cases import RULES_BROKEN
from tests.orders.support.stream_orders import NOW, refusal_in

BROKEN = [(rule, *case) for rule, cases in RULES_BROKEN.items() for case in cases]
IDS = [f"{rule}: {case.says}" for rule, cases in RULES_BROKEN.items() for case in cases]


@pytest.fixture(autouse=True)
def menu(merchant):
    steakhouse.make_menu(merchant)


@pytest.mark.parametrize(("rule", "says", "prepare", "sent", "refusal"), BROKEN, ids=IDS)
@time_machine.travel(NOW, tick=False)
def test_an_order_that_breaks_a_rule_is_refused_in_these_words(
    stream, rule, says, prepare, sent, refusal
):
    prepare()

    assert refusal_in(stream.order(**sent)) == refusal
    assert not Order.objects.exists()
    assert InboundEvent.objects.get().outcome == "refused"


@pytest.mark.parametrize(("says", "prepare", "sent"), ACCEPTED, ids=[case[0] for case in ACCEPTED])
@time_machine.travel(NOW, tick=False)
def test_what_looks_odd_and_is_right_is_accepted(stream, says, prepare, sent):
    prepare()

    answer = stream.order(**sent)

    assert answer.status_code == 200, answer.content
    assert Order.objects.count() == 1


@pytest.mark.parametrize(("rule", "says", "prepare", "sent", "refusal"), BROKEN, ids=IDS)
@time_machine.travel(NOW, tick=False)
def test_without_its_rule_the_order_would_be_taken(
    stream, monkeypatch, rule, says, prepare, sent, refusal
):
    others = tuple(one for one in order_rules.RULES if one.check.__name__ != rule)
    assert len(others) == len(order_rules.RULES) - 1
    monkeypatch.setattr(order_rules, "RULES", others)
    # It refuses by itself what was sold meanwhile.
    monkeypatch.setattr(stock, "take", lambda *args: None)
    prepare()

    assert stream.order(**sent).status_code == 200


def test_the_table_has_every_rule():
    assert [rule.check.__name__ for rule in order_rules.RULES] == list(RULES_BROKEN)
