"""URLs below `/board/`."""

from django.urls import path

from . import actions, ticket, views
from . import availability as board_availability
from . import pause as board_pause

app_name = "board"
urlpatterns = [
    path("", views.BoardPage.as_view(), name="page"),
    path("orders/", views.OrdersPart.as_view(), name="orders"),
    path("orders/<uuid:order_id>/accept/", actions.Accept.as_view(), name="accept"),
    path("orders/<uuid:order_id>/reject/", actions.Reject.as_view(), name="reject"),
    path("orders/<uuid:order_id>/move/", actions.Move.as_view(), name="move"),
    path("orders/<uuid:order_id>/cancel/", actions.Cancel.as_view(), name="cancel"),
    path("orders/<uuid:order_id>/seen/", actions.Seen.as_view(), name="seen"),
    path("orders/<uuid:order_id>/ticket/", ticket.Ticket.as_view(), name="ticket"),
    path("lines/<uuid:line_id>/off/", board_availability.SwitchOff.as_view(), name="switch-off"),
    path("off/", board_availability.OffNow.as_view(), name="off"),
    path("on/", board_availability.BackOn.as_view(), name="on"),
    path("pause/", board_pause.Pause.as_view(), name="pause"),
    path("language/", views.Language.as_view(), name="language"),
]
