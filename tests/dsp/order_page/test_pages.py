"""Common traits of all pages: size, headers, language, and rules of accessibility."""

import gettext
import re

import pytest

from dsp.models import Store
from tests.check import ROOT
from tests.dsp.menus.files import example
from tests.dsp.support.menus import go_live
from tests.orders.support.translatable_texts import in_module, in_template

from .guest import ORDER, Guest

pytestmark = pytest.mark.django_db
STATIC = ROOT / "stream_pos" / "static"
LOCALE = ROOT / "dsp" / "locale" / "es" / "LC_MESSAGES"
_LINKED = re.compile(r'(?:href|src)="/static/([^"]+)"')
_FIELD = re.compile(r"<input\b[^>]*>")


def menu_of(count: int) -> dict[str, object]:
    """Return a menu with so many dishes, each with a text and two allergens."""
    file = example(1)
    item = file["menus"][0]["categories"][0]["items"][0]
    item["description"] = "Beef from the grill, with pickles, onions, tomato and our own sauce"
    items = [item | {"stream_id": f"s-fam-{n}", "name": f"Burger No. {n}"} for n in range(count)]
    file["menus"][0]["categories"] = [
        {"stream_id": f"s-cat-{n}", "name": f"Category {n}", "items": items[n::8]} for n in range(8)
    ]
    return file


def test_the_first_view_of_40_dishes_is_below_60_kb(guest, selling):
    """Pictures come later, lazily. Style sheets and scripts travel as they are stored."""
    go_live(selling, menu_of(40))
    page = guest.open(HTTP_ACCEPT_ENCODING="gzip")
    assert page["Content-Encoding"] == "gzip"
    plain = guest.open().content
    assert plain.decode().count('loading="lazy"') == 40
    linked = _LINKED.findall(plain.decode())
    assert sorted(linked) == [
        "stream_pos/mark.svg",
        "stream_pos/order.css",
        "stream_pos/pages.css",
    ]
    files = sum((STATIC / name).stat().st_size for name in linked)
    assert len(page.content) + files < 60_000
    assert len(page.content) < 12_000


def test_a_long_menu_goes_on_over_several_pages(guest, selling):
    go_live(selling, menu_of(200))
    guest.open()
    content = guest.page.content.decode()
    assert content.count('class="item"') == 150
    assert f'href="{ORDER}?from=150"' in content
    assert f'href="{ORDER}?from=150#s6"' in content
    guest.open(f"{ORDER}?from=150")
    content = guest.page.content.decode()
    assert content.count('class="item"') == 50
    assert f'href="{ORDER}?from=0#s0"' in content
    assert guest.open(f"{ORDER}?from=9999999999").status_code == 200


def test_the_menu_takes_few_queries(guest, django_assert_max_num_queries):
    guest.open()
    with django_assert_max_num_queries(4):
        guest.open()


def test_pictures_come_over_https_and_nothing_else_from_elsewhere(guest, selling):
    file = example(1)
    for url, is_shown in (
        ("https://img.example.com/a.jpg", True),
        ("http://127.0.0.1:8000/pictures/a.jpg", True),  # Our own.
        ("http://img.example.com/a.jpg", False),
        ("javascript:alert(1)", False),
    ):
        file["menus"][0]["categories"][0]["items"][0]["images"] = [{"url": url}]
        go_live(selling, file)
        guest.open()
        assert ("<img" in guest.page.content.decode()) is is_shown, url
    policy = guest.page["Content-Security-Policy"]
    assert "img-src 'self' data: https:" in policy
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy


def test_pages_are_for_one_guest_and_details_are_not_kept(guest):
    guest.open()
    assert guest.page["Cache-Control"] == "private, no-cache"
    guest.add()
    guest.open(f"{ORDER}details/")
    assert guest.page["Cache-Control"] == "private, no-store"


def test_reading_starts_no_session(guest):
    guest.open()
    guest.open(f"{ORDER}cart/")
    assert "sessionid" not in guest.client.cookies


def test_every_field_has_a_label_and_every_page_one_heading(guest):
    guest.add()
    for path in ("", "dish/?id=s-fam-burger", "cart/", "details/"):
        content = guest.open(ORDER + path).content.decode()
        assert content.count("<h1") == 1
        assert '<html lang="en"' in content
        labels = re.findall(r'<label[^>]*\bfor="(\w+)"', content)
        for field in _FIELD.findall(content):
            identifier = re.search(r'\bid="(\w+)"', field)
            is_labelled = identifier is not None and identifier[1] in labels
            is_inside = re.search(
                r"<label[^<]*(<span[^>]*>[^<]*</span>)*" + re.escape(field), content
            )
            assert 'type="hidden"' in field or is_labelled or is_inside, field


def test_wrong_details_are_tied_to_their_field(guest):
    guest.add()
    guest.send(guest.to_details().fill(name=""))
    field = next(
        one for one in _FIELD.findall(guest.page.content.decode()) if 'id="id_name"' in one
    )
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="id_name_error"' in field
    assert 'autocomplete="name"' in field
    assert 'id="id_name_error"' in guest.page.content.decode()


@pytest.fixture
def spanish(selling: Store) -> Guest:
    return Guest("es-MX, en;q=0.8")


def test_the_page_speaks_the_guests_spanish(spanish):
    spanish.open()
    assert '<html lang="es"' in spanish.page.content.decode()
    assert "Alérgenos: trigo, lácteos" in spanish.text
    assert "desde $8.00" in spanish.text
    spanish.add()
    assert "Burger está en su pedido." in spanish.text
    form = spanish.to_details()
    assert "Listo hacia las 12:15. Se paga en la ventanilla." in spanish.text
    spanish.send(form)
    assert "Enviando su pedido al restaurante" in spanish.text


def test_a_guest_chooses_the_language(guest):
    answer = guest.client.get(f"{ORDER}dish/?id=s-fam-burger&language=es")
    assert (answer.status_code, answer["Location"]) == (302, f"{ORDER}dish/?id=s-fam-burger")
    guest.open()
    assert "Alérgenos" in guest.text
    guest.open(f"{ORDER}?language=xx")
    assert "Alérgenos" in guest.text
    guest.open(f"{ORDER}?language=en")
    assert "Allergens" in guest.text


def test_every_text_of_the_page_is_translated_and_none_in_vain():
    templates = sorted((ROOT / "templates" / "order").glob("*.html"))
    modules = sorted((ROOT / "dsp" / "order_page").glob("*.py"))
    msgids = {text for path in templates for text in in_template(path)}
    msgids |= {text for path in modules for text in in_module(path)}
    with (LOCALE / "django.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # Its texts.
    keys = {key[0] if isinstance(key, tuple) else key for key in catalog} - {""}
    plurals = {text for text in msgids if text.startswith(PLURALS)}
    assert len(keys) > 90
    assert sorted(msgids - plurals - keys) == []
    assert sorted(keys - msgids) == []
    written = (LOCALE / "django.po").read_text()
    assert written.count("\nmsgid ") == len(keys) + 1
    for text in catalog.values():
        assert f' "{text}"' in written or text == catalog[""], text


PLURALS = ("the first %(count)s", "Your order: %(count)s items", "Ready in about %(minutes)s min")
