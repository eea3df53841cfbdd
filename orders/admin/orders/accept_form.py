"""The form that accepts an order with a prep time."""

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from catalog.models.order_rules import LONGEST_MINUTES


class AcceptForm(forms.Form):
    """Accept an order. Without a time, as in the list action, the promised one stays."""

    prep_time_minutes = forms.IntegerField(
        label="Prep time (minutes)",
        required=False,
        min_value=0,
        max_value=LONGEST_MINUTES,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
