"""Log lines of this process, on stderr: few, and in the format that was set."""

import json
import logging
import sys
from datetime import UTC, datetime

from typing_extensions import override

from eaa.kit.bounded import printable
from eaa.settings import LogFormat

PROMPTS = "eaa.prompts"
"""Where the engine logs prompts and answers, when it does."""


def write_logs(log_format: LogFormat, *, has_prompts: bool = False) -> None:
    """Send warnings and worse of every library to stderr, and prompts and answers where that is switched on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if log_format is LogFormat.JSON else _Text())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(PROMPTS).setLevel(logging.INFO if has_prompts else logging.NOTSET)


def write_service_logs(log_format: LogFormat) -> None:
    """Send the log events of a service to stderr, one line each."""
    import structlog

    rendered: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format is LogFormat.JSON
        else structlog.processors.KeyValueRenderer(key_order=["at", "level", "event"])
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


class _Text(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        facts = _facts_of(record)
        said = record.getMessage() if facts is None else f"{record.getMessage()} {json.dumps(facts)}"
        return "\n".join(map(printable, f"{record.levelname.lower()}: {said}".splitlines()))


class _Json(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, tz=UTC)
        line: dict[str, object] = {
            "at": at.isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        facts = _facts_of(record)
        if facts is not None:
            line["facts"] = facts
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _facts_of(record: logging.LogRecord) -> object:
    """Return what a record says beyond its words, as JSON takes it, or None."""
    return getattr(record, "facts", None)
