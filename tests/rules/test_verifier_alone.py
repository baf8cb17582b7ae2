"""The auditor's script is one file that needs a Python and nothing of ours, nor of anybody else's."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.written_logs import TRUE, as_lines, true_log

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "verify" / "shinchoku_verify.py"


def imported(source: str) -> set[str]:
    """The packages that are imported, wherever it is."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return {name.partition(".")[0] for name in names}


def test_19_the_script_imports_the_standard_library_and_nothing_else() -> None:
    source = SCRIPT.read_text(encoding="utf-8")
    assert imported(source) <= sys.stdlib_module_names
    # Neither does it import by a name made up on the way.
    called = {
        n.func.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    assert not called & {"__import__", "import_module", "exec", "eval"}


def test_19_control_an_import_of_any_other_package_is_seen() -> None:
    source = "import json\ndef f():\n    from cryptography.hazmat import primitives\nfrom . import receipts\n"
    assert imported(source) - sys.stdlib_module_names == {"cryptography", ""}


def test_19_copied_away_from_us_it_verifies_with_no_package_to_be_found(tmp_path: Path) -> None:
    log = true_log()
    shutil.copy(SCRIPT, tmp_path / "verify.py")
    (tmp_path / "export.jsonl").write_bytes(log.export())
    (tmp_path / "witness.jsonl").write_bytes(as_lines(log.heads[-1:]))
    (tmp_path / "receipt.json").write_text(json.dumps(log.receipt(1)))

    def told(*command: str) -> subprocess.CompletedProcess[str]:
        # -I: neither this folder nor the environment; -S: no site-packages. Nothing but the standard library is left.
        return subprocess.run(
            [sys.executable, "-I", "-S", "verify.py", *command, "--key", TRUE.id, "--lang", "en"],
            capture_output=True, text=True, check=False, cwd=tmp_path, env={},
        )  # fmt: skip

    for done in (told("export", "export.jsonl", "--witness", "witness.jsonl"), told("receipt", "receipt.json")):
        assert done.returncode == 0, done.stdout + done.stderr
