"""Emptied functions keep everything but their bodies."""

import ast
import inspect
from pathlib import Path

import pytest

from eaa.adapters.toolchains.python.stub import stubbed
from eaa.adapters.toolchains.python.symbols import symbols_of

SOURCE = '''\
# ä comment
@cache
def find(text: str) -> int:  # why
    """Say ü."""
    @inner
    def help(): ...
    return help() + 1  # ö

class Parser:
    size = 3

    def one(self): return 1

    async def many(self):
        async for part in self:
            yield part
'''.encode()


def test_only_the_named_body_changes() -> None:
    expected = SOURCE.decode().replace("@inner\n    def help(): ...\n    return help() + 1", "return None").encode()

    assert stubbed(SOURCE, ["find", "unknown"]) == expected


def test_a_class_loses_the_bodies_of_all_its_methods() -> None:
    text = stubbed(SOURCE, ["Parser", "Parser.one"]).decode()

    assert "    def one(self): return None\n" in text
    assert text.endswith("    async def many(self):\n        return; yield\n")
    assert "return help() + 1" in text
    compile(text, "a.py", "exec")


def test_an_emptied_generator_still_is_one() -> None:
    names: dict[str, object] = {}
    exec(stubbed(b"def numbers():\n    yield 1\n    yield 2\n", ["numbers"]), names)
    numbers = names["numbers"]

    assert inspect.isgeneratorfunction(numbers)
    assert list(numbers()) == []


@pytest.mark.parametrize("source", [b"def find(:", "# coding: latin-1\ndef find(): return 'ä'\n".encode("latin-1")])
def test_what_cannot_be_read_comes_back_as_it_was(source: bytes) -> None:
    assert stubbed(source, ["find"]) == source


@pytest.mark.parametrize("module", [ast, inspect])
def test_every_function_of_a_large_file_can_be_emptied(module: object) -> None:
    source = Path(inspect.getfile(module)).read_bytes()  # type: ignore[arg-type]
    names = [symbol.qualified_name for symbol in symbols_of("a.py", source)]

    emptied = stubbed(source, names)

    compile(emptied, "a.py", "exec")
    assert [symbol.signature for symbol in symbols_of("a.py", emptied)] == [
        symbol.signature for symbol in symbols_of("a.py", source)
    ]
