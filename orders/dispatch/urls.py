"""URLs below `/dispatch/`."""

from django.urls import path

from . import actions, drivers_page, views
from .driver_page import DriverPage

_ONE = "<slug:kind>/<uuid:order_id>/"

app_name = "dispatch"
urlpatterns = [
    path("", views.DispatchPage.as_view(), name="page"),
    path("deliveries/", views.DeliveriesPart.as_view(), name="deliveries"),
    path("assign/", actions.Assign.as_view(), name="assign"),
    path("drivers/", drivers_page.DriversPage.as_view(), name="drivers"),
    path("drivers/<int:driver_id>/", drivers_page.ChangePage.as_view(), name="change-driver"),
    path("drivers/<int:driver_id>/active/", drivers_page.Activate.as_view(), name="activate"),
    path(_ONE, views.DetailsPage.as_view(), name="details"),
    path(f"{_ONE}driver/", DriverPage.as_view(), name="driver"),
    path(f"{_ONE}mark/", actions.Mark.as_view(), name="mark"),
]
