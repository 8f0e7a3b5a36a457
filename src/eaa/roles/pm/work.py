"""Project manager: reads the request."""

from dataclasses import replace

from eaa.domain.artefact import Artefact
from eaa.domain.brief import Brief
from eaa.domain.kind import Kind
from eaa.engine.tools import Tools
from eaa.kit.hidden_text import without_hidden
from eaa.roles.pm.analysis import READ_CHARACTERS, TestNames, read_request, whole_request


async def work(brief: Brief, tools: Tools) -> Artefact:
    """Return the requirement of the task's text, read against the names of the project's tests.

    A model is asked only when the words alone leave a question open.

    Raises:
        ModelFault: No model answered.
        BudgetExhausted: There is no room to ask one.
    """
    baseline = brief.baseline
    known = (
        *baseline.passing,
        *(result.test for result in baseline.failing),
        *(test for test, _ in baseline.flaky),
        *baseline.skipped,
    )
    requirement = read_request(
        brief.task.text,
        origin=brief.task.origin,
        kind=brief.task.kind,
        tests=TestNames(known=known, failing=baseline.failing),
    )
    if brief.has_model and requirement.kind is Kind.TESTS and not requirement.criteria:
        requirement = replace(requirement, criteria=whole_request(brief.task))
    hidden = without_hidden(brief.task.text).remark
    if hidden:
        tools.progress.noted(f"in the request {hidden}")
    if len(brief.task.text) > READ_CHARACTERS:
        tools.progress.noted(f"only the first {READ_CHARACTERS} characters of the request were read for criteria")
    if requirement.questions and brief.has_model and tools.agents is not None:
        # Loaded only where a model works: prompts and their templates are heavy.
        from eaa.roles.pm.reading import read_with_model

        requirement = await read_with_model(brief, requirement, tools.agents)
    for question in requirement.questions:
        tools.progress.noted(f"question: {question.text}")
    return requirement
