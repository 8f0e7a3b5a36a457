"""Reads a request from standard input, runs the tests, and tells about them on standard output."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Dict, List

from .records import Records  # noqa: TID252
from .request import Request  # noqa: TID252
from .tracer import Tracer  # noqa: TID252


def main() -> None:
    """Serve one request, in the folder of the suite. Exits with the framework's exit code."""
    request = Request.read(sys.stdin.buffer.read())
    # The project finds an empty input, and nowhere the mark that makes a line ours.
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    records = Records(os.dup(1), request.nonce)
    sys.path[0] = str(Path.cwd())
    sys.argv = [request.framework]
    tracer = Tracer() if request.measures_coverage else None
    code = _run(request, records, tracer)
    covered: Dict[str, List[int]] = tracer.stop() if tracer is not None else {}
    sys.stdout.flush()
    records.final(code, covered)
    sys.exit(code)


def _run(request: Request, records: Records, tracer: Tracer | None) -> int:
    if request.framework == "unittest":
        from .unittest_run import run_unittest as run  # noqa: TID252
    else:
        # Only here: a project of unittest may have no pytest.
        from .pytest_run import run_pytest as run  # noqa: TID252
    if tracer is not None:
        tracer.start()
    return run(request, records)
