"""Arms a process: at one point of its work it ends where it stands, as by a power cut."""

import os
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.sql.effects import SqlEffects
from eaa.adapters.sql.events import SqlEvents
from eaa.adapters.sql.role_calls import SqlRoleCalls
from eaa.adapters.sql.runs import SqlRuns
from eaa.adapters.sql.steps import SqlSteps
from eaa.adapters.sql.store import SqlSession, SqlStore
from eaa.domain.effect import EffectState
from tests.matrix import points
from tests.matrix.points import Moment, Point

Names = Callable[[Any, tuple[Any, ...]], str | None]
"""From what a method returned and was given to the point it stands for; None: for none."""


def arm(point: Point) -> None:
    """Let this process end at a point."""
    marked: dict[int, set[str]] = defaultdict(set)
    _arm_transactions(point, marked)
    _mark(SqlRuns, "claim", marked, lambda run, _: None if run is None else points.CLAIM)
    _mark(SqlSteps, "put", marked, lambda _, given: points.step(given[0].name))
    _mark(SqlEffects, "intend", marked, lambda *_: points.INTENDED)
    _mark(SqlEffects, "update", marked, _confirmed)
    _mark(SqlEvents, "add", marked, _event)
    _around(GitRepositories, "publish", point, before=lambda _: points.PUBLISH, after=lambda *_: points.PUBLISH)
    _around(
        SqlRoleCalls,
        "take",
        point,
        before=lambda _: None,
        after=lambda call, _: None if call is None else points.taken(_stage(call.name)),
    )
    _around(
        SqlRoleCalls,
        "take",
        point,
        before=lambda _: None,
        after=lambda call, _: None if call is None else points.taken_of(call.run_id),
    )
    _arm_answers(point)


def die() -> None:
    """End this process at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def _arm_transactions(point: Point, marked: dict[int, set[str]]) -> None:
    begin = SqlStore._transaction

    @asynccontextmanager
    async def transaction(store: SqlStore) -> AsyncIterator[SqlSession]:
        names: set[str] = set()
        async with begin(store) as session:
            assert isinstance(session, SqlSession)
            names = marked[id(session.steps._connection)] = set()
            yield session
            if point.moment is Moment.BEFORE and point.what in names:
                die()
        if point.moment is Moment.AFTER and point.what in names:
            die()

    SqlStore._transaction = transaction  # type: ignore[assignment,method-assign]


def _mark(owner: type, method: str, marked: dict[int, set[str]], name_of: Names) -> None:
    """Note in a transaction what a method of its parts did."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, method)

    async def noting(self: Any, *given: Any, **named: Any) -> Any:
        found = await original(self, *given, **named)
        name = name_of(found, given)
        if name is not None:
            marked[id(self._connection)].add(name)
        return found

    setattr(owner, method, noting)


def _around(
    owner: type, method: str, point: Point, *, before: Callable[[tuple[Any, ...]], str | None], after: Names
) -> None:
    """End before or after a method whose work is not in a transaction of ours."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, method)

    async def watched(self: Any, *given: Any, **named: Any) -> Any:
        if point.moment is Moment.BEFORE and before(given) == point.what:
            die()
        found = await original(self, *given, **named)
        if point.moment is Moment.AFTER and after(found, given) == point.what:
            die()
        return found

    setattr(owner, method, watched)


def _arm_answers(point: Point) -> None:
    stages: dict[str, str] = {}
    take, finish = SqlRoleCalls.take, SqlRoleCalls.finish

    async def taking(self: SqlRoleCalls, *given: Any, **named: Any) -> Any:
        call = await take(self, *given, **named)
        if call is not None:
            stages[call.id] = points.answered(_stage(call.name))
        return call

    async def finishing(self: SqlRoleCalls, call_id: Any, **named: Any) -> None:
        if point == Point(stages[call_id], Moment.BEFORE):
            die()
        await finish(self, call_id, **named)
        if point == Point(stages[call_id], Moment.AFTER):
            die()

    SqlRoleCalls.take = taking  # type: ignore[method-assign]
    SqlRoleCalls.finish = finishing  # type: ignore[method-assign]


def _stage(call_name: str) -> str:
    return call_name.rpartition(" ")[0]


def _confirmed(_: Any, given: tuple[Any, ...]) -> str | None:
    return points.CONFIRMED if given[0].state is EffectState.CONFIRMED else None


def _event(_: Any, given: tuple[Any, ...]) -> str | None:
    return {"run.ended": points.ENDED, "run.started": points.CREATE}.get(given[0].type)
