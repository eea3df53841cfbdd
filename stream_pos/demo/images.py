"""Generate images for the demo menus."""

from typing import Any

from catalog.images import storage as image_storage
from catalog.images.recoding import recode
from integration.models import Merchant

from .dish_art import draw


def illustrate(merchant: Merchant, menu: dict[str, Any]) -> None:
    """Draw and store an image for each menu object that names one, and set its URL there.

    The subsequent import links them.
    """
    categories = {
        family_id: category["name"]
        for category in menu["category"]
        for family_id in category["item_family_ids"]
    }
    for row in [*menu["item_family"], *menu["modifier"]]:
        if row.get("images"):
            jpeg = draw(row["name"], categories.get(row["provider_id"], ""))
            image = recode(jpeg)  # Our own drawing: it needs no limits.
            image_storage.store(merchant, image)
            row["images"] = [{"provider_url": image_storage.url_for(merchant, image)}]
