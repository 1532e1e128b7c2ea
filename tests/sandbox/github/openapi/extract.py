"""Makes `api.github.com.json`: of GitHub's OpenAPI description, the answers that the sandbox gives, as JSON Schema.

usage: npm pack @octokit/openapi && python tests/sandbox/github/openapi/extract.py octokit-openapi-*.tgz

What is only there to be read (descriptions, examples) is left out; OpenAPI's `nullable` becomes a `null` besides.
"""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DESCRIPTION = "package/generated/api.github.com.json"
REPO = "/repos/{owner}/{repo}"
ANSWERS = {
    f"GET {REPO}": "200",
    f"GET {REPO}/commits": "200",
    f"GET {REPO}/commits/{{ref}}": "200",
    f"GET {REPO}/commits/{{commit_sha}}/pulls": "200",
    f"GET {REPO}/commits/{{ref}}/check-runs": "200",
    f"GET {REPO}/commits/{{ref}}/status": "200",
    f"GET {REPO}/compare/{{basehead}}": "200",
    f"GET {REPO}/actions/runs": "200",
    f"GET {REPO}/actions/runs/{{run_id}}": "200",
    f"GET {REPO}/actions/runs/{{run_id}}/jobs": "200",
    f"GET {REPO}/actions/jobs/{{job_id}}": "200",
    f"GET {REPO}/check-runs/{{check_run_id}}/annotations": "200",
    f"GET {REPO}/installation": "200",
    f"POST {REPO}/actions/runs/{{run_id}}/rerun-failed-jobs": "201",
    f"POST {REPO}/actions/jobs/{{job_id}}/rerun": "201",
    f"POST {REPO}/issues/{{issue_number}}/comments": "201",
    "POST /app/installations/{installation_id}/access_tokens": "201",
    "GET /rate_limit": "200",
}
TOLD = frozenset({"description", "example", "examples", "externalDocs", "x-github", "deprecated"})


def schema(part: Any, *, named: bool = False) -> Any:
    """*part* as JSON Schema; where *named*, its keys are names of fields and none of them is a word of the language."""
    if isinstance(part, list):
        return [schema(one) for one in part]
    if not isinstance(part, dict):
        return part
    if named:
        return {key: schema(value) for key, value in part.items()}
    kept = {
        key: schema(value, named=key in {"properties", "patternProperties"})
        for key, value in part.items()
        if key not in TOLD and key != "nullable"
    }
    return {"anyOf": [kept, {"type": "null"}]} if part.get("nullable") else kept


def names(part: Any) -> set[str]:
    """The schemas that *part* refers to."""
    if isinstance(part, list):
        return set().union(*map(names, part))
    if not isinstance(part, dict):
        return set()
    here = {part["$ref"].rpartition("/")[2]} if isinstance(part.get("$ref"), str) else set()
    return here.union(*map(names, part.values()))


def extract(description: dict[str, Any]) -> dict[str, Any]:
    """The answers, and the schemas that they need."""
    answers, wanted = {}, {"basic-error"}
    for endpoint, status in ANSWERS.items():
        method, path = endpoint.split()
        content = description["paths"][path][method.lower()]["responses"][status]["content"]
        answers[endpoint] = schema(content["application/json"]["schema"])
        wanted |= names(answers[endpoint])
    known: dict[str, Any] = {}
    while missing := wanted - known.keys():
        known |= {name: schema(description["components"]["schemas"][name]) for name in missing}
        wanted |= names([known[name] for name in missing])
    return {"answers": answers, "components": {"schemas": dict(sorted(known.items()))}}


def main() -> None:
    """Write the file beside this one."""
    with tarfile.open(sys.argv[1]) as package:
        found = package.extractfile(DESCRIPTION)
        about = package.extractfile("package/package.json")
        assert found is not None
        assert about is not None
        made = extract(json.load(found))
        version = json.load(about)["version"]
    source = f"@octokit/openapi {version}, MIT License, Copyright (c) 2020 Octokit contributors"
    text = json.dumps({"source": source, **made}, separators=(",", ":"), ensure_ascii=False)
    (HERE / "api.github.com.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
