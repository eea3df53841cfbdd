"""Proofs of payments: what a front end says that it took, with an order or after it."""

from msgspec import Struct

from dsp.models import ChannelOrder

# The columns that `note` writes.
COLUMNS = ("payment_provider", "payment_reference", "payment_amount", "is_authorized_only")


class AmountDiffers(Exception):
    """The payment does not fit the order; the message says what does."""


class Proof(Struct, frozen=True):
    """The word of the payment side: captured, or authorized to be captured later."""

    provider: str
    reference: str
    amount: int
    currency: str
    is_authorized_only: bool = False


def check_amount(proof: Proof, total: int, currency: str) -> None:
    """Check that the payment is for the total; an authorization may be for more (DSP-RULES-PAY).

    Raises AmountDiffers.
    """
    fits = proof.amount >= total if proof.is_authorized_only else proof.amount == total
    if not fits or proof.currency.lower() != currency.lower():
        word = "at least" if proof.is_authorized_only else "exactly"
        raise AmountDiffers(f"The total is {total} {currency}: pay {word} that.")


def note(proof: Proof, order: ChannelOrder) -> None:
    """Write the payment into the order; the caller saves it."""
    order.payment_provider, order.payment_reference = proof.provider, proof.reference
    order.payment_amount = proof.amount
    order.is_authorized_only = proof.is_authorized_only
