"""What all operations of the API have in common, and that no input breaks any of them; on a real city."""

import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
from django.http import HttpRequest
from django.test import Client
from django.urls import resolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citychain.city.reference import EXAMPLES
from citychain.indexer import queries as index
from citychain.outbox import published, services
from citychain.outbox.arguments import parameters
from citychain.outbox.tests.city import CUSTOMERS, City
from citychain.outbox.tests.conftest import Workers, chain, city, whole_city, workers  # noqa: F401 - fixtures
from citychain.renting.models import Title

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
METHODS = ["get", "head", "post", "put", "patch", "delete", "options", "trace"]
SCHEMA: dict[str, Any] = json.loads(resolve("/api/openapi.json").func(HttpRequest()).content)
OPERATIONS = [(m.upper(), path, item) for path, methods in SCHEMA["paths"].items() for m, item in methods.items()]
ALICE, BOB = CUSTOMERS[:2]


@pytest.fixture
def http() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["", "nothing", "titles/", "titles/1/deed", "status/x", "%0A", "docs/"])
def test_address_without_an_operation_is_a_problem(http: Client, method: str, path: str) -> None:
    answer = http.generic(method.upper(), f"/api/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer["X-Citychain-Simulated"] == "true"


@pytest.mark.parametrize(("path", "allowed"), [("status", "GET, HEAD"), ("requests/prepare", "GET, HEAD")])
def test_wrong_method_is_told_the_right_ones(http: Client, path: str, allowed: str) -> None:
    answer = http.delete(f"/api/{path}")
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert sorted(answer["Allow"].split(", ")) == (["POST"] if "prepare" in path else sorted(allowed.split(", ")))


def test_head_has_the_headers_of_get(http: Client) -> None:
    got, head = http.get("/api/status"), http.head("/api/status")
    assert (head.status_code, head.content, head.headers) == (200, b"", got.headers)


def test_bug_is_a_problem_without_its_trace(http: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(index, "head", broken)
    answer = http.get("/api/status")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert (answer.json()["code"], answer.json()["retry"]) == ("broken", False)
    assert b"secret" not in answer.content


def test_precondition_that_does_not_hold_is_a_problem(city: City, workers: Workers, http: Client) -> None:  # noqa: F811
    workers.read()
    answer = http.get("/api/titles", headers={"if-match": '"other"'})
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition-failed")


def test_detail_is_in_the_readers_language(http: Client) -> None:
    chinese = http.get("/api/titles/9", headers={"accept-language": "zh-hans"})
    assert chinese.json()["code"] == http.get("/api/titles/9").json()["code"] == "no-such-title"
    assert http.get("/api/titles/9").json()["detail"] == "There is no title 9."
    assert not chinese.json()["detail"].isascii()


# --- whom it listens to ----------------------------------------------------------------------------------------------


def test_signatures_act_and_cookies_do_not(city: City) -> None:  # noqa: F811
    """No CSRF token is asked for, as no cookie lets anybody act; none is set either."""
    stranger = Client(enforce_csrf_checks=True, HTTP_ORIGIN="https://elsewhere.example")
    request, signature = city.signed(ALICE)
    body = {"request": request.typed_data(city.book.domain)["message"], "signature": "0x" + signature.hex()}
    answer = stranger.post("/api/requests", body, content_type="application/json")
    assert (answer.status_code, len(answer.cookies)) == (202, 0)


def test_city_that_is_not_a_demonstration_says_so(http: Client, settings: Any) -> None:
    settings.CITYCHAIN_SANDBOX = False
    answer = http.get("/api/status")
    assert (answer["X-Citychain-Simulated"], answer.json()["simulated"]) == ("false", False)


# --- the OpenAPI document and the reference page ---------------------------------------------------------------------


def test_every_operation_documents_its_problems() -> None:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for method, path, operation in OPERATIONS:
        wanted = {"400", "401", "405", "412", "429", "500", "503"} | ({"404"} if "{" in path else set())
        wanted |= {"403", "404", "409", "413", "422"} if method == "POST" else set()
        refusals = {code: found for code, found in operation["responses"].items() if code >= "400"}
        assert (path, set(refusals)) == (path, wanted)
        assert [found["content"] for found in refusals.values()] == [problem] * len(wanted)


def test_document_names_nothing_that_it_does_not_hold(http: Client) -> None:
    document = http.get("/api/openapi.json").json()
    assert document["paths"].keys() == SCHEMA["paths"].keys()
    used = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert used - set(document["components"]["schemas"]) == set()


def test_every_answer_says_whether_it_is_simulated() -> None:
    for _method, path, operation in OPERATIONS:
        answer = next(found for code, found in operation["responses"].items() if code < "300")
        name = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert (path, "simulated" in SCHEMA["components"]["schemas"][name]["properties"]) == (path, True)


def test_reference_shows_every_operation_with_nothing_foreign(http: Client) -> None:
    page = http.get("/api/docs").content.decode()
    assert re.findall(r'<section class="card" id="(\w+)"', page) != []
    assert sorted(re.findall(r'<section class="card" id="(\w+)"', page)) == sorted(
        item["operationId"] for _, _, item in OPERATIONS
    )
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _method, _path, operation in OPERATIONS]
    assert sorted(names) == sorted(set(names))


def test_every_operation_of_the_citys_parts_has_an_example_that_fits() -> None:
    """Those of EXAMPLES: a new operation is called once in a demonstration city, and what it answered put there. A new
    use case may begin without; when one of its operations has an example, all have."""
    examples = json.loads(EXAMPLES.read_bytes())
    parts = {item["operationId"]: item["tags"][0] for _, _, item in OPERATIONS}
    shown = {parts[name] for name in examples}
    assert sorted(examples) == sorted(name for name, part in parts.items() if part in shown)
    assert {"record", "requests", "institutions", "money", "titles", "units", "deeds", "proposals"} <= shown
    for _method, path, operation in OPERATIONS:
        if operation["operationId"] not in examples:
            continue
        told = [(found["schema"], found["example"]) for found in operation["parameters"] if "example" in found]
        required = [found["schema"] for found in operation["parameters"] if found["required"]]
        assert (path, [shape for shape in required if shape not in [shown for shown, _ in told]]) == (path, [])
        answer = next(found for code, found in operation["responses"].items() if code < "300")
        for content in [answer, *([operation["requestBody"]] if "requestBody" in operation else [])]:
            media = content["content"]["application/json"]
            told.append((media["schema"], media["example"]))
        for shape, example in told:
            validator = jsonschema_rs.validator_for(shape | {"components": SCHEMA["components"]})
            assert (path, [str(problem) for problem in validator.iter_errors(example)]) == (path, [])


def test_only_api_files_know_django_ninja() -> None:
    root = Path(__file__).parents[2]
    importing = {
        path.name for path in root.rglob("*.py") if re.search(r"^\s*(from|import) ninja", path.read_text(), re.M)
    }
    assert "api.py" in importing
    assert [name for name in sorted(importing) if not re.fullmatch(r"(\w+_)?api\.py", name)] == []


# --- no input breaks it ----------------------------------------------------------------------------------------------

PREPARING = ("prepare", "prepare_proposal")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner))
KNOWN = st.sampled_from([ALICE.address, BOB.address, "0x", "1", "spring", "0x" + "00" * 32])
EDGES = st.sampled_from([-1, 0, 1, 2**31, 2**48 - 1, 2**53, 2**63 - 1, 2**63, 2**256])
LOOSE = KNOWN | EDGES | JSON
#: Functions that may be requested, with what the document says of their arguments.
FUNCTIONS = [e.name.split(".") for e in published.catalogue().values() if e.name.startswith(("Deposits.", "Inst"))]


@st.composite
def preparations(draw: st.DrawFn) -> dict[str, Any]:
    """A known function with arguments of its names, many of them of its types."""
    contract, function = draw(st.sampled_from(FUNCTIONS))
    given_ = {part["name"]: draw(argument(part) | LOOSE) for part in parameters(contract, function)}
    return {"signer": ALICE.address, "contract": contract, "function": function, "arguments": given_}


def argument(part: dict[str, Any]) -> st.SearchStrategy[Any]:
    kind = part["type"]
    if kind.endswith("]"):
        return st.lists(argument({**part, "type": kind[: kind.rindex("[")]}) | LOOSE, max_size=3)
    if kind == "tuple":
        return st.fixed_dictionaries({member["name"]: argument(member) | LOOSE for member in part["components"]})
    return {"bool": st.booleans(), "string": st.text(max_size=9)}.get(kind, EDGES if "int" in kind else KNOWN)


def values(shape: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a shape of the document, most of them fitting."""
    if "$ref" in shape:
        model = SCHEMA["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
        return values(model)
    if "anyOf" in shape:
        return st.one_of([values(choice) for choice in shape["anyOf"]])
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    kind = shape.get("type")
    if kind == "integer":
        low, high = shape.get("minimum", -5), shape.get("maximum", shape.get("exclusiveMaximum", 2**63) - 1)
        return st.integers(low, high) | EDGES
    if kind == "string" and "pattern" in shape:
        return st.from_regex(shape["pattern"], fullmatch=True) | KNOWN
    if kind == "string":
        return KNOWN | st.text(max_size=30)
    if kind == "object" and "properties" in shape:
        members = {name: values(part) for name, part in shape["properties"].items()}
        must = set(shape.get("required", []))
        optional = {name: part for name, part in members.items() if name not in must}
        return st.fixed_dictionaries({name: members[name] for name in members if name in must}, optional=optional)
    return JSON


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, str, dict[str, Any], Any, dict[str, str]]:
    """An operation (by method and path), its path with values, query, body and headers."""
    method, template, operation = draw(st.sampled_from(OPERATIONS))
    path, query, headers = template, {}, {}
    for given_ in operation["parameters"]:
        value = str(draw(values(given_["schema"]) | st.text(max_size=20)))
        if given_["in"] == "path":
            path = path.replace(f"{{{given_['name']}}}", quote(value, safe=""))
        elif given_["in"] == "query" and draw(st.booleans()):
            query[given_["name"]] = value
        elif given_["in"] == "header" and draw(st.booleans()):
            headers[given_["name"]] = draw(st.text(st.characters(max_codepoint=255), max_size=130))
    body = None
    if "requestBody" in operation:
        shape = operation["requestBody"]["content"]["application/json"]["schema"]
        body = draw(values(shape) | (preparations() if operation["operationId"] in PREPARING else JSON) | JSON)
    return f"{method} {template}", path, query, body, headers


@settings(
    max_examples=600,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(call=calls())
def test_no_input_breaks_an_operation(
    city: City,  # noqa: F811
    workers: Workers,  # noqa: F811
    http: Client,
    call: tuple[str, str, dict[str, Any], Any, dict[str, str]],
) -> None:
    """Every answer is one that the operation documents, and has its shape."""
    if not Title.objects.exists():
        services.submit(*city.signed(ALICE))
        workers.block()
        Title.objects.create(
            id=1, town=1, commitment="0x", version=1, owners_version=1, holder=ALICE.address, registrar=2,
            state="registered", registered_at=0, registered_block=1,
        )  # fmt: skip
    name, path, query, body, headers = call
    method, template = name.split(" ")
    operation = SCHEMA["paths"][template][method.lower()]
    if method == "GET":
        answer = http.get(path, query, headers=headers)
    else:
        answer = http.post(path, json.dumps(body), content_type="application/json", headers=headers)
    assert answer.status_code < 500, answer.content
    assert str(answer.status_code) in operation["responses"]
    found = answer.json()
    if answer.status_code < 300:
        shape = operation["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
        model = SCHEMA["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
        assert set(found) == set(model["properties"])
    else:
        assert answer["Content-Type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "code", "retry"} <= set(found)


# --- the catalogue of refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"), [("en", "There is no title {what}."), ("zh-hans", "没有编号为 {what} 的不动产权。")]
)
def test_catalogue_has_an_entry_where_the_type_of_a_problem_leads(http: Client, language: str, words: str) -> None:
    """Every code of the house once; the message in the reader's language."""
    problem = http.get("/api/titles/404").json()
    page = http.get("/errors/", HTTP_ACCEPT_LANGUAGE=language).content.decode()
    anchor = problem["type"].partition("/errors/#")[2]
    assert (anchor, page.count(f'id="{anchor}"')) == (problem["code"], 1)
    anchors = re.findall(r'<div id="([\w-]+)">', page)
    assert len(set(anchors)) == len(anchors) > 200
    entry = page.partition(f'id="{anchor}"')[2].partition("</div>")[0]
    assert html.unescape(entry).count(words) == 1
