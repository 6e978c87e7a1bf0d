"""The jobs that need to know of annotations; documents.jobs tells how a runner is written."""


def register_runners() -> None:
    """Say what runs which kind of job; called once all models are there."""
    from annotations.jobs import erasure, importing, reanchoring, relabelling, restoring
    from documents.jobs import register
    from documents.jobs.new_texts import follow_texts
    from documents.models import JobKind

    register(JobKind.ERASURE, erasure.run)
    register(JobKind.IMPORT, importing.run_import)
    register(JobKind.REANCHORING, reanchoring.run)
    register(JobKind.RELABELLING, relabelling.run)
    register(JobKind.RESTORATION, restoring.run)
    follow_texts(reanchoring.start)
