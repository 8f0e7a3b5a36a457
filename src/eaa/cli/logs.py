"""Log lines of this process, on stderr: few, and in the format that was set."""

import json
import logging
import sys
from datetime import UTC, datetime

from typing_extensions import override

from eaa.kit.bounded import printable
from eaa.settings import LogFormat


def write_logs(log_format: LogFormat) -> None:
    """Send warnings and worse of every library to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if log_format is LogFormat.JSON else _Text())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


class _Text(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(map(printable, f"{record.levelname.lower()}: {record.getMessage()}".splitlines()))


class _Json(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, tz=UTC)
        line = {
            "at": at.isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)
