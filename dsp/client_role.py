"""The DSP role: Stream as the client that publishes menus to our channel (contract DSP-AUTH)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from integration.models import AccessToken, RefreshToken
from integration.oauth.client_roles import ClientRole, Registration

NAME = "dsp"
LOCATIONS = "dsp:locations"
CONNECTION = "dsp:connection"
EVENTS = "dsp:events"


def _registration() -> Registration:
    return Registration(
        client_id=settings.STREAM_DSP_CLIENT_ID,
        client_secret=settings.STREAM_DSP_CLIENT_SECRET,
        redirect_uris=settings.STREAM_DSP_REDIRECT_URIS,
        other_secrets=settings.STREAM_DSP_CLIENT_OTHER_SECRETS,
    )


def _token_fields(access: AccessToken, refresh: RefreshToken) -> dict[str, Any]:
    return {
        "expire_time": _milliseconds(access.expires),
        "refresh_token_expire_time": _milliseconds(refresh.expires),
        "id": access.merchant.provider_id,
    }


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


DSP = ClientRole(
    name=NAME,
    display_name="Stream (ordering channel)",
    registration=_registration,
    scopes={
        LOCATIONS: _("See the stores of your ordering channel with their addresses"),
        CONNECTION: _("Connect and disconnect single stores"),
        EVENTS: _(
            "Publish menus to your stores, pause them, receive their orders and report on them"
        ),
    },
    default_scopes=(LOCATIONS, CONNECTION, EVENTS),
    token_fields=_token_fields,
    issuer_path="/stream-dsp/v1",
    exchange_needs_redirect_uri=False,  # Contract DSP-TOK; RFC 6749 §4.1.3 has it.
    never=(_("Change your stores or your staff"),),
)
