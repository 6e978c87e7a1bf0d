"""Imports: files of records, archives and places become documents, in turns of a job.

A turn reads a batch, makes documents of it, and writes these with their labels, the errors and
the place where the next batch begins in one step: whatever happens to a worker, every row is
taken in once.
"""

from annotations.jobs.importing.order import ImportOptions, ImportOrder, LabelPolicy, Source
from annotations.jobs.importing.running import run_import

__all__ = ["ImportOptions", "ImportOrder", "LabelPolicy", "Source", "run_import"]
