"""Group orders, brands, and tax that a marketplace remits (contract DSP-WH-NEW)."""

import json

import pytest

from dsp.models import ChannelOrder, Quote, Store
from integration.models import OutboundEvent
from tests.dsp.support.front_end import ANN, PAID

pytestmark = pytest.mark.django_db
LARGE = {"id": "s-var-burger-l", "quantity": 1}
REGULAR = {"id": "s-var-burger-r", "quantity": 1, "guest": 1}
BO = {"name": "Bo Diaz", "phone": "+15125550101", "masked_phone_code": "4411"}


def group_order(front_end, store, guests, lines=(LARGE, REGULAR), **changes):
    quote = front_end.quote(store, lines=list(lines), tip=0).json()
    paid = {**PAID, "amount": quote["total"]}
    body = {"quote_id": quote["quote_id"], "customer": ANN, "payment": paid, "guests": guests}
    return front_end.post("/orders", body | changes, "key-1")


def test_each_line_of_a_group_order_names_its_guest(front_end, selling):
    assert group_order(front_end, selling, [BO], brand="burger-web").status_code == 201
    sent = json.loads(OutboundEvent.objects.get().body)["order"]
    mail = ChannelOrder.objects.get().customers[1]["email"]
    assert sent["customers"] == [
        {"id": "g1", **ANN, "phone": "+15125550100"},
        {"id": "g2", "email": mail, **BO},
    ]
    assert [item["customer_id"] for item in sent["items"]] == ["g1", "g2"]
    assert sent["brand"] == "burger-web"


@pytest.mark.parametrize(
    ("guests", "detail"),
    [
        ([], "guests has nobody for line 1 of the quote."),
        ({}, "guests must be a list."),
        ([{"phone": "+15125550101"}], "guests[0].name is missing."),
        ([{**BO, "phone": "5"}], "guests[0].phone is no number such as +1 512 555 0100."),
        ([{**BO, "email": "bo"}], "guests[0].email is not an e-mail address."),
        ([BO] * 50, "guests has more than 49."),
    ],
)
def test_guests_that_cannot_be_read_are_400_by_their_place(front_end, selling, guests, detail):
    answer = group_order(front_end, selling, guests)
    assert (answer.status_code, answer.json()["detail"]) == (400, detail)
    assert not ChannelOrder.objects.exists()


@pytest.mark.parametrize("guest", [-1, 50, "1", 1.5])
def test_a_line_is_a_guests_by_a_small_index(front_end, selling, guest):
    answer = front_end.quote(selling, lines=[{**LARGE, "guest": guest}], tip=0)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("lines[0].guest must be")


def test_a_marketplace_withholds_the_tax_and_guests_pay_the_same(front_end, selling):
    Store.objects.update(withholds_tax=True)
    quote = front_end.quote(selling).json()
    assert (quote["tax"], quote["total"]) == (187, 2687)
    assert front_end.order(selling).json()["total"] == 2687
    sent = json.loads(OutboundEvent.objects.get().body)["order"]
    assert (sent["tax"], sent["tax_withheld"], sent["subtotal"]) == (0, 187, 2200)
    order = ChannelOrder.objects.get()
    assert (order.tax, order.tax_withheld) == (0, 187)
    assert Quote.objects.first().amounts["taxes"] == order.taxes
