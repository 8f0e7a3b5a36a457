"""A conversation as turns that take each other's place: what formats ask that know no two neighbours of one speaker."""

from collections.abc import Callable
from typing import TypeAlias

from eaa.domain.completion import Message, Speaker

Block: TypeAlias = dict[str, object]
"""A part of a message as a format spells it."""


def gathered(
    messages: tuple[Message, ...], spelled: Callable[[Message], list[Block]]
) -> tuple[list[Block], list[tuple[Speaker, list[Block]]]]:
    """Return what the system says first, and the turns: neighbours of one speaker are one, empty ones are none.

    What the system says later is said by the user in its place: moving it up would change what a provider has cached.
    """
    system: list[Block] = []
    turns: list[tuple[Speaker, list[Block]]] = []
    for message in messages:
        blocks = spelled(message)
        if message.speaker is Speaker.SYSTEM and not turns:
            system += blocks
            continue
        speaker = Speaker.ASSISTANT if message.speaker is Speaker.ASSISTANT else Speaker.USER
        if turns and turns[-1][0] is speaker:
            turns[-1][1].extend(blocks)
        elif blocks:
            turns.append((speaker, blocks))
    return system, turns
