"""A guest's whole way, by plain HTTP: menu, dish, cart, details, placed order."""

from datetime import timedelta

import pytest

from dsp.models import ChannelOrder, Quote
from integration.models import OutboundEvent
from tests.dsp.menus.files import example
from tests.dsp.support.menus import NOON, go_live

from .guest import ORDER, Guest

pytestmark = pytest.mark.django_db
EXTRAS = "pick/s-mg-extras"
KIND = "pick/s-mg-extras/s-mod-cheese/s-mg-kind"


def test_a_guest_orders_without_a_script(guest, selling):
    guest.open()
    assert "Burgers On the grill" in guest.text
    assert "Allergens: wheat, dairy" in guest.text
    assert "from $8.00" in guest.text
    assert "Ready in about 15 minutes." in guest.text

    form = guest.dish()
    assert "Size Choose one" in guest.text
    assert "Extras Choose up to 3" in guest.text
    assert "Kind of cheese Choose up to 1 None Cheddar" in guest.text
    assert "Bacon Sold out" in guest.text
    assert form.fields["size"] == ["s-var-burger-r"]
    assert form.fields[EXTRAS] == ["s-mod-cheese"]
    form.fill(size="s-var-burger-l", quantity=2, note=" No  pickles ").fill(
        **{KIND: "s-mod-cheddar"}
    )
    guest.send(form)
    assert guest.address == ORDER
    assert "Burger is in your order." in guest.text
    assert "Your order: 2 items" in guest.text

    guest.open(f"{ORDER}cart/")
    assert "2 × Burger $22.00 Large, Cheese (Cheddar) “No pickles”" in guest.text
    assert "Subtotal $22.00 Sales tax $1.87 Total $23.87" in guest.text

    form = guest.to_details().fill(car="blue van", email="ann@example.com")
    assert "Ready at about 12:15 PM. You pay at the drive-thru window." in guest.text
    assert "Place the order · $23.87" in guest.text
    guest.send(form)

    order = ChannelOrder.objects.get()
    assert guest.address == f"{ORDER}placed/{order.idempotency_key}/"
    assert f"Your number {order.number}" in guest.text
    assert "Sending your order to the restaurant" in guest.text
    assert "2 × Burger, Large $22.00 Total with taxes $23.87" in guest.text
    assert (order.fulfillment_type, order.is_unpaid, order.total) == ("drive_thru", True, 2387)
    assert order.customers[0]["name"] == "Ann Lee"
    assert order.customers[0]["phone"] == "+15125550100"
    assert order.fulfillment_instructions == "Car: blue van"
    assert order.lines[0]["special_instructions"] == "No pickles"
    assert order.lines[0]["modifiers"][0]["modifiers"][0]["id"] == "s-mod-cheddar"
    assert OutboundEvent.objects.filter(event_type="new_order").count() == 1
    guest.open(f"{ORDER}cart/")
    assert "Nothing is in your order yet." in guest.text


def test_lines_are_changed_and_removed_in_the_cart(guest):
    guest.add()
    guest.open(f"{ORDER}cart/")
    guest.send(guest.form("/line/"), do="more")
    assert "2 × Burger $18.00" in guest.text
    line = guest.form("/line/").fields["line"][0]

    guest.open(f"{ORDER}dish/?id=s-fam-burger&line={line}")
    form = guest.form("/dish/")
    assert form.fields["quantity"] == ["2"]
    guest.send(form.fill(size="s-var-burger-l", **{EXTRAS: []}))
    assert guest.address == f"{ORDER}cart/"
    assert "2 × Burger $20.00 Large One" not in guest.text  # Buttons are named by the dish.
    assert "2 × Burger $20.00 Large" in guest.text

    guest.send(guest.form("/line/"), do="remove")
    assert "Nothing is in your order yet." in guest.text


def test_a_dish_that_breaks_a_rule_is_not_added(guest, selling):
    file = example(1)
    extras = file["menus"][0]["categories"][0]["items"][0]["modifier_groups"][0]
    extras["rules"]["minimum_unique_modifiers_allowed"] = 1
    extras["rules"]["amount_of_modifiers_free"] = 2
    go_live(selling, file)
    form = guest.dish()
    assert "Extras Choose 1 to 3, the first 2 are free" in guest.text
    page = guest.send(form.fill(**{EXTRAS: []}))
    assert page.status_code == 400
    assert "Burger, Extras: choose at least 1." in guest.text
    guest.open(f"{ORDER}cart/")
    assert "Nothing is in your order yet." in guest.text


def test_a_dish_that_is_sent_twice_is_in_the_cart_once(guest):
    form = guest.dish()
    guest.send(form)
    guest.send(form)
    assert "1 × Burger $9.00" in guest.text
    guest.open()
    assert "Your order: 1 item" in guest.text


def test_a_form_that_is_sent_twice_places_one_order(guest):
    guest.add()
    form = guest.to_details()
    guest.send(form)
    first = guest.address
    guest.send(form.fill(name="Ann L."))
    assert guest.address == first
    assert ChannelOrder.objects.count() == 1
    assert OutboundEvent.objects.filter(event_type="new_order").count() == 1


def test_the_next_order_is_another_one(guest):
    guest.place()
    first = guest.address
    guest.place()
    assert guest.address != first
    assert ChannelOrder.objects.count() == 2


def test_a_cart_has_at_most_50_lines(guest):
    guest.add()
    carts = guest.client.session["order_carts"]
    [cart] = carts.values()
    cart["lines"] = [{**cart["lines"][0], "key": f"{number:032}"} for number in range(50)]
    session = guest.client.session
    session["order_carts"] = carts
    session.save()
    assert guest.add().status_code == 400
    assert "An order has at most 50 lines: place this one first." in guest.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "Enter your name."),
        ({"phone": ""}, "Enter your phone number."),
        ({"phone": "12"}, "Enter a number such as +1 512 555 0100."),
        ({"email": "ann"}, "Enter an e-mail such as ann@example.com."),
        ({"name": "\u200b"}, "Enter your name."),
    ],
)
def test_details_that_are_wrong_are_said_beside_their_field(guest, fields, said):
    guest.add()
    page = guest.send(guest.to_details().fill(**fields))
    assert page.status_code == 400
    assert said in guest.text
    assert guest.form("/details/").fields["phone"] == [fields.get("phone", "512 555 0100")]
    assert not ChannelOrder.objects.exists()


def test_alcohol_is_said_before_the_cart_and_asks_for_the_age(guest, selling):
    file = example(1)
    file["menus"][0]["categories"][0]["items"][0]["is_alcohol"] = True
    go_live(selling, file)
    guest.open()
    assert "Contains alcohol" in guest.text
    guest.add()
    form = guest.to_details()
    guest.send(form)
    assert "Confirm your age: the order has alcohol." in guest.text
    guest.send(form.fill(of_age="on"))
    order = ChannelOrder.objects.get()
    assert order.special_instructions == "Contains alcohol: check the guest's age."


def test_an_ended_quote_is_made_anew(guest, selling):
    guest.add()
    form = guest.to_details()
    Quote.objects.update(valid_until=NOON - timedelta(seconds=1))
    guest.send(form)
    assert guest.address == f"{ORDER}details/"
    assert "Please check the total, then place the order again." in guest.text
    assert guest.form("/details/").fields["name"] == ["Ann Lee"]
    guest.send(guest.form("/details/"))
    assert ChannelOrder.objects.count() == 1


def test_a_menu_that_became_dearer_is_shown_before_the_order(guest, selling):
    guest.add()
    form = guest.to_details()
    file = example(1)
    file["menus"][0]["categories"][0]["items"][0]["variations"][0]["price"] = 900
    go_live(selling, file)
    guest.send(form)
    assert guest.address == f"{ORDER}cart/"
    assert "The menu has changed. Please check your order, then go on." in guest.text
    assert "1 × Burger $10.00" in guest.text
    assert not ChannelOrder.objects.exists()
    guest.open(f"{ORDER}details/")
    guest.send(guest.form("/details/"))
    assert ChannelOrder.objects.get().subtotal == 1000


def test_what_left_the_menu_is_said_beside_its_line(guest, selling):
    guest.add()
    form = guest.to_details()
    file = example(1)
    file["menus"][0]["categories"][0]["items"][0]["is_active"] = False
    go_live(selling, file)
    guest.send(form)
    assert "1 × Burger Regular, Cheese Burger is sold out." in guest.text
    assert "Solve what is marked above, then you can go on." in guest.text
    file["menus"][0]["categories"][0]["items"] = []
    go_live(selling, file)
    guest.open(f"{ORDER}cart/")
    assert "This is no longer on the menu. Remove it to go on." in guest.text
    guest.open(f"{ORDER}details/")
    assert guest.address == f"{ORDER}cart/"


def test_a_form_without_the_token_is_refused(guest):
    form = guest.dish()
    del form.fields["csrfmiddlewaretoken"]
    assert guest.send(form).status_code == 403


def test_each_guest_has_a_cart_of_their_own(guest):
    guest.add()
    other = Guest()
    other.open()
    assert "Your order:" not in other.text
