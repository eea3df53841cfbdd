"""Gives the demo menus pictures of their own."""

from typing import Any

from django.core.files.base import ContentFile

from catalog.images import storage as image_storage
from catalog.images.processing import read
from integration.models import Merchant

from .dish_art import draw


def illustrate(merchant: Merchant, menu: dict[str, Any]) -> None:
    """Draws and stores a picture for each object of the menu that names one, and names it there.

    The import that follows links them.
    """
    categories = {
        family_id: category["name"]
        for category in menu["category"]
        for family_id in category["item_family_ids"]
    }
    for one in [*menu["item_family"], *menu["modifier"]]:
        if one.get("images"):
            drawn = draw(one["name"], categories.get(one["provider_id"], ""))
            picture = read(ContentFile(drawn, "drawn.jpg"))
            image_storage.store(merchant, picture)
            one["images"] = [{"provider_url": image_storage.url_of(merchant, picture)}]
