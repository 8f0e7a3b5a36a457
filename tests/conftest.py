"""What every test shares: property tests that repeat, and a Postgres that may not be silently absent."""

import os

import pytest
import structlog
from hypothesis import settings

# The same examples on every machine and no deadline: a slow machine is not a failing test.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")

# The default draws every traceback with all its values, which takes seconds where the stack is deep.
structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The private Postgres of `make services`; tests that ask for it are skipped when there is none."""
    url = os.environ.get("EAA_TEST_POSTGRES_URL", "")
    if url:
        return url
    if os.environ.get("EAA_REQUIRE_POSTGRES") == "1":
        pytest.fail("EAA_REQUIRE_POSTGRES=1, but EAA_TEST_POSTGRES_URL is empty. Run `make services`.")
    pytest.skip("no Postgres: run `make services`")


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The private Redis of `make services`, as silently absent as Postgres may be."""
    url = os.environ.get("EAA_TEST_REDIS_URL", "")
    if url:
        return url
    if os.environ.get("EAA_REQUIRE_POSTGRES") == "1":
        pytest.fail("EAA_REQUIRE_POSTGRES=1, but EAA_TEST_REDIS_URL is empty. Run `make services`.")
    pytest.skip("no Redis: run `make services`")


@pytest.fixture(scope="session")
def nats_url() -> str:
    """The private NATS of `make services`, as silently absent as Postgres may be."""
    url = os.environ.get("EAA_TEST_NATS_URL", "")
    if url:
        return url
    if os.environ.get("EAA_REQUIRE_POSTGRES") == "1":
        pytest.fail("EAA_REQUIRE_POSTGRES=1, but EAA_TEST_NATS_URL is empty. Run `make services`.")
    pytest.skip("no NATS: run `make services`")
