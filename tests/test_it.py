"""What the pages for IT departments say is so."""

from __future__ import annotations

import ast
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from commands import flowsim_command

from flowsim.cli.app import LOOPBACK, PORT

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "docs" / "it.md", ROOT / "docs" / "sv" / "it.md"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.parent.name)
def test_address_port_licence_and_files_are_as_told(path: Path) -> None:
    text = path.read_text("utf-8")
    assert LOOPBACK in text
    assert str(PORT) in text
    assert "MIT" in text
    assert "MIT License" in (ROOT / "LICENSE").read_text("utf-8")
    for name in ("LICENSE", "SECURITY.md", "Containerfile", "constraints.txt"):
        assert name in text
        assert (ROOT / name).is_file()


def test_a_run_opens_no_connection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.chdir(tmp_path)
    scenario = ROOT / "scenarios" / "orvar.toml"
    done = flowsim_command("run", scenario, "--replications", 2, "--quiet")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_no_code_asks_elsewhere_or_executes_inputs() -> None:
    banned = {"eval", "exec", "urlopen", "unpickle", "yaml", "pickle", "marshal", "shelve"}
    own = {ROOT / "flowsim" / "engine" / "jit.py"}  # builds flowsim's own functions
    for path in sorted({*(ROOT / "flowsim").rglob("*.py")} - own):
        tree = ast.parse(path.read_text("utf-8"))
        names = {
            part
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            for part in ast.unparse(node.func).split(".")
        }
        assert not names & banned, path
        text = path.read_text("utf-8")
        assert not re.search(r"^(import|from) (requests|urllib3|httpx|urllib\.request)", text, re.M)


def test_the_container_runs_as_an_ordinary_user_and_fetches_nothing_by_url() -> None:
    lines = (ROOT / "Containerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
    words = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    kinds = [word for word, _rest in words]
    assert "ADD" not in kinds
    assert dict(words)["USER"] == "10001"
    last_root = max(at for at, kind in enumerate(kinds) if kind == "RUN")
    assert kinds.index("USER") > last_root, "nothing is run as root after it"
    command = ast.literal_eval(dict(words)["CMD"])
    assert command[:2] == ["flowsim", "app"]
    assert {"--host", "--no-browser"} <= set(command)
    assert dict(words)["EXPOSE"] == str(PORT)
    assert dict(words)["VOLUME"] == "/cache"
