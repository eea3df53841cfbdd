#!/usr/bin/env python
"""The Django command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stream_pos.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # One sentence instead of a long traceback.
        sys.exit(f"Stream POS cannot start: {error}")


if __name__ == "__main__":
    main()
