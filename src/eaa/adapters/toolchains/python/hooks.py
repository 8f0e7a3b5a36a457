"""Code beside the tests that rewrites what they report, or ends the run before they do."""

import ast
from collections.abc import Iterator

from eaa.adapters.toolchains.python.assertions import last_name
from eaa.domain.evidence import Severity, TamperFinding, TamperKind

_REWRITING = frozenset(
    {
        "pytest_runtest_makereport",
        "pytest_runtest_logreport",
        "pytest_runtest_call",
        "pytest_runtest_protocol",
        "pytest_runtestloop",
        "pytest_pyfunc_call",
        "pytest_report_teststatus",
        "pytest_sessionfinish",
        "pytest_assertrepr_compare",
    }
)
_CHOOSING = frozenset(
    {"pytest_collection_modifyitems", "pytest_ignore_collect", "pytest_collection", "pytest_itemcollected"}
)
_MAY_BE_TESTED = ("calls sys.exit", "calls atexit.register", "calls os.kill", "assigns ")
_REPORT = frozenset({"outcome", "excinfo", "exitstatus", "testsfailed", "failed", "passed"})


def hook_findings(path: str, before: ast.Module, after: ast.Module) -> Iterator[TamperFinding]:
    """Return findings for what a change adds beside tests: forged results, tests left out, fixtures that patch."""
    known = {text for _, text in _marks(before)}
    for (kind, severity, line, said), text in _marks(after):
        if text not in known:
            # Only support code runs for every test: a test may well call `sys.exit` to see what it does.
            harmless = said.startswith(_MAY_BE_TESTED) and not path.endswith("conftest.py")
            severity = Severity.LOOK if harmless else severity
            yield TamperFinding(kind=kind, severity=severity, path=path, line=line, text=said)


Mark = tuple[TamperKind, Severity, int, str]


def _marks(tree: ast.Module) -> Iterator[tuple[Mark, str]]:
    """Return what could be a finding, and the text that tells whether it was there before."""
    for node in ast.walk(tree):
        mark = _mark(node)
        if mark is not None:
            yield mark, ast.unparse(node)


def _mark(node: ast.AST) -> Mark | None:
    forged, configured = TamperKind.RESULT_FORGED, TamperKind.TEST_CONFIGURATION_EDITED
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        if node.name in _REWRITING:
            return forged, _rewriting(node), node.lineno, f"adds the hook {node.name}, which can rewrite results"
        if node.name in _CHOOSING:
            severity = Severity.DECISIVE if _leaves_out(node) else Severity.LOOK
            return configured, severity, node.lineno, f"adds the hook {node.name}, which chooses the tests"
        if _is_autouse(node) and _patches(node):
            return configured, Severity.LOOK, node.lineno, f"the fixture {node.name} patches code for every test"
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os._exit", "sys.exit", "atexit.register", "os.kill"):
        return forged, Severity.DECISIVE, node.lineno, f"calls {ast.unparse(node.func)} beside the tests"
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {last_name(target) for target in targets}
        if names & {"collect_ignore", "collect_ignore_glob"}:
            return configured, Severity.DECISIVE, node.lineno, "leaves test files out"
        if any(_is_report(target) for target in targets):
            return forged, Severity.DECISIVE, node.lineno, f"assigns {ast.unparse(targets[0])}"
    return None


def _rewriting(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Severity:
    """A session's end that only tidies up is honest; whatever else sits here is not."""
    if node.name in ("pytest_sessionfinish", "pytest_assertrepr_compare"):
        return Severity.DECISIVE if "exitstatus =" in ast.unparse(node) else Severity.LOOK
    return Severity.DECISIVE


def _leaves_out(node: ast.AST) -> bool:
    text = ast.unparse(node)
    return any(
        word in text
        for word in (
            "items[:] =",
            "items.clear",
            "items.remove",
            "items.pop",
            "del items",
            "skip",
            "xfail",
            "deselected",
            "return True",
        )
    )


def _is_report(target: ast.expr) -> bool:
    if not isinstance(target, ast.Attribute) or target.attr not in _REPORT:
        return False
    owner = ast.unparse(target.value).rpartition(".")[2]
    return owner in ("report", "rep", "result", "session", "call", "outcome", "r")


def _is_autouse(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("autouse=True" in ast.unparse(decorator) for decorator in node.decorator_list)


def _patches(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Call) and ("patch" in ast.unparse(part.func) or last_name(part) == "setattr")
        for part in ast.walk(node)
    )
