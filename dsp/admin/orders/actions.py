"""The buttons of an order's page: cancel for the guest, refund a part, mark the refund as done."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from dsp.admin.base import ChannelAdmin
from dsp.admin.refund_form import ReferenceForm, mark_done
from dsp.models import ChannelOrder, Refund
from dsp.orders import cancelation, refunds
from integration import currency
from integration.admin.shared.money import MoneyField
from integration.admin.shared.object_buttons import ButtonsMixin
from integration.admin.shared.tenancy import signed_in_user
from integration.db.conflicts import message_for


class PartForm(forms.Form):
    def __init__(self, order: ChannelOrder, data: Any = None) -> None:
        super().__init__(data)
        self.fields["amount"] = MoneyField(
            currency=order.currency,
            label=f"Amount in {order.currency.upper()}",
            help_text="Stream and the restaurant are not told.",
        )


class OrderActions(ButtonsMixin, ChannelAdmin):
    """Each button calls its service, which decides; a refusal is shown to the person."""

    buttons: ClassVar[list[str]] = ["cancel"]

    def get_urls(self) -> list[Any]:
        part = self.admin_site.admin_view(self.refund_part_view)
        done = self.admin_site.admin_view(self.refund_done_view)
        return [
            path("<path:object_id>/refund-part/", part, name="dsp_channelorder_refund_part"),
            path("<path:object_id>/refund-done/", done, name="dsp_channelorder_refund_done"),
            *super().get_urls(),
        ]

    def available(self, request: HttpRequest, order: ChannelOrder) -> dict[str, Any]:
        """Return the forms that the person may use on the order in its state."""
        if not self.has_act_permission(request):
            return {}
        refund = Refund.objects.filter(order=order).first()
        is_over = order.state == ChannelOrder.State.COMPLETED
        is_captured = refunds.is_paid(order) and not order.is_authorized_only
        may_refund = refund is None and is_over and is_captured
        is_due = refund is not None and refund.state == Refund.State.DUE
        return {
            "may_cancel": cancelation.may_cancel(order, by_guest=False),
            "part": PartForm(order) if may_refund else None,
            "done": ReferenceForm() if is_due else None,
        }

    @admin.action(description="Cancel for the guest", permissions=["act"])
    def cancel(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        for order in queryset:
            try:
                cancelation.cancel(order.pk, signed_in_user(request).email, by_guest=False)
            except cancelation.TooLate as too_late:
                self.message_user(request, f"{order.number}: {too_late}", messages.WARNING)
            except OperationalError as error:
                self._report(request, order, error)
            else:
                self.message_user(request, f"{order.number} is canceled.")

    def refund_part_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        order = self._acted_on(request, object_id)
        form = PartForm(order, request.POST)
        if not form.is_valid():
            problem = form.errors["amount"][0]
            self.message_user(request, f"Nothing was refunded: {problem}", messages.ERROR)
            return self._back(order)
        amount = form.cleaned_data["amount"]
        try:
            refunds.refund_part(order.pk, amount, signed_in_user(request).email)
        except refunds.Impossible as impossible:
            self.message_user(request, f"Nothing was refunded: {impossible}", messages.WARNING)
        except OperationalError as error:
            self._report(request, order, error)
        else:
            owed = currency.as_text(amount, order.currency)
            self.message_user(request, f"{owed} are owed to the guest of {order.number}.")
        return self._back(order)

    def refund_done_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        order = self._acted_on(request, object_id)
        refund = Refund.objects.filter(order=order).first()
        if refund is None:
            raise Http404
        mark_done(self, request, refund)
        return self._back(order)

    def _acted_on(self, request: HttpRequest, object_id: str) -> ChannelOrder:
        if not self.has_act_permission(request):
            raise PermissionDenied
        order: ChannelOrder | None = self.get_object(request, unquote(object_id))
        if order is None:  # Another merchant's, or deleted.
            raise Http404
        return order

    def _back(self, order: ChannelOrder) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:dsp_channelorder_change", args=[order.pk]))

    def _report(self, request: HttpRequest, order: ChannelOrder, error: OperationalError) -> None:
        sentence = message_for(error)
        if sentence is None:
            raise error
        self.message_user(request, f"{order.number}: {sentence}", messages.ERROR)
