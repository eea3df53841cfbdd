"""Small images on the dish cards: only ours, and without a query for each."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Picture
from catalog.models.pictures import address
from tests.orders.support.stream_orders import at_location, thing
from tests.support import factories

DIGEST = "ab" * 32
ELSEWHERE = "https://cdn.example.com/soda.jpg"
SMALL = f'src="/pictures/{DIGEST}.jpg/small.webp"'


@pytest.fixture
def picture(merchant, shop):
    return Picture.objects.create(
        merchant=merchant, digest=DIGEST, kind="jpg", width=400, height=300, content=b"x",
        thumbnail=b"y",
    )  # fmt: skip


def show(family: str, picture: Picture) -> None:
    thing(family).images.create(url=address(picture.digest, picture.kind), picture=picture)


def test_a_dish_shows_its_small_image(counter, picture):
    show("fam_burger", picture)
    shown = counter.menu().content.decode()
    assert shown.count("dish__picture") == 1
    tag = shown[shown.index("<img") :].split(">")[0]
    assert SMALL in tag
    for attribute in ('alt=""', 'width="160"', 'height="96"', 'loading="lazy"'):
        assert attribute in tag
    assert "img-src 'self' data:;" in f"{counter.menu()['Content-Security-Policy']};"


def test_a_sold_out_dish_shows_its_image_too(counter, picture):
    show("fam_burger", picture)
    at_location("fam_burger", is_active=False)
    shown = counter.menu().content.decode()
    assert SMALL in shown
    assert "Sold out" in shown


def test_images_on_other_hosts_are_not_shown(counter, picture):
    thing("fam_burger").images.create(url=ELSEWHERE)
    assert "<img" not in counter.menu().content.decode()
    show("fam_burger", picture)
    shown = counter.menu().content.decode()
    assert SMALL in shown
    assert "cdn.example.com" not in shown


def test_a_similar_url_on_another_host_is_not_shown(counter):
    thing("fam_burger").images.create(url=f"https://evil.example/pictures/{DIGEST}.jpg")
    assert "<img" not in counter.menu().content.decode()


def test_images_take_no_query(counter, merchant, picture):
    counts = []
    for _ in range(2):
        counter.menu()  # The catalog is built.
        with CaptureQueriesContext(connection) as queries:
            shown = counter.menu().content.decode()
        counts.append((shown.count("<img"), len(queries)))
        food = thing("fam_burger").category_links.get().category
        for number in range(10):
            family = factories.family(merchant, name=f"Dish {number}")
            family.category_links.create(category=food, position=number + 5)
            family.images.create(url=address(DIGEST, "jpg"), picture=picture)
    assert (counts[0][0], counts[1][0]) == (0, 10)
    assert counts[0][1] == counts[1][1]
