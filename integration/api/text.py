"""Texts from outside: what databases can hold, what counts as blank, what no person can read."""

import re

# What leaves no ink: white space, controls, zero-width and filler characters, variation selectors.
# NUL is not among them: a text with it is damaged, not blank.
_INVISIBLE = (
    "\\s\x01-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202f\u205f-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_VISIBLE = re.compile(f"[^{_INVISIBLE}]")
# What programs write for a value that they do not have.
_SLIPS = frozenset(
    {"undefined", "null", "(null)", "<null>", "none", "nil", "<nil>", "nan", "[object object]"}
)


def storable(text: str) -> str:
    """Return the text without NUL, and with half characters replaced: databases hold neither."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "")


def is_blank(text: str) -> bool:
    """Return whether nobody would see the text: such a text counts as left out (contract ALL)."""
    return _VISIBLE.search(text) is None


def filled(text: str | None) -> str | None:
    """Return the text, or None if it is blank."""
    return None if text is None or _VISIBLE.search(text) is None else text


def is_slip(text: str) -> bool:
    """Return whether the text is a program's word for no value, such as `undefined`."""
    return text.strip().casefold() in _SLIPS


def key(text: str | None) -> str | None:
    """Return the text of an identity, or None if it is blank or a program's slip."""
    return None if text is None or is_blank(text) or is_slip(text) else text


# Controls but tab and line breaks; and what turns the direction of the text behind it.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What spreadsheet programs show for a formula that failed, in the languages that we know.
_ERROR_WORDS = frozenset(
    {
        *("#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#N/A", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"),
        *("#FIELD!", "#BLOCKED!", "#BUSY!", "#CONNECT!", "#UNKNOWN!", "#EXTERNAL!", "#PYTHON!"),
        *("#ERROR!", "#GETTING_DATA", "#¿NOMBRE?", "#NOMBRE?", "#¡REF!", "#¡VALOR!", "#VALOR!"),
        *("#¡DIV/0!", "#¡NULO!", "#¡NUM!", "#N/D", "#NOME?", "#NOM?", "#VALEUR!", "#NUL!"),
        *("#BEZUG!", "#WERT!", "#NV", "#ZAHL!", "#RIF!", "#VALORE!"),
    }
)
# As written, since a bread is called Nan and a choice None.
_PROGRAM_WORDS = frozenset(
    {"undefined", "null", "NULL", "(null)", "<null>", "NaN", "[object Object]"}
)
_ERRORS_CUT = frozenset(word.rstrip("!?") for word in _ERROR_WORDS)
_ERROR_CODE = re.compile(r"err:5[0-9]{2}|#{3,}", re.IGNORECASE)


def control_in(text: str) -> str | None:
    """Return the first control character, which no person entered, or None."""
    found = _CONTROL.search(text)
    return found[0] if found else None


def without_direction(text: str) -> str:
    """Return the text without the characters that turn the text behind them around."""
    return _DIRECTION.sub("", text)


def without_controls(text: str) -> str:
    """Return the text without controls, and without what turns its direction."""
    return _CONTROL.sub("", _DIRECTION.sub("", text))


def readable(text: str) -> str:
    """Return what a person entered without what nobody can read; empty if that is all."""
    return "" if is_blank(text) else without_controls(text)


def is_error_word(text: str) -> bool:
    """Return whether the text is what a spreadsheet program shows for a failed formula."""
    word = text.strip().upper()
    return word.rstrip("!?") in _ERRORS_CUT or _ERROR_CODE.fullmatch(word) is not None


def is_program_word(text: str) -> bool:
    """Return whether a name or an ID is what a program writes for a value it does not have."""
    return text.strip() in _PROGRAM_WORDS
