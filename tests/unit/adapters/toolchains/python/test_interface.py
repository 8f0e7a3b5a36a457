"""What a file offers to others."""

from eaa.adapters.toolchains.python.interface import interface_of

SOURCE = b"""\
LIMIT: int = 3
name = "x"
_secret = 1

def find(text: str) -> int: ...
def _help(): ...

class Parser(Base):
    def __init__(self, size=3): ...
    async def feed(self): ...
    def _inner(self): ...
"""


def test_public_signatures_are_sorted() -> None:
    assert interface_of(SOURCE) == (
        "LIMIT: int",
        "async def Parser.feed(self)",
        "class Parser(Base)",
        "def Parser.__init__(self, size=3)",
        "def find(text: str) -> int",
        "name",
    )


def test_all_decides_which_names_are_public() -> None:
    assert interface_of(b'__all__ = ["_help", "LIMIT"]\n' + SOURCE) == ("LIMIT: int", "def _help()")


def test_bodies_and_values_are_no_part_of_it() -> None:
    assert interface_of(SOURCE.replace(b"= 3\n", b"= 4\n").replace(b"...", b"return")) == interface_of(SOURCE)


def test_broken_source_offers_nothing() -> None:
    assert interface_of(b"def (:") == ()
