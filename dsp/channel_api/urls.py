"""The routes of the API for front ends, under /channel/v1/."""

from django.urls import path

from dsp.api.switch import while_on

from .delivery_view import DeliveryView
from .document_views import SchemaView, docs
from .menu_view import MenuView
from .ordering_views import CancelView, OrdersView, OrderView, QuotesView, RefundAckView
from .payment_view import PaymentView
from .stores_view import StoresView, StoreView

app_name = "channel"
urlpatterns = [
    path("stores", while_on(StoresView.as_view()), name="stores"),
    path("stores/<str:store_id>", while_on(StoreView.as_view()), name="store"),
    path("stores/<str:store_id>/menu", while_on(MenuView.as_view()), name="menu"),
    path("stores/<str:store_id>/quotes", while_on(QuotesView.as_view()), name="quotes"),
    path("orders", while_on(OrdersView.as_view()), name="orders"),
    path("orders/<str:order_id>", while_on(OrderView.as_view()), name="order"),
    path("orders/<str:order_id>/cancel", while_on(CancelView.as_view()), name="cancel"),
    path("orders/<str:order_id>/delivery", while_on(DeliveryView.as_view()), name="delivery"),
    path("orders/<str:order_id>/payment", while_on(PaymentView.as_view()), name="payment"),
    path("refunds/<str:refund_id>/ack", while_on(RefundAckView.as_view()), name="refund-ack"),
    path("schema/", while_on(SchemaView.as_view()), name="schema"),
    path("docs/", while_on(docs), name="docs"),
]
