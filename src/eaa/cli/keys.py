"""`eaa models key …` and `eaa secrets rotate`: providers' keys in the installation's own table, encrypted."""

import os
import sys
from getpass import getpass

from eaa.adapters.config.houses import HOUSES
from eaa.adapters.system.clock import SystemClock
from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import Tone, print_facts, print_json, print_line
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.secret import Secret
from eaa.domain.stored_key import StoredKey
from eaa.settings import load_settings
from eaa.wiring.llm import load_catalogue
from eaa.wiring.llm_storage import master_keys, open_llm_storage

_MOST_READ = 64 * 1024


async def add_key(provider: str, *, is_json: bool) -> int:
    """Keep a key that is read from a prompt, or from standard input when that is no terminal."""
    settings = load_settings()
    known = set(HOUSES) | set(load_catalogue(settings, os.environ).providers)
    if provider not in known:
        raise InvalidRequest(f"no provider is called {provider}", hint=f"Providers are: {', '.join(sorted(known))}.")
    key = _read_key(provider)
    async with open_llm_storage(settings) as storage:
        stored = await storage.keys.add(DEFAULT_ORGANISATION, provider, key, now=SystemClock().now())
    if is_json:
        print_json({"key": _facts(stored)})
    else:
        print_line(f"kept key {stored.fingerprint} of {provider}, encrypted")
    return ExitCode.DONE


async def list_keys(provider: str | None, *, is_json: bool) -> int:
    """Print the fingerprints of all keys kept, or of one provider's."""
    async with open_llm_storage(load_settings()) as storage:
        keys = [one for one in await storage.keys.listed(DEFAULT_ORGANISATION) if provider in (None, one.provider)]
    if is_json:
        print_json({"keys": [_facts(one) for one in keys]})
    elif not keys:
        print_line("no key is kept here; keys in the environment are used all the same")
    else:
        print_facts([(one.provider, f"{one.fingerprint}, added {one.created_at:%Y-%m-%d}", Tone.PLAIN) for one in keys])
    return ExitCode.DONE


async def remove_key(provider: str, fingerprint: str, *, is_json: bool) -> int:
    """Forget a key."""
    async with open_llm_storage(load_settings()) as storage:
        was_there = await storage.keys.remove(DEFAULT_ORGANISATION, provider, fingerprint)
    if not was_there:
        raise InvalidRequest(
            f"{provider} has no key {fingerprint}", hint=f"`eaa models key list {provider}` shows those it has."
        )
    if is_json:
        print_json({"removed": {"provider": provider, "fingerprint": fingerprint}})
    else:
        print_line(f"removed key {fingerprint} of {provider}")
    return ExitCode.DONE


async def rotate_secrets(*, is_json: bool) -> int:
    """Make a new master key, encrypt everything with it, and drop the old ones."""
    settings = load_settings()
    sealing = master_keys(settings)
    async with open_llm_storage(settings) as storage:
        newest = sealing.add_newest()
        count = await storage.keys.reseal()
    # Killed before this line, both master keys are there, and everything opens.
    sealing.keep_newest(newest)
    if is_json:
        print_json({"master_key": newest, "resealed": count})
    else:
        print_line(f"{count} keys are encrypted with the new master key {newest}")
    return ExitCode.DONE


def _read_key(provider: str) -> Secret:
    text = getpass(f"Key of {provider}: ") if sys.stdin.isatty() else sys.stdin.read(_MOST_READ)
    key = Secret(text.strip())
    if not key.is_sendable:
        raise InvalidRequest(
            "what was given cannot be a key: it is empty, or holds a space or another forbidden character",
            hint=f"Type it at the prompt, or pipe the bare key: eaa models key add {provider} < FILE",
        )
    return key


def _facts(stored: StoredKey) -> dict[str, object]:
    return {
        "provider": stored.provider,
        "fingerprint": stored.fingerprint,
        "master_key": stored.master_key,
        "created_at": stored.created_at.isoformat(),
    }
