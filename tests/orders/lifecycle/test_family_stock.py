"""Stock counts of a family, and orders for its sizes."""

from catalog.models import FamilyAtLocation, ItemAtLocation
from tests.support import factories


def test_a_sold_out_family_refuses_its_sizes_as_the_catalog_shows(stream, merchant, location):
    family = factories.family(merchant, provider_id="fam_pizza")
    factories.item(family, provider_id="item_large", price_amount=1500)
    FamilyAtLocation.objects.create(object=family, location=location, stock_count=0)
    (shown,) = stream.catalog("loc_downtown").json()["item_family"]
    assert shown["is_active"] is False
    answer = stream.order(
        location_id="loc_downtown",
        idempotency_key="k",
        subtotal=1500,
        line_items=[{"provider_id": "item_large", "quantity": 1, "price_amount": 1500}],
    )
    assert answer.status_code == 400
    assert answer.json()["posValidation"]["stockValidation"] == [
        {"type": "item", "provider_id": "item_large", "quantity": 0}
    ]


def test_stock_near_its_limit_is_not_returned_and_does_not_fail(stream, merchant, location):
    family = factories.family(merchant, provider_id="fam_soup")
    size = factories.item(family, provider_id="item_cup", price_amount=500)
    here = ItemAtLocation.objects.create(object=size, location=location, stock_count=10)
    accepted = stream.order(
        location_id="loc_downtown",
        idempotency_key="k",
        subtotal=1000,
        line_items=[{"provider_id": "item_cup", "quantity": 2, "price_amount": 500}],
    )
    ItemAtLocation.objects.filter(pk=here.pk).update(stock_count=2**31 - 1)
    order_id = accepted.json()["order"]["provider_id"]
    assert stream.event("order.canceled", provider_id=order_id).status_code == 200
    here.refresh_from_db()
    assert here.stock_count == 2**31 - 1
