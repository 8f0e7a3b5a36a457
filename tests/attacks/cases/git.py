"""Attacks that wait for git to come by on the host: hooks, monitors, filters, nested repositories, strange files."""

from pathlib import Path

from tests.attacks.attack import Attack, Outcome

_PLANT = """
plant() { mkdir -p "$(dirname "$1")"; printf '#!/bin/sh\\ntouch @FOLDER@/pwned\\n' > "$1" && chmod +x "$1"; }
"""


def _nothing_ran(outcome: Outcome) -> bool:
    return not outcome.host.is_pwned()


def _git_folder_is_untouched(outcome: Outcome) -> bool:
    git = outcome.root / ".git"
    return _nothing_ran(outcome) and git.is_dir() and not (git / "hooks/pre-commit").exists()


def _set_id_by_hand(root: Path) -> None:
    (root / "tool").write_bytes(b"#!/bin/sh\nid\n")
    (root / "tool").chmod(0o6755)


ATTACKS = (
    Attack(
        "a hook and a monitor in the workspace's own repository",
        _PLANT
        + """
        plant .git/hooks/pre-commit; plant .git/hooks/post-checkout
        git config core.fsmonitor 'touch @FOLDER@/pwned; false'
        mv .git .other; rm -rf .git; echo "gitdir: other" > .git; ls -a; echo tried
        """,
        _git_folder_is_untouched,
        language="shell",
        in_repository=True,
        proof="tried",
    ),
    Attack(
        "a nested repository with a file system monitor",
        _PLANT
        + """
        plant evil.sh
        git init -q nested && cd nested && echo a > a && git add a
        git -c user.name=a -c user.email=a@b commit -qm a
        git config core.fsmonitor "$PWD/../evil.sh"; git config core.untrackedCache true
        sed -i "s#$PWD#@FOLDER@#" .git/config; echo b > a; echo tried
        """,
        _nothing_ran,
        language="shell",
        in_repository=True,
        proof="tried",
    ),
    Attack(
        "a nested repository in the place of a folder of the project",
        _PLANT
        + """
        rm -rf package; git init -q package && cd package
        git config core.fsmonitor 'touch @FOLDER@/pwned; false'; echo x > module.py
        git config core.worktree / ; echo tried
        """,
        _nothing_ran,
        language="shell",
        in_repository=True,
        proof="tried",
    ),
    Attack(
        "a gitlink: a folder that is a submodule of something outside",
        """
        mkdir sub; echo "gitdir: @FOLDER@/elsewhere" > sub/.git
        printf '[submodule "sub"]\\n\\tpath = sub\\n\\turl = ext::touch @FOLDER@/pwned' > .gitmodules
        printf '\\n\\tupdate = !touch @FOLDER@/pwned\\n' >> .gitmodules; echo tried
        """,
        _nothing_ran,
        language="shell",
        in_repository=True,
        proof="tried",
    ),
    Attack(
        "filters and text converters named by attributes",
        """
        printf '* filter=evil diff=evil merge=evil text=auto ident working-tree-encoding=UTF-16\\n' > .gitattributes
        mkdir -p .git/info && printf '* filter=evil\\n' > .git/info/attributes
        git config filter.evil.clean 'touch @FOLDER@/pwned; cat'
        git config filter.evil.smudge 'touch @FOLDER@/pwned; cat'
        git config diff.evil.textconv 'touch @FOLDER@/pwned; cat'
        echo changed >> README; echo tried
        """,
        _nothing_ran,
        language="shell",
        in_repository=True,
        proof="tried",
    ),
    Attack(
        "configuration planted in the workspace's root, as if it were a bare repository",
        _PLANT
        + """
        mkdir -p objects refs hooks; echo 'ref: refs/heads/main' > HEAD; plant hooks/post-index-change
        printf '[core]\\n\\tbare = true\\n\\tfsmonitor = touch @FOLDER@/pwned\\n' > config; echo tried
        """,
        _nothing_ran,
        language="shell",
        in_repository=True,
        proof="tried",
    ),
    Attack(
        "a pipe in the place of files that git or we would read",
        "rm -f README; mkfifo README p package/.gitignore .gitignore .gitattributes; echo tried",
        _nothing_ran,
        language="shell",
        in_repository=True,
        proof="tried",
    ),
    Attack(
        "folders replaced by links while we are not looking",
        "rm -rf package; ln -s @FOLDER@ package; ln -s ../../../../../../etc up; ln -s .git/config g; echo tried",
        _nothing_ran,
        language="shell",
        in_repository=True,
        proof="tried",
    ),
    Attack(
        "a set-uid file left behind by something that could make one",
        "./tool; ls -l tool; echo tried",
        # The workspace's parent is closed to other users, and git knows no such bit.
        lambda outcome: (outcome.root.parent.parent.stat().st_mode & 0o077) == 0,
        language="shell",
        in_repository=True,
        prepare=_set_id_by_hand,
        proof="tried",
    ),
    Attack(
        "file names that are options, patterns and lines",
        r"""
        touch -- '--upload-pack=touch @MARK@' ':(attr:x)' '-rf' "$(printf 'a\nb')" '*' "$(printf 'x\377y')"; echo tried
        """,
        _nothing_ran,
        language="shell",
        in_repository=True,
        proof="tried",
    ),
)
