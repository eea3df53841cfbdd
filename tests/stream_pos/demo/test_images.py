"""The images of the demo menus exist and are acceptable to Stream."""

import json
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from django.test import Client
from PIL import Image

from catalog.images.recoding import SHORTEST_PX
from catalog.import_export.importer import import_catalog
from catalog.models import FamilyImage, ItemFamily
from stream_pos.demo.dish_art import draw
from stream_pos.demo.images import illustrate
from tests.support import factories


@pytest.mark.parametrize(
    "name", ["Pizza", "Burger", "Breakfast Tacos", "Bowl", "Fountain Drink", "Peach Pie", "Steak"]
)
def test_every_kind_of_dish_is_drawn_as_large_as_stream_requires(name: str) -> None:
    with Image.open(BytesIO(draw(name, ""))) as image:
        assert image.format == "JPEG"
        assert min(image.size) >= SHORTEST_PX


def test_the_same_dish_is_always_drawn_the_same_way() -> None:
    assert draw("Margherita", "Pizza") == draw("Margherita", "Pizza")
    assert draw("Margherita", "Pizza") != draw("Four Cheese", "Pizza")


def test_a_demo_family_shows_an_image_of_our_own(db: None, client: Client) -> None:
    merchant = factories.merchant()
    elsewhere = [{"provider_url": "https://images.example.com/soup.jpg"}]
    soup = {"provider_id": "fam_soup", "name": "Soup", "price_amount": 700, "images": elsewhere}
    plain = {"provider_id": "fam_bread", "name": "Bread", "price_amount": 200}
    menu = {
        "category": [{"provider_id": "cat_1", "name": "Starters", "item_family_ids": ["fam_soup"]}],
        "item_family": [soup, plain],
        "modifier": [],
        "item": [],
        "modifier_group": [],
        "menu": [],
        "tax": [],
    }

    illustrate(merchant, menu)
    import_catalog(merchant, json.dumps(menu).encode(), merge=False)

    image = FamilyImage.objects.get()
    assert image.object == ItemFamily.objects.get(provider_id="fam_soup")
    assert image.picture is not None
    answer = client.get(urlsplit(image.url).path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
