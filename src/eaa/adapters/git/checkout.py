"""Looks at a person's checkout without writing to it and without obeying its configuration.

Git works in a folder of our own that borrows the checkout's objects and a copy of its index. So no filter, hook or
file system monitor that the checkout names is ever started, and its index is not refreshed.
"""

import shutil
import tempfile
from pathlib import Path

from eaa.adapters.git.host_git import GitFailed, HostGit, unusable
from eaa.adapters.git.mirrors import ATTRIBUTES
from eaa.adapters.git.sources import find_repository
from eaa.adapters.git.trees import decode_path, parse_tree
from eaa.domain.ids import CommitId
from eaa.domain.repository import CheckoutState, FileMode, TreeEntry

_DIRTY_PATHS = 100
_POINTER_BYTES = range(100, 1024)
_POINTER_BEGINS = b"version https://git-lfs.github.com/spec/"
_HINT = "Check the folder with `git status`."


async def inspect_checkout(path: Path, *, configuration: Path) -> CheckoutState:
    """Return what is special about a folder.

    Raises:
        RepositoryUnusable: It is not a git repository, or git cannot read it.
    """
    folder, common_dir = await find_repository(path, configuration=configuration)
    try:
        return await _inspect(folder, common_dir, configuration)
    except GitFailed as failure:
        raise unusable(str(folder), failure, hint=_HINT) from failure


async def _inspect(folder: Path, common_dir: Path, configuration: Path) -> CheckoutState:
    own = HostGit(configuration)
    facts = await own.run("rev-parse", "--is-bare-repository", "--is-shallow-repository", "--git-dir", cwd=folder)
    is_bare, is_shallow, git_dir = facts.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n", 2)
    branch = await _optional(own, "symbolic-ref", "--quiet", "--short", "HEAD", cwd=folder)
    head = await _optional(own, "rev-parse", "--quiet", "--verify", "HEAD^{commit}", cwd=folder)
    origin = await _optional(own, "config", "--local", "--get", "remote.origin.url", cwd=folder)
    with tempfile.TemporaryDirectory(prefix="eaa-inspect-") as temporary:
        git = _borrowed(Path(temporary), (folder / git_dir).resolve(), common_dir, head, configuration)
        entries = parse_tree(await git.run("ls-tree", "-r", "-l", "-z", "--full-tree", head)) if head else ()
        dirty = () if is_bare == "true" else await _dirty_paths(git, folder)
        pointers = await _pointers(git, entries)
    return CheckoutState(
        path=str(folder),
        branch=branch or None,
        head=CommitId(head) if head else None,
        is_bare=is_bare == "true",
        is_shallow=is_shallow == "true",
        dirty_paths=dirty,
        submodules=tuple(entry.path for entry in entries if entry.mode is FileMode.GITLINK),
        lfs_pointers=pointers,
        origin=origin or None,
    )


async def _optional(git: HostGit, *arguments: str, cwd: Path) -> str:
    try:
        return (await git.run(*arguments, cwd=cwd)).decode("utf-8", "surrogateescape").removesuffix("\n")
    except GitFailed:
        return ""


def _borrowed(temporary: Path, git_dir: Path, common_dir: Path, head: str, configuration: Path) -> HostGit:
    """Return git in a folder of ours that reads the other one's objects and a copy of its index."""
    for name in ("objects/info", "refs", "info"):
        (temporary / name).mkdir(parents=True)
    (temporary / "HEAD").write_text(f"{head}\n" if head else "ref: refs/heads/none\n")
    (temporary / "config").write_text("[core]\n\trepositoryFormatVersion = 0\n")
    (temporary / "info/attributes").write_text(ATTRIBUTES)
    for file in (git_dir / "index", *git_dir.glob("sharedindex.*"), common_dir / "shallow"):
        if file.is_file():
            shutil.copy2(file, temporary / file.name)
    if (common_dir / "info/exclude").is_file():
        shutil.copy2(common_dir / "info/exclude", temporary / "info/exclude")
    return HostGit(configuration, git_dir=temporary, environment={"GIT_OBJECT_DIRECTORY": str(common_dir / "objects")})


async def _dirty_paths(git: HostGit, folder: Path) -> tuple[str, ...]:
    status = await git.run(
        "--work-tree",
        str(folder),
        "status",
        "--porcelain=v1",
        "-z",
        "--no-renames",
        "--ignore-submodules=all",
        "--untracked-files=normal",
        cwd=folder,
    )
    paths = {decode_path(line[3:]) for line in status.split(b"\0") if line}
    return tuple(sorted(paths)[:_DIRTY_PATHS])


async def _pointers(git: HostGit, entries: tuple[TreeEntry, ...]) -> tuple[str, ...]:
    """Return the files whose content is only a pointer to large-file storage."""
    attributes = [entry for entry in entries if entry.path.rpartition("/")[2] == ".gitattributes"]
    if not any(b"filter=lfs" in content for content in (await read_blobs(git, attributes)).values()):
        return ()
    small = [entry for entry in entries if entry.size_bytes in _POINTER_BYTES and entry.mode is not FileMode.SYMLINK]
    contents = await read_blobs(git, small)
    return tuple(path for path, content in contents.items() if content.startswith(_POINTER_BEGINS))


async def read_blobs(git: HostGit, entries: list[TreeEntry]) -> dict[str, bytes]:
    """Return the contents of many entries by path, with one git."""
    if not entries:
        return {}
    output = await git.run("cat-file", "--batch", stdin=b"".join(b"%s\n" % entry.blob.encode() for entry in entries))
    contents: dict[str, bytes] = {}
    position = 0
    for entry in entries:
        end_of_header = output.index(b"\n", position)
        header = output[position:end_of_header].split()
        if header[-1] == b"missing":
            position = end_of_header + 1
            continue
        size = int(header[2])
        contents[entry.path] = output[end_of_header + 1 : end_of_header + 1 + size]
        position = end_of_header + 1 + size + 1
    return contents
