"""What our GitHub adapter makes of faults, refusals and strangers, against the loopback server."""

from collections.abc import AsyncIterator

import pytest

from eaa.adapters.github.code_host import GithubCodeHost, open_github
from eaa.domain.errors import CodeHostRefused, CodeHostUnreachable
from eaa.domain.origin import Origin
from eaa.ports.code_host import PullRequest
from tests.loopback.github import REPOSITORY, TOKEN, Fault, LoopbackGithub, serving


@pytest.fixture
async def github() -> AsyncIterator[LoopbackGithub]:
    async with serving(LoopbackGithub()) as server:
        yield server


@pytest.fixture
async def code_host(github: LoopbackGithub) -> AsyncIterator[GithubCodeHost]:
    async with open_github(repository=REPOSITORY, token=TOKEN, api_url=github.address, pause_s=0) as host:
        yield host


async def open_one(code_host: GithubCodeHost) -> PullRequest:
    return await code_host.open_pull_request(branch="eaa/fix", base="main", title="Fix", body="Evidence.")


@pytest.mark.parametrize("fault", [Fault("status", status=502), Fault("drop before"), Fault("garbage")])
async def test_a_read_that_fails_in_passing_is_tried_again(
    github: LoopbackGithub, code_host: GithubCodeHost, fault: Fault
) -> None:
    github.faults.append(Fault(**{**vars(fault), "times": 2}))

    assert await code_host.find_pull_request(branch="eaa/fix") is None
    assert len(github.requests) == 3


async def test_a_read_is_given_up_after_its_tries(github: LoopbackGithub, code_host: GithubCodeHost) -> None:
    github.faults.append(Fault("status", status=500, times=99))

    with pytest.raises(CodeHostUnreachable, match="500"):
        await code_host.find_pull_request(branch="eaa/fix")
    assert len(github.requests) == 3


@pytest.mark.parametrize("kind", ["status", "drop before", "drop after"])
async def test_a_write_is_tried_once_and_can_be_looked_up(
    github: LoopbackGithub, code_host: GithubCodeHost, kind: str
) -> None:
    github.faults.append(Fault(kind, method="POST"))

    with pytest.raises(CodeHostUnreachable):
        await open_one(code_host)

    was_done = kind == "drop after"
    assert github.requests == ["POST /repos/octo/shop/pulls"]
    assert len(github.journal) == was_done
    assert (await code_host.find_pull_request(branch="eaa/fix") is not None) == was_done


async def test_a_comment_whose_answer_was_lost_is_found(github: LoopbackGithub, code_host: GithubCodeHost) -> None:
    pull_request = await open_one(code_host)
    github.faults.append(Fault("drop after", method="POST", path="/comments"))
    with pytest.raises(CodeHostUnreachable):
        await code_host.comment(pull_request, text="The plan.", marker="run_1/plan")

    assert await code_host.find_comment(pull_request, marker="run_1/plan") == github.comments[1][0]["html_url"]


async def test_an_answer_that_is_nested_without_end_is_no_answer(
    github: LoopbackGithub, code_host: GithubCodeHost
) -> None:
    github.faults.append(Fault("garbage", body="[" * 100_000, times=9))

    with pytest.raises(CodeHostUnreachable, match="not JSON"):
        await code_host.find_pull_request(branch="eaa/fix")


async def test_a_wrong_token_is_refused_and_not_told(github: LoopbackGithub) -> None:
    async with open_github(repository=REPOSITORY, token="s3cret", api_url=github.address) as code_host:
        with pytest.raises(CodeHostRefused, match="refused the token") as caught:
            await open_one(code_host)

    assert "s3cret" not in str(caught.value) + caught.value.hint
    assert len(github.requests) == 1


async def test_a_repository_that_is_not_there_is_a_refusal(github: LoopbackGithub) -> None:
    async with open_github(repository="octo/nowhere", token=TOKEN, api_url=github.address) as code_host:
        with pytest.raises(CodeHostRefused, match="404"):
            await code_host.find_pull_request(branch="eaa/fix")


@pytest.mark.parametrize("headers", [{"X-RateLimit-Remaining": "0"}, {"Retry-After": "0"}])
async def test_a_403_about_rates_passes(
    github: LoopbackGithub, code_host: GithubCodeHost, headers: dict[str, str]
) -> None:
    github.faults.append(Fault("status", status=403, headers=headers))

    assert await code_host.find_pull_request(branch="eaa/fix") is None


async def test_a_403_about_permissions_does_not_pass(github: LoopbackGithub, code_host: GithubCodeHost) -> None:
    github.faults.append(Fault("status", status=403))

    with pytest.raises(CodeHostRefused, match="403"):
        await code_host.find_pull_request(branch="eaa/fix")
    assert len(github.requests) == 1


async def test_a_long_wait_is_left_to_whoever_resumes(github: LoopbackGithub, code_host: GithubCodeHost) -> None:
    github.faults.append(Fault("status", status=429, headers={"Retry-After": "3600"}, times=9))

    with pytest.raises(CodeHostUnreachable, match="429"):
        await code_host.find_pull_request(branch="eaa/fix")
    assert len(github.requests) == 1


async def test_the_token_does_not_follow_a_redirect(github: LoopbackGithub, code_host: GithubCodeHost) -> None:
    github.faults.append(Fault("status", status=301, headers={"Location": "http://127.0.0.1:1/elsewhere"}))

    with pytest.raises(CodeHostRefused, match="moved"):
        await code_host.find_pull_request(branch="eaa/fix")


async def test_a_marker_in_somebody_elses_comment_does_not_count(
    github: LoopbackGithub, code_host: GithubCodeHost
) -> None:
    pull_request = await open_one(code_host)
    await code_host.comment(pull_request, text="The plan.", marker="run_1/plan")
    ours = github.comments[1].pop()
    github.write_comment(1, login="mallory", body=ours["body"])

    assert await code_host.find_comment(pull_request, marker="run_1/plan") is None


async def test_an_open_pull_request_is_preferred_to_a_closed_one(
    github: LoopbackGithub, code_host: GithubCodeHost
) -> None:
    first = await open_one(code_host)
    github.pulls[0]["state"] = "closed"
    assert await code_host.find_pull_request(branch="eaa/fix") == first

    second = await open_one(code_host)

    assert await code_host.find_pull_request(branch="eaa/fix") == second


@pytest.mark.parametrize(
    ("user", "association", "origin"),
    [
        ({"login": "ann", "type": "User"}, "MEMBER", Origin.MEMBER),
        ({"login": "bob", "type": "User"}, "CONTRIBUTOR", Origin.OUTSIDE_CONTRIBUTOR),
        ({"login": "ghost", "type": "User"}, "NONE", Origin.ANONYMOUS),
        (None, "NONE", Origin.ANONYMOUS),
        ({"login": "ci[bot]", "type": "Bot"}, "MEMBER", Origin.MACHINE),
    ],
)
async def test_who_wrote_an_issue_decides_its_origin(
    github: LoopbackGithub, code_host: GithubCodeHost, user: dict[str, str] | None, association: str, origin: Origin
) -> None:
    github.write_issue(1, title="Wrong", body="It is.", association=association)
    github.issues[1]["user"] = user

    assert (await code_host.read_issue(1, limit_bytes=100)).origin is origin
