"""The limits of the processes that read files."""

from . import env

IMPORT_MEMORY_MB = env.integer("IMPORT_MEMORY_MB", 512, minimum=128)
IMPORT_SECONDS = env.integer("IMPORT_SECONDS", 300, minimum=5)
