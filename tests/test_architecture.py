"""The layers, the migrations and the one gate, held by the build and not by a reviewer's eye."""

import ast
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
HOUSES = ("config", "reporting", "indicators", "agencies")
DOORS = [ROOT / "reporting" / room for room in ("admin", "desk", "api")]
LINT = "import sys; from importlinter.cli import lint_imports_command as lint; sys.exit(lint(['--no-cache']))"


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    """The contracts of pyproject.toml over the packages in a folder."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-P", "-c", LINT], cwd=folder, env=clean | {"PYTHONPATH": str(folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for house in HOUSES:
        shutil.copytree(ROOT / house, tmp_path / house, ignore=shutil.ignore_patterns("__pycache__", "data", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_go_straight_down() -> None:
    answer = lint(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "4 kept, 0 broken" in answer.stdout


# name of the contract → where an import is planted, and what
PLANTED = {
    "Imports go straight down": ("agencies/models.py", "from reporting.models import Report"),
    "a room knows only the rooms below it": ("reporting/queries/forms.py", "from reporting.commands import reports"),
    "Inside reporting": ("reporting/queries/rollups.py", "from reporting.papers.paper import Paper"),
    "Rules know neither Django nor a database": (
        "reporting/domain/report/state.py", "from django.db import connection"),
    "The event store knows its own tables only": (
        "reporting/event_store/append.py", "from reporting.models.reports import Report"),
}  # fmt: skip


@pytest.mark.parametrize("contract", PLANTED)
def test_an_import_against_a_contract_is_found_and_named(copy: Path, contract: str) -> None:
    place, line = PLANTED[contract]
    file = copy / place
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    answer = lint(copy)
    assert answer.returncode != 0
    broken = [line for line in answer.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(contract in line for line in broken), answer.stdout
    assert place.removesuffix(".py").replace("/", ".") in answer.stdout


def test_the_copy_without_a_plant_is_as_good_as_the_tree(copy: Path) -> None:
    """The control: it is the planted line that is found."""
    answer = lint(copy)
    assert answer.returncode == 0, answer.stdout


def test_every_change_of_a_model_has_its_migration(database: str) -> None:
    said = io.StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=said)
    assert said.getvalue() == "No changes detected\n"


def test_no_migration_is_named_by_a_machine() -> None:
    names = [
        file.stem
        for house in HOUSES
        for file in (ROOT / house / "migrations").glob("[0-9]*.py")
        if "_auto_" in file.stem or file.stem.endswith("_initial")
    ]
    assert names == []


def bare_look_ups(source: str, models: set[str]) -> list[str]:
    """`Report.objects…` anywhere but as the first argument of `visible(…)`: a look-up past the gate."""
    tree = ast.parse(source)
    gated: set[int] = set()
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) == "visible":
            gated |= {id(inner) for argument in call.args[:1] for inner in ast.walk(argument)}
    return [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("objects", "_default_manager")
        and getattr(node.value, "id", None) in models
        and id(node) not in gated
    ]


def guarded_models() -> set[str]:
    """The names of models that carry an agency."""
    return {
        model.__name__
        for model in apps.get_models()
        if model._meta.app_label in HOUSES and any(field.name == "agency" for field in model._meta.concrete_fields)
    }


def test_doors_look_nothing_of_an_agency_up_past_the_gate() -> None:
    models = guarded_models()
    found = {
        f"{file.relative_to(ROOT)} {look_up}"
        for door in DOORS
        for file in door.rglob("*.py")
        for look_up in bare_look_ups(file.read_text(encoding="utf-8"), models)
    }
    assert found == set()


def test_a_look_up_past_the_gate_would_be_seen() -> None:
    models = guarded_models()
    assert {"Report", "Figure", "Event", "Assignment", "Target", "Alert"} <= models
    assert bare_look_ups("rows = Report.objects.filter(id=1)", models) == ["line 1: Report.objects"]
    assert bare_look_ups("rows = access.visible(Report.objects.filter(id=1), actor)", models) == []
    assert bare_look_ups("rows = PlanNode.objects.all()", models) == []


def test_no_test_switches_a_guard_of_the_product_off_by_mocking() -> None:
    for file in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            module = getattr(node, "module", None) or ""
            assert "mock" not in {*names, *module.split(".")}, file


# By its number: where an advisory lock is taken. Two things under one number would wait for each other.
LOCKS = {
    "7307020261": {"append.sql", "append_0011.sql", "log.sql", "beside.py"},  # the log's
    "7307020262": {"judge.py"},
    "7307020263": {"opening.py"},  # loads of the plan
    "7307020264": {"heads.py", "tree_heads.sql"},  # sealing
    "7307020265": {"beside.py"},  # a rebuild
    "7307020267": {"cuts.py"},
    "7307020271": {"overrides.py"},
    "7307020272": {"opening.py"},  # what figures are measured in
    "7307020273": {"notice_mails.py"},
    "7307020274": {"round.py"},
    "7307020281": {"come_back.py"},
    "7307020275": {"reminder_mails.py"},
}


def test_every_advisory_lock_has_a_number_of_its_own() -> None:
    found: dict[str, set[str]] = {}
    for file in (ROOT / "reporting").rglob("*"):
        if file.suffix in (".py", ".sql"):
            for number in re.findall(r"\b73070202\d+\b", file.read_text(encoding="utf-8")):
                found.setdefault(number, set()).add(file.name)
    assert found == LOCKS
