"""A catalog as a spreadsheet that people edit: XLSX with a sheet for each kind, or one CSV file.

`layout` says which column is which field of Get Catalog, `cells` how a field stands in a cell,
`xlsx` and `csv_file` read and write the files, `translating` goes between rows and Get Catalog's
JSON, from which on a spreadsheet is imported like any other catalog. `formats` is the entrance.
"""
