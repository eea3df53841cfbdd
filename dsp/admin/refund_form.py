"""The form that marks a refund as done, on the page of a refund and on that of its order."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from dsp.models import Refund
from dsp.orders import refunds
from integration.admin.shared.tenancy import signed_in_user
from integration.db.conflicts import message_for
from integration.readable_texts import ReadableTexts


class ReferenceForm(ReadableTexts, forms.Form):
    reference = forms.CharField(
        max_length=255,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "placeholder": "re_1Nx…"}),
        help_text="The payment provider's number of the refund, or how the guest was paid back.",
    )


def mark_done(page: Any, request: HttpRequest, refund: Refund) -> None:
    """Record the sent reference, or report to the person why not."""
    form = ReferenceForm(request.POST)
    if not form.is_valid():
        problem = form.errors["reference"][0]
        page.message_user(request, f"The refund is still owed: {problem}", messages.ERROR)
        return
    reference, actor = form.cleaned_data["reference"], signed_in_user(request).email
    try:
        done = refunds.acknowledge(refund.pk, reference, actor)
    except OperationalError as error:
        sentence = message_for(error)
        if sentence is None:
            raise
        page.message_user(request, sentence, messages.ERROR)
        return
    page.message_user(request, f"The refund is done, with the reference {done.reference}.")
