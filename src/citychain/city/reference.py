"""The OpenAPI document as the reference page shows it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: A call of each operation as a demonstration city answered it: parameters, body, answer; lists cut short.
EXAMPLES = Path(__file__).parent / "data" / "examples.json"


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of a body or an answer; `inside` are the fields of what it holds."""

    name: str
    type: str
    words: str = ""
    required: bool = False
    where: str = ""
    inside: list["Field"] = field(default_factory=list)


@dataclass(frozen=True)
class Operation:
    """`body` and `answer` are what is handed in and given; `refusals` are (status, words)."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Field]
    body: Field | None
    status: str
    answer: Field
    refusals: list[tuple[str, str]]


def show_examples(schema: dict[str, Any]) -> None:
    """Puts EXAMPLES into the document, each into its operation."""
    examples = json.loads(EXAMPLES.read_bytes())
    for methods in schema["paths"].values():
        for operation in methods.values():
            _show(operation, examples.get(operation["operationId"], {}))


def _show(operation: dict[str, Any], example: dict[str, Any]) -> None:
    """Puts an example into an operation of the document."""
    for given in operation["parameters"]:
        if given["name"] in example.get("parameters", {}):
            given["example"] = example["parameters"][given["name"]]
    if "body" in example:
        operation["requestBody"]["content"]["application/json"]["example"] = example["body"]
    if "answer" in example:
        (answer,) = (found for code, found in operation["responses"].items() if str(code) < "300")
        answer["content"]["application/json"]["example"] = example["answer"]


def operations(schema: dict[str, Any]) -> dict[str, list[Operation]]:
    """All operations by their part."""
    groups: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method, item in methods.items():
            groups.setdefault(item["tags"][0], []).append(_operation(schema, path, method, item))
    return groups


def _operation(schema: dict[str, Any], path: str, method: str, item: dict[str, Any]) -> Operation:
    body = item.get("requestBody")
    status, answer = next((code, found) for code, found in sorted(_answers(item)) if code < "300")
    return Operation(
        id=item["operationId"],
        method=method.upper(),
        path=path,
        summary=item["summary"],
        description=item.get("description", ""),
        parameters=[
            _field(schema, given["name"], given["schema"], required=given["required"], where=given["in"])
            for given in item["parameters"]
        ],
        body=_field(schema, "body", _content(body)) if body else None,
        status=status,
        answer=_field(schema, "answer", _content(answer)),
        refusals=[(code, found["description"]) for code, found in sorted(_answers(item)) if code >= "400"],
    )


def _answers(item: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(str(code), found) for code, found in item["responses"].items()]


def _content(item: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = item["content"]["application/json"]["schema"]
    return found


def _field(
    schema: dict[str, Any], name: str, shape: dict[str, Any], *, required: bool = False, where: str = "", seen: str = ""
) -> Field:
    """`seen` is the name of the model around it: one that holds itself is told once."""
    words = shape.get("description", "")
    kinds, inside = [], []
    for choice in shape.get("anyOf", [shape]):
        kind, model = _kind(schema, choice)
        kinds.append(kind)
        title = model.get("title", "")
        words = words or model.get("description", "")
        if title != seen:
            for part, found in model.get("properties", {}).items():
                must = part in model.get("required", [])
                inside.append(_field(schema, part, found, required=must, seen=title))
    return Field(name, " or ".join(kinds), words.replace("`", ""), required, where, inside)


def _kind(schema: dict[str, Any], shape: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The type in words, and the model inside."""
    if "$ref" in shape:
        model = schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
        return (" | ".join(model["enum"]) if "enum" in model else "object"), model
    if shape.get("type") == "array":
        kind, model = _kind(schema, shape["items"])
        return f"list of {kind}", model
    return str(shape.get("type", "any")), {}
