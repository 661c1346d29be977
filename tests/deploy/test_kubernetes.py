"""The manifest for Kubernetes: validated against its schemas, strictly, and held against the product."""

import copy
import re
import tomllib
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped, unused-ignore]
import pytest
import yaml  # type: ignore[import-untyped, unused-ignore]

from api.settings import Settings
from tests.deploy.product import ROOT, SETTINGS, routes
from tests.deploy.test_container import environment, stages

Document = dict[str, Any]

VERSIONS = ("1.29", "1.37")


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return list(yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text("utf-8")))


def of_kind(documents: list[Document], kind: str) -> Document:
    (found,) = [each for each in documents if each["kind"] == kind]
    return found


@pytest.fixture
def pod(documents: list[Document]) -> Document:
    found: Document = of_kind(documents, "Deployment")["spec"]["template"]["spec"]
    return found


@pytest.fixture
def container(pod: Document) -> Document:
    (found,) = pod["containers"]
    return dict(found)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_document_is_as_its_schema_says_and_the_validator_would_see_a_slip(
    version: str, documents: list[Document]
) -> None:
    assert [each["kind"] for each in documents] == ["PersistentVolumeClaim", "Deployment", "Service", "NetworkPolicy"]
    for each in documents:
        kubernetes_validate.validate(each, version, strict=True)
    slip = copy.deepcopy(of_kind(documents, "Deployment"))
    slip["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readynessProbe"):
        kubernetes_validate.validate(slip, version, strict=True)


def test_the_probes_ask_where_the_product_tells(container: Document) -> None:
    asked = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {name: each["path"] for name, each in asked.items()} == {
        "startupProbe": "/healthz",
        # One that cannot answer for want of an index is not mended by being killed.
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    assert {each["path"] for each in asked.values()} <= routes()
    assert {each["port"] for each in asked.values()} == {"http"}


def test_every_variable_is_a_setting_and_ports_and_folders_agree(
    container: Document, documents: list[Document]
) -> None:
    given = {each["name"]: each.get("value") for each in container["env"]}
    assert given.keys() <= SETTINGS
    assert Settings(host=given["ANWEN_HOST"], port=given["ANWEN_PORT"], log=given["ANWEN_LOG"]).host == "0.0.0.0"
    (port,) = container["ports"]
    assert (port["name"], str(port["containerPort"])) == ("http", given["ANWEN_PORT"])
    assert given["ANWEN_HOME"] in {each["mountPath"] for each in container["volumeMounts"]}
    assert of_kind(documents, "Service")["spec"]["ports"][0]["targetPort"] == "http"
    image = environment(stages((ROOT / "Containerfile").read_text("utf-8"))[-1])
    assert {name: given[name] for name in ("ANWEN_HOME", "ANWEN_PORT")} == {
        name: image[name] for name in ("ANWEN_HOME", "ANWEN_PORT")
    }


def test_no_secret_stands_in_it(container: Document, documents: list[Document]) -> None:
    secret = [name for name in SETTINGS if re.search("KEY$|TOKEN|SECRET", name)]
    given = {each["name"]: each for each in container["env"]}
    assert "ANWEN_ADMIN_KEY" in given
    assert all("secretKeyRef" in given[name]["valueFrom"] for name in secret if name in given)
    assert not any(each["kind"] == "Secret" for each in documents)


def test_the_pod_can_write_only_to_its_volumes_and_become_nobody_else(pod: Document, container: Document) -> None:
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    context = pod["securityContext"]
    user = dict(stages((ROOT / "Containerfile").read_text("utf-8"))[-1])["USER"]
    assert (context["runAsNonRoot"], f"{context['runAsUser']}:{context['runAsGroup']}") == (True, user)
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert {each["name"] for each in container["volumeMounts"]} == {each["name"] for each in pod["volumes"]}
    assert container["resources"]["limits"]["memory"]


def test_one_pod_at_a_time_has_the_data_and_it_speaks_to_nobody(documents: list[Document]) -> None:
    deployment = of_kind(documents, "Deployment")["spec"]
    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})
    policy = of_kind(documents, "NetworkPolicy")["spec"]
    assert "Egress" in policy["policyTypes"]
    assert policy["egress"] == []
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == policy["podSelector"]["matchLabels"] == labels
    assert of_kind(documents, "Service")["spec"]["selector"] == labels


def test_the_image_is_of_this_version(container: Document) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert container["image"] == f"anwen:{version}"
