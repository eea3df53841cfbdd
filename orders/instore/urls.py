"""URLs of in-store orders and of driver assignment, below `/board/`."""

from django.urls import path

from orders.dispatch.driver_page import DriverPage

from .checkout import FinishPage, PlacedPage
from .views import DishPage, LinePage, NewOrder

app_name = "instore"
urlpatterns = [
    path("new/", NewOrder.as_view(), name="new"),
    path("new/dish/", DishPage.as_view(), name="dish"),
    path("new/line/", LinePage.as_view(), name="line"),
    path("new/finish/", FinishPage.as_view(), name="finish"),
    path("new/<uuid:order_id>/", PlacedPage.as_view(), name="placed"),
    path("orders/<uuid:order_id>/driver/", DriverPage.as_view(), name="driver"),
]
