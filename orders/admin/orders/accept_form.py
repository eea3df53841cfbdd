"""The form that accepts an order, with when it is ready."""

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from catalog.models.order_rules import LONGEST_MINUTES


class AcceptForm(forms.Form):
    """Left out, as in the list's action, the time stays as it was promised."""

    prep_time_minutes = forms.IntegerField(
        label="Ready in (minutes)",
        required=False,
        min_value=0,
        max_value=LONGEST_MINUTES,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
