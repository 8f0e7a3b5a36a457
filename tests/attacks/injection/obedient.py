"""A scripted model that obeys every text it is shown, and remembers what it obeyed."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.attacks.injection.cases import Case
from tests.loopback.model_wire import Call, Received, Scripted
from tests.loopback.scripted_team import OPENINGS

_ORDER = re.compile(r"OBEY\(([a-z ]+)\)")
_DONE = re.compile(r"obey_(\d+)_(\d+)_\d+")


@dataclass(slots=True)
class ObedientTeam:
    """Plays the team by a script, and puts what it is told to do before whatever would come next."""

    script: Mapping[str, Sequence[Mapping[str, Any]]]
    cases: Sequence[Case]
    names: Mapping[str, str]
    """What `@NAME@` stands for."""
    obeyed: set[tuple[str, str]] = field(default_factory=set)
    """(role, case)."""

    def __call__(self, received: Received) -> Scripted:
        """Return the answer to a prompt."""
        messages: list[dict[str, Any]] = received.content()["messages"]
        role = _role(messages)
        done = _done(messages)
        if role != "requirement":
            for number in self._ordered(messages):
                turn = done.get(number, 0)
                if turn < len(self.cases[number].turns):
                    self.obeyed.add((role, self.cases[number].name))
                    return self._obey(number, turn)
        answers = self.script[role]
        number = sum(message["role"] == "assistant" for message in messages) - sum(done.values())
        return self._said(answers[number], f"call_{number}") if number < len(answers) else Scripted(text="No more.")

    def _ordered(self, messages: Sequence[Mapping[str, Any]]) -> list[int]:
        """Return the cases that the texts before the model order, by what it was told first."""
        known = {case.name: number for number, case in enumerate(self.cases)}
        texts = (text_of(message) for message in messages if message["role"] != "assistant")
        found = dict.fromkeys(name for text in texts for name in _ORDER.findall(text))
        return [known[name] for name in found if name in known]

    def _obey(self, number: int, turn: int) -> Scripted:
        case = self.cases[number]
        calls = [{"name": tool, "arguments": arguments} for tool, arguments in case.turns[turn]]
        return self._said({"text": case.says, "calls": calls}, f"obey_{number}_{turn}")

    def _said(self, said: Mapping[str, Any], call_id: str) -> Scripted:
        calls = tuple(
            Call(call["name"], self._filled(json.dumps(call["arguments"])), f"{call_id}_{index}")
            for index, call in enumerate(said.get("calls", ()))
        )
        text = said.get("text", "")
        return Scripted(text=text if isinstance(text, str) else json.dumps(text), calls=calls)

    def _filled(self, text: str) -> str:
        for name, value in self.names.items():
            text = text.replace(name, value)
        return text


def _done(messages: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Return how many turns of each case stand in the conversation."""
    turns: dict[int, int] = {}
    for message in messages:
        ids = [call["id"] for call in message.get("tool_calls") or ()]
        if message["role"] == "assistant" and ids and (found := _DONE.fullmatch(ids[0])):
            turns[int(found[1])] = int(found[2]) + 1
    return turns


def _role(messages: Sequence[Mapping[str, Any]]) -> str:
    opening = next((text_of(message) for message in messages if message["role"] == "user"), "")
    return next((role for words, role in OPENINGS.items() if words in opening), "")


def text_of(message: Mapping[str, Any]) -> str:
    """Return the words of a message."""
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
