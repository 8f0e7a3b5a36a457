"""What every code host promises."""

from eaa.ports.code_host import CodeHost, PullRequest


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
