"""Reads a request (JSON) from standard input and prints the answer (one line of JSON) to standard output."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict
from typing import Any, Dict

from .conductor import conduct
from .request import Answer, Request


def main() -> None:
    """Serve one request."""
    started = time.monotonic()
    request = Request.of(json.loads(sys.stdin.buffer.read()))
    # Whatever the project prints must not reach the answer.
    output = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    _settle(request)
    answer = conduct(request, started)
    _write(output, json.dumps(_plain(answer)).encode() + b"\n")
    os._exit(0)


def _settle(request: Request) -> None:
    """Stand where the project's tests run, with its import path and without ours."""
    ours = os.path.realpath(os.path.join(os.path.dirname(__file__), os.pardir))
    sys.path[:] = [path for path in sys.path if not path or os.path.realpath(path) != ours]
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in inherited if path and os.path.realpath(path) != ours)
    os.chdir(os.path.join(request.root, request.suite_root))
    roots = [os.path.join(request.root, root) for root in request.import_roots]
    sys.path[:0] = [path for path in [*roots, os.getcwd()] if path not in sys.path]
    sys.dont_write_bytecode = True
    sys.argv = ["pytest"]


def _plain(answer: Answer) -> Dict[str, Any]:
    return asdict(answer)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    main()
