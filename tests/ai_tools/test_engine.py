# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening engines and calling them: both libraries, either one missing, damaged files."""

import hashlib
import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from ai_tools import runtime
from ai_tools.engine import Backend, EngineMissing, open_engine
from ai_tools.nets.registry import build, make_config
from ai_tools.parts import parts_of
from ai_tools.weights import WEIGHTS, WeightsError, read_manifest
from app.jobs import BadInput
from tests.ai_tools.agreement import assert_backends_agree
from train.common.export import export_weights

ROOT = Path(__file__).resolve().parents[2]
BOTH = pytest.mark.parametrize("backend", ["onnx", "torch"])
SKETCH = {"sketch": np.ones((1, 1, 9, 7), np.float32), "degree": np.zeros(1, np.float32)}


def write(folder: Path, seed: int = 0, graphs: bool = True) -> None:
    torch.manual_seed(seed)
    export_weights(
        build("simplifier_light", {"widths": [4, 8], "heads": ["line"]}),
        name="lines",
        tool="simplify",
        net_name="simplifier_light",
        task={"threshold": 0.25},
        data=[],
        metrics={},
        story="Random.",
        folder=folder,
        graphs=graphs,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the weights "lines" and their graphs; not to be changed."""
    path = tmp_path_factory.mktemp("weights")
    write(path)
    return path


def without(monkeypatch: pytest.MonkeyPatch, *libraries: str) -> None:
    real = runtime.find_spec
    monkeypatch.setattr(
        runtime, "find_spec", lambda name: None if name in libraries else real(name)
    )


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@BOTH
def test_an_engine_says_what_it_is_and_computes(folder: Path, backend: Backend) -> None:
    engine = open_engine("lines", device="cpu", backend=backend, folder=folder)
    assert (engine.backend, engine.device) == (backend, "cpu")
    assert engine.entry.task == {"threshold": 0.25}
    line = engine("clean", **SKETCH)["line"]
    assert line.dtype == np.float32 and line.shape == (1, 1, 9, 7)
    assert line.flags.writeable and ((line > 0) & (line < 1)).all()


@BOTH
def test_what_cannot_be_called_is_named(folder: Path, backend: Backend) -> None:
    engine = open_engine("lines", backend=backend, folder=folder)
    with pytest.raises(ValueError, match=r"no part 'dirty', only \['clean'\]"):
        engine("dirty", **SKETCH)
    with pytest.raises(ValueError, match=r"takes .*'degree'"):
        engine("clean", sketch=SKETCH["sketch"])
    with pytest.raises(ValueError, match=r"'degree' .* \(2,\); it must be \(1,\)"):
        engine("clean", sketch=SKETCH["sketch"], degree=np.zeros(2, np.float32))


@BOTH
def test_inputs_may_be_views_and_read_only_and_are_left_alone(
    folder: Path, backend: Backend
) -> None:
    engine = open_engine("lines", backend=backend, folder=folder)
    wide = np.random.default_rng(0).random((1, 1, 9, 14), np.float32)
    wide.flags.writeable = False
    before = wide.copy()
    view = engine("clean", sketch=wide[..., ::2], degree=SKETCH["degree"])["line"]
    whole = engine("clean", sketch=wide[..., ::2].copy(), degree=SKETCH["degree"])["line"]
    np.testing.assert_allclose(view, whole, atol=1e-5)
    np.testing.assert_array_equal(wide, before)


def test_one_engine_serves_the_whole_process(folder: Path) -> None:
    found = []
    start = threading.Barrier(4)

    def open_at_once() -> None:
        start.wait()
        found.append(open_engine("lines", backend="onnx", device="cpu", folder=folder))

    threads = [threading.Thread(target=open_at_once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len({id(engine) for engine in found}) == 1


def test_new_weights_are_seen(tmp_path: Path) -> None:
    write(tmp_path, seed=1)
    old = open_engine("lines", backend="onnx", folder=tmp_path)("clean", **SKETCH)["line"]
    write(tmp_path, seed=2)
    new = open_engine("lines", backend="onnx", folder=tmp_path)("clean", **SKETCH)["line"]
    assert not np.allclose(old, new)


def test_the_best_library_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    monkeypatch.setattr(runtime, "torch_for_cpu_only", lambda: False)
    monkeypatch.setattr(runtime, "pick_device", lambda wanted=None: torch.device("cpu"))
    assert open_engine("lines", folder=tmp_path).backend == "onnx"
    write(tmp_path, graphs=False)
    assert open_engine("lines", folder=tmp_path).backend == "torch"
    write(tmp_path)
    without(monkeypatch, "onnxruntime")
    assert open_engine("lines", device="cpu", folder=tmp_path).backend == "torch"


def test_an_accelerator_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # torch's device without memory stands for one that is not here.
    monkeypatch.setattr(runtime, "torch_for_cpu_only", lambda: False)
    monkeypatch.setattr(runtime, "pick_device", lambda wanted=None: torch.device("meta"))
    write(tmp_path)
    engine = open_engine("lines", folder=tmp_path)
    assert (engine.backend, engine.device) == ("torch", "meta")


def test_missing_libraries_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    without(monkeypatch, "onnxruntime")
    with pytest.raises(EngineMissing, match="ONNX Runtime"):
        open_engine("lines", backend="onnx", folder=tmp_path)
    without(monkeypatch, "torch", "onnxruntime")
    with pytest.raises(EngineMissing):
        open_engine("lines", folder=tmp_path)
    with pytest.raises(EngineMissing, match="torch"):
        open_engine("lines", backend="torch", folder=tmp_path)


def test_onnx_runtime_is_for_the_cpu(folder: Path) -> None:
    with pytest.raises(BadInput, match="cuda:1"):
        open_engine("lines", device="cuda:1", backend="onnx", folder=folder)


def damaged(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("suffix", "damage", "reason"),
    [
        ("safetensors", damaged, "wrong hash"),
        ("clean.onnx", damaged, "wrong hash"),
        ("clean.onnx", Path.unlink, "missing"),
        ("clean.onnx", lambda path: path.write_bytes(path.read_bytes()[:-1]), "truncated"),
    ],
)
def test_nothing_damaged_is_opened(tmp_path: Path, suffix: str, damage, reason: str) -> None:
    write(tmp_path)
    path = next(tmp_path.glob(f"*.{suffix}"))
    damage(path)
    with pytest.raises(WeightsError) as caught:
        open_engine("lines", backend="onnx", folder=tmp_path)
    assert (caught.value.reason, caught.value.path) == (reason, path)


def test_a_graph_that_this_library_cannot_run_is_of_another_version(tmp_path: Path) -> None:
    write(tmp_path)
    path = next(tmp_path.glob("*.onnx"))
    path.write_bytes(b"no graph")
    manifest = tmp_path / "manifest.json"
    content = json.loads(manifest.read_text())
    content["weights"]["lines"]["graphs"]["clean"].update(
        sha256=hashlib.sha256(b"no graph").hexdigest(), bytes=8
    )
    manifest.write_text(json.dumps(content))
    with pytest.raises(WeightsError) as caught:
        open_engine("lines", backend="onnx", folder=tmp_path)
    assert (caught.value.reason, caught.value.path) == ("other version", path)


def test_unlisted_weights_and_missing_graphs_are_told(tmp_path: Path) -> None:
    write(tmp_path, graphs=False)
    with pytest.raises(WeightsError) as caught:
        open_engine("lines", backend="onnx", folder=tmp_path)
    assert caught.value.reason == "no graphs"
    with pytest.raises(WeightsError) as caught:
        open_engine("brush", folder=tmp_path)
    assert caught.value.reason == "not listed"


def test_importing_the_module_loads_no_library() -> None:
    code = (
        "import sys, ai_tools.engine, ai_tools.runtime as r; r.has_engine(); r.torch_for_cpu_only()"
        "; print(sorted({'torch', 'onnxruntime'} & set(sys.modules)))"
    )
    assert run_python(code) == "[]"


def test_shipped_networks_run_where_torch_cannot_be_imported() -> None:
    """What the frozen program does."""
    with_graphs = sum(bool(entry.graphs) for entry in read_manifest(WEIGHTS).values())
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import numpy as np\n"
        "from ai_tools.engine import open_engine\n"
        "from ai_tools.weights import read_manifest\n"
        "engines = [open_engine(n) for n, entry in read_manifest().items() if entry.graphs]\n"
        "assert all(e.backend == 'onnx' for e in engines)\n"
        "if engines:\n"
        "    engine = open_engine('simplifier')\n"
        "    paper = np.ones((1, 1, 64, 64), np.float32)\n"
        "    out = engine('clean', sketch=paper, degree=np.zeros(1, np.float32))\n"
        "    assert out['line'].shape == paper.shape and out['line'].mean() < 0.1\n"
        "print(len(engines))"
    )
    assert run_python(code) == str(with_graphs)


@pytest.mark.parametrize("name", sorted(read_manifest(WEIGHTS)))
def test_shipped_networks_compute_the_same_on_both_libraries(name: str) -> None:
    entry = read_manifest(WEIGHTS)[name]
    rng = np.random.default_rng(0)
    inputs = {
        part.name: {
            port.name: rng.random(port.example, np.float32)
            if port.kind == "float32"
            else np.ones(port.example, np.int64)
            for port in part.inputs
        }
        for part in parts_of(entry.net, make_config(entry.net, entry.config))
    }
    assert_backends_agree(name, WEIGHTS, inputs, atol=1e-3)


@pytest.mark.skipif(sys.platform != "linux", reason="limits its own memory")
def test_running_out_of_memory_is_told(folder: Path) -> None:
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from ai_tools.engine import open_engine\n"
        "from app.jobs import OutOfMemory\n"
        f"engine = open_engine('lines', backend='onnx', folder=Path({str(folder)!r}))\n"
        "sketch = np.zeros((1, 1, 4000, 4000), np.float32)\n"
        "pages = int(Path('/proc/self/statm').read_text().split()[0])\n"
        "limit = pages * resource.getpagesize() + 100_000_000\n"
        "resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
        "try:\n"
        "    engine('clean', sketch=sketch, degree=np.zeros(1, np.float32))\n"
        "except OutOfMemory:\n"
        "    print('told')"
    )
    assert run_python(code) == "told"
