"""Exchange formats, one file each: records in, bytes out. Pure.

`rows` reads the rows of files of records whatever they mean, `mapping` makes documents of them.
"""
