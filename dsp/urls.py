"""The routes of the DSP role, under /stream-dsp/v1/."""

from django.urls import path

from integration.oauth.endpoints.authorize_view import AuthorizeView
from integration.oauth.endpoints.revoke_view import RevokeView
from integration.oauth.endpoints.token_view import TokenView

from .api.event_view import EventView
from .api.switch import while_on
from .api.views import ConnectionView, LocationsView
from .client_role import DSP

app_name = "stream-dsp"
urlpatterns = [
    path("authorize", while_on(AuthorizeView.as_view(role=DSP)), name="authorize"),
    path("token", while_on(TokenView.as_view(role=DSP)), name="token"),
    path("revoke", while_on(RevokeView.as_view(role=DSP)), name="revoke"),
    path("locations", while_on(LocationsView.as_view()), name="locations"),
    path("locations/connection", while_on(ConnectionView.as_view()), name="connection"),
    path("event", while_on(EventView.as_view()), name="event"),
]
