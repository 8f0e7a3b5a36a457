"""Reading source text that somebody else wrote: broken or strange text is no fault and says nothing aloud."""

import ast
import warnings


def syntax_fault(source: bytes) -> str | None:
    """Return why a file does not parse and where; None when it does. Syntax newer than this interpreter is a fault."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source)
        except SyntaxError as error:
            return f"line {error.lineno}: {error.msg}" if error.lineno else str(error.msg)
        except (ValueError, RecursionError, MemoryError) as error:
            return str(error) or type(error).__name__
    return None


def parse_quietly(source: bytes) -> ast.Module:
    """Return a file's syntax tree, an empty one when it does not parse. Warnings about its text are dropped."""
    with warnings.catch_warnings():
        # A pattern such as "\d" makes the parser warn about a file that is not ours.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module(body=[], type_ignores=[])
