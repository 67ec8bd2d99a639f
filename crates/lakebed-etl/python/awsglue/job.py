"""A job's beginning and end. Glue PySpark extensions reference, "Job"."""

import sys

from awsglue import bookmark


def _options(argv):
    """The bookmark option as it was passed, for scripts that resolve no arguments."""
    names = {"--job-bookmark-option": "job_bookmark_option"}
    return {names[name]: value for name, value in zip(argv[1:], argv[2:]) if name in names}


class Job:
    """Commits the bookmarks of a run; without `commit()` the next run reads the same again."""

    _current = None

    def __init__(self, glue_context):
        self._context = glue_context
        self._args = {}

    def init(self, job_name, args=None):
        """Begins the run: loads the bookmarks of the last run that committed."""
        self._args = dict(args or {})
        bookmark.begin({**_options(sys.argv), **self._args})
        Job._current = self

    def isInitialized(self):
        return Job._current is not None

    def commit(self):
        """Keeps the bookmarks of what this run has read."""
        bookmark.commit()
        sys.stdout.flush()
