"""The errors of a file to import: collected as it is read, and told all at once.

`problems` collects them together with what could not be read, so that one slip is not told twice;
`listing` shows them as a table, to people and as a file.
"""
