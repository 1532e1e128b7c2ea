"""Changes a module in hundreds of small ways and tells which of them no test notices: `make mutants MODULE=...`.

usage: python -m tests.mutants [--keep DIRECTORY] [--every 1 | --only NAME] [--jobs 1] chatbot/watch.py...
mutmut does it, in a copy of the repository; what went unnoticed is printed, line before and line after. That is no
failure: tests/benchmarks/MUTANTS.md judges each. It mutates functions only, and leaves log lines and failpoints alone.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.selection import ALONGSIDE, judging

ROOT = Path(__file__).parents[2]
APART = r"^\s*(log\.\w+\(|failpoints\.reach\()"
"""What is left as it is: what operators read, and where tests crash the process."""
MOST = 500
"""More mutants than any function has."""
LINE = re.compile(r"^\s+(chatbot\.\S+): (.+)$")


def copied(tree: Path, module: str, tests: Sequence[str]) -> None:
    """A copy of the repository in *tree*, to be mutated in *module* and judged by *tests*."""
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build"))
    target = tree / module
    target.write_text(undecorated(target.read_text()))
    with (tree / "pyproject.toml").open("a") as file:
        file.write(
            f"""
[tool.mutmut]
source_paths = ["chatbot/"]
only_mutate = ["{module}"]
do_not_mutate_patterns = ['{APART}']
also_copy = {list(ALONGSIDE)}
pytest_add_cli_args = ["-p", "no:cacheprovider", "--hypothesis-seed=1"]
pytest_add_cli_args_test_selection = {list(tests)}
timeout_multiplier = 5.0
timeout_constant = 5.0
"""
        )


def undecorated(source: str) -> str:
    """*source* with properties made by assignment and without caches: mutmut leaves decorated functions alone."""
    lines = source.splitlines()
    added: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            (decorator,) = node.decorator_list
            name = ast.unparse(decorator)
            if name == "property":
                indent = " " * node.col_offset
                added.append((node.end_lineno or 0, f"{indent}{node.name} = property({node.name})"))
            if name == "property" or name.startswith("lru_cache"):
                lines[decorator.lineno - 1] = ""
    for number, line in sorted(added, reverse=True):
        lines.insert(number, line)
    return "\n".join(lines) + "\n"


def mutmut(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """mutmut in *tree*, its output kept."""
    known = {"PYTHONHASHSEED": "0", "PYTHONPATH": "", "PYTHONWARNINGS": "ignore", "TRUNKWATCH_EXAMPLES": "4"}
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=tree, env=os.environ | known, capture_output=True, text=True, check=False)


def functions(source: str) -> dict[str, list[str]]:
    """The lines of every function of *source*; mutmut writes each mutant as one of its own, beside `..._orig`."""
    lines = source.splitlines()
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {f.name: [line.strip() for line in lines[f.lineno - 1 : f.end_lineno]] for f in found}


def changed(known: dict[str, list[str]], name: str) -> list[str]:
    """The lines that the mutant *name* takes away and puts there."""
    mutant = name.rpartition(".")[2]
    original = f"{mutant.partition('__mutmut_')[0]}__mutmut_orig"
    before = [line.replace(original, mutant) for line in known[original]]
    return [line for line in difflib.ndiff(before, known[mutant]) if line[:2] in {"- ", "+ "}]


def judge(module: str, tree: Path, *, every: int, only: Sequence[str], jobs: int) -> bool:
    """Mutate *module* and print what became of it; whether mutmut could do it at all.

    Of each function's mutants the first and from there *every* so many are tried, or *only* those called so.
    """
    copied(tree, module, judging(module))
    sample = [f"*__mutmut_{number}" for number in range(1, MOST, every)] if every > 1 else []
    ran = mutmut(tree, "run", "--max-children", str(jobs), *(only or sample))
    results = [found.groups() for line in mutmut(tree, "results", "--all", "true").stdout.splitlines()
               if (found := LINE.match(line))]  # fmt: skip
    if ran.returncode or not results:
        print(ran.stdout[-3000:], ran.stderr[-3000:], sep="\n")
        return False
    total, results = len(results), [(name, status) for name, status in results if status != "not checked"]
    counts = Counter(status for _, status in results)
    came_to = ", ".join(f"{number} {status}" for status, number in counts.most_common())
    print(f"{module}: {len(results)} of {total} mutants, {came_to}")
    known = functions((tree / "mutants" / module).read_text())
    for name, status in results:
        if status not in {"killed", "timeout"}:
            print(f"\n{name}: {status}", *changed(known, name), sep="\n")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description="Which small changes of a module does no test notice?")
    parser.add_argument("modules", nargs="+", metavar="MODULE", help="a file, as chatbot/watch.py")
    parser.add_argument("--every", type=int, default=1, help="try a sample only: every so many of a function's")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="try this one, as it was printed")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "trunkwatch-mutants")
    given = parser.parse_args()
    missing = [module for module in given.modules if not (ROOT / module).is_file()]
    if missing:
        parser.error(f"no such file: {', '.join(missing)}; say it as chatbot/watch.py")
    done = [
        judge(module, given.keep / module.replace("/", "-"), every=given.every, only=given.only, jobs=given.jobs)
        for module in given.modules
    ]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
