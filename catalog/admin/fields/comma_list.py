"""A comma-separated list of words."""

from typing import Any

from django import forms


class WordsField(forms.CharField):
    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(word) for word in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return parse_words(str(super().clean(value)))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != parse_words(str(data or "")))


def parse_words(text: str) -> list[str]:
    """Return the words of the text without duplicates, in order."""
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
