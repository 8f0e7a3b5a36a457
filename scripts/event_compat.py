"""Whether readers of events can go on as before: what is published may gain optional fields and new types only.

python -m scripts.event_compat PUBLISHED.json NEW.json
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]


def main(arguments: Sequence[str]) -> int:
    """Print what would break readers, and return 1 when anything would."""
    published, new = (json.loads(Path(name).read_text(encoding="utf-8")) for name in arguments)
    found = list(breaks(published, new))
    for line in found:
        print(f"events: {line}", file=sys.stderr)
    if found:
        print(
            "events: raise the version in EVENT_VERSIONS (domain/event_data.py) where that is meant.", file=sys.stderr
        )
    return 1 if found else 0


def breaks(published: Mapping[str, Schema], new: Mapping[str, Schema]) -> Iterator[str]:
    """Yield what of the new schemas, by type, readers of the published ones would stumble over."""
    for name, before in published.items():
        after = new.get(name)
        if after is None:
            yield f"{name}: the type is gone"
        elif after.get("$id") == before.get("$id"):
            # Another id is a new version: readers see that in `dataschema`.
            yield from _breaks(name, _resolved(before, before), before, _resolved(after, after), after)


def _breaks(place: str, before: Schema, old_root: Schema, after: Schema, new_root: Schema) -> Iterator[str]:
    if before.get("type") != after.get("type"):
        yield f"{place}: it was {before.get('type')} and is {after.get('type')}"
        return
    if set(before.get("required", ())) - set(after.get("required", ())):
        missing = sorted(set(before["required"]) - set(after.get("required", ())))
        yield f"{place}: {', '.join(missing)} may be left out now"
    if added := sorted(set(after.get("required", ())) - set(before.get("required", ()))):
        # Events on record do not have it, and are read under the same version.
        yield f"{place}: {', '.join(added)} must be there now"
    yield from _parts_break(place, before, old_root, after, new_root)
    for value in before.get("enum", ()):
        if value not in after.get("enum", ()):
            yield f"{place}: {value!r} is no value any more"
    for name, schema in before.get("properties", {}).items():
        if name not in after.get("properties", {}):
            yield f"{place}.{name}: it is gone"
            continue
        old, fresh = _resolved(schema, old_root), _resolved(after["properties"][name], new_root)
        yield from _breaks(f"{place}.{name}", old, old_root, fresh, new_root)


def _parts_break(place: str, before: Schema, old_root: Schema, after: Schema, new_root: Schema) -> Iterator[str]:
    """Yield what breaks in the items of a list, the values of a mapping, and the kinds of which a value is one."""
    for keyword in ("items", "additionalProperties"):
        olds, news = before.get(keyword), after.get(keyword)
        if isinstance(olds, dict) and isinstance(news, dict):
            yield from _breaks(f"{place}[]", _resolved(olds, old_root), old_root, _resolved(news, new_root), new_root)
        elif olds != news:
            yield f"{place}: its {keyword} were {olds} and are {news}"
    kinds, fresh_kinds = before.get("anyOf", []), after.get("anyOf", [])
    if len(kinds) != len(fresh_kinds):
        yield f"{place}: it was one of {len(kinds)} kinds and is one of {len(fresh_kinds)}"
        return
    for old, fresh in zip(kinds, fresh_kinds, strict=True):
        yield from _breaks(place, _resolved(old, old_root), old_root, _resolved(fresh, new_root), new_root)


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Return what a schema refers to, or itself."""
    if "$ref" not in schema:
        return schema
    found: Schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return found


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
