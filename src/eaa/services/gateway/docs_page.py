"""`/docs`: what is served, as a page that loads nothing from elsewhere."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_CODE = re.compile(r"`([^`]+)`")
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}"
    "code{background:#f2f4f7;padding:.1rem .3rem;border-radius:.2rem}h2{margin-top:2rem}"
    "dt{margin-top:1rem}dd{margin:0 0 0 1.5rem}.verb{display:inline-block;min-width:4.5rem;font-weight:600}"
    "@media(prefers-color-scheme:dark){body{background:#15181c;color:#e4e7eb}code{background:#262b31}}"
)


def docs_page(schema: Mapping[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    title = escape(schema["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}: HTTP API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{title}: HTTP API {escape(schema['info']['version'])}</h1>"
        "<p>Send <code>Authorization: Bearer …</code> with the token of <code>EAA_HOME/token</code>. The whole "
        'description, for programs: <a href="/openapi.json">/openapi.json</a>.</p>'
        f"{''.join(_groups(schema))}</body></html>"
    )


def _groups(schema: Mapping[str, Any]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    schemas = schema["components"]["schemas"]
    for path, item in schema["paths"].items():
        for verb, operation in item.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(path, verb, operation, schemas))
    for name, operations in groups.items():
        yield f"<h2>{escape(name)}</h2><dl>{''.join(operations)}</dl>"


def _operation(path: str, verb: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    parameters = "".join(_parameter(one) for one in operation.get("parameters", ()))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    takes = _body(body["$ref"].rpartition("/")[2], schemas) if "$ref" in body else ""
    return (
        f'<dt><span class="verb">{verb.upper()}</span> <code>{escape(path)}</code></dt>'
        f"<dd>{_said(operation)}{parameters}{takes}</dd>"
    )


def _parameter(parameter: Mapping[str, Any]) -> str:
    return f"<br><code>{escape(parameter['name'])}</code> ({parameter['in']}) {_said(parameter)}"


def _body(name: str, schemas: Mapping[str, Any]) -> str:
    """Return the fields of a body; those that must be there are marked."""
    schema = schemas[name]
    needed = frozenset(schema.get("required", ()))
    fields = "".join(
        f"<li><code>{escape(field)}</code>{'' if field in needed else ' (may be left out)'} {_said(said)}</li>"
        for field, said in schema["properties"].items()
    )
    return f"<details><summary>JSON body: {escape(name)}</summary><ul>{fields}</ul></details>"


def _said(said: Mapping[str, Any]) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(said.get("description", "")))
