"""Imports that people start on a page and a worker runs.

A `CatalogImport` row says what to do: check the file and, once a person has approved the plan,
apply it. `service` is what people ask for, `worker` does the work, `heartbeat` reports its
progress, and `plan_digest` describes the plan. A worker that dies leaves only the row behind, and
another worker takes over.
"""
