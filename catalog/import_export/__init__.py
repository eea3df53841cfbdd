"""Import and export of a merchant's catalog as Stream's own Get Catalog JSON (contract CAT).

`importer` is the entry point: `parser` turns a file into the structs of `schema`, `validation`
checks how its objects fit together, `normalized` puts file and database into the same form, `diff`
compares the two, and `writer` writes the difference. `exporter` is the way back.
"""
