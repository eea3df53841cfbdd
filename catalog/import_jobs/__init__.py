"""Imports that people start on a page and a worker does.

The row `CatalogImport` says what is to be done: check the file, and, when a person has approved
of the plan, apply it. `requests` are what people ask for, `running` is what the worker does,
`heartbeat` how far it is, `plans` a plan for people. A worker that dies leaves nothing behind but
the row, whose work another one then takes up.
"""
