"""Import and export of a merchant's catalog as Stream's own Get Catalog JSON (contract CAT).

`reading` turns a file into the contract's structs, `checks` finds what is wrong between its
objects, `state` writes the file and the database in the same form, `planning` compares the two,
`applying` writes the difference, `exporting` is the way back. `importing` is the entrance.
"""
