"""A scripted model that plays the whole team: which answer comes next is read off the conversation itself.

A script is JSON: for each role a list of answers, `{"text", "calls": [{"name", "arguments"}]}`. A prompt with two
answers in it gets the third one, so that a killed run which asks again is given the same. Chat completions only.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.loopback.model_wire import Call, Received, Scripted

OPENINGS: Mapping[str, str] = {
    "You are the project manager": "requirement",
    "You are the architect": "decision",
    "You are the tester": "tester",
    "You are the author": "author",
    "You work alone": "alone",
}
"""How the last part of the first prompt of each conversation begins."""
_UNDONE = "The command was interrupted"
_BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class ScriptedTeam:
    """Answers by role and place in the conversation."""

    answers: Mapping[str, Sequence[Scripted]]

    def __call__(self, received: Received) -> Scripted:
        """Return the answer to a prompt; after the last one of a role, words that call nothing."""
        messages: list[dict[str, Any]] = received.content()["messages"]
        answers = self.answers.get(_role(messages), ())
        number = sum(message["role"] == "assistant" for message in messages) - _undone(messages)
        scripted = answers[number] if number < len(answers) else Scripted(text="The script has no more answers.")
        # A provider reads from its cache what the prompt before this one held already.
        prompt = len(received.body) // _BYTES_PER_TOKEN
        cached = _before_last_turn(messages) // _BYTES_PER_TOKEN if number else 0
        return Scripted(
            text=scripted.text,
            calls=scripted.calls,
            input_tokens=max(prompt - cached, 1),
            cached_tokens=cached,
            output_tokens=max(len(scripted.text) + sum(len(call.arguments_json) for call in scripted.calls), 4) // 4,
        )


def read_script(path: Path) -> ScriptedTeam:
    """Return the team that a script file describes."""
    return team_of(json.loads(path.read_text(encoding="utf-8")))


def team_of(script: Mapping[str, Sequence[Mapping[str, Any]]]) -> ScriptedTeam:
    """Return the team that a script describes."""
    return ScriptedTeam(
        {role: [_scripted(number, said) for number, said in enumerate(answers)] for role, answers in script.items()}
    )


def _scripted(number: int, said: Mapping[str, Any]) -> Scripted:
    calls = tuple(
        Call(call["name"], json.dumps(call["arguments"]), f"call_{number}_{index}")
        for index, call in enumerate(said.get("calls", ()))
    )
    text = said.get("text", "")
    return Scripted(text=text if isinstance(text, str) else json.dumps(text), calls=calls)


def _role(messages: Sequence[Mapping[str, Any]]) -> str:
    opening = next((_text(message) for message in messages if message["role"] == "user"), "")
    return next((role for words, role in OPENINGS.items() if words in opening), "")


def _undone(messages: Sequence[Mapping[str, Any]]) -> int:
    return sum(message["role"] == "tool" and _text(message).startswith(_UNDONE) for message in messages)


def _before_last_turn(messages: Sequence[Mapping[str, Any]]) -> int:
    last = max(number for number, message in enumerate(messages) if message["role"] == "assistant")
    return len(json.dumps(messages[:last]))


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
