"""The size and the seed of one batch."""

from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings


def bounded(examples: int, number: int) -> Any:
    """Configure Hypothesis for one batch; the number determines everything it draws."""

    def decorate(test: Any) -> Any:
        decorated = settings(
            max_examples=examples, deadline=None, database=None, print_blob=False,
            phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )(test)  # fmt: skip
        return seed(number)(decorated)

    return decorate
