"""The board in English and in Spanish."""

import gettext
import re
from datetime import UTC, datetime

import pytest
from django.utils import translation

from orders.states import State
from tests.check import ROOT
from tests.orders.support.board_pages import BOARD, action_url, board_order, buttons, line, text_of
from tests.orders.support.translatable_texts import all_msgids
from tests.support import factories

FOLDER = ROOT / "orders" / "locale" / "es" / "LC_MESSAGES"
PLURALS = {
    "%(times)s time": "%(times)s times",
    "%(count)s choice": "%(count)s choices",
    "And %(more)s more line.": "And %(more)s more lines.",
    "And %(more)s more line: see the ticket.": "And %(more)s more lines: see the ticket.",
    "%(name)s delivers %(count)s order.": "%(name)s delivers %(count)s orders.",
    "%(name)s is deactivated, and still has %(count)s delivery.": (
        "%(name)s is deactivated, and still has %(count)s deliveries."
    ),
    "%(name)s: only %(left)s left.": "",  # The same in English.
}
_PLACE = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def spanish() -> dict[str, str]:
    with (FOLDER / "django.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # Its texts.
    return {key[0] if isinstance(key, tuple) else key: text for key, text in catalog.items() if key}


@pytest.mark.once
def test_every_text_of_the_board_is_translated(spanish):
    msgids = all_msgids() - set(PLURALS.values())
    assert len(msgids) > 100
    assert sorted(text for text in msgids if not spanish.get(text)) == []
    assert sorted(set(spanish) - msgids) == []  # No unused translation.


@pytest.mark.once
def test_a_translation_has_the_same_placeholders(spanish):
    differ = [
        text
        for text, translated in spanish.items()
        if set(_PLACE.findall(text)) != set(_PLACE.findall(translated))
    ]
    assert differ == []


@pytest.mark.once
def test_our_translations_override_those_of_packages(spanish):
    """Django's admin has its own Spanish for `Add`, `Change` and `Remove`."""
    with translation.override("es"):
        single = {text: translated for text, translated in spanish.items() if text not in PLURALS}
        assert {text: translation.gettext(text) for text in single} == single


@pytest.mark.once
def test_the_compiled_translations_match_the_source(spanish):
    """The compiled file is built from the one that people edit."""
    written = (FOLDER / "django.po").read_text()
    assert written.count("\nmsgid ") == len(spanish) + 1
    for text, translated in spanish.items():
        assert f'msgid "{text}"' in written
        assert f' "{translated}"' in written, text


@pytest.mark.django_db
def test_the_browsers_language_is_used(board, location):
    board_order(location, state=State.PENDING, unpaid=True, delivery_status="arrived_at_pickup")
    page = board.get(BOARD, HTTP_ACCEPT_LANGUAGE="fr-CH, es-MX;q=0.9, en;q=0.8")
    text = text_of(page)
    assert '<html lang="es"' in page.content.decode()
    assert buttons(page) == ["Aceptar", "Rechazar"]
    for words in ("Cobrar", "El repartidor está aquí", "ahora mismo", "En preparación"):
        assert words in text
    assert buttons(board.get(BOARD, HTTP_ACCEPT_LANGUAGE="de")) == ["Accept", "Reject"]
    assert translation.get_language() == "en-us"


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["", "x" * 9000, "es" * 5000, ",;q=,=", "es;q=x", "\xff"])
def test_any_accept_language_header_is_handled(board, location, asked):
    assert board.get(BOARD, HTTP_ACCEPT_LANGUAGE=asked).status_code == 200


@pytest.mark.django_db
def test_a_chosen_language_overrides_the_browsers(board, location):
    board_order(location)
    answer = board.post(f"{BOARD}language/", {"language": "es", "location": "loc_downtown"})
    assert answer["Location"] == f"{BOARD}?location=loc_downtown"
    assert buttons(board.get(BOARD, HTTP_ACCEPT_LANGUAGE="en")) == ["Listo", "Cancelar"]
    board.post(f"{BOARD}language/", {"language": "en"})
    assert buttons(board.get(BOARD, HTTP_ACCEPT_LANGUAGE="es")) == ["Ready", "Cancel"]
    board.post(f"{BOARD}language/", {"language": "xx\0"})
    assert buttons(board.get(BOARD, HTTP_ACCEPT_LANGUAGE="es")) == ["Ready", "Cancel"]


@pytest.mark.django_db
def test_dialogs_errors_and_notices_are_in_spanish_too(live, location):
    live.defaults["HTTP_ACCEPT_LANGUAGE"] = "es"
    order = board_order(location, state=State.PENDING, customer_name="Jane")
    line(order, "Burger", provider_id="gone")
    assert "¿Rechazar A-1, Jane? Motivo No podemos aceptarlo ahora" in text_of(
        live.get(action_url("reject", order))
    )
    wrong = text_of(live.post(action_url("cancel", order), {"why": "other"}))
    assert "Escriba cuál es el motivo." in wrong
    order.state = State.DSP_CANCELED
    order.save()
    late = text_of(live.post(action_url("accept", order)))
    assert "Alguien se adelantó. El pedido está ahora: Cancelado por el canal." in late


@pytest.mark.django_db
def test_days_are_named_in_the_persons_language(board, location):
    board_order(
        location, is_future_order=True, requested_for=datetime(2036, 5, 5, 17, 0, tzinfo=UTC)
    )
    assert "lun 5 May, 12:00" in text_of(board.get(BOARD, HTTP_ACCEPT_LANGUAGE="es"))
    assert "Mon 5 May, 12:00" in text_of(board.get(BOARD))


@pytest.mark.django_db
def test_the_rest_stays_english(browser_client, owner, location):
    browser = browser_client(owner)
    browser.cookies["board_language"] = "es"
    for address in ("/account/", "/admin/orders/order/", "/"):
        page = browser.get(address, HTTP_ACCEPT_LANGUAGE="es").content.decode()
        assert '<html lang="en' in page
        assert "Service status" in page or "Orders" in page or "Health" in page
        assert "Pedido" not in page


@pytest.mark.django_db
def test_our_own_staff_choose_in_their_language(browser_client, location):
    browser = browser_client(factories.user(None, "", is_superuser=True))
    assert "Elija un local" in text_of(browser.get(BOARD, HTTP_ACCEPT_LANGUAGE="es"))
