"""Who chooses: hypothesis, which can shrink what it chose, or plain chance, which is quick."""

import random
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Choose(Protocol):
    def number(self, least: int, most: int) -> int: ...
    def one(self, choices: Sequence[T]) -> T: ...
    def flag(self) -> bool: ...
    def text(self, longest: int) -> str: ...


class Drawn:
    """Chosen by hypothesis."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def one(self, choices: Sequence[T]) -> T:
        return choices[self.number(0, len(choices) - 1)]

    def flag(self) -> bool:
        return self.draw(st.booleans())

    def text(self, longest: int) -> str:
        return self.draw(st.text(max_size=longest))


class ByChance:
    """Chosen by a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def one(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def flag(self) -> bool:
        return self._random.random() < 0.5

    def text(self, longest: int) -> str:
        return "".join(chr(self._random.randint(32, 0x3FF)) for _ in range(self.number(0, longest)))
