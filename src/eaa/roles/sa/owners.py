"""Who owns a path, by CODEOWNERS (source: GitHub, "About code owners", and gitignore patterns)."""

import re
from collections.abc import Sequence

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")


def owners_of(paths: Sequence[str], codeowners: str) -> tuple[tuple[str, str], ...]:
    """Return (path, owners) for each path a rule names; the last rule that matches wins, one without owners removes."""
    rules = _rules(codeowners)
    found = []
    for path in paths:
        owner = next((owner for pattern, owner in reversed(rules) if pattern.match(path)), "")
        if owner:
            found.append((path, owner))
    return tuple(found)


def _rules(codeowners: str) -> list[tuple[re.Pattern[str], str]]:
    rules = []
    for line in codeowners.splitlines():
        words = line.split("#", 1)[0].split()
        # Sections of GitLab (`[Docs]`) name owners for what follows; reading them wrong is worse than not at all.
        if words and not words[0].startswith(("[", "^[", "!")):
            rules.append((_pattern(words[0]), " ".join(words[1:])))
    return rules


def _pattern(glob: str) -> re.Pattern[str]:
    is_anchored = "/" in glob.rstrip("/")
    body = "".join(_piece(piece) for piece in re.findall(r"\*\*/?|\*|\?|[^*?]+", glob.strip("/")))
    start = "" if is_anchored else "(?:.*/)?"
    # A trailing slash means everything below; a plain name means the file or everything below the folder.
    end = "/.*" if glob.endswith("/") else "" if glob.endswith("*") and is_anchored else "(?:/.*)?"
    return re.compile(f"{start}{body}{end}\\Z")


def _piece(piece: str) -> str:
    match piece:
        case "**/":
            return "(?:.*/)?"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
        case _:
            return re.escape(piece)
