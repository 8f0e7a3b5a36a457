"""Progress of runs as log events, for processes that nobody watches."""

import structlog
from typing_extensions import override

from eaa.domain.event import Event
from eaa.ports.progress import Progress

_log = structlog.get_logger()


class LoggedProgress(Progress):
    """Logs stages that begin or end; what they say of the work stays in the records."""

    @override
    def stage_started(self, title: str) -> None:
        _log.info("stage.started", stage=title)

    @override
    def stage_ended(self, title: str, outcome: str) -> None:
        _log.info("stage.ended", stage=title)

    @override
    def noted(self, text: str) -> None:
        # May quote a request or a file.
        pass

    @override
    def happened(self, event: Event) -> None:
        _log.info(event.type, task=event.task_id, run=event.run_id)
