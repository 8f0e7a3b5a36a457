"""`eaa prove`: what a change that somebody else made really shows."""

from contextlib import closing

from eaa.cli.exit_codes import exit_code_of
from eaa.cli.options import ProveOptions
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import open_progress
from eaa.cli.requests import environment_request, open_repository, read_issue, remarks
from eaa.cli.results import write_evidence
from eaa.domain.errors import EnvironmentMissing, InvalidRequest
from eaa.domain.evidence import Evidence
from eaa.domain.ids import CommitId, RunId
from eaa.domain.origin import Origin
from eaa.domain.repository import Repository
from eaa.engine.codec import decode
from eaa.engine.evidence.gather import gather_evidence
from eaa.engine.evidence.propose import propose_claim
from eaa.engine.evidence.record import encode_evidence
from eaa.engine.evidence.verify import derive_place
from eaa.engine.evidence.words import terminal_lines
from eaa.engine.tools import Tools
from eaa.roles.pm.analysis import read_request
from eaa.settings import load_settings
from eaa.wiring.tools import open_tools


async def prove_change(options: ProveOptions) -> int:
    """Measure a branch and return the exit code."""
    if options.change.startswith(("http://", "https://")):
        raise InvalidRequest("pull requests cannot be fetched by address yet", hint="Fetch its branch and name that.")
    settings = load_settings()
    with closing(open_progress(is_json=options.is_json)) as progress:
        async with open_tools(settings, progress=progress, is_unsafe=options.is_unsafe) as tools:
            repository, _, state = await open_repository(options.repo, None, tools=tools)
            for line in remarks(state):
                progress.noted(line)
            head = (await tools.repositories.resolve(repository, options.change)).id
            start = await tools.repositories.resolve(repository, options.base or repository.default_branch)
            base = await tools.repositories.merge_base(repository, start.id, head)
            progress.stage_started("evidence")
            evidence = await _measure(options, repository, base, head, tools)
            progress.stage_ended("evidence", f"verdict: {evidence.verdict}")
    path = write_evidence(settings.home / "proofs" / head[:16], evidence)
    if options.is_json:
        print_json({**decode(encode_evidence(evidence), dict), "evidence": str(path)})
    else:
        for line in terminal_lines(evidence):
            print_line(line)
        print_line(f"evidence: {path}")
        print_line(f"verdict: {evidence.verdict}")
    return exit_code_of(evidence.verdict)


async def _measure(
    options: ProveOptions, repository: Repository, base: CommitId, head: CommitId, tools: Tools
) -> Evidence:
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
        issue=read_issue(options.issue).text if options.issue else None,
        read_issue=lambda text: read_request(text, origin=Origin.OUTSIDE_CONTRIBUTOR).criteria,
        environment=environment,
        suites=suites,
        toolchain=tools.toolchain,
        repositories=tools.repositories,
        workspaces=tools.workspaces,
        progress=tools.progress,
    )
    return await gather_evidence(
        claim,
        toolchain=tools.toolchain,
        repositories=tools.repositories,
        workspaces=tools.workspaces,
        progress=tools.progress,
    )
