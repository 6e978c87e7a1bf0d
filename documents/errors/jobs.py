"""What can be wrong with jobs and what they read."""

from config.api.problems import Problem


class JobUnderWay(Problem):
    """The same is being done already, or this job has not ended yet."""

    status = 409
    code = "job_under_way"


class JobFinished(Problem):
    """The job has ended."""

    status = 409
    code = "job_finished"


class ImportUnderWay(Problem):
    """An import is under way whose file may hold what is to be erased."""

    status = 409
    code = "import_under_way"


class NoResult(Problem):
    """The job has made no file."""

    status = 409
    code = "no_result"


class UnknownPlace(Problem):
    """There is no place of this name to import from."""

    status = 422
    code = "unknown_place"


class PathRefused(Problem):
    """The path is none within its place."""

    status = 422
    code = "path_refused"
