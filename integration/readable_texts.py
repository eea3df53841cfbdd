"""Texts of forms without what nobody can read."""

from typing import Any

from integration.api.text import readable


class ReadableTexts:
    """A form that cleans the texts which a person entered; `clean` sees them clean.

    A `clean_<field>` does not: it runs before.
    """

    cleaned_data: dict[str, Any]
    fields: dict[str, Any]
    add_error: Any

    def _clean_fields(self) -> None:
        """Remove what nobody can read; a text that is only that counts as left out."""
        super()._clean_fields()  # type: ignore[misc]  # private
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, list) and all(isinstance(word, str) for word in value):
                self.cleaned_data[name] = [word for one in value if (word := readable(one))]
            elif isinstance(value, str) and "password" not in name:
                self.cleaned_data[name] = readable(value)
                if value and not self.cleaned_data[name] and self.fields[name].required:
                    self.add_error(name, self.fields[name].error_messages["required"])
