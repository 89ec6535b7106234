"""The collector's report, watched: when had it read the n-th post into its spool?"""

import time

from benchmarks.observer import Observer
from benchmarks.reports import Reports

_LOOK_SECONDS = 0.1


class ReadObserver(Observer):
    """Notes the posts of each report; there is one a second."""

    def __init__(self, url: str) -> None:
        """Look into the Redis at ``url``."""
        super().__init__()
        self._reports = Reports(url)

    def _watch(self) -> None:
        while not self._stop.is_set():
            report = self._reports.collector()
            if report:
                self.note(report.posts)
            time.sleep(_LOOK_SECONDS)
