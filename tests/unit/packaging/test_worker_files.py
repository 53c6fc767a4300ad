"""What can be checked of the worker's packaging without building or deploying it."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import grimp
import pytest
import yaml
from botocore import xform_name
from packaging.specifiers import SpecifierSet

from helios_gui import __version__, product

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "packaging/worker"
DOCKERFILES = sorted(FOLDER.glob("*.Dockerfile"))
DISTRIBUTIONS = {"pydantic_core": "pydantic", "botocore": "boto3", "urllib3": "boto3", "google": "google-auth"}
"""Which requirement brings a package that is imported, where their names differ."""


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's tags as ``{"Sub": text}`` and the like."""


def _tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    assert isinstance(node, yaml.ScalarNode)
    return {suffix: loader.construct_scalar(node)}


_Loader.add_multi_constructor("!", _tag)


def instructions(dockerfile: Path) -> Iterator[tuple[str, str]]:
    """The instructions of a Dockerfile: name and arguments, comments left out."""
    lines = [line for line in dockerfile.read_text().splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, arguments = line.partition(" ")
            yield name, arguments.strip()


def requirements() -> dict[str, str]:
    """The worker's requirements: name and bounds."""
    lines = (FOLDER / "requirements.txt").read_text().splitlines()
    found = [re.fullmatch(r"([\w-]+)(\[\w+\])?(.*)", line) for line in lines if line and not line.startswith("#")]
    return {match[1]: match[3] for match in found if match}


def template() -> dict[str, Any]:
    document: dict[str, Any] = yaml.load((FOLDER / "sam-template.yaml").read_text(), _Loader)
    return document


def policy(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / "iam" / name).read_text())
    return document


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.name)
def test_dockerfiles(dockerfile: Path) -> None:
    found = list(instructions(dockerfile))
    assert found[0][0] == "FROM"
    known = {"FROM", "COPY", "RUN", "ENV", "WORKDIR", "USER", "ENTRYPOINT", "CMD", "LABEL"}
    assert {name for name, _ in found} <= known
    ignored = dockerfile.with_name(f"{dockerfile.name}.dockerignore").read_text().splitlines()
    for source in [arguments.split()[0] for name, arguments in found if name == "COPY"]:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored, source
    python = re.search(r"python:(3\.\d+)", found[0][1])
    assert python is not None
    supported = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert SpecifierSet(supported).contains(python[1])
    assert "PySide6" not in dockerfile.read_text()


def test_there_is_an_image_for_each_cloud() -> None:
    assert [path.name for path in DOCKERFILES] == ["cloud-run.Dockerfile", "lambda.Dockerfile"]


def test_the_entry_points_exist() -> None:
    lambda_image = dict(instructions(FOLDER / "lambda.Dockerfile"))
    module, _, function = json.loads(lambda_image["CMD"])[0].rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))
    assert json.loads(lambda_image["ENTRYPOINT"]) == ["python", "-m", "awslambdaric"]
    program, *arguments = json.loads(dict(instructions(FOLDER / "cloud-run.Dockerfile"))["CMD"])
    assert program == "python"
    answer = subprocess.run(
        [sys.executable, *arguments, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "--port" in answer.stdout


def stamp(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(FOLDER / "stamp"), *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_the_files_are_in_step_with_the_project() -> None:
    checked = stamp("--check")
    assert (checked.returncode, checked.stdout) == (0, ""), "run packaging/worker/stamp"
    for dockerfile in DOCKERFILES:
        labels = dict(instructions(dockerfile))["LABEL"]
        assert f'org.opencontainers.image.version="{__version__}"' in labels
        assert f'org.opencontainers.image.licenses="{product.LICENSE}"' in labels
    assert template()["Resources"]["Worker"]["Properties"]["Tags"] == {"helios-version": __version__}
    label = yaml.safe_load((FOLDER / "cloud-run-service.yaml").read_text())["metadata"]["labels"]["helios-version"]
    assert label == __version__.replace(".", "-")


def test_what_is_out_of_step_is_found_and_mended(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "worker")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert any(line.startswith("psutil>=6") for line in project["dependencies"])
    changes = {
        "requirements.txt": ("psutil>=6", "psutil>=5"),
        "lambda.Dockerfile": (f'version="{__version__}"', 'version="0.0.1"'),
        "cloud-run.Dockerfile": (f'version="{__version__}"', 'version="0.0.1"'),
        "sam-template.yaml": (f'helios-version: "{__version__}"', 'helios-version: "0.0.1"'),
        "cloud-run-service.yaml": (f'helios-version: "{__version__.replace(".", "-")}"', 'helios-version: "0-0-1"'),
    }
    for name, (now, then) in changes.items():
        text = (folder / name).read_text()
        assert text.count(now) == 1
        (folder / name).write_text(text.replace(now, then))
    checked = stamp("--check", "--folder", folder)
    assert checked.returncode == 1
    assert {line.split()[0] for line in checked.stdout.splitlines()} == changes.keys()
    assert stamp("--folder", folder).returncode == 0
    for name in changes:
        assert (folder / name).read_text() == (FOLDER / name).read_text(), name
    assert stamp("--check", "--folder", folder).returncode == 0


def test_the_requirements_suffice() -> None:
    graph = grimp.build_graph("helios_gui", include_external_packages=True)
    entries = ("helios_gui.worker.lambda_handler", "helios_gui.cli.worker", "helios_gui.cli", "helios_gui.__main__")
    needed = {"typer"} | {module for entry in entries[:2] for module in graph.find_upstream_modules(entry)}
    outside = {name for name in needed if not name.startswith("helios_gui")} - set(sys.stdlib_module_names)
    assert {DISTRIBUTIONS.get(name, name.replace("_", "-")) for name in outside} == requirements().keys() - {
        "awslambdaric"
    }


@pytest.mark.parametrize(("name", "path"), [("function-policy.json", "function"), ("client-policy.json", "client")])
def test_the_template_grants_what_the_policies_do(name: str, path: str) -> None:
    resources = template()["Resources"]
    function, client = resources["Worker"]["Properties"]["Policies"][0], resources["ClientPolicy"]["Properties"]
    granted = function if path == "function" else client["PolicyDocument"]

    def plain(resource: Any) -> str:
        if resource == {"GetAtt": "Worker.Arn"}:
            return "arn:aws:lambda:REGION:ACCOUNT:function:FUNCTION"
        words = {
            "${Worker.Arn}": "arn:aws:lambda:REGION:ACCOUNT:function:FUNCTION",
            "${AWS::Partition}": "aws",
            "${Artifacts}": "BUCKET",
            "${Prefix}": "PREFIX",
        }
        text: str = resource["Sub"]
        for word, value in words.items():
            text = text.replace(word, value)
        return text

    statements = [{**one, "Resource": [plain(where) for where in one["Resource"]]} for one in granted["Statement"]]
    assert {**granted, "Statement": statements} == policy(name)


def operations_in(pattern: str, service: str) -> set[str]:
    """The service's operations that the code calls."""
    model = botocore.session.get_session().get_service_model(service)
    known = {xform_name(name): name for name in model.operation_names}
    code = "".join(path.read_text() for path in (ROOT / "helios_gui").glob(pattern))
    named = set(re.findall(r"\b[a-z_0-9]+\b", code)) & (known.keys() - {"invoke"})
    return {known[name] for name in named}


def test_the_policies_grant_what_the_code_does() -> None:
    actions = {
        "HeadObject": "GetObject",
        "ListObjectsV2": "ListBucket",
        "DeleteObjects": "DeleteObject",
        "CreateMultipartUpload": "PutObject",
        "UploadPart": "PutObject",
        "CompleteMultipartUpload": "PutObject",
    }
    storage = {f"s3:{actions.get(name, name)}" for name in operations_in("storage/s3*.py", "s3")}
    control = {f"lambda:{name}" for name in operations_in("adapters/aws_lambda/*.py", "lambda")}
    granted = {action for statement in policy("client-policy.json")["Statement"] for action in statement["Action"]}
    assert granted == storage | control | {"lambda:InvokeFunction"}
    granted = {action for statement in policy("function-policy.json")["Statement"] for action in statement["Action"]}
    assert granted == storage - {"s3:DeleteObject"}


@pytest.mark.parametrize("name", ["function-policy.json", "client-policy.json"])
def test_policies_grant_single_actions_on_single_resources(name: str) -> None:
    for statement in policy(name)["Statement"]:
        assert statement["Effect"] == "Allow"
        assert all("*" not in action for action in statement["Action"])
        assert all(not resource.endswith(":::*") and resource != "*" for resource in statement["Resource"])


def test_the_template() -> None:
    lint = pytest.importorskip("cfnlint.api")
    assert lint.lint_file(FOLDER / "sam-template.yaml") == []
    broken = (FOLDER / "sam-template.yaml").read_text().replace("MemorySize: !Ref MemorySize", "MemorySize: lots")
    assert lint.lint(broken), "what is wrong is found"
    worker = template()["Resources"]["Worker"]["Properties"]
    assert worker["EventInvokeConfig"]["MaximumRetryAttempts"] == 0


def test_the_service() -> None:
    document = yaml.safe_load((FOLDER / "cloud-run-service.yaml").read_text())
    revision = document["spec"]["template"]
    assert revision["spec"]["containerConcurrency"] == 1
    (container,) = revision["spec"]["containers"]
    limits = {entry["name"]: float(entry["value"]) for entry in container["env"]}
    assert limits["HELIOS_WORKER_TIME_LIMIT"] < revision["spec"]["timeoutSeconds"] <= 3600


def test_every_setting_that_is_told_of_exists() -> None:
    told = "".join(path.read_text() for path in FOLDER.rglob("*") if path.is_file())
    code = "".join(path.read_text() for path in (ROOT / "helios_gui/worker").glob("*.py"))
    from helios_gui.storage import StorageSettings

    storage = {f"HELIOS_STORAGE_{name.upper()}" for name in StorageSettings.__dataclass_fields__}
    for name in set(re.findall(r"HELIOS_[A-Z_]*[A-Z]", told)):
        known = name in storage or name in code or f'f"{{_PREFIX}}{name.removeprefix("HELIOS_WORKER_")}"' in code
        assert known, name
