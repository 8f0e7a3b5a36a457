"""What every code host promises."""

import pytest

from eaa.domain.errors import CodeHostRefused
from eaa.domain.origin import Origin
from eaa.ports.code_host import CodeHost, PullRequest
from tests.contract.conftest import ISSUE


async def open_one(code_host: CodeHost, *, branch: str = "eaa/fix") -> PullRequest:
    return await code_host.open_pull_request(branch=branch, base="main", title="Fix the discount", body="Evidence.")


async def test_a_pull_request_is_found_again_by_its_branch(code_host: CodeHost) -> None:
    assert await code_host.find_pull_request(branch="eaa/fix") is None

    opened = await open_one(code_host)

    assert await code_host.find_pull_request(branch="eaa/fix") == opened
    assert await code_host.find_pull_request(branch="eaa/other") is None


async def test_opening_again_gives_the_existing_pull_request(code_host: CodeHost) -> None:
    assert await open_one(code_host) == await open_one(code_host)


async def test_pull_requests_of_two_branches_are_two(code_host: CodeHost) -> None:
    first, second = await open_one(code_host), await open_one(code_host, branch="eaa/other")

    assert first.number != second.number
    assert first.address != second.address


async def test_a_comment_is_found_again_by_its_marker(code_host: CodeHost) -> None:
    pull_request = await open_one(code_host)
    assert await code_host.find_comment(pull_request, marker="run_1/plan") is None

    address = await code_host.comment(pull_request, text="The plan.", marker="run_1/plan")
    other = await code_host.comment(pull_request, text="The plan.", marker="run_1/plan--2")

    assert await code_host.find_comment(pull_request, marker="run_1/plan") == address
    assert await code_host.find_comment(pull_request, marker="run_1/plan--2") == other
    assert await code_host.find_comment(pull_request, marker="run_1/pla") is None


async def test_a_comment_is_found_in_a_long_conversation(code_host: CodeHost) -> None:
    pull_request = await open_one(code_host)
    addresses = [
        await code_host.comment(pull_request, text="A note.", marker=f"run_1/{number}") for number in range(130)
    ]

    assert await code_host.find_comment(pull_request, marker="run_1/129") == addresses[-1]


async def test_comments_of_another_pull_request_do_not_count(code_host: CodeHost) -> None:
    first, second = await open_one(code_host), await open_one(code_host, branch="eaa/other")
    await code_host.comment(first, text="The plan.", marker="run_1/plan")

    assert await code_host.find_comment(second, marker="run_1/plan") is None


async def test_an_issue_is_read_with_the_comments_of_members(code_host: CodeHost) -> None:
    issue = await code_host.read_issue(ISSUE, limit_bytes=10_000)

    assert (issue.title, issue.body) == ("Wrong sum", "It adds wrongly.")
    assert issue.origin is Origin.OUTSIDE_CONTRIBUTOR
    assert issue.comments == ("First.", "Second.")


@pytest.mark.parametrize(("spare_bytes", "kept"), [(11, ("First.",)), (6, ("First.",)), (5, ()), (-3, ())])
async def test_comments_that_do_not_fit_are_left_out(
    code_host: CodeHost, spare_bytes: int, kept: tuple[str, ...]
) -> None:
    limit_bytes = len("Wrong sumIt adds wrongly.") + spare_bytes

    issue = await code_host.read_issue(ISSUE, limit_bytes=limit_bytes)

    assert issue.comments == kept
    assert issue.body == "It adds wrongly."


async def test_a_pull_request_is_read_as_it_was_opened(code_host: CodeHost) -> None:
    opened = await open_one(code_host)

    read = await code_host.read_pull_request(opened.number)

    assert (read.title, read.body, read.base_branch) == ("Fix the discount", "Evidence.", "main")
    assert read.reference == f"refs/pull/{opened.number}/head"
    assert read.origin is Origin.MEMBER


async def test_what_is_not_there_is_a_refusal(code_host: CodeHost) -> None:
    with pytest.raises(CodeHostRefused):
        await code_host.read_issue(404, limit_bytes=100)
    with pytest.raises(CodeHostRefused):
        await code_host.read_pull_request(404)
