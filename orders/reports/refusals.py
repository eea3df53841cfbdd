"""Refused events counted by reason, with the newest example of each."""

from dataclasses import dataclass

from django.db.models import Count, Max

from orders.models import InboundEvent
from orders.protocol import refusal_codes

from .scope import Scope


@dataclass
class RefusalCount:
    """The events refused for one reason."""

    reason: str  # From orders.protocol.refusal_codes.
    title: str
    advice: str
    count: int = 0
    example: str = ""
    example_event: int | None = None


def count_refusals(scope: Scope) -> tuple[int, list[RefusalCount]]:
    """Count refused events in total and by reason, in two queries. An event may have several."""
    groups = scope.refusals().values_list("reasons").annotate(count=Count("*"), newest=Max("pk"))
    total, counts = 0, dict[str, RefusalCount]()
    newest: dict[str, tuple[int, int]] = {}
    for reasons_text, count, newest_key in groups:
        total += count
        reasons = reasons_text.split(",") if reasons_text else [refusal_codes.UNSORTED]
        for reason in reasons:
            texts = refusal_codes.DESCRIPTIONS.get(
                reason, refusal_codes.DESCRIPTIONS[refusal_codes.UNSORTED]
            )
            counts.setdefault(reason, RefusalCount(reason, *texts)).count += count
            # An event with this reason only is the clearest example.
            newest[reason] = max(newest.get(reason, (-9, 0)), (-len(reasons), newest_key))
    _add_examples(
        counts, {reason: key for reason, (_, key) in newest.items()}, scope.merchant.currency
    )
    return total, sorted(counts.values(), key=lambda row: (-row.count, row.reason))


def _add_examples(counts: dict[str, RefusalCount], keys: dict[str, int], currency: str) -> None:
    answers = dict(
        InboundEvent.objects.filter(pk__in=set(keys.values())).values_list("pk", "answer")
    )
    for reason, key in keys.items():
        counts[reason].example_event = key
        counts[reason].example = refusal_codes.describe(reason, answers.get(key, ""), currency)
