"""A language for tests of the rules: plain Python modules, read with a few lines of `ast`."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from typing_extensions import override

from eaa.adapters.toolchains.python.differential import differential_tests
from eaa.domain.criterion import Criterion
from eaa.domain.evidence import Severity, TamperFinding, TamperKind
from eaa.domain.ids import CriterionId, TestId
from eaa.domain.language import Differential, Import, Mutant, Symbol, SymbolKind
from eaa.domain.project import Project, TestSuite
from eaa.domain.repository import FileChange
from eaa.ports.language import Language

_SWAPS = ((" + ", " - "), (" - ", " + "), (" < ", " <= "), (" > ", " >= "), (" == ", " != "), (" or ", " and "))


class TinyLanguage(Language):
    """Knows top-level functions only; every rule is as plain as the tests of the rules need it."""

    @override
    def is_source(self, path: str) -> bool:
        return path.endswith(".py")

    @override
    def is_test(self, path: str, suite: TestSuite) -> bool:
        return path.startswith("tests/") or path.rpartition("/")[2] == "conftest.py"

    @override
    def symbols(self, path: str, source: bytes) -> tuple[Symbol, ...]:
        return tuple(
            Symbol(
                path=path,
                qualified_name=function.name,
                kind=SymbolKind.FUNCTION,
                first_line=function.lineno,
                last_line=function.end_lineno or function.lineno,
                signature=f"def {function.name}({ast.unparse(function.args)})",
                is_public=not function.name.startswith("_"),
            )
            for function in _functions(source)
        )

    @override
    def imports(self, path: str, source: bytes) -> tuple[Import, ...]:
        return ()

    @override
    def calls(self, source: bytes, name: str) -> tuple[int, ...]:
        return ()

    @override
    def interface(self, path: str, source: bytes) -> tuple[str, ...]:
        return tuple(sorted(symbol.signature for symbol in self.symbols(path, source) if symbol.is_public))

    @override
    def tests_in(self, path: str, source: bytes, suite: TestSuite) -> tuple[tuple[TestId, int, int], ...]:
        return tuple(
            (TestId(f"{path}::{function.name}"), function.lineno, function.end_lineno or function.lineno)
            for function in _functions(source)
            if function.name.startswith("test_")
        )

    @override
    def statements(self, path: str, source: bytes) -> tuple[tuple[int, int], ...]:
        simple = (ast.Return, ast.Assign, ast.Expr, ast.Raise, ast.Assert, ast.Import, ast.ImportFrom)
        return tuple(
            sorted(
                (node.lineno, (node.end_lineno or node.lineno) if isinstance(node, simple) else node.lineno)
                for node in ast.walk(_parse(source))
                if isinstance(node, ast.stmt)
            )
        )

    @override
    def mutants(self, path: str, source: bytes, lines: frozenset[int]) -> tuple[Mutant, ...]:
        text = source.decode().splitlines(keepends=True)
        made = []
        for number in sorted(line for line in lines if line <= len(text)):
            for old, new in _SWAPS:
                if old in text[number - 1]:
                    changed = [*text[: number - 1], text[number - 1].replace(old, new, 1), *text[number:]]
                    made.append(
                        Mutant(
                            path=path,
                            line=number,
                            description=f"{old.strip()} became {new.strip()}",
                            content="".join(changed).encode(),
                        )
                    )
        return tuple(made)

    @override
    def differential(
        self, path: str, before: bytes, after: bytes, tests: Sequence[bytes], suite: TestSuite
    ) -> Differential:
        return differential_tests(path, before, after, tests, suite)

    @override
    def stub(self, path: str, source: bytes, names: Sequence[str]) -> bytes:
        tree = _parse(source)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name in names:
                node.body = [ast.Pass()]
        return ast.unparse(tree).encode()

    @override
    def write_tests(
        self, criteria: Sequence[Criterion], project: Project, suite: TestSuite, files: Mapping[str, bytes]
    ) -> tuple[tuple[FileChange, ...], tuple[tuple[CriterionId, tuple[TestId, ...]], ...]]:
        path = "tests/test_issue.py"
        lines: list[str] = []
        names: list[tuple[CriterionId, tuple[TestId, ...]]] = []
        for criterion in criteria:
            for example in criterion.examples:
                lines += [*example.setup, f"def test_{criterion.id}():"]
                lines += [f"    assert {example.expression} == {example.expected}"]
                names.append((criterion.id, (TestId(f"{path}::test_{criterion.id}"),)))
        return (FileChange(path=path, content="\n".join(lines).encode()),), tuple(names)

    @override
    def weakenings(
        self, path: str, before: bytes | None, after: bytes | None, suite: TestSuite
    ) -> tuple[TamperFinding, ...]:
        def found(kind: TamperKind, line: int | None, text: str) -> TamperFinding:
            return TamperFinding(kind=kind, severity=Severity.DECISIVE, path=path, line=line, text=text)

        findings = []
        if after is not None and b"pytest_runtest_makereport" in after:
            findings.append(found(TamperKind.RESULT_FORGED, None, "rewrites results"))
        if not self.is_source(path):
            return tuple(findings)
        new = {function.name: function for function in _functions(after or b"")}
        for old in _functions(before or b""):
            if old.name not in new:
                findings.append(found(TamperKind.TEST_DELETED, old.lineno, f"{old.name} is gone"))
            elif _asserts(new[old.name]) < _asserts(old):
                findings.append(found(TamperKind.TEST_WEAKENED, new[old.name].lineno, f"{old.name} asserts less"))
            elif "skip(" in ast.unparse(new[old.name]) and "skip(" not in ast.unparse(old):
                findings.append(found(TamperKind.TEST_SKIPPED, new[old.name].lineno, f"{old.name} is skipped"))
        return tuple(findings)

    @override
    def hard_coded(self, path: str, before: bytes, after: bytes, tests: Sequence[bytes]) -> tuple[TamperFinding, ...]:
        known = set(re.findall(r"\b\d+\b", b"\n".join(tests).decode()))
        return tuple(
            TamperFinding(
                kind=TamperKind.ANSWER_HARD_CODED,
                severity=Severity.DECISIVE,
                path=path,
                line=number,
                text=f"asks for the tests' own input {literal}",
            )
            for number, line in enumerate(after.decode().splitlines(), start=1)
            for literal in re.findall(r"if \w+ == (\d+)", line)
            if literal in known and line.encode() not in before.splitlines()
        )


def _parse(source: bytes) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def _functions(source: bytes) -> Iterator[ast.FunctionDef]:
    return (node for node in _parse(source).body if isinstance(node, ast.FunctionDef))


def _asserts(function: ast.FunctionDef) -> int:
    return sum(isinstance(node, ast.Assert) for node in ast.walk(function))
