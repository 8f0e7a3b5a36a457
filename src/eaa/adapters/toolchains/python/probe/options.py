"""Options of plugins that are kept out: a project may pass them, and they do nothing."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

_OF_CORE = (
    "--lf", "--last-failed", "--ff", "--failed-first", "--nf", "--new-first", "--cache-clear", "--sw", "--stepwise",
    "--sw-skip", "--stepwise-skip", "--sw-reset", "--stepwise-reset",
)  # fmt: skip
_WITHOUT_VALUE = (
    "--no-cov", "--no-cov-on-fail", "--cov-branch", "--cov-append", "--cov-reset", "--boxed", "--random-order",
    "--randomly-dont-reset-seed", "--randomly-dont-reorganize", "--looponfail", "-f", "--reverse",
)  # fmt: skip
_WITH_VALUE = (
    "--cov-report", "--cov-config", "--cov-fail-under", "--cov-context", "-n", "--numprocesses", "--dist", "--tx", "-d",
    "--maxprocesses", "--max-worker-restart", "--maxschedchunk", "--rsyncdir", "--rsyncignore", "--testrunuid",
    "--randomly-seed", "--random-order-bucket", "--random-order-seed", "--reruns", "--reruns-delay", "--only-rerun",
    "--rerun-except",
)  # fmt: skip
_SETTINGS = ("reruns", "reruns_delay", "looponfailroots", "rsyncdirs", "rsyncignore")


def accept_core_options(parser: pytest.Parser) -> None:
    """Let the options and settings of pytest's own cache pass, when it was kept out before it could declare them."""
    group = parser.getgroup("refused", "options of plugins that are kept out")
    for name in _OF_CORE:
        _accept(group, name, action="store_true", dest="refused_" + name.strip("-"))
    for name in ("--lfnf", "--last-failed-no-failures"):
        _accept(group, name, action="append", dest="refused_" + name.strip("-"))
    _accept(group, "--cache-show", action="append", nargs="?", const=True, dest="refused_cache-show")
    parser.addini("cache_dir", "of a plugin that is kept out")


def accept_refused_options(parser: pytest.Parser) -> None:
    """Let the options and settings of refused plugins pass, so that a project's `addopts` stay readable."""
    group = parser.getgroup("refused", "options of plugins that are kept out")
    for name in _WITHOUT_VALUE:
        _accept(group, name, action="store_true", dest="refused_" + name.strip("-"))
    for name in _WITH_VALUE:
        _accept(group, name, action="append", dest="refused_" + name.strip("-"))
    _accept(group, "--cov", action="append", nargs="?", const=True, dest="refused_cov")
    for name in _SETTINGS:
        try:
            parser.addini(name, "of a plugin that is kept out")
        except (ValueError, AssertionError):
            continue


def _accept(group: Any, name: str, **how: Any) -> None:
    try:
        # The public way refuses short lowercase options, such as the `-n` of xdist.
        group._addoption(name, **how)  # noqa: SLF001
    except (ValueError, argparse.ArgumentError):
        # Some plugin that did load has it already.
        return
