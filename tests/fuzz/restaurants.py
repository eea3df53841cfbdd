"""The demo restaurants from Stream's point of view, called over WSGI."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import orjson

from catalog import models
from catalog.compiled import store as compiled_menus
from catalog.locations import connection
from integration.models import Merchant, User
from stream_pos.demo.fixtures import seed
from tests.support import factories

from .menu import Menu

_OWN, _OTHER = "mer_harbor_kitchen", "mer_casa_verde"
ORDERS = "/stream-pos/v1/orders"
_MANUAL = "loc_harbor_lakeside"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes


class Pos:
    """Our WSGI application, called in-process."""

    def __init__(self, application: Callable[..., Any], token: str) -> None:
        self._application = application
        self._token = token

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Call the application; `headers` are WSGI keys, and an empty one is removed."""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http", "wsgi.input": BytesIO(body), "wsgi.errors": BytesIO(),
            "wsgi.multithread": False, "wsgi.multiprocess": True, "wsgi.run_once": False,
            "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/json",
            "HTTP_AUTHORIZATION": f"Bearer {self._token}",
        }  # fmt: skip
        environ |= headers
        for name in [name for name, value in headers.items() if not value]:
            del environ[name]
        started: list[Any] = []
        chunks = self._application(
            environ, lambda status, headers, *_: started.append((status, headers))
        )
        try:
            content = b"".join(chunks)
        finally:
            chunks.close()
        status, pairs = started[-1]
        return Answer(
            int(status.split()[0]), {name.lower(): value for name, value in pairs}, content
        )

    def send(self, body: bytes, **headers: str) -> Answer:
        return self.call("POST", ORDERS, body, **headers)


@dataclass(frozen=True)
class Scene:
    pos: Pos
    merchant: Merchant
    menus: list[Menu]
    ids: list[str]  # Including those of other kinds, locations and tenants, and an unknown one.
    foreign_order_id: str


def prepare() -> Scene:
    """Seed a migrated database: one location accepts automatically, one manually."""
    from stream_pos.wsgi import application  # Requires the settings.

    seed()
    own, other = (Merchant.objects.get(provider_id=key) for key in (_OWN, _OTHER))
    _make_ambiguous(own)
    models.Location.objects.filter(provider_id=_MANUAL).update(acceptance_mode="manual")
    connection.connect(models.Location.objects.filter(merchant__in=[own, other]))
    compiled_menus.refresh(own)  # As a worker does; the other one's orders are judged by the rows.
    pos, foreign = (Pos(application, _token(merchant)) for merchant in (own, other))
    menus = [_menu(pos, location.provider_id) for location in own.locations.all()]
    [foreign_menu] = [_menu(foreign, location.provider_id) for location in other.locations.all()]
    foreign_id = _place_order(foreign, foreign_menu)
    ids = [*menus[0].ids, *foreign_menu.ids[:50], *_ids_of(own, other), foreign_id, "no-such-id"]
    return Scene(pos, own, menus, ids, foreign_id)


def _token(merchant: Merchant) -> str:
    token: str = factories.access_token(User.objects.get(merchant=merchant)).raw
    return token


def _make_ambiguous(merchant: Merchant) -> None:
    """Add a second group that shares some of the proteins' options."""
    proteins = models.ModifierGroup.objects.get(merchant=merchant, provider_id="grp_add_protein")
    shared = [link.modifier for link in proteins.modifier_links.select_related("modifier")[:3]]
    second = factories.group(
        merchant, *shared, provider_id="grp_fuzz_double", name="Double it",
        minimum_unique_modifiers=1, maximum_unique_modifiers=2,
    )  # fmt: skip
    for link in list(proteins.family_links.all()):
        models.FamilyModifierGroup.objects.create(family=link.family, group=second, position=99)


def _menu(pos: Pos, location_id: str) -> Menu:
    path = "/stream-pos/v1/catalog"
    answer = pos.call("GET", path, HTTP_X_PROVIDER_LOCATION_ID=location_id)
    assert answer.status == 200, answer
    return Menu(location_id, orjson.loads(answer.content))


def _place_order(pos: Pos, menu: Menu) -> str:
    """Place an order of another tenant and return its id, which is off limits to us."""
    family = next(family for family, size in menu.offers if not family["modifier_group_ids"])
    item = next(size or family for row, size in menu.offers if row is family)
    line = {"provider_id": item["provider_id"], "quantity": 1, "price_amount": item["price_amount"]}
    order = {
        "location_id": menu.location_id, "idempotency_key": "foreign", "line_items": [line],
        "subtotal": item["price_amount"],
    }  # fmt: skip
    answer = pos.send(orjson.dumps({"type": "order.created", "object": order}))
    assert answer.status == 200, answer
    order_id: str = orjson.loads(answer.content)["order"]["provider_id"]
    return order_id


def _ids_of(*merchants: Merchant) -> list[str]:
    locations = models.Location.objects.filter(merchant__in=merchants)
    return [
        *(merchant.provider_id for merchant in merchants),
        *locations.values_list("provider_id", flat=True),
    ]
