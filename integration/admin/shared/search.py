"""The search of lists in the admin."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

# Each word is a condition on every column: thousands keep the interpreter and the database busy.
_MOST_CHARACTERS = 200


class ShortSearchAdmin(ModelAdmin):
    """Looks for the beginning of a text that is too long."""

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        words = search_term[:_MOST_CHARACTERS]
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, words)
        return found
