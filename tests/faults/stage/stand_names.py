"""Names of the stands on which faults are tried."""

EMBEDDED, SERVICES, OWN_SERVERS = "embedded", "PostgreSQL + Redis", "own servers"
