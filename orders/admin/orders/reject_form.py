"""The form that asks why an order is rejected, as the admin shows it."""

from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from orders import forms as order_forms


class RejectForm(order_forms.RejectForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Passed on as they come.
        kind, reason = self.fields["kind"], self.fields["reason"]
        attributes = reason.widget.attrs
        kind.widget = UnfoldAdminRadioSelectWidget(choices=kind.widget.choices)
        reason.widget = UnfoldAdminTextInputWidget(attributes)
