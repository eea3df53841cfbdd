"""The form that takes a file for an import."""

from pathlib import PurePath
from typing import Any

from django import forms

from catalog.import_jobs.service import MAX_BYTES
from catalog.spreadsheets.formats import TABLES, Format


class UploadForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="JSON, CSV or XLSX, at most 50 MB. For an example, see an export.",
        widget=forms.FileInput(attrs={"accept": ".json,.csv,.xlsx,.tsv,.txt"}),
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )
    mode = forms.ChoiceField(
        label="Mode",
        choices=[
            ("merge", "Merge: add and change objects; all others stay as they are"),
            (
                "replace",
                "Replace the catalog: objects that the file lacks are removed, after the next page"
                " has said which and you have confirmed it",
            ),
        ],
        initial="merge",
        widget=forms.RadioSelect,
    )

    @property
    def is_merge(self) -> bool:
        return bool(self.cleaned_data["mode"] == "merge")

    def clean_file(self) -> Any:
        uploaded = self.cleaned_data["file"]
        suffix = PurePath(uploaded.name).suffix.lower()
        if suffix.removeprefix(".") not in (*Format.values, *TABLES):
            first = f" Open the {suffix:.10} file and save it as one of these." if suffix else ""
            raise forms.ValidationError(f"Choose a .json, .csv or .xlsx file.{first}")
        if uploaded.size > MAX_BYTES:
            raise forms.ValidationError(
                f"The file has {uploaded.size / 2**20:,.0f} MB; the limit is 50 MB. Import it with"
                " the command import_catalog."
            )
        return uploaded
