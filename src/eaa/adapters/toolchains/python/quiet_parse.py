"""Reading source text that somebody else wrote: broken or strange text is no fault and says nothing aloud."""

import ast
import warnings


def parse_quietly(source: bytes) -> ast.Module:
    """Return a file's syntax tree, an empty one when it does not parse. Warnings about its text are dropped."""
    with warnings.catch_warnings():
        # A pattern such as "\d" makes the parser warn about a file that is not ours.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module(body=[], type_ignores=[])
