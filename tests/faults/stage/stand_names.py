"""Names of the stands on which faults are run."""

EMBEDDED, SERVICES, OWN_SERVERS = "embedded", "PostgreSQL + Redis", "own servers"
