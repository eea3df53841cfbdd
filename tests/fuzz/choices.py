"""Sources of choices: Hypothesis, which can shrink them, or plain randomness, which is fast."""

import random
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Choose(Protocol):
    def number(self, low: int, high: int) -> int: ...
    def one(self, choices: Sequence[T]) -> T: ...
    def flag(self) -> bool: ...
    def text(self, longest: int) -> str: ...


class Drawn:
    """Choices drawn by Hypothesis."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def one(self, choices: Sequence[T]) -> T:
        return choices[self.number(0, len(choices) - 1)]

    def flag(self) -> bool:
        return self.draw(st.booleans())

    def text(self, longest: int) -> str:
        return self.draw(st.text(max_size=longest))


class ByChance:
    """Pseudorandom choices from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def one(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def flag(self) -> bool:
        return self._random.random() < 0.5

    def text(self, longest: int) -> str:
        return "".join(chr(self._random.randint(32, 0x3FF)) for _ in range(self.number(0, longest)))
