"""The roles of OAuth clients: everything in which one kind of client differs from another.

The endpoints, the validator and the client's row in the database read a role; a further kind of
client is one more ClientRole, registered when Django starts (AppConfig.ready). The path of an
endpoint decides the role, and codes and tokens are bound to it, so one client may have several.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.functional import Promise

from integration.models import AccessToken, Merchant, RefreshToken


class Registration(NamedTuple):
    """The client's registration, as the settings hold it; without an ID there is no client.

    `other_secrets` are valid beside the secret, while one replaces the other.
    """

    client_id: str
    client_secret: str
    redirect_uris: Sequence[str]
    other_secrets: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class ClientRole:
    """One kind of OAuth client.

    `registration` reads the settings. `scopes` describes each scope to the merchant who is asked
    for it; a request without `scope` asks for `default_scopes`. `issuer_path` is the path, if any,
    by which the role differs from others as an issuer (RFC 8414). `token_fields` returns the fields
    of a token answer beyond RFC 6749; `success_status` is the status of that answer. Where
    `exchange_needs_redirect_uri`, a code's exchange must repeat its redirect URI. The consent page
    lists what the client never may as `never`, and the person's data where `tells_person`.
    """

    name: str
    display_name: str
    registration: Callable[[], Registration]
    scopes: Mapping[str, str | Promise]
    default_scopes: Sequence[str]
    token_fields: Callable[[AccessToken, RefreshToken], dict[str, Any]]
    success_status: int = 200
    exchange_needs_redirect_uri: bool = True
    tells_person: bool = False
    never: Sequence[str | Promise] = ()
    issuer_path: str = ""
    _callbacks: list[Callable[[Merchant], None]] = field(
        default_factory=list, init=False, repr=False
    )

    def issuer(self) -> str:
        """Return the issuer's identifier, which redirects and the metadata name."""
        return f"{settings.PUBLIC_URL}{self.issuer_path}"

    def on_authorized(self, callback: Callable[[Merchant], None]) -> None:
        """Call this when a merchant authorizes such a client; registering it again does nothing.

        It runs in the transaction that stores the tokens.
        """
        if callback not in self._callbacks:
            self._callbacks.append(callback)

    def authorized(self, merchant: Merchant) -> None:
        """Tell the registered callbacks that the merchant has just authorized such a client."""
        for callback in self._callbacks:
            callback(merchant)


# The parameter by which our endpoints tell oauthlib their role; none from outside has its name.
PARAMETER = "client_role"

_registered: dict[str, ClientRole] = {}


def register(role: ClientRole) -> None:
    """Add the role. Registering it again does nothing; another of its name is a ValueError."""
    if _registered.setdefault(role.name, role) is not role:
        raise ValueError(f"The client role {role.name} is registered already.")


def registered() -> list[ClientRole]:
    """Return every role, in the order of registration."""
    return list(_registered.values())


def named(name: str) -> ClientRole:
    """Return the role of that name."""
    return _registered[name]


def client_id_of(name: str) -> str:
    """Return the ID of the client that the settings name for the role, or an empty text."""
    role = _registered.get(name)
    return role.registration().client_id if role else ""


def is_named(name: str, client_id: str) -> bool:
    """Return True if the settings name the client for the role, still."""
    return client_id_of(name) == client_id


def roles_of_client(client_id: str) -> list[ClientRole]:
    """Return the roles of the client with this ID: none if no setting names it."""
    if not client_id:
        return []
    return [role for role in registered() if role.registration().client_id == client_id]
