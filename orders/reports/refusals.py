"""Why events were refused: how often for each reason, with the newest example."""

from dataclasses import dataclass

from django.db.models import Count, Max

from orders.models import InboundEvent
from orders.protocol import refusal_codes

from .scope import Scope


@dataclass
class Refusals:
    reason: str  # Of orders.protocol.refusal_codes.
    title: str
    advice: str
    count: int = 0
    example: str = ""
    example_event: int | None = None


def refusals_of(scope: Scope) -> tuple[int, list[Refusals]]:
    """How many events, and for each reason how many; one event may have several. Two queries."""
    groups = scope.refusals().values_list("reasons").annotate(count=Count("*"), newest=Max("pk"))
    whole, found = 0, dict[str, Refusals]()
    newest: dict[str, tuple[int, int]] = {}
    for said, count, newest_key in groups:
        whole += count
        several = said.split(",") if said else [refusal_codes.UNSORTED]
        for reason in several:
            words = refusal_codes.WORDS.get(reason, refusal_codes.WORDS[refusal_codes.UNSORTED])
            found.setdefault(reason, Refusals(reason, *words)).count += count
            # An event with this reason only is the clearest example.
            newest[reason] = max(newest.get(reason, (-9, 0)), (-len(several), newest_key))
    _add_examples(
        found, {reason: key for reason, (_, key) in newest.items()}, scope.merchant.currency
    )
    return whole, sorted(found.values(), key=lambda one: (-one.count, one.reason))


def _add_examples(found: dict[str, Refusals], keys: dict[str, int], currency: str) -> None:
    answers = dict(
        InboundEvent.objects.filter(pk__in=set(keys.values())).values_list("pk", "answer")
    )
    for reason, key in keys.items():
        found[reason].example_event = key
        found[reason].example = refusal_codes.sentence(reason, answers.get(key, ""), currency)
