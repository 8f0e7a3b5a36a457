"""Solution architect: draws the map of the code a request touches."""

import re

from eaa.domain.artefact import Artefact, CodeMap
from eaa.domain.brief import Brief
from eaa.domain.errors import FileNotInCommit
from eaa.domain.kind import Kind
from eaa.domain.language import Symbol
from eaa.engine.suites import file_of_test, suite_of_test
from eaa.engine.tools import Tools
from eaa.kit.hidden_text import without_hidden
from eaa.roles.sa import analysis
from eaa.roles.sa.decision import decision_needed
from eaa.roles.sa.owners import PLACES, owners_of
from eaa.roles.sa.sources import SourceFile, read_sources

_CODE = re.compile(r"`([^`\n]{1,300})`|(\w+)\(")


async def work(brief: Brief, tools: Tools) -> Artefact:
    """Return the code map of the request, from the base commit's text and history.

    Where the change needs a design and a model is there, the map holds the model's decision, checked against the code.

    Raises:
        ModelFault: A model was to be asked, and none answered.
        BudgetExhausted: There is no room to ask one.
    """
    files = await read_sources(brief, tools, _all_paths(brief))
    sources = tuple(file for file in files if file.path in frozenset(brief.project.source_paths))
    roots = tuple(root for suite in brief.project.suites for root in suite.import_roots)
    modules = analysis.module_names((file.path for file in sources), roots)
    symbols = _symbols(brief, sources)
    ranked = await _ranked(brief, tools, files=files, modules=modules, symbols=symbols)
    paths = tuple(path for path, _ in ranked)
    # What the first few paths belong to is what the request is about; the tail is only context.
    components = analysis.components_of(paths[:3], roots)
    callers = _callers(tools, symbols, files)
    requirement = brief.handover.requirement
    code_map = CodeMap(
        symbols=symbols,
        ranked_paths=ranked,
        importers=analysis.importers_of(paths, files, modules),
        callers=callers,
        history=await tools.repositories.history(brief.repository, brief.base, paths),
        owners=owners_of(paths, await _codeowners(brief, tools)),
        public_interface_touched=analysis.public_signatures(symbols),
        components=components,
        decision_needed=decision_needed(
            _seen(brief),
            components,
            paths,
            kind=requirement.kind if requirement is not None else None,
            used_elsewhere=analysis.used_elsewhere(symbols, callers, brief.project.source_paths),
        ),
    )
    return await _decided(brief, tools, code_map, sources)


async def _decided(brief: Brief, tools: Tools, code_map: CodeMap, sources: tuple[SourceFile, ...]) -> CodeMap:
    """Return the map with a model's decision, where one is needed and a model is there.

    A bug needs none: what is there was meant to work, and the search may put it right without any model.
    """
    requirement = brief.handover.requirement
    is_designed = requirement is not None and requirement.kind in (Kind.FEATURE, Kind.REFACTOR)
    if not code_map.decision_needed or not is_designed or not brief.has_model or tools.agents is None:
        return code_map
    # Loaded only where a model works: prompts and their templates are heavy.
    from eaa.roles.sa.deciding import decide_with_model

    names = (symbol.qualified_name for file in sources for symbol in file.symbols)
    decided, remark = await decide_with_model(brief, code_map, names, tools.agents)
    if remark is not None:
        tools.progress.noted(remark)
    return decided


def _seen(brief: Brief) -> str:
    """Return the request as a reader sees it; what is hidden in it points nowhere."""
    return without_hidden(brief.task.text).text


def _all_paths(brief: Brief) -> tuple[str, ...]:
    tests = (path for suite in brief.project.suites for path in suite.test_paths)
    return tuple(dict.fromkeys((*brief.project.source_paths, *tests)))


def _symbols(brief: Brief, sources: tuple[SourceFile, ...]) -> tuple[Symbol, ...]:
    requirement = brief.handover.requirement
    text = _seen(brief)
    code = " ".join(first or second for first, second in _CODE.findall(text))
    if requirement is None:
        return analysis.named_symbols(sources, frozenset(text.split()), frozenset(code.split()))
    words = analysis.words_of(requirement, text)
    return analysis.named_symbols(sources, words, analysis.words_of(requirement, code))


async def _ranked(
    brief: Brief,
    tools: Tools,
    *,
    files: tuple[SourceFile, ...],
    modules: dict[str, str],
    symbols: tuple[Symbol, ...],
) -> tuple[tuple[str, str], ...]:
    requirement = brief.handover.requirement
    wanted = {test for criterion in requirement.criteria for test in criterion.tests} if requirement else set()
    failing = tuple(result for result in brief.baseline.failing if result.test in wanted)
    tests = {file_of_test(test, suite) for test in wanted if (suite := suite_of_test(test, brief.project)) is not None}
    imported = sorted({path for file in files if file.path in tests for path in analysis.imported_paths(file, modules)})
    history = await tools.repositories.history(brief.repository, brief.base, brief.project.source_paths)
    return analysis.rank_paths(
        symbols=symbols,
        text=_seen(brief),
        failing=failing,
        imported_by_failing=imported,
        churn={entry.path: entry.commits for entry in history},
        source_paths=brief.project.source_paths,
    )


def _callers(
    tools: Tools, symbols: tuple[Symbol, ...], files: tuple[SourceFile, ...]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = []
    for symbol in symbols:
        name = symbol.qualified_name.rpartition(".")[2]
        calls = [
            f"{file.path}:{line}"
            for file in files
            if name.encode() in file.content
            for line in tools.toolchain.language.calls(file.content, name)
        ]
        if calls:
            found.append((symbol.qualified_name, tuple(calls[: analysis.MOST_CALLERS])))
    return tuple(found)


async def _codeowners(brief: Brief, tools: Tools) -> str:
    for place in PLACES:
        try:
            content = await tools.repositories.read_file(brief.repository, brief.base, place, limit_bytes=200_000)
        except FileNotInCommit:
            continue
        return content.decode(errors="replace")
    return ""
