# SPDX-License-Identifier: GPL-3.0-or-later
"""When an environment is used as it is, added to or made anew; pip's failures in plain words."""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from installer import environment, system
from installer.environment import MARK, STAMP, Stamp, read_stamp, wanted_stamp, write_stamp
from installer.report import SetupError

HERE = Stamp("/home/ada/limner", "cpython-311", "linux-x86_64", "0" * 64, ())


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with a pyproject.toml on a machine that lacks nothing and has room."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'limner'\n", encoding="utf-8")
    monkeypatch.setattr(system, "missing", lambda: [])
    monkeypatch.setattr(system, "require_room", lambda folder, mib: None)
    return tmp_path


@pytest.fixture
def steps(monkeypatch):
    """Records, in place of the slow steps, what would have been made and installed."""
    done: list[str] = []

    def make(venv: Path) -> None:
        done.append("make")
        shutil.rmtree(venv, ignore_errors=True)
        python = environment.python_of(venv)
        python.parent.mkdir(parents=True, exist_ok=True)
        python.write_text("", encoding="utf-8")
        python.chmod(0o755)

    def install(venv: Path, root: Path, extras) -> None:
        assert (venv / MARK).exists()
        assert not (venv / STAMP).exists()
        done.append("install " + ",".join(extras))

    monkeypatch.setattr(environment, "_remake", make)
    monkeypatch.setattr(environment, "_install_packages", install)
    monkeypatch.setattr(environment, "is_usable", lambda venv: environment.python_of(venv).exists())
    return done


def test_the_same_stamp_serves():
    assert HERE.serves(HERE)


def test_more_extras_serve_fewer_but_not_the_other_way_round():
    full = replace(HERE, extras=("test", "train"))
    assert full.serves(HERE)
    assert not HERE.serves(full)


@pytest.mark.parametrize(
    ("change", "same_machine"),
    [
        ({"project": "1" * 64}, True),
        ({"root": "/home/ada/elsewhere"}, False),
        ({"python": "cpython-312"}, False),
        ({"platform": "linux-aarch64"}, False),
    ],
)
def test_any_change_asks_for_an_install(change, same_machine):
    changed = replace(HERE, **change)
    assert not HERE.serves(changed)
    assert HERE.fits_machine(changed) is same_machine


def test_a_stamp_is_read_back_as_written(tmp_path):
    stamp = replace(HERE, extras=("test", "train"))
    write_stamp(tmp_path, stamp)
    assert read_stamp(tmp_path) == stamp
    assert [path.name for path in tmp_path.iterdir()] == [STAMP]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"extras": 3}', '{"extras": [], "x": 1}'])
def test_a_damaged_stamp_is_no_stamp(tmp_path, text):
    (tmp_path / STAMP).write_text(text, encoding="utf-8")
    assert read_stamp(tmp_path) is None


def test_the_stamp_follows_pyproject(checkout):
    before = wanted_stamp(checkout, ["train", "test"])
    assert before.extras == ("test", "train")
    (checkout / "pyproject.toml").write_text("[project]\nname = 'other'\n", encoding="utf-8")
    assert wanted_stamp(checkout, ["test", "train"]).project != before.project


def test_without_pyproject_there_is_a_remedy(tmp_path):
    with pytest.raises(SetupError, match=r"cannot read .*pyproject\.toml"):
        wanted_stamp(tmp_path, ())


def test_the_first_time_installs_and_the_second_does_nothing(checkout, steps):
    assert environment.ensure(checkout, ()) is True
    assert environment.ensure(checkout, ()) is False
    assert steps == ["make", "install "]
    assert not (checkout / ".venv" / MARK).exists()


def test_tests_are_added_and_stay_when_the_app_changes(checkout, steps):
    environment.ensure(checkout, ())
    environment.ensure(checkout, ("test",))
    with (checkout / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    environment.ensure(checkout, ())
    assert environment.ensure(checkout, ("test",)) is False
    assert steps == ["make", "install ", "install test", "install test"]


def test_an_environment_made_by_hand_is_kept(checkout, steps):
    environment._remake(checkout / ".venv")
    steps.clear()
    environment.ensure(checkout, ())
    assert steps == ["install "]


def test_an_interrupted_install_is_made_anew(checkout, steps, monkeypatch):
    def interrupt(venv, root, extras):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(environment, "_install_packages", interrupt)
        with pytest.raises(KeyboardInterrupt):
            environment.ensure(checkout, ())
    assert environment.ensure(checkout, ()) is True
    assert steps == ["make", "make", "install "]


def test_an_environment_without_its_python_is_made_anew(checkout, steps):
    environment.ensure(checkout, ())
    environment.python_of(checkout / ".venv").unlink()
    environment.ensure(checkout, ())
    assert steps == ["make", "install ", "make", "install "]


def test_an_environment_of_another_python_is_made_anew(checkout, steps):
    environment.ensure(checkout, ())
    venv = checkout / ".venv"
    write_stamp(venv, replace(read_stamp(venv), python="cpython-310"))
    environment.ensure(checkout, ())
    assert steps == ["make", "install ", "make", "install "]


def test_a_full_disk_stops_before_anything_is_made(checkout, steps, monkeypatch):
    def full(folder, mib):
        raise SetupError(f"only 1 MiB are free in {folder}", "free some")

    monkeypatch.setattr(system, "require_room", full)
    with pytest.raises(SetupError):
        environment.ensure(checkout, ())
    assert steps == []
    assert not (checkout / ".venv").exists()


def test_an_update_asks_for_less_room_than_a_first_install(checkout, steps, monkeypatch):
    asked = []
    monkeypatch.setattr(system, "require_room", lambda folder, mib: asked.append(mib))
    environment.ensure(checkout, ())
    environment.ensure(checkout, ("test",))
    with (checkout / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    environment.ensure(checkout, ("test",))
    assert asked == [
        environment.ROOM_MIB,
        environment.ROOM_MIB_EXTRAS,
        environment.ROOM_MIB_UPDATE,
    ]


def test_the_environment_is_made_even_where_a_vital_library_has_to_follow(
    checkout, steps, monkeypatch
):
    monkeypatch.setattr(system, "missing", lambda: [system.LIBRARIES[0]])
    monkeypatch.setattr(system, "provide", lambda wants: None)
    with pytest.raises(SetupError, match=r"Qt cannot start without libGL\.so\.1"):
        environment.ensure(checkout, ())
    assert steps == ["make", "install "]


def test_on_debian_the_missing_venv_package_is_asked_for(monkeypatch):
    monkeypatch.setattr(environment, "can_make_environments", lambda: False)
    monkeypatch.setattr(system, "package_manager", lambda: "apt")
    wanted = environment._with_venv_package([])
    assert [want.apt for want in wanted] == [f"python3.{sys.version_info.minor}-venv"]


def test_this_environment_is_usable_and_an_empty_folder_is_not(tmp_path):
    assert environment.is_usable(Path(sys.prefix))
    assert not environment.is_usable(tmp_path)


def test_an_environment_is_not_removed_from_under_its_own_python(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    with pytest.raises(SetupError, match="this Python is its own"):
        environment._remake(tmp_path)
    assert tmp_path.is_dir()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "the disk is full"),
        ("Failed to establish a new connection: [Errno 101]", "could not be reached"),
        ("Temporary failure in name resolution", "could not be reached"),
        ("ReadTimeoutError: Read timed out.", "could not be reached"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] unable to get issuer", "could not be trusted"),
        ("ERROR: No matching distribution found for numba", "not to be had for this Python"),
        ("ERROR: [Errno 13] Permission denied: '/x'", "may not write"),
        ("something nobody foresaw", "could not install"),
    ],
)
def test_pip_failures_in_plain_words(line, message):
    problem = environment.explain_pip(["Collecting numba", line])
    assert message in problem.message
    assert problem.remedy
    assert problem.text().splitlines()[-2:] == [
        f"Error: {problem.message}",
        f"Remedy: {problem.remedy}",
    ]
    assert f"  | {line}" in problem.text()


def test_without_network_the_missing_package_is_not_blamed():
    lines = ["Retrying after NewConnectionError", "ERROR: No matching distribution found for numpy"]
    assert "could not be reached" in environment.explain_pip(lines).message


def test_progress_names_large_downloads_only(capsys):
    environment._tell_progress("  Downloading PySide6_Essentials-6.11.3-cp39-abi3.whl (97.3 MB)")
    environment._tell_progress("  Downloading click-8.1-py3-none-any.whl (98 kB)")
    environment._tell_progress("Installing collected packages: numpy, numba, limner")
    assert capsys.readouterr().out.splitlines() == [
        "  downloading PySide6-Essentials (97.3 MB)",
        "  packages to unpack: 3",
    ]


@pytest.mark.skipif(os.name != "posix", reason="links are made differently elsewhere")
def test_a_dangling_python_is_not_ready(checkout, steps):
    environment.ensure(checkout, ())
    python = environment.python_of(checkout / ".venv")
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert environment.ensure(checkout, ()) is True
