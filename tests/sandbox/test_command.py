from __future__ import annotations

import pytest

from stream_pos.management.commands.sandbox import Command


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], (9000, "http://127.0.0.1:8000", None)),
        (
            ["--port", "9001", "--pos", "http://pos.example/", "--channel", "http://127.0.0.1:81"],
            (9001, "http://pos.example", "http://127.0.0.1:81"),
        ),
    ],
)
def test_the_channel_is_at_the_poss_address_unless_one_is_given(
    arguments: list[str], expected: tuple[int, str, str | None]
) -> None:
    options = Command().create_parser("manage.py", "sandbox").parse_args(arguments)

    assert (options.port, options.pos, options.channel) == expected
