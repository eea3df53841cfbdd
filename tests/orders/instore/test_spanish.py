"""The order entry and driver pages in Spanish."""

import pytest
from django.db import OperationalError
from django.utils import translation

from catalog import models
from catalog.locations import connection
from integration.models import OutboundEvent
from orders.dispatch import driver_assignment
from orders.instore.dish_page import describe_rules
from orders.models import Order, OrderEvent
from orders.states import State
from tests.orders.support.board_pages import text_of
from tests.orders.support.instore_pages import DISH, FINISH, HERE, LINE, NEW, Counter
from tests.orders.support.stream_orders import at_location, line, order
from tests.support.markup import compact

from .test_delivery_request import OWN, TO_STREAM, end

SAM = {"name": "Sam", "phone": "512 555 0100"}


@pytest.fixture
def mostrador(counter: Counter) -> Counter:
    """A counter whose browser asks for Spanish."""
    counter.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "es-MX, en;q=0.5"
    return counter


def test_the_menu_and_the_cart_are_spanish(mostrador):
    at_location("fam_burger", is_active=False)
    empty = mostrador.menu()
    assert '<html lang="es"' in empty.content.decode()
    for words in ("Pedido nuevo", "Aún no hay platos.", "Agotado", "desde"):
        assert words in text_of(empty)
    assert "2.50 USD Agregar" in text_of(mostrador.menu(q="soda"))
    mostrador.add("fam_soda", note="Cold")
    full = mostrador.menu()
    assert "Este pedido (1)" in text_of(full)
    assert 'aria-label="Agregar 1 Soda"' in full.content.decode()
    assert "Cambiar Quitar Subtotal 2.50 USD Total 2.50 USD" in text_of(full)
    assert "Ningún plato coincide con “xyz”." in text_of(mostrador.menu(q="xyz"))
    assert translation.get_language() == "en-us"


def test_a_dish_with_its_rules_and_errors_is_spanish(mostrador):
    models.ModifierGroup.objects.filter(provider_id="grp_extras").update(
        minimum_unique_modifiers=1, maximum_unique_modifiers=2, free_modifiers=1
    )
    shown = text_of(mostrador.client.get(DISH, HERE | {"family": "fam_burger"}))
    assert "Extras Elija al menos 1, como máximo 2, 1 gratis" in shown
    assert "Nota para la cocina" in shown
    wrong = mostrador.add("fam_burger", quantity="0", note="x" * 501)
    assert wrong.status_code == 400
    for words in (
        "Extras: elija al menos 1.",
        "La nota puede tener como máximo 500 caracteres.",
    ):
        assert words in text_of(wrong)
    assert "escriba un número del 1 al 999." in text_of(wrong)
    assert "Elija un tamaño de Pizza." in text_of(mostrador.add("fam_pizza"))


@pytest.mark.parametrize(
    ("least", "most", "free", "expected"),
    [
        (1, 1, 0, "Elija 1"),
        (2, None, 0, "Elija al menos 2"),
        (1, 3, 2, "Elija al menos 1, como máximo 3, 2 gratis"),
        (0, 4, 0, "Hasta 4"),
        (0, None, 1, "A su gusto, 1 gratis"),
    ],
)
def test_every_rule_of_a_group_is_spanish(least, most, free, expected):
    rules = {
        "minimum_unique_modifiers_allowed": least,
        "maximum_unique_modifiers_allowed": most,
        "amount_of_modifiers_free": free,
    }
    with translation.override("es"):
        assert describe_rules(rules) == expected


def test_the_checkout_and_its_errors_are_spanish(mostrador):
    mostrador.add("fam_soda")
    shown = text_of(mostrador.finish())
    for words in (
        "¿Cómo sale el pedido?", "Para recoger", "Entrega con nuestro propio repartidor",
        "Nombre del cliente", "Se cobra al entregar", "Confirmar el pedido · 2.50 USD",
    ):  # fmt: skip
        assert words in shown
    wrong = mostrador.place(how="delivery", paid="unpaid", wanted_for="2020-01-01T10:00")
    assert wrong.status_code == 400
    for words in (
        "El repartidor necesita el nombre del cliente.",
        "El repartidor necesita el teléfono del cliente. Escriba el teléfono con el código del",
        "¿Adónde? Falta la calle.",
        "Un repartidor de Stream solo lleva lo que ya está pagado.",
        "Esa hora ya pasó: elija una posterior, o ninguna.",
    ):
        assert words in text_of(wrong)
    assert "Este campo es requerido." in text_of(mostrador.place(how=""))
    assert "mire el total y confírmelo de nuevo." in text_of(mostrador.place(total="1"))
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (2, "Soda: solo quedan 2."),
        (1, "Soda: solo queda 1."),
        (0, "Soda está agotado o no se vende ahora."),
    ],
)
def test_stock_counts_use_spanish_plurals(mostrador, left, expected):
    at_location("fam_soda", stock_count=3)
    mostrador.add("fam_soda", quantity="3")
    form = mostrador.form()
    models.FamilyAtLocation.objects.update(stock_count=left)
    assert expected in text_of(mostrador.client.post(FINISH, form))


def test_a_fulfillment_type_has_a_spanish_name(mostrador):
    mostrador.add("fam_soda")
    form = mostrador.form()
    models.Location.objects.update(fulfillment_types_off=["pickup"])
    text = text_of(mostrador.client.post(FINISH, form))
    assert "Downtown no ofrece recogida: actívelo para el local" in text


def test_validation_is_spanish_for_people_and_english_for_stream(mostrador, stream):
    mostrador.add("fam_burger")
    form = mostrador.form()
    models.ModifierGroup.objects.filter(provider_id="grp_extras").update(minimum_unique_modifiers=1)
    spanish = "Cheeseburger necesita 1 opción de “Extras”, y el pedido no tiene ninguna:"
    assert f"{spanish} elija de nuevo." in text_of(mostrador.client.post(FINISH, form))
    english = "Cheeseburger needs 1 choice from “Extras”, and the order has none:"
    refused = stream.order(**order(line("fam_burger", 1000, name="Cheeseburger")))
    assert (
        f"{english} publish the menu to the channel again."
        in refused.json()["posValidation"]["orderValidation"][0]["order_error_reason"]
    )


def test_messages_are_spanish_and_the_history_stays_english(mostrador):
    empty = mostrador.client.get(FINISH, HERE, follow=True)
    assert "El pedido está vacío: elija algo primero." in text_of(empty)
    gone = mostrador.client.post(LINE, HERE | {"line": "x"}, follow=True)
    assert "Esta línea ya no está en el pedido." in text_of(gone)
    mostrador.add("fam_soda")
    form = mostrador.form(**OWN)
    first, second = (mostrador.client.post(FINISH, form, follow=True) for _ in range(2))
    assert "El pedido S1 está confirmado." in text_of(first)
    assert "Este pedido ya estaba confirmado: S1." in text_of(second)
    assert "En preparación" in text_of(first)
    assert OrderEvent.objects.get().what == "Order entered"


def test_the_delivery_status_is_spanish(mostrador):
    mostrador.add("fam_soda")
    order = mostrador.placed(**TO_STREAM)
    page = f"{NEW}{order.pk}/"
    waiting = text_of(mostrador.client.get(page))
    assert (
        "En camino a Stream Se envía en cuanto se pueda y se reintenta automáticamente." in waiting
    )
    late = text_of(mostrador.client.post(page, follow=True))
    assert "No hay nada que enviar: En camino a Stream." in late
    end("expired")
    Order.objects.update(delivery_status="")
    assert "No se pudo enviar" in text_of(mostrador.client.get(page))
    end("arrived")
    assert "Stream lo tiene Buscando repartidor." in text_of(mostrador.client.get(page))
    Order.objects.update(delivery_status="arrived_at_pickup")
    assert "El repartidor está aquí." in text_of(mostrador.client.get(page))


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ("refused", "Stream lo rechazó y no se reintenta automáticamente."),
        ("expired", "No se pudo enviar a tiempo."),
        ("stopped", "El personal lo detuvo."),
        ("disconnected", "El local ya no está conectado a Stream."),
        ("tried_out", "No se pudo enviar y no se reintenta automáticamente."),
    ],
)
def test_a_failed_delivery_is_explained_briefly_in_spanish(mostrador, ending, expected):
    mostrador.add("fam_soda")
    order = mostrador.placed(**TO_STREAM)
    OutboundEvent.objects.update(state="failed")
    end(ending)
    shown = text_of(mostrador.client.get(f"{NEW}{order.pk}/"))
    assert f"Stream no tiene este pedido. {expected}" in shown
    assert "Enviar de nuevo" in shown


def test_an_order_that_cannot_be_sent_says_why_in_spanish(mostrador):
    mostrador.add("fam_soda")
    connection.disconnect(models.Location.objects.all())
    answer = mostrador.place(**TO_STREAM)
    assert "Downtown no está conectado a Stream: un propietario" in text_of(answer)


def test_the_drivers_page_is_spanish(mostrador):
    mostrador.add("fam_soda")
    order = mostrador.placed(**OWN)
    page = f"/board/orders/{order.pk}/driver/"
    shown = text_of(mostrador.client.get(page))
    for words in (
        "Repartidor · En el local S1",
        "Nombre del repartidor",
        "Teléfono",
        "Añadir y asignar",
    ):
        assert words in shown
    wrong = text_of(mostrador.client.post(page, SAM | {"phone": "12", "code": "x"}))
    assert "Escriba el teléfono con el código del país" in wrong
    assert "Escriba hasta diez dígitos, o nada." in wrong
    texts = [text_of(mostrador.client.post(page, SAM, follow=True)) for _ in range(2)]
    assert "Sam lo entrega." in texts[0]
    assert "Sam ya es su repartidor." in texts[1]
    Order.objects.update(state=State.DSP_CANCELED)
    over = text_of(mostrador.client.post(page, SAM, follow=True))
    assert "Este pedido ya terminó: Cancelado por el canal." in over
    Order.objects.update(state=State.IN_PROGRESS, fulfillment_type="pickup")
    other = text_of(mostrador.client.post(page, SAM, follow=True))
    assert "Solo un pedido que reparte el restaurante mismo lleva repartidor propio." in other


def test_a_database_conflict_is_spanish(mostrador, monkeypatch):
    class Deadlock(Exception):
        sqlstate = "40P01"

    def fail(*args, **kwargs):
        raise OperationalError from Deadlock()

    mostrador.add("fam_soda")
    order = mostrador.placed(**OWN)
    monkeypatch.setattr(driver_assignment, "assign", fail)
    answer = mostrador.client.post(f"/board/orders/{order.pk}/driver/", SAM, follow=True)
    assert "No se guardó nada: alguien está cambiando lo mismo" in text_of(answer)


# --- The language switch.
def choose(client, code, page):
    """Submit the page's language form."""
    shown = page.content.decode()
    form = shown[shown.index('<form class="languages"') :]
    back = form[form.index('name="next" value="') + 19 :].split('"')[0].replace("&amp;", "&")
    return client.post("/board/language/", {"language": code, "next": back})


def test_the_language_switch_returns_to_the_same_page(counter):
    counter.add("fam_soda")
    order = counter.placed(**OWN)
    counter.add("fam_soda")
    driver = f"/board/orders/{order.pk}/driver/"
    dish = {"family": "fam_burger"}
    for page, back in (
        (counter.menu(q="so"), f"{NEW}?location=loc_downtown&q=so"),
        (counter.client.get(DISH, HERE | dish), f"{DISH}?location=loc_downtown&family=fam_burger"),
        (
            counter.add("fam_burger", quantity="0"),
            f"{DISH}?location=loc_downtown&family=fam_burger",
        ),
        (counter.finish(), f"{FINISH}?location=loc_downtown"),
        (counter.place(how=""), f"{FINISH}?location=loc_downtown"),
        (counter.client.get(f"{NEW}{order.pk}/"), f"{NEW}{order.pk}/"),
        (counter.client.post(driver, {"next": "/board/"}), f"{driver}?next=%2Fboard%2F"),
    ):
        answer = choose(counter.client, "es", page)
        assert (answer.status_code, answer["Location"]) == (302, back)
        again = counter.client.get(back)
        assert (again.status_code, 'aria-pressed="true">ES' in compact(again.content.decode())) == (
            200,
            True,
        )
        choose(counter.client, "en", again)
    assert 'aria-pressed="true">EN' in compact(counter.menu().content.decode())


@pytest.mark.parametrize(
    "next_url", ["https://evil.example/", "//evil.example", "javascript:x", "\0"]
)
def test_the_language_switch_does_not_redirect_to_other_sites(counter, next_url):
    answer = counter.client.post("/board/language/", {"language": "es", "next": next_url})
    assert answer["Location"] == "/board/"
