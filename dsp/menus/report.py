"""Careful reading of the file's objects, and the list of what was left out."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .limits import BadMenuFile, Limits
from .schema import LeftOut

T = TypeVar("T")
_LISTED = 1_000  # More are only counted.
_SHOWN = 80


class Unusable(Exception):
    """The object is left out; `reason` is one of docs/dsp-menus.md."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Report:
    """The counts of a file being read, and what was left out of it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._listed: dict[LeftOut, None] = {}
        self.left_out_count = 0
        self.variations_seen = 0
        self._objects = 0
        self._references = 0
        self.currency = ""

    def leave_out(self, kind: str, shown_id: Any, reason: str, detail: str) -> None:
        """List what was left out; what is met in several places is listed once."""
        one = LeftOut(kind, shown(shown_id), reason, detail.replace("\x00", ""))
        if one in self._listed:
            return
        self.left_out_count += 1
        if len(self._listed) < _LISTED:
            self._listed[one] = None

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        return tuple(self._listed)

    def count(self, references: int = 0) -> None:
        """Count an object that was built. Raises BadMenuFile over a limit."""
        self._objects += 1
        if self._objects > self.limits.objects:
            raise BadMenuFile(f"The file has more than {self.limits.objects:,} objects.")
        self.refer(references)

    def refer(self, references: int) -> None:
        """Count places that hold or name an object. Raises BadMenuFile over the limit."""
        self._references += references
        if self._references > self.limits.references:
            raise BadMenuFile(f"The file has more than {self.limits.references:,} references.")

    def see_variations(self, stream_ids: Iterable[Any]) -> None:
        """Count the different variations that a family has in the file, usable or not."""
        found = [one if isinstance(one, str) else None for one in stream_ids]
        self.variations_seen += len(set(found) - {None}) + found.count(None)
        self.refer(len(found))

    def same_currency(self, code: str) -> None:
        """Keep the file's currency. Raises BadMenuFile for a second one."""
        if self.currency and code != self.currency:
            raise BadMenuFile(f"The file has two currencies: {self.currency} and {code}.")
        self.currency = code

    def read_all(
        self, kind: str, values: Iterable[Any], build: "Callable[[Any, Report], T | None]"
    ) -> tuple[T, ...]:
        """Build each object, without unusable ones and repeated ids."""
        seen: set[str] = set()
        built = []
        for value in values:
            stream_id = value.get("stream_id") if isinstance(value, dict) else None
            if isinstance(stream_id, str) and stream_id in seen:
                self.leave_out(kind, stream_id, "duplicate", "The first with this id counts.")
                continue
            if isinstance(stream_id, str):
                seen.add(stream_id)
            thing = self.attempt(kind, value, build)
            if thing is not None:
                built.append(thing)
        return tuple(built)

    def attempt(
        self, kind: str, value: Any, build: "Callable[[Any, Report], T | None]"
    ) -> T | None:
        """Build the object, or list it with the reason and return None."""
        try:
            if not isinstance(value, dict):
                raise Unusable("not_an_object", "It is not a JSON object.")
            return build(value, self)
        except Unusable as problem:
            fields = value if isinstance(value, dict) else {}
            stream_id = fields.get("stream_id") or fields.get("date")
            self.leave_out(kind, stream_id, problem.reason, problem.detail)
            return None


def shown(value: Any) -> str:
    """Return the value as a short text for people, without characters that databases refuse."""
    text = value if isinstance(value, str) else "" if value is None else type(value).__name__
    return text[:_SHOWN].replace("\x00", "\N{REPLACEMENT CHARACTER}")
