"""`eaa prove`: what a change that somebody else made really shows."""

from contextlib import closing
from dataclasses import replace

from eaa.cli.changes import FoundChange, find_change
from eaa.cli.exit_codes import exit_code_of
from eaa.cli.options import ProveOptions
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import open_progress
from eaa.cli.requests import environment_request, remarks
from eaa.cli.results import write_evidence
from eaa.domain.errors import EnvironmentMissing
from eaa.domain.evidence import Evidence
from eaa.domain.ids import RunId
from eaa.domain.origin import Origin
from eaa.engine.codec import decode
from eaa.engine.evidence.gather import gather_evidence
from eaa.engine.evidence.propose import propose_claim
from eaa.engine.evidence.record import encode_evidence
from eaa.engine.evidence.verify import derive_place
from eaa.engine.evidence.words import terminal_lines
from eaa.engine.tools import Tools
from eaa.kit.hidden_text import without_hidden
from eaa.roles.pm.analysis import read_request
from eaa.settings import load_settings
from eaa.wiring.code_hosts import site_of
from eaa.wiring.tools import open_tools


async def prove_change(options: ProveOptions) -> int:
    """Measure a branch and return the exit code."""
    settings = load_settings()
    with closing(open_progress(is_json=options.is_json)) as progress:
        async with open_tools(settings, progress=progress, is_unsafe=options.is_unsafe) as tools:
            change = await find_change(options, tools=tools, site=site_of(settings))
            for line in remarks(change.state):
                progress.noted(line)
            hidden = without_hidden(change.issue or "").remark
            if hidden:
                progress.noted(f"in what the change is meant to do, {hidden}")
            progress.stage_started("evidence")
            evidence = await _measure(options, change, tools)
            progress.stage_ended("evidence", f"verdict: {evidence.verdict}")
    path = write_evidence(settings.home / "proofs" / change.head[:16], evidence)
    if options.is_json:
        print_json({**decode(encode_evidence(evidence), dict), "evidence": str(path)})
    else:
        for line in terminal_lines(evidence):
            print_line(line)
        print_line(f"evidence: {path}")
        print_line(f"verdict: {evidence.verdict}")
    return exit_code_of(evidence.verdict)


async def _measure(options: ProveOptions, change: FoundChange, tools: Tools) -> Evidence:
    repository, base, head = change.repository, change.base, change.head
    request = environment_request(
        python=options.python,
        test_command=options.test_command,
        setup_command=options.setup_command,
        has_consent=options.has_consent,
    )
    place = await derive_place(repository=repository, base=base, head=head, request=request, toolchain=tools.toolchain)
    if place is None:
        raise EnvironmentMissing(because="no Python files on either side", hint="Other languages come later.")
    environment, suites = place
    claim = await propose_claim(
        repository=repository,
        base=base,
        head=head,
        run=RunId(f"prove_{head[:16]}"),
        kind=options.kind,
        issue=change.issue,
        read_issue=lambda text: read_request(text, origin=change.origin).criteria,
        environment=environment,
        suites=suites,
        toolchain=tools.toolchain,
        repositories=tools.repositories,
        workspaces=tools.workspaces,
        progress=tools.progress,
    )
    return await gather_evidence(
        replace(claim, origin=_origin(options, change)),
        toolchain=tools.toolchain,
        repositories=tools.repositories,
        workspaces=tools.workspaces,
        progress=tools.progress,
    )


def _origin(options: ProveOptions, change: FoundChange) -> Origin | None:
    """Return who says what the change is meant to do; what was typed here is a member's word."""
    if change.issue is None:
        return None
    return Origin.MEMBER if options.issue else change.origin
