"""The URL configuration of the whole project."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from catalog.api.availability_view import AvailabilityView
from catalog.api.views import CatalogView, ConnectionView, LocationsView
from catalog.images.view import PictureView
from dsp.api.switch import while_on
from dsp.client_role import DSP
from integration.oauth.endpoints.authorize_view import AuthorizeView
from integration.oauth.endpoints.metadata_view import MetadataView
from integration.oauth.endpoints.revoke_view import RevokeView
from integration.oauth.endpoints.token_view import TokenView
from orders.inbound.views import OrdersView

from .sign_in import views as sign_in
from .web import pages
from .web.api_schema import SchemaView

# Endpoints served to Stream (contract, section 1), under both base paths in use.
stream = [
    path("authorize", AuthorizeView.as_view(), name="authorize"),
    path("token", TokenView.as_view(), name="token"),
    path("revoke", RevokeView.as_view(), name="revoke"),
    path("locations", LocationsView.as_view(), name="locations"),
    path("locations/connection", ConnectionView.as_view(), name="connection"),
    path("catalog", CatalogView.as_view(), name="catalog"),
    path("orders", OrdersView.as_view(), name="orders"),
]

# Swagger UI sets inline styles; the page shows no user content.
docs = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(
    SpectacularSwaggerSplitView.as_view(url_name="schema", http_method_names=["get", "head"])
)

urlpatterns = [
    path("", pages.StatusPage.as_view(), name="status"),
    path("stream-pos/v1/", include(stream)),
    path("v1/", include((stream, "short"))),
    path("stream-dsp/v1/", include("dsp.urls")),
    path("channel/v1/", include("dsp.channel_api.urls")),
    path("order/<str:store_id>/", include("dsp.order_page.urls")),
    path(".well-known/oauth-authorization-server", MetadataView.as_view()),
    path(
        f".well-known/oauth-authorization-server{DSP.issuer_path}",
        while_on(MetadataView.as_view(role=DSP, namespace="stream-dsp")),
    ),
    path("account/", pages.AccountPage.as_view(), name="account"),
    path("account/sign-in/", sign_in.SignIn.as_view(), name="sign-in"),
    path("account/sign-out/", sign_in.SignOut.as_view(), name="sign-out"),
    path("account/disconnect/", pages.DisconnectPage.as_view(), name="disconnect"),
    path(
        "account/disconnect-channel/",
        while_on(pages.DisconnectChannelPage.as_view()),
        name="disconnect-channel",
    ),
    path("board/", include("orders.instore.urls")),
    path("board/", include("orders.board.urls")),
    path("dispatch/", include("orders.dispatch.urls")),
    path("admin/", admin.site.urls),
    # Used by Stream and by our own pages. Stream infers the image type from the extension.
    re_path(r"^pictures/([0-9a-f]{64})\.(jpg|png|webp)\Z", PictureView.as_view(), name="picture"),
    re_path(
        r"^pictures/([0-9a-f]{64})\.(jpg|png|webp)/small\.webp\Z",
        PictureView.as_view(is_small=True),
        name="small-picture",
    ),
    path(
        "api/v1/locations/<path:location_id>/availability/<path:object_id>",
        AvailabilityView.as_view(),
        name="availability",
    ),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/docs/", docs, name="docs"),
]

handler400 = "stream_pos.web.pages.bad_request"
handler404 = "stream_pos.web.pages.not_found"
handler500 = "stream_pos.web.pages.server_error"
