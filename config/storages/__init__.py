"""Where files are kept: a folder, or a bucket of S3 or of what speaks its protocol."""
