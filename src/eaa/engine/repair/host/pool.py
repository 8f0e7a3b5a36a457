"""Examines a stream of candidates in forked workers, in order, a batch a fork."""

from __future__ import annotations

import os
import select
import time
from typing import Dict, Generator, Iterator, List, Optional, Tuple

from .exam import FAILED, SLOW, Examiner, Verdict
from .forks import Child, Send
from .source import Candidate

_FIRST_BATCH, _BATCH = 6, 25


Judging = Generator[Optional[Tuple[Candidate, Verdict]], None, None]


class _Worker:
    def __init__(self, child: Child, batch: List[Candidate]) -> None:
        self.child, self.batch = child, batch
        self.current = 0
        self.is_judged = False

    @property
    def rest(self) -> List[Candidate]:
        """What was not begun."""
        return self.batch[self.current + 1 :]


class Pool:
    """A few workers."""

    def __init__(self, exam: Examiner, *, processes: int, memory_bytes: int, batch: int = _BATCH) -> None:
        self.exam, self._batch = exam, batch
        self._processes, self._memory_bytes = max(1, processes), memory_bytes
        self._workers: Dict[int, _Worker] = {}
        self._again: List[List[Candidate]] = []
        self.unjudged: List[Candidate] = []
        """What was taken from the stream and not judged when the judging was broken off."""
        self._batches = 0

    def judge(self, stream: Iterator[Candidate]) -> Judging:
        """Yield verdicts as they come, and None now and then so that the caller can look at the clock."""
        try:
            while True:
                self._fill(stream)
                if not self._workers:
                    return
                ready, _, _ = select.select(list(self._workers), [], [], 0.05)
                for descriptor in ready:
                    yield from self._hear(descriptor)
                yield from self._bury()
                yield None
        finally:
            for worker in self._workers.values():
                self.unjudged += worker.rest if worker.is_judged else worker.batch[worker.current :]
                worker.child.close()
            self.unjudged += [candidate for batch in self._again for candidate in batch]
            self._workers.clear()

    def _fill(self, stream: Iterator[Candidate]) -> None:
        while len(self._workers) < self._processes:
            batch = self._again.pop() if self._again else self._take(stream)
            if not batch:
                return
            child = Child(
                lambda send, batch=batch: self._work(batch, send),  # type: ignore[misc]
                memory_bytes=self._memory_bytes,
                others=tuple(self._workers),
            )
            self._workers[child.descriptor] = _Worker(child, batch)

    def _take(self, stream: Iterator[Candidate]) -> List[Candidate]:
        size = min(_FIRST_BATCH, self._batch) if self._batches < 2 * self._processes else self._batch
        self._batches += 1
        return [candidate for _, candidate in zip(range(size), stream)]

    def _work(self, batch: List[Candidate], send: Send) -> None:
        for index, candidate in enumerate(batch):
            send(("start", index))
            verdict = self.exam.examine(candidate, lambda _: send(("alive",)))
            send(("verdict", index, verdict))
            if verdict.is_cut:
                # The interrupted code may have left anything behind.
                os._exit(0)

    def _hear(self, descriptor: int) -> Iterator[Tuple[Candidate, Verdict]]:
        worker = self._workers[descriptor]
        messages, is_over = worker.child.receive()
        for message in messages:
            if message[0] == "start":
                worker.current, worker.is_judged = message[1], False
            elif message[0] == "verdict":
                worker.is_judged = True
                yield worker.batch[message[1]], message[2]
        if is_over:
            yield from self._end(descriptor, Verdict(FAILED))

    def _bury(self) -> Iterator[Tuple[Candidate, Verdict]]:
        now = time.monotonic()
        for descriptor, worker in list(self._workers.items()):
            if now - worker.child.heard_at > self.exam.silence_s:
                yield from self._end(descriptor, Verdict(SLOW))

    def _end(self, descriptor: int, verdict: Verdict) -> Iterator[Tuple[Candidate, Verdict]]:
        worker = self._workers.pop(descriptor)
        worker.child.close()
        if worker.rest:
            self._again.append(worker.rest)
        if not worker.is_judged:
            yield worker.batch[worker.current], verdict
