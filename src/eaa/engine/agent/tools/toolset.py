"""Answers the calls of a model: every one of them, whatever it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from eaa.domain.completion import Completion, StopReason, ToolCall, ToolSpec
from eaa.domain.errors import ToolRefused, UnsafeTree
from eaa.domain.ids import CommitId
from eaa.domain.transcript import ToolEnded
from eaa.engine.agent.output import shorten, visible
from eaa.engine.agent.tools.files import edit, read
from eaa.engine.agent.tools.outcome import Outcome
from eaa.engine.agent.tools.outside import call_outside, is_outside, writes_outside
from eaa.engine.agent.tools.people import add_dependency, ask, submit
from eaa.engine.agent.tools.shell import Shell
from eaa.engine.agent.tools.specs import ADD_DEPENDENCY, ASK, EDIT, READ, SEARCH, SHELL, SUBMIT, TOOLS, checked
from eaa.engine.agent.workplace import Workplace
from eaa.engine.llm.answers.tool_calls import check_calls
from eaa.ports.blobs import Blobs
from eaa.ports.outside_tools import OutsideTools
from eaa.ports.schemas import Schemas

_STORED_AFTER = frozenset({SHELL, EDIT, SUBMIT})
"""After these the workspace is kept; what cannot be kept cannot be submitted."""
MOST_CALLS = 32
"""Of one answer; what is beyond is answered and not made."""
_REFUSAL_BYTES = 4 * 1024
_NOT_REPEATABLE = frozenset({SHELL})


@dataclass(frozen=True, slots=True)
class Toolset:
    """The tools of one loop."""

    place: Workplace
    shell: Shell
    schemas: Schemas
    blobs: Blobs
    allowed: frozenset[str]
    """Of all that the model is shown, those that its role may use."""
    specs: tuple[ToolSpec, ...] = TOOLS
    """What the model is shown; its calls are held against them, ours with stricter bounds."""
    outside: OutsideTools | None = None

    def must_be_noted(self, call: ToolCall) -> bool:
        """Return whether a call may not simply be made again when its process dies."""
        is_repeatable = call.name not in _NOT_REPEATABLE and not writes_outside(call.name, self.outside)
        return not is_repeatable and call.name in self.allowed

    async def answer(self, completion: Completion, index: int) -> ToolEnded:
        """Return what a call comes to; a call that cannot be made is answered with what is wrong with it.

        Raises:
            SandboxUnavailable: The machine cannot run commands.
            DiskFull: There is no room to keep the result.
        """
        call = completion.tool_calls[index]
        try:
            outcome = await self._outcome(completion, index)
        except ToolRefused as refused:
            outcome, tree = Outcome(visible(shorten(str(refused), limit_bytes=_REFUSAL_BYTES)[0]), is_error=True), None
        else:
            outcome, tree = await self._stored(call.name, outcome)
        whole = None if outcome.whole is None else await self.blobs.put(outcome.whole.encode(errors="replace"))
        return ToolEnded(
            index=index,
            call_id=call.id,
            tool=call.name,
            text=outcome.text,
            is_error=outcome.is_error,
            exit_code=outcome.exit_code,
            output=whole,
            tree=tree,
            ends=outcome.ends,
            origin=outcome.origin,
        )

    async def _stored(self, tool: str, outcome: Outcome) -> tuple[Outcome, CommitId | None]:
        if tool not in _STORED_AFTER:
            return outcome, None
        try:
            return outcome, await self.place.store()
        except UnsafeTree as unsafe:
            text = f"{outcome.text}\n[the workspace cannot be kept as it is now: {unsafe}; undo that first]"
            return replace(outcome, text=text, is_error=True, ends=None), None

    async def _outcome(self, completion: Completion, index: int) -> Outcome:
        call = completion.tool_calls[index]
        if index >= MOST_CALLS:
            raise ToolRefused(f"not made: an answer may call at most {MOST_CALLS} tools")
        if completion.stop_reason is StopReason.LENGTH and completion.parts[-1] == call:
            raise ToolRefused("your answer was cut off in this call, so it was not made; do less in one call")
        try:
            specs = tuple(checked(spec) for spec in self.specs if spec.name == call.name) or self.specs
            found = check_calls((call,), specs, schemas=self.schemas)[0]
        except (ValueError, RecursionError) as error:
            # Our own schemas are sound; one from outside may refer to what is not there, or to itself.
            raise ToolRefused(f"the schema of `{call.name}` cannot be used; go on without it") from error
        if found.problems:
            raise ToolRefused(f"{call.name}: {'; '.join(found.problems)}")
        if call.name not in self.allowed:
            raise ToolRefused(f"`{call.name}` is not for your role; you may use {', '.join(sorted(self.allowed))}")
        return await self._made(call.name, found.arguments, calls=len(completion.tool_calls))

    async def _made(self, name: str, arguments: Mapping[str, Any], *, calls: int) -> Outcome:
        match name:
            case _ if name == SHELL:
                return await self.shell.run(arguments)
            case _ if name == SEARCH:
                return await self.shell.search(arguments)
            case _ if name == READ:
                return await read(arguments, self.place)
            case _ if name == EDIT:
                return await edit(arguments, self.place, self.shell.toolchain.language)
            case _ if name == ADD_DEPENDENCY:
                return add_dependency(arguments)
            case _ if name == ASK:
                return ask(arguments, calls=calls)
            case _ if name == SUBMIT:
                return submit(arguments, calls=calls)
            case _ if is_outside(name):
                return await call_outside(name, arguments, self.outside)
            case _:
                raise ToolRefused(f"there is no tool {name!r}")
