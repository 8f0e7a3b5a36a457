"""A pytest plugin for a person's own command: `-p eaa_probe.within` in PYTEST_ADDOPTS."""

from __future__ import annotations

import os
import sys
from typing import Dict, List, Optional, Tuple

import pytest

from .options import accept_refused_options  # noqa: TID252
from .pytest_run import Reporter  # noqa: TID252
from .records import Records  # noqa: TID252
from .request import Request  # noqa: TID252
from .tracer import Tracer  # noqa: TID252

_reporters: List[Reporter] = []
_told: List[Tuple[Records, Optional[Tracer]]] = []


@pytest.hookimpl(trylast=True)
def pytest_addoption(parser: pytest.Parser) -> None:
    """Let options of refused plugins pass, and begin: before pytest captures and the project is imported.

    A second pytest of the same command finds no request and tells nothing.
    """
    accept_refused_options(parser)
    text = sys.stdin.buffer.read()
    if not text:
        return
    request = Request.read(text)
    records = Records(os.dup(1), request.nonce)
    tracer = Tracer() if request.measures_coverage else None
    if tracer is not None:
        tracer.start()
    _told.append((records, tracer))
    _reporters.append(Reporter(request, records))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Listen."""
    for reporter in _reporters:
        config.pluginmanager.register(reporter, "eaa-reporter")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(exitstatus: int) -> None:
    """Tell that everything was told."""
    for records, tracer in _told:
        covered: Dict[str, List[int]] = tracer.stop() if tracer is not None else {}
        records.final(int(exitstatus), covered)
