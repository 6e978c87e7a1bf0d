"""Exchange formats, one file each: records in, bytes out. Pure."""
