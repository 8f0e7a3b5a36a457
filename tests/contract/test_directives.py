"""What every keeper of directives promises."""

import pytest

from eaa.domain.directive import DirectiveKind
from eaa.domain.ids import RunId
from eaa.ports.store import Store
from tests.makers import make_directive


async def test_what_a_run_was_told_comes_back_in_order(store: Store) -> None:
    told = [
        make_directive(sequence=2, kind=DirectiveKind.STOP, text=""),
        make_directive(sequence=10, kind=DirectiveKind.ANSWER, text="Gross – “with tax”."),
        make_directive(sequence=1),
    ]
    async with store.begin() as session:
        for directive in (*told, make_directive(run_id="run_2")):
            await session.directives.add(directive)

    async with store.begin() as session:
        found = await session.directives.of_run(RunId("run_1"))

    assert found == (told[2], told[0], told[1])


async def test_a_directive_is_never_written_over(store: Store) -> None:
    async with store.begin() as session:
        await session.directives.add(make_directive(text="first"))

    with pytest.raises(ValueError, match="directive 1 of run_1"):
        async with store.begin() as session:
            await session.directives.add(make_directive(text="second"))

    async with store.begin() as session:
        assert await session.directives.of_run(RunId("run_1")) == (make_directive(text="first"),)


async def test_what_a_transaction_that_fails_has_told_was_not_told(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.begin() as session:
            await session.directives.add(make_directive())
            raise RuntimeError

    async with store.begin() as session:
        assert await session.directives.of_run(RunId("run_1")) == ()


async def test_an_unknown_run_was_told_nothing(store: Store) -> None:
    async with store.begin() as session:
        assert await session.directives.of_run(RunId("nobody")) == ()
