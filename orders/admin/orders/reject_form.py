"""The form for rejecting an order, with the admin's widgets."""

from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from orders import forms as order_forms


class RejectForm(order_forms.RejectForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Passed through unchanged.
        kind, reason = self.fields["kind"], self.fields["reason"]
        attributes = reason.widget.attrs
        kind.widget = UnfoldAdminRadioSelectWidget(choices=kind.widget.choices)
        reason.widget = UnfoldAdminTextInputWidget(attributes)
