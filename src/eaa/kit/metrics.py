"""Counters and histograms as Prometheus reads them.

Source: Prometheus, "Exposition formats", text format 0.0.4, checked 2026-01.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate

Labels = tuple[str, ...]
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0)
"""Upper bounds for durations from a cached answer to a long stream."""


class Counter:
    """A number for each combination of labels that only grows."""

    def __init__(self, name: str, help_text: str, *label_names: str) -> None:
        self.name = name
        self._help = help_text
        self._label_names = label_names
        self._values: dict[Labels, float] = {}

    def add(self, amount: float, *labels: str) -> None:
        """Add to the number of these labels, given in the order of their names."""
        self._values[labels] = self._values.get(labels, 0) + amount

    def total(self, *labels: str) -> float:
        """Return the number of these labels."""
        return self._values.get(labels, 0)

    def lines(self) -> Iterator[str]:
        """Yield the metric as text."""
        yield from head(self.name, self._help, "counter")
        for labels, value in self._values.items():
            yield sample(self.name, zip(self._label_names, labels, strict=True), value)


class Histogram:
    """How observations are spread, for each combination of labels."""

    def __init__(self, name: str, help_text: str, *label_names: str, bounds: tuple[float, ...] = SECONDS) -> None:
        self.name = name
        self._help = help_text
        self._label_names = label_names
        self._bounds = bounds
        self._counts: dict[Labels, list[int]] = {}
        self._sums: dict[Labels, float] = {}

    def observe(self, value: float, *labels: str) -> None:
        """Note an observation."""
        counts = self._counts.setdefault(labels, [0] * (len(self._bounds) + 1))
        counts[bisect_left(self._bounds, value)] += 1
        self._sums[labels] = self._sums.get(labels, 0.0) + value

    def lines(self) -> Iterator[str]:
        """Yield the metric as text."""
        yield from head(self.name, self._help, "histogram")
        for labels, counts in self._counts.items():
            pairs = list(zip(self._label_names, labels, strict=True))
            for bound, count in zip([*map(_number, self._bounds), "+Inf"], accumulate(counts), strict=True):
                yield sample(f"{self.name}_bucket", [*pairs, ("le", bound)], count)
            yield sample(f"{self.name}_sum", pairs, self._sums[labels])
            yield sample(f"{self.name}_count", pairs, sum(counts))


def gauge_lines(name: str, help_text: str, values: Iterable[tuple[Iterable[tuple[str, str]], float]]) -> Iterator[str]:
    """Yield a metric that is read at this moment, from (labels, value)."""
    yield from head(name, help_text, "gauge")
    for labels, value in values:
        yield sample(name, labels, value)


def head(name: str, help_text: str, kind: str) -> Iterator[str]:
    """Yield what stands before a metric's samples."""
    yield f"# HELP {name} {help_text}"
    yield f"# TYPE {name} {kind}"


def sample(name: str, labels: Iterable[tuple[str, str]], value: float) -> str:
    """Return one line."""
    inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{{{inner}}} {_number(value)}" if inner else f"{name} {_number(value)}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
