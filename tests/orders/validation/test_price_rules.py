"""Prices and subtotals below ours are refused with both (ORD-NEW, the table)."""

import pytest

from catalog import models
from tests.orders.support.stream_orders import (
    base,
    burger,
    gives_reasons,
    here,
    line,
    order,
    reasons_in,
    refusal_in,
    thing,
)

pytestmark = pytest.mark.usefixtures("menu")


def dsp(provider_id, channel, amount):
    return lambda: thing(provider_id).dsp_prices.create(dsp=channel, price_amount=amount)


def size_price(item, modifier, amount):
    return lambda: models.ItemModifierPrice.objects.create(
        item=thing(item), modifier=thing(modifier), price_amount=amount
    )


# What is ours is accepted; one less is refused with ours and theirs.
_HAM_LARGE = ("item_large", 1500, "mod_ham")
PRICES = [
    ("base", [], "uber", ("fam_soda", 250)),
    ("here lower", [here("fam_soda", price_amount=200)], "uber", ("fam_soda", 200)),
    ("here higher", [here("fam_soda", price_amount=300)], "uber", ("fam_soda", 300)),
    ("here free", [here("fam_soda", price_amount=0)], "uber", ("fam_soda", 0)),
    ("the channel's own", [dsp("fam_soda", "uber", 270)], "uber", ("fam_soda", 270)),
    ("the channel's, other case", [dsp("fam_soda", "uber", 270)], "UBER", ("fam_soda", 270)),
    ("another channel's", [dsp("fam_soda", "grubhub", 270)], "uber", ("fam_soda", 250)),
    (
        "the channel's before the location's",
        [dsp("fam_soda", "uber", 180), here("fam_soda", price_amount=300)],
        "uber",
        ("fam_soda", 180),
    ),
    ("size", [], "uber", ("item_large", 1500)),
    ("size here", [here("item_large", price_amount=1400)], "uber", ("item_large", 1400)),
    ("size in a channel", [dsp("item_large", "uber", 1700)], "uber", ("item_large", 1700)),
    ("modifier", [], "uber", (*_HAM_LARGE, 200)),
    ("modifier here", [here("mod_ham", price_amount=150)], "uber", (*_HAM_LARGE, 150)),
    ("modifier in a channel", [dsp("mod_ham", "uber", 260)], "uber", (*_HAM_LARGE, 260)),
    ("modifier at this size", [size_price("item_large", "mod_ham", 350)], "", (*_HAM_LARGE, 350)),
    ("modifier at another", [size_price("item_small", "mod_ham", 350)], "", (*_HAM_LARGE, 200)),
    (
        "lower of channel's and size's",
        [size_price("item_large", "mod_ham", 350), dsp("mod_ham", "uber", 300)],
        "uber",
        (*_HAM_LARGE, 300),
    ),
]


@pytest.mark.parametrize(
    ("prepare", "channel", "priced"), [case[1:] for case in PRICES], ids=[c[0] for c in PRICES]
)
def test_our_price_is_accepted_and_more_but_not_less(stream, prepare, channel, priced):
    for change in prepare:
        change()

    def send(key, difference):
        ours = priced[-1] + difference
        one = line(priced[0], ours)
        if len(priced) == 4:
            one = line(priced[0], priced[1], 1, line(priced[2], ours))
        return stream.order(**order(one, source=channel, idempotency_key=key))

    total = sum(amount for amount in priced if isinstance(amount, int))
    assert send("ours", 0).status_code == 200
    assert send("more", 1).status_code == 200
    if priced[-1] == 0:
        return
    refused = refusal_in(send("less", -1))
    assert refused["orderTotalsValidation"] == [{"posTotal": total, "streamTotal": total - 1}]
    assert gives_reasons(refused, [("invalid_cart", f"costs {priced[-1] / 100:.2f} USD here, but")])


def test_a_size_price_is_not_taken_for_a_family_that_has_the_same_key(stream, merchant):
    """Keys of different tables may be equal: the family is not the size with the same number."""
    soda = thing("fam_soda")
    models.FamilyModifierGroup.objects.create(family=soda, group=thing("grp_toppings"))
    pizza = thing("fam_pizza")
    twin = models.Item.objects.filter(pk=soda.pk).first() or models.Item.objects.create(
        pk=soda.pk, merchant=merchant, family=pizza, provider_id="item_twin", price_amount=900
    )
    size_price(twin.provider_id, "mod_ham", 900)()
    lines = [
        line(twin.provider_id, twin.price_amount, 1, line("mod_ham", 900)),
        line("fam_soda", 250, 1, line("mod_ham", 200)),
    ]

    assert stream.order(**order(*lines)).status_code == 200


@pytest.mark.parametrize(
    ("free", "below", "ours"),
    [
        (1, [line("mod_cheese", 0)], None),
        (1, [line("mod_cheese", 0), line("mod_patty", 500)], None),
        (2, [line("mod_cheese", 0, 2)], None),
        (1, [line("mod_cheese", 100), line("mod_patty", 0)], None),
        (0, [line("mod_cheese", 0)], 1100),
        (1, [line("mod_cheese", 0, 2)], 1100),
        (1, [line("mod_cheese", 0), line("mod_patty", 0)], 1500),
        (2, [line("mod_patty", 0, 3)], 1500),
    ],
)
def test_as_many_modifiers_as_the_group_gives_away_may_cost_nothing(stream, free, below, ours):
    base("grp_extras", free_modifiers=free)()

    answer = stream.order(**order(burger(*below)))

    if ours is None:
        assert answer.status_code == 200
    else:
        assert refusal_in(answer)["orderTotalsValidation"] == [
            {"posTotal": ours, "streamTotal": 1000}
        ]


def test_each_parent_has_its_own_free_modifiers(stream):
    base("grp_extras", free_modifiers=1)()
    free = line("mod_cheese", 0)

    assert stream.order(**order(burger(free), burger(free))).status_code == 200


def test_a_subtotal_below_ours_is_refused_with_both_and_with_what_the_lines_come_to(stream):
    refused = refusal_in(stream.order(**order(subtotal=999)))

    assert refused == {
        "orderTotalsValidation": [{"posTotal": 1000, "streamTotal": 999}],
        "orderValidation": [
            {
                "order_error": "invalid_cart",
                "order_error_reason": "The subtotal 9.99 USD is less than the order's own lines,"
                " which come to 10.00 USD.",
            }
        ],
    }


def test_a_subtotal_below_the_orders_own_lines_is_refused_even_when_it_is_above_ours(stream):
    refused = refusal_in(stream.order(**order(line("fam_burger", 1200), subtotal=1100)))

    assert list(refused) == ["orderValidation"]
    assert gives_reasons(refused, [("invalid_cart", "The subtotal 11.00 USD is less")])


def test_the_tolerance_is_a_setting(stream, settings):
    settings.ORDER_PRICE_TOLERANCE = 2

    assert stream.order(**order(line("fam_burger", 998))).status_code == 200
    refused = stream.order(**order(line("fam_burger", 997), idempotency_key="2"))
    assert refusal_in(refused)["orderTotalsValidation"] == [{"posTotal": 1000, "streamTotal": 997}]


def test_amounts_are_written_in_the_merchants_currency(stream, merchant):
    type(merchant).objects.update(currency="kwd")

    refused = refusal_in(stream.order(**order(line("fam_burger", 999))))

    assert reasons_in(refused)[0][1].startswith(
        "Cheeseburger costs 1.000 KWD here, but the order says 0.999 KWD"
    )
