"""The permissions of each role; Django's permission checks of merchants' users use this table."""

from django.db import models


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    MANAGER = "manager", "Manager"
    KITCHEN = "kitchen", "Kitchen"


# `app.action` or `app.action_model`; an action covers every model of its app.
_MANAGER = {
    "catalog.view", "catalog.add", "catalog.change", "catalog.delete",
    "catalog.switch", "catalog.pause", "orders.view", "orders.decide", "orders.place",
    "orders.numbers", "orders.manage", "dsp.view", "dsp.add", "dsp.change",
}  # fmt: skip
# In a small restaurant the kitchen answers the phone, so it also places orders.
_KITCHEN = {
    "orders.view", "orders.decide", "orders.place", "catalog.view", "catalog.switch",
    "catalog.pause",
}  # fmt: skip
_DELIVERY = {
    "integration.view_outboundevent", "integration.view_deliveryattempt", "integration.view_alarm",
}  # fmt: skip
_GRANTED = {
    Role.OWNER: _MANAGER
    | {"integration.view_user", "integration.add_user", "integration.change_user"}
    | {"orders.erase"}
    | _DELIVERY,
    Role.MANAGER: _MANAGER | _DELIVERY,
    Role.KITCHEN: _KITCHEN,
}


def grants(role: str, permission: str) -> bool:
    """Check a Django permission, such as `catalog.change_item`, of the role."""
    granted = _GRANTED.get(Role(role), set()) if role in Role.values else set()
    return permission in granted or permission.rsplit("_", 1)[0] in granted


def reaches(role: str, app_label: str) -> bool:
    """Check that the role has any permission in the app."""
    granted = _GRANTED.get(Role(role), set()) if role in Role.values else set()
    return any(permission.startswith(f"{app_label}.") for permission in granted)
