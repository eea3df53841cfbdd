"""A catalog as an editable spreadsheet: XLSX with a sheet for each kind, or one CSV file.

`formats` is the entry point. `layout` maps columns to fields of Get Catalog, `cells` converts
fields to and from cells, `xlsx` and `csv_file` read and write the files, and `mapping` converts
between rows and Get Catalog's JSON, which is then imported like any other catalog.
"""
