"""The admin's sidebar and style."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Stream POS",
    "SITE_HEADER": "Stream POS",
    "SITE_URL": "/",
    "SITE_SYMBOL": "storefront",
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "catalog.admin.dashboard.start_page",
    "STYLES": ["stream_pos.conf.unfold.stylesheet"],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "stream_pos.conf.unfold.mark"}
    ],
    "COLORS": {
        "primary": {
            "50": "240 253 250",
            "100": "204 251 241",
            "200": "153 246 228",
            "300": "94 234 212",
            "400": "45 212 191",
            "500": "20 184 166",
            "600": "13 128 118",
            "700": "15 105 98",
            "800": "17 94 89",
            "900": "19 78 74",
            "950": "4 47 46",
        }
    },
    "SIDEBAR": {"show_search": False, "navigation": "stream_pos.conf.unfold.sections"},
}


def stylesheet(request: HttpRequest) -> str:
    return static("stream_pos/admin.css")


def mark(request: HttpRequest) -> str:
    return static("stream_pos/mark.svg")


_OTHERS = "Other POSs"
_CHANNEL = "Ordering channel"

# In the order of a working day. Each entry: label, icon, model and, unless it is the list, the
# page. A page name with a colon is outside the admin.
_SECTIONS: dict[str, list[tuple[str, ...]]] = {
    "Orders": [
        ("Board", "view_kanban", "orders_order", "board:page"),
        ("Dispatch", "local_shipping", "orders_order", "dispatch:page"),
        ("Orders", "receipt_long", "orders_order"),
        ("New order", "add_shopping_cart", "orders_order", "enter"),
        ("Received events", "inbox", "orders_inboundevent"),
        ("Dry run", "rule", "orders_order", "rehearsal"),
        ("Reports", "bar_chart", "orders_order", "numbers"),
    ],
    _OTHERS: [
        ("Followed orders", "share", "orders_followedorder"),
        ("Stream Events", "move_to_inbox", "orders_streamevent"),
        ("Stream's locations", "add_location", "orders_streamlocation"),
    ],
    _CHANNEL: [
        ("Channel orders", "receipt_long", "dsp_channelorder"),
        ("Refunds owed", "currency_exchange", "dsp_refund"),
        ("Stores", "storefront", "dsp_store"),
        ("Channel keys", "key", "dsp_channelkey"),
        ("Received menus", "menu_book", "dsp_receivedmenu"),
        ("Numbers", "bar_chart", "dsp_channelorder", "numbers"),
        ("Channel events", "move_to_inbox", "dsp_receivedevent"),
    ],
    "Menu": [
        ("Menus", "menu_book", "catalog_menu"),
        ("Categories", "category", "catalog_category"),
        ("Item families", "lunch_dining", "catalog_itemfamily"),
        ("Items (sizes)", "straighten", "catalog_item"),
        ("Modifier groups", "checklist", "catalog_modifiergroup"),
        ("Modifiers", "add_circle", "catalog_modifier"),
        ("Taxes", "percent", "catalog_tax"),
        ("Menu check", "fact_check", "catalog_menu", "check"),
        ("History", "history", "catalog_objectchange"),
        ("As Stream sees it", "visibility", "catalog_menu", "stream"),
        ("Import and export", "swap_vert", "catalog_catalogimport", "transfer"),
    ],
    "Restaurant": [
        ("Locations", "storefront", "catalog_location"),
        ("Users", "group", "integration_user"),
        ("Merchants", "domain", "integration_merchant"),
    ],
    "Stream": [
        ("Events to Stream", "send", "integration_outboundevent"),
        ("Alarms", "notification_important", "integration_alarm"),
        ("Delivery", "monitoring", "integration_endpoint", "dashboard"),
    ],
}


def sections(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar's sections without entries the user may not view.

    Without the Stream Events role there are no other POSs, without the DSP role no channel.
    """
    is_off = {
        _OTHERS: not settings.STREAM_EVENTS_SECRETS,
        _CHANNEL: not settings.STREAM_DSP_CLIENT_ID,
    }
    return [
        _section(request, title, *entries)
        for title, entries in _SECTIONS.items()
        if not is_off.get(title)
    ]


def _section(request: HttpRequest, title: str, *entries: tuple[str, ...]) -> dict[str, Any]:
    items: list[dict[str, Any]] = [
        {
            "title": label,
            "icon": icon,
            "link": _link(name, *page),
        }
        for label, icon, name, *page in entries
        if _may_view(request, name, *page)
    ]
    # Only the most specific entry is active: a page below a list is not the list.
    matching = [item["link"] for item in items if request.path.startswith(item["link"])]
    for item in items:
        item["active"] = item["link"] == max(matching, key=len, default="")
    return {"title": title, "separator": True, "items": items}


def _link(name: str, page: str = "changelist") -> str:
    return reverse(page if ":" in page else f"admin:{name}_{page}")


def _may_view(request: HttpRequest, name: str, page: str = "") -> bool:
    """Check the page's own permission if it has one, otherwise the list's."""
    app_label, model_name = name.split("_", 1)
    model_admin = admin.site.get_model_admin(apps.get_model(app_label, model_name))
    has_permission = getattr(model_admin, f"has_{page}_permission", model_admin.has_view_permission)
    return bool(has_permission(request))
