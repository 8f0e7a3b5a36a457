"""Schemas, each compiled once."""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable
from typing_extensions import override

from eaa.ports.schemas import Schemas

MOST_PROBLEMS = 10
_LONGEST_PROBLEM = 300
_DEEP = 50
"""A value of fewer levels is checked to its end by every schema that has one."""


class JsonSchemas(Schemas):
    """Stateless but for compiled schemas."""

    @override
    def problems(self, value: Any, schema_json: str) -> tuple[str, ...]:
        try:
            found = list(_validator(schema_json).iter_errors(value))
        except Unresolvable as error:
            raise ValueError(f"not a JSON Schema of its own: it refers to {error.ref}") from error
        except RecursionError as error:
            if _depth(value) > _DEEP:
                return ("$: it is nested too deeply",)
            raise ValueError("not a JSON Schema that comes to an end: it refers to itself") from error
        errors = sorted(found, key=lambda error: -len(error.absolute_path))
        return tuple(map(_line, errors[:MOST_PROBLEMS]))


@lru_cache(maxsize=256)
def _validator(schema_json: str) -> Draft202012Validator:
    try:
        schema = json.loads(schema_json)
        Draft202012Validator.check_schema(schema)
    except (SchemaError, ValueError, RecursionError) as error:
        raise ValueError(f"not a JSON Schema: {str(error).partition(chr(10))[0]}") from error
    # An empty registry: a `$ref` to another document is an error and never a download.
    return Draft202012Validator(schema, registry=Registry())


def _line(error: ValidationError) -> str:
    return f"{error.json_path}: {error.message}"[:_LONGEST_PROBLEM]


def _depth(value: Any) -> int:
    """Return how many levels a JSON value has."""
    levels, level = 0, [value]
    while level:
        levels += 1
        level = [inner for one in level for inner in _inside(one)]
    return levels


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
