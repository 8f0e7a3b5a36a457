"""Repositories as one file: a git bundle with a commit, its history and what a run made on top of it; and back.

The pack is made by one thread and without anything of how the mirror happens to be packed, so that the same commits
give the same bytes with the same version of git.
"""

import asyncio
import re
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from eaa.adapters.git.host_git import GitFailed, HostGit
from eaa.adapters.git.mirrors import Mirrors
from eaa.domain.errors import BundleUnreadable, DiskFull, InvalidRequest
from eaa.domain.ids import CommitId, RunId
from eaa.domain.repository import Repository
from eaa.kit.private_files import make_private_folder

LARGEST_BYTES = 256 * 1024 * 1024
"""Of a repository in a bundle, packed."""
BASE_BRANCH = "main"
"""What the base is called in a repository that came out of a bundle."""
_SIGNATURE = b"# v2 git bundle\n"
_REFERENCE = re.compile(rb"([0-9a-f]{40}) (HEAD|refs/heads/main|refs/tags/recorded/\d{1,4})")
_MOST_REFERENCES = 2_000
_PACKING = ("--stdout", "--revs", "--quiet", "--threads=1", "--no-reuse-delta", "--no-reuse-object")


@dataclass(frozen=True, slots=True)
class RepositoryPacks:
    """Packs mirrors below EAA_HOME, and lays out what was packed elsewhere."""

    home: Path

    async def pack(self, repository: Repository, base: CommitId, run_id: RunId, *, named: Collection[str]) -> bytes:
        """Return a git bundle with the base, its history, and those commits of a run whose names are among `named`.

        Raises:
            InvalidRequest: The repository is too large, is a shallow clone, or has no such commit any more.
        """
        git = Mirrors(self.home.resolve()).git(repository)
        without = "Export the record alone with --without-repository; a replay then needs --repo."
        try:
            made = await git.run("for-each-ref", "--format=%(objectname)", f"refs/eaa/runs/{run_id}/")
            commits = [base, *sorted(set(made.decode().split()) & set(named) - {base})]
            if (await git.run("rev-parse", "--is-shallow-repository")).strip() == b"true":
                raise InvalidRequest("the repository is a shallow clone, so its history cannot be packed", hint=without)
            size = int(await git.run("rev-list", "--objects", "--disk-usage", *commits))
            if size > LARGEST_BYTES:
                raise InvalidRequest(f"the repository's history has {size // 1_000_000} MB", hint=without)
            wanted = "".join(f"{commit}\n" for commit in commits).encode()
            pack = await git.run("-c", "pack.useBitmaps=false", "pack-objects", *_PACKING, stdin=wanted)
        except GitFailed as failure:
            hint = f"The mirror may have been cleaned away. {without}"
            raise InvalidRequest(f"the repository cannot be packed: {failure.because()}", hint=hint) from failure
        return _SIGNATURE + _header(commits) + pack

    async def lay_out(self, bundle: bytes, folder: Path) -> None:
        """Make a bare repository of a git bundle; one that is there already is left alone.

        Raises:
            BundleUnreadable: It is no such bundle, or git refuses what is in it.
            DiskFull: There is no room.
        """
        if await asyncio.to_thread(folder.exists):
            return
        references, pack = _parsed(bundle)
        mirrors = Mirrors(self.home.resolve())
        mirrors.prepare()
        temporary = folder.with_name(f"{folder.name}.{uuid4().hex}")
        try:
            make_private_folder(folder.parent)
            plain = HostGit(mirrors.configuration, protocols="none")
            await plain.run(
                "init", "--quiet", "--bare", "--template=", f"--initial-branch={BASE_BRANCH}", str(temporary)
            )
            git = HostGit(mirrors.configuration, git_dir=temporary, protocols="none")
            await git.run("index-pack", "--stdin", "--strict", f"--max-input-size={LARGEST_BYTES}", stdin=pack)
            for commit, reference in references:
                await git.run("update-ref", "--no-deref", reference, commit)
            temporary.rename(folder)
        except GitFailed as failure:
            raise BundleUnreadable(
                f"the bundle's repository cannot be used: {failure.because()}", hint="Make it again with `eaa export`."
            ) from failure
        except OSError as error:
            raise DiskFull(path=str(folder)) from error
        finally:
            await asyncio.to_thread(shutil.rmtree, temporary, ignore_errors=True)


def _header(commits: Sequence[str]) -> bytes:
    """Return what stands before the pack: the base first, then what the run made, without any order of its own."""
    base, *made = commits
    lines = [f"{base} HEAD", f"{base} refs/heads/{BASE_BRANCH}"]
    lines += [f"{commit} refs/tags/recorded/{number}" for number, commit in enumerate(made, start=1)]
    return ("\n".join(lines) + "\n\n").encode()


def _parsed(bundle: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """Return (commit, reference) of a bundle, and its pack."""
    header, _, pack = bundle.partition(b"\n\n")
    lines = header.removeprefix(_SIGNATURE).split(b"\n")
    found = [_REFERENCE.fullmatch(line) for line in lines]
    if not bundle.startswith(_SIGNATURE) or len(lines) > _MOST_REFERENCES or not all(found):
        raise BundleUnreadable(
            "the bundle's repository is no git bundle of ours", hint="Make it again with `eaa export`."
        )
    named = [(match[1].decode(), match[2].decode()) for match in found if match is not None]
    # HEAD names the branch, which is written itself.
    return [(commit, name) for commit, name in named if name != "HEAD"], pack
