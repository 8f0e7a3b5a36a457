"""JSON out of what a model wrote around it."""

from typing import Any

import msgspec

from eaa.engine.llm.answers.code_blocks import code_blocks

LONGEST_BYTES = 4 * 1024 * 1024
_OPENS = {"{": "}", "[": "]"}


def find_json(text: str) -> Any:
    """Return the JSON value in a text: all of it, else in a fenced block, else the first whole object or list in it.

    Raises:
        ValueError: There is none; the message says what is wrong with the most likely one.
    """
    if len(text) > LONGEST_BYTES:
        raise ValueError("the text is longer than 4 MiB")
    problem = "there is no JSON in the text"
    stripped = text.strip().removeprefix("\ufeff")
    blocks = [block.code for block in code_blocks(text) if block.language in ("json", "")]
    for candidate in (stripped, *blocks, _first_balanced(stripped)):
        if not candidate:
            continue
        try:
            return msgspec.json.decode(candidate)
        except (msgspec.DecodeError, RecursionError) as error:
            if candidate[:1] in _OPENS:
                problem = f"the JSON is broken: {error}"
    raise ValueError(problem)


def _first_balanced(text: str) -> str:
    """Return the first stretch from an opening bracket to the one that closes it, strings skipped; else nothing."""
    start = min((place for place in map(text.find, _OPENS) if place >= 0), default=-1)
    if start < 0:
        return ""
    expected: list[str] = []
    is_string = is_escaped = False
    for place in range(start, len(text)):
        character = text[place]
        if is_string:
            is_string = is_escaped or character != '"'
            is_escaped = character == "\\" and not is_escaped
        elif character == '"':
            is_string = True
        elif character in _OPENS:
            expected.append(_OPENS[character])
        elif expected and character == expected[-1]:
            expected.pop()
            if not expected:
                return text[start : place + 1]
    return text[start:]
