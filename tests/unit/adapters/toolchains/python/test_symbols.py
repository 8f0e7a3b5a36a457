"""Definitions of a file and the calls of a name."""

from eaa.adapters.toolchains.python.symbols import call_lines, symbols_of
from eaa.domain.language import SymbolKind

SOURCE = b"""\
LIMIT: int = 3
one, _two = 1, 2
LIMIT = 4


@cache
@other
def find(
    text: str, *, count=1
) -> int:
    def inner(): ...
    return 1


class Parser(Base, metaclass=Meta):
    field = 1

    async def feed(self, data: bytes) -> None:
        pass

    class Inner:
        def _hidden(self): ...

try:
    import x
except ImportError:
    def fallback(): ...
"""


def test_definitions_come_in_order_with_kind_and_signature() -> None:
    found = [(symbol.qualified_name, symbol.kind, symbol.signature) for symbol in symbols_of("a.py", SOURCE)]

    assert found == [
        ("LIMIT", SymbolKind.VARIABLE, "LIMIT: int"),
        ("one", SymbolKind.VARIABLE, "one"),
        ("_two", SymbolKind.VARIABLE, "_two"),
        ("find", SymbolKind.FUNCTION, "def find(text: str, *, count=1) -> int"),
        ("Parser", SymbolKind.CLASS, "class Parser(Base, metaclass=Meta)"),
        ("Parser.feed", SymbolKind.METHOD, "async def feed(self, data: bytes) -> None"),
        ("Parser.Inner", SymbolKind.CLASS, "class Inner"),
        ("Parser.Inner._hidden", SymbolKind.METHOD, "def _hidden(self)"),
        ("fallback", SymbolKind.FUNCTION, "def fallback()"),
    ]


def test_lines_begin_at_the_first_decorator() -> None:
    find = next(symbol for symbol in symbols_of("a.py", SOURCE) if symbol.qualified_name == "find")

    assert (find.path, find.first_line, find.last_line) == ("a.py", 6, 12)


def test_an_underscore_anywhere_makes_a_name_private() -> None:
    private = [symbol.qualified_name for symbol in symbols_of("a.py", SOURCE) if not symbol.is_public]

    assert private == ["_two", "Parser.Inner._hidden"]


def test_calls_are_found_by_the_last_part_of_the_name() -> None:
    source = b"feed(1)\nparser.feed(\n    feed(2))\nfeed\nfeeder()\n(a\n .feed(3))\n"

    assert call_lines(source, "feed") == (1, 2, 3, 7)


def test_broken_source_defines_and_calls_nothing() -> None:
    assert symbols_of("a.py", b"def (:") == ()
    assert call_lines(b"feed(", "feed") == ()
