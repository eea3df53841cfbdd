"""URLs below `/order/<store id>/`."""

from django.urls import path

from . import cart, checkout, follow, menu_views

app_name = "order"
urlpatterns = [
    path("", menu_views.MenuPage.as_view(), name="menu"),
    path("dish/", menu_views.DishPage.as_view(), name="dish"),
    path("cart/", cart.CartPage.as_view(), name="cart"),
    path("cart/line/", cart.LinePage.as_view(), name="line"),
    path("details/", checkout.CheckoutPage.as_view(), name="checkout"),
    path("placed/<slug:key>/", follow.FollowPage.as_view(), name="follow"),
    path("placed/<slug:key>/state/", follow.FollowState.as_view(), name="follow-state"),
    path("placed/<slug:key>/cancel/", follow.CancelOrder.as_view(), name="cancel"),
]
