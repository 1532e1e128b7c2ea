"""What operators are given: the chart renders, rules and dashboard ask for metrics that exist, links lead somewhere."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # it has no types
import promql_parser
import pytest
from ruamel.yaml import YAML

from chatbot import __version__
from chatbot.metrics import Metrics
from chatbot.slack_manifest import manifest

DEPLOY = Path(__file__).parents[2] / "deploy"
CHART = DEPLOY / "helm" / "trunkwatch"
HELM = shutil.which("helm", path=str(Path(sys.executable).parent)) or "helm"
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}\b")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


def yaml(text: str) -> Any:
    return YAML(typ="safe").load(text)


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([HELM, *arguments], capture_output=True, text=True, check=False)


@cache
def rendered(*settings: str) -> dict[str, Any]:
    """The chart's manifests by kind."""
    told = helm("template", "tw", str(CHART), *(part for one in settings for part in ("--set", one)))
    assert told.returncode == 0, told.stderr
    return {one["kind"]: one for one in YAML(typ="safe").load_all(told.stdout) if one}


# ---- the chart


def test_the_chart_has_no_lint() -> None:
    assert helm("lint", "--strict", str(CHART)).returncode == 0


@pytest.mark.parametrize("version", ["1.27", "1.31"])
def test_every_manifest_is_what_kubernetes_takes(version: str) -> None:
    for kind, one in rendered().items():
        assert kubernetes_validate.validate(one, version, strict=True) is not None, kind


def test_the_pod_may_do_next_to_nothing() -> None:
    pod = rendered()["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"livenessProbe", "readinessProbe", "startupProbe"} <= container.keys()


def test_secrets_come_by_reference_only() -> None:
    (container,) = rendered()["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["envFrom"] == [{"secretRef": {"name": "trunkwatch"}}]
    assert "Secret" not in rendered()
    assert not [one for one in container["env"] if "TOKEN" in one["name"] or "SECRET" in one["name"]]


def test_the_configuration_arrives_as_it_was_written() -> None:
    written = yaml((CHART / "values.yaml").read_text())["config"]
    assert rendered()["ConfigMap"]["data"]["trunkwatch.yaml"] == written


def test_a_monitor_only_where_it_is_wanted_and_a_budget_only_where_it_makes_sense() -> None:
    assert "ServiceMonitor" not in rendered()
    assert rendered("serviceMonitor.enabled=true")["ServiceMonitor"]["spec"]["endpoints"][0]["path"] == "/metrics"
    assert "PodDisruptionBudget" in rendered()
    assert "PodDisruptionBudget" not in rendered("replicas=1")


@pytest.mark.parametrize(
    "setting", ["replica=3", "replicas=0", "replicas=many", "image.digest=latest", "config=nothing"]
)
def test_what_is_misspelt_is_refused(setting: str) -> None:
    told = helm("template", "tw", str(CHART), "--set", setting)
    assert told.returncode == 1
    assert "values don't meet the specifications" in told.stderr


def test_the_chart_is_of_this_version() -> None:
    chart = yaml((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


# ---- images


def stages() -> list[str]:
    return re.split(r"^(?=FROM )", DOCKERFILE, flags=re.MULTILINE)[1:]


def test_images_are_pinned_by_digest() -> None:
    compose = yaml((DEPLOY / "compose.yaml").read_text())
    build, last = stages()
    assert DIGEST.search(build.splitlines()[0])
    assert last.splitlines()[0] == "FROM scratch"
    assert DIGEST.search(compose["services"]["valkey"]["image"])


def test_the_last_stage_compiles_and_installs_nothing_and_runs_as_nobody_special() -> None:
    last = stages()[-1]
    assert not re.search(r"pip install|apt-get|gcc|build-essential", last)
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "/healthz" in last


def test_dependencies_are_installed_by_hash_and_as_wheels_only() -> None:
    (install,) = re.findall(r"pip install .*", stages()[0])
    assert "--require-hashes" in install
    assert "--only-binary=:all:" in install


def test_the_composed_bot_writes_nowhere_and_its_redis_keeps_everything() -> None:
    services = yaml((DEPLOY / "compose.yaml").read_text())["services"]
    assert services["trunkwatch"]["read_only"] is True
    assert services["trunkwatch"]["cap_drop"] == ["ALL"]
    assert "always" in services["valkey"]["command"]
    assert services["valkey"]["volumes"] == ["valkey:/data"]


# ---- systemd


def test_the_unit_is_told_when_it_is_ready_and_is_kept_on_a_short_lead() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.read(DEPLOY / "systemd" / "trunkwatch.service")
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) >= 30
    for key in ("NoNewPrivileges", "DynamicUser", "ProtectHome", "PrivateTmp", "RestrictNamespaces"):
        assert service[key] == "yes"
    assert service["ProtectSystem"] == "strict"


# ---- the Slack app


def test_the_manifest_is_the_one_that_this_version_prints() -> None:
    assert json.loads((DEPLOY / "slack-manifest.json").read_text()) == manifest()


# ---- rules, dashboard, run book


def rules() -> list[dict[str, Any]]:
    (group,) = yaml((DEPLOY / "prometheus" / "rules.yaml").read_text())["groups"]
    return list(group["rules"])


def questions() -> list[str]:
    """Every PromQL expression of rules and dashboard."""
    panels = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())["panels"]
    asked = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    return [rule["expr"] for rule in rules()] + asked


@pytest.mark.parametrize("question", questions())
def test_every_question_is_promql_about_metrics_and_labels_that_exist(question: str) -> None:
    promql_parser.parse(question)
    known = {family.name: family for family in Metrics().registry.collect()}
    named = set(re.findall(r"\b(?:trunkwatch|process)_[a-z_]+", question))
    assert named
    for name in named:
        assert re.sub(r"_(total|bucket|sum|count)$", "", name) in known or name in known


def test_every_rule_leads_to_its_place_in_the_run_book() -> None:
    book = (DEPLOY / "runbook.md").read_text()
    headings = set(re.findall(r"^### (\w+)$", book, re.MULTILINE))
    assert headings == {rule["alert"] for rule in rules()}
    for rule in rules():
        assert rule["annotations"]["runbook"] == f"deploy/runbook.md#{rule['alert'].lower()}"


def test_every_secret_can_be_rotated_by_the_run_book() -> None:
    readme = (DEPLOY.parent / "README.md").read_text()
    secrets = set(re.findall(r"`([A-Z_]+(?:TOKEN|SECRET|PRIVATE_KEY))`", readme))
    told = (DEPLOY / "runbook.md").read_text().partition("## Rotate a secret")[2].partition("\n## ")[0]
    assert secrets
    assert {name for name in secrets if f"`{name}`" not in told} == set()


PAGES = sorted([*DEPLOY.rglob("*.md"), *(DEPLOY.parent / name for name in ("README.md", "CONTRIBUTING.md"))])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DEPLOY.parent)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        if anchor and there.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", there.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in headings}, target
