"""What can be checked of the worker's packaging without building or deploying it."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import botocore.session
import grimp
import pytest
import yaml
from botocore import xform_name
from packaging.specifiers import SpecifierSet

from helios_gui import __version__, product
from tests.support.dockerfile import DOCKERFILE, copies_of, environment_of, read_stages, start_of, with_bases

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "packaging/worker"
STAGES = read_stages(DOCKERFILE.read_text(encoding="utf-8"))
ENTRIES = (
    "helios_gui.worker.lambda_handler",
    "helios_gui.cli.worker",
    "helios_gui.cli.web",
    "helios_gui.cli.blend",
    "helios_gui.cli.blend_command",
)
"""What is started in the image: the function, the server, and the programs of the chunks of pages and .blend files."""
DISTRIBUTIONS = {"pydantic_core": "pydantic", "botocore": "boto3", "urllib3": "boto3", "google": "google-auth"}
"""Which requirement brings a package that is imported, where their names differ."""


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's tags as ``{"Sub": text}`` and the like."""


def _tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    assert isinstance(node, yaml.ScalarNode)
    return {suffix: loader.construct_scalar(node)}


_Loader.add_multi_constructor("!", _tag)


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


def test_the_stages() -> None:
    assert {stage.name: stage.base for stage in STAGES.values()} == {
        "worker": STAGES["worker"].base,
        "lambda": "worker",
        "cloud-run": "worker",
    }
    python = re.fullmatch(r"python:(3\.\d+)-slim-[a-z]+", STAGES["worker"].base)
    assert python is not None, "a release of Python and of Debian"
    supported = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert SpecifierSet(supported).contains(python[1])


def test_what_is_copied_is_there_and_sent_to_docker() -> None:
    sent = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text().splitlines()
    sources = [source for source, _ in copies_of(tuple(STAGES.values()))]
    assert sorted(sent) == sorted(["*", *(f"!{source}" for source in sources), "**/__pycache__"])
    for source in sources:
        assert (ROOT / source).exists(), source


def test_what_the_worker_reads_of_the_resources_is_copied() -> None:
    graph = grimp.build_graph("helios_gui")
    used = set(ENTRIES).union(*(graph.find_upstream_modules(entry) for entry in ENTRIES)) - {"helios_gui.resources"}
    places = [ROOT / module.replace(".", "/") for module in used]
    code = [place / "__init__.py" if place.is_dir() else place.with_suffix(".py") for place in places]
    read = {name for path in code for name in re.findall(r'resource_path\("(\w+)"', path.read_text(encoding="utf-8"))}
    assert read >= {"web"}
    copied = {source for source, _ in copies_of(tuple(STAGES.values()))}
    assert {f"resources/{name}" for name in read} <= copied


def runs() -> list[str]:
    return [arguments for stage in STAGES.values() for arguments in stage.all("RUN")]


def test_the_recipe_is_thin_and_repeats_itself() -> None:
    known = {"COPY", "RUN", "ENV", "WORKDIR", "USER", "ENTRYPOINT", "CMD", "LABEL"}
    assert {name for stage in STAGES.values() for name, _ in stage.instructions} <= known
    installing = [run for run in runs() if "apt-get install" in run]
    for run in installing:
        assert run.startswith("apt-get update && "), "or a list of last year is used"
        assert "--yes --no-install-recommends" in run
        assert "rm -rf" in run, "what is removed in another layer is still in the image"
        assert "/var/lib/apt/lists/*" in run
    assert len(installing) == 1
    for run in runs():
        assert not re.search(r"\b(curl|wget|sudo|git|chmod 777)\b", run)
        assert "pip install" not in run or "--no-cache-dir" in run
        assert subprocess.run(["sh", "-n", "-c", run], check=False).returncode == 0, run
    assert "PySide6" not in DOCKERFILE.read_text()


def test_chromium_and_the_fonts_are_in_the_image() -> None:
    (run,) = [run for run in runs() if "apt-get install" in run]
    for font in ("fonts-liberation", "fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji"):
        assert font in run.split()
    browser = Path(environment_of(with_bases(STAGES, "lambda"))["HELIOS_BROWSER"])
    assert run.endswith(f"{browser.name} --version"), "that it starts is seen when the image is built"


def test_packages_are_debians() -> None:
    if shutil.which("apt-cache") is None:
        pytest.skip("Debian's packages are known only where apt is")
    (run,) = [run for run in runs() if "apt-get install" in run]
    named = set(re.findall(r"(?<= )(?:fonts-[a-z-]+|fontconfig|lib[a-z0-9-]+|chromium-[a-z-]+)(?= )", run))
    assert len(named) > 8, named
    listed = subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True, check=True).stdout.split()
    if len(listed) < 10_000:
        pytest.skip("apt has no lists of what there is")
    assert named <= set(listed)


def test_nobody_is_root() -> None:
    assert STAGES["cloud-run"].all("USER") == ["renderer"]
    assert STAGES["cloud-run"].instructions[-1][0] == "CMD"
    assert not STAGES["lambda"].all("USER"), "Lambda has a user of its own"


def test_the_environment_needs_nothing_but_tmp() -> None:
    for target in ("lambda", "cloud-run"):
        stages = with_bases(STAGES, target)
        assert environment_of(stages)["HELIOS_BROWSER_SANDBOX"] == "off"
        assert not {"HOME", "TMPDIR"} & environment_of(stages).keys()
        assert [where for stage in stages for where in stage.all("WORKDIR")] == ["/opt/helios"]


def test_the_entry_points_exist() -> None:
    *entry, handler = start_of(with_bases(STAGES, "lambda"))
    assert entry == ["python", "-m", "awslambdaric"]
    module, _, function = handler.rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))
    program, *arguments = start_of(with_bases(STAGES, "cloud-run"))
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
    (labels,) = STAGES["worker"].all("LABEL")
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
        "Dockerfile": (f'version="{__version__}"', 'version="0.0.1"'),
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
    needed = {"typer"} | {module for entry in ENTRIES for module in graph.find_upstream_modules(entry)}
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
    folders = ("helios_gui/worker", "helios_gui/web")
    code = "".join(path.read_text() for folder in folders for path in (ROOT / folder).glob("*.py"))
    from helios_gui.storage import StorageSettings

    storage = {f"HELIOS_STORAGE_{name.upper()}" for name in StorageSettings.__dataclass_fields__}
    for name in set(re.findall(r"HELIOS_[A-Z_]*[A-Z]", told)):
        known = name in storage or name in code or f'f"{{_PREFIX}}{name.removeprefix("HELIOS_WORKER_")}"' in code
        assert known, name
