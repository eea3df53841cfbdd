"""What staff enter on the pages below the board is kept without what nobody can read."""

import pytest

from orders.board.cancel_form import CancelForm
from orders.dispatch.forms import DriverForm
from orders.forms import RejectForm
from orders.models import OrderLine
from tests.orders.support.instore_pages import ADDRESS, Counter

pytestmark = pytest.mark.django_db
BIDI, BELL, ESCAPE, NOTHING = "\u202e", "\x07", "\x1b", "\u200b\u2060"


def test_names_addresses_and_notes_of_an_order_are_cleaned(counter: Counter):
    counter.add("fam_soda", note=f"{BIDI}no{BELL} ice")
    order = counter.placed(
        how="merchant_managed_delivery", name=f"{BIDI}An{BELL}n", phone="+15125550100",
        notes=f"Ring{ESCAPE}\r\ntwice", **ADDRESS | {"street": f"5 Main{BELL} St"},
    )  # fmt: skip
    assert order.customer_name == "Ann"
    assert order.details["customers"][0]["name"] == "Ann"
    assert order.details["delivery_address"]["street"] == "5 Main St"
    assert order.details["special_instructions"] == "Ring\r\ntwice"
    assert OrderLine.objects.get().special_instructions == "no ice"


def test_a_name_that_nobody_sees_is_missing_where_the_driver_needs_it(counter: Counter):
    counter.add("fam_soda")
    answer = counter.place(
        how="merchant_managed_delivery", name=NOTHING, phone="+15125550100", **ADDRESS
    )
    assert answer.status_code == 400
    assert "The driver needs the customer&#x27;s name." in answer.content.decode()


def test_the_other_forms_of_staff_clean_their_texts(location):
    driver = DriverForm({"name": f"Sa{BELL}m", "phone": "+15125550100"}, location=location)
    assert driver.is_valid()
    assert driver.cleaned_data["name"] == "Sam"
    assert not DriverForm({"name": NOTHING, "phone": "+15125550100"}, location=location).is_valid()
    cancel = CancelForm({"why": "other", "words": f"Oven{BIDI} is broken"})
    assert cancel.is_valid()
    assert cancel.reason() == "Oven is broken"
    assert CancelForm({"why": "other", "words": NOTHING}).errors == {"words": ["Enter the reason."]}
    reject = RejectForm({"kind": "other", "reason": f"No{ESCAPE} bread"})
    assert reject.is_valid()
    assert reject.refusal().order[0]["order_error_reason"] == "No bread"
