"""Orders of the channel with their payment, history and refund (contract DSP-LIFE)."""

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone


def new_order_id() -> str:
    return f"ord_{secrets.token_hex(12)}"


def new_refund_id() -> str:
    return f"ref_{secrets.token_hex(12)}"


class ChannelOrder(models.Model):
    """An order that a guest placed with us, handed over to Stream.

    `lines` is `items` of the event new_order, `customers` and `delivery_address` likewise; what
    Stream was sent never changes. Amounts are in the currency's smallest unit.
    """

    class State(models.TextChoices):
        """The states of DSP-LIFE; `sending` is `placed` with a first try begun (shown_state)."""

        AWAITING_PAYMENT = "awaiting_payment", "Waiting for the payment"
        PLACED = "placed", "Placed"
        HELD = "held", "Held for later"
        SENT = "sent", "Handed over"
        UNCONFIRMED = "unconfirmed", "Not confirmed yet"
        ACCEPTED = "accepted", "Accepted"
        READY = "ready_for_pickup", "Ready"
        OUT_FOR_DELIVERY = "out_for_delivery", "Out for delivery"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled by the restaurant"
        GUEST_CANCELED = "guest_canceled", "Canceled by the guest"
        GIVEN_UP = "given_up", "Given up"
        EXPIRED = "expired", "Expired"

    class Money(models.TextChoices):
        NONE = "none", "Nothing owed"
        DUE = "due_to_guest", "Owed to the guest"
        REFUNDED = "refunded", "Refunded"
        VOID = "void", "Released"

    provider_id = models.CharField("ID", max_length=32, unique=True, default=new_order_id)
    number = models.CharField(max_length=8, help_text="What guest and staff call it.")
    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    store = models.ForeignKey("dsp.Store", on_delete=models.PROTECT, related_name="orders")
    business_day = models.DateField(help_text="In the store's time zone.")
    scope = models.CharField(max_length=40, help_text="Who placed it: a key, or the order page.")
    placed_from = models.CharField(
        max_length=32,
        blank=True,
        default="",
        db_default="",
        help_text="The network of a guest, as a checksum.",
    )
    idempotency_key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    answer = models.TextField(help_text="The answer to the request, repeated byte for byte.")

    state = models.CharField(max_length=16, choices=State, default=State.PLACED)
    state_since = models.DateTimeField(default=timezone.now)
    money = models.CharField(max_length=12, choices=Money, default=Money.NONE)
    placed_at = models.DateTimeField(default=timezone.now)
    send_at = models.DateTimeField(null=True, help_text="When a held order is handed over.")
    sent_at = models.DateTimeField(null=True, help_text="When Stream took it over.")
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    requested_for = models.DateTimeField(null=True, help_text="Empty: as soon as possible.")
    ready_at = models.DateTimeField(help_text="Our estimate, then the restaurant's.")
    outbound_event_id = models.BigIntegerField(
        null=True, help_text="The event new_order; none while the order is held."
    )
    failure_reason = models.CharField(max_length=100, blank=True)
    failure_message = models.TextField(blank=True, help_text="For staff only.")
    accept_count = models.PositiveSmallIntegerField(
        default=0, help_text="More than one: the kitchen may have it twice."
    )

    fulfillment_type = models.CharField(max_length=32)
    customers = models.JSONField()
    delivery_address = models.JSONField(null=True)
    lines = models.JSONField()
    special_instructions = models.TextField(blank=True)
    fulfillment_instructions = models.TextField(blank=True)
    should_include_utensils = models.BooleanField(default=True)
    brand = models.CharField(max_length=100, blank=True)
    menu_number = models.PositiveIntegerField()

    currency = models.CharField(max_length=3)
    subtotal = models.BigIntegerField()
    tax = models.BigIntegerField()
    taxes = models.JSONField(default=list, help_text="Id, name and amount of each exclusive tax.")
    tax_withheld = models.BigIntegerField(default=0)
    discounts = models.JSONField(default=list)
    service_charge = models.BigIntegerField(default=0)
    store_tip = models.BigIntegerField(default=0)
    driver_tip = models.BigIntegerField(default=0)
    delivery_fee = models.BigIntegerField(default=0)
    delivery_fee_taxes = models.BigIntegerField(default=0)
    total = models.BigIntegerField(help_text="What the guest pays.")

    is_unpaid = models.BooleanField(default=False, help_text="Paid at the window.")
    payment_provider = models.CharField(max_length=100, blank=True)
    payment_reference = models.CharField(max_length=255, blank=True)
    payment_amount = models.BigIntegerField(null=True, help_text="Empty: not paid yet.")
    is_authorized_only = models.BooleanField(
        default=False, db_default=False, help_text="The payment is not captured yet."
    )
    erased_at = models.DateTimeField(null=True, help_text="When personal data was erased.")

    # What was ordered: not needed for a change of state.
    HEAVY = ("answer", "customers", "delivery_address", "lines", "taxes", "discounts")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "scope", "idempotency_key"], name="channel_order_once"
            ),
            models.UniqueConstraint(
                fields=["store", "business_day", "number"], name="channel_order_number_once"
            ),
        ]
        indexes = [
            # For dsp/orders/clock.py:run: the open orders, by how long they are in their state.
            models.Index(
                fields=["state", "state_since"], condition=Q(ended_at=None), name="channel_open"
            ),
            # For dsp/orders/clock.py:run: of the orders held for later, those that are due.
            models.Index(fields=["send_at"], condition=Q(state="held"), name="channel_held"),
            # For dsp/admin/orders/list.py:ChannelOrderAdmin: a merchant's orders, newest first.
            models.Index(fields=["merchant", "-placed_at"], name="channel_of_merchant"),
            # For dsp/orders/retention.py:erase: ended orders with personal data.
            models.Index(fields=["ended_at"], condition=Q(erased_at=None), name="channel_to_erase"),
        ]
        verbose_name = "channel order"

    def __str__(self) -> str:
        return f"{self.number} ({self.get_state_display()})"


class ChannelOrderEvent(models.Model):
    """A step in an order's history; rows are only added."""

    order = models.ForeignKey(ChannelOrder, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=16, help_text="The state after it.")
    actor = models.CharField(
        max_length=254, help_text="guest, stream, clock, or a person's e-mail."
    )
    detail = models.CharField(max_length=500, blank=True, help_text="For guests.")
    staff_detail = models.CharField(max_length=1000, blank=True, help_text="For staff only.")
    digest = models.CharField(max_length=64, blank=True, help_text="Of Stream's event.")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.state} by {self.actor}"


class Refund(models.Model):
    """Money owed to a guest: once per order, until the payment side confirms it.

    Of a payment that was authorized only, the authorization is released.
    """

    class Kind(models.TextChoices):
        REFUND = "refund", "Refund"
        VOID = "void", "Release"

    class State(models.TextChoices):
        DUE = "due", "Due"
        DONE = "done", "Done"

    provider_id = models.CharField("ID", max_length=32, unique=True, default=new_refund_id)
    order = models.OneToOneField(ChannelOrder, on_delete=models.PROTECT, related_name="refund")
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.REFUND, db_default=Kind.REFUND)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=100)
    state = models.CharField(max_length=4, choices=State, default=State.DUE)
    reference = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # For dsp/admin/refunds.py:RefundAdmin: what is still owed, oldest first.
            models.Index(fields=["created_at"], condition=Q(state="due"), name="refund_due"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} ({self.get_state_display()})"
