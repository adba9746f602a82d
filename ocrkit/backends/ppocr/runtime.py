"""Inference runtimes: OpenVINO and ONNX Runtime behind one interface.

A network takes one image and returns one array. `map` runs many images and keeps their order. OpenVINO
distributes them over its streams, one image per core: this is faster than many cores on one image.

A loaded network is safe for concurrent use by several threads.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ocrkit.errors import BackendError, MissingDependencyError, missing_extra
from ocrkit.imports import quietly
from ocrkit.opencv import cv2
from ocrkit.page import Pixels

Tensor: TypeAlias = NDArray[np.float32]
Runtime: TypeAlias = Literal["openvino", "onnxruntime"]
Device: TypeAlias = Literal["cpu", "cuda"]
Precision: TypeAlias = Literal["auto", "f32"]


class Network(Protocol):
    """A loaded model."""

    def __call__(self, batch: Tensor) -> Tensor: ...

    def map(self, batches: Iterable[Tensor]) -> Iterator[Tensor]:
        """Yield the output of each input, in order; inputs are consumed lazily.

        An output is valid only until the next one is requested.
        """
        ...

    @property
    def metadata(self) -> dict[str, str]: ...

    @property
    def device(self) -> Device:
        """The device that runs the model, which may differ from the requested one."""
        ...


class OpenVinoNetwork:
    """A model compiled by OpenVINO for the CPU."""

    device: Device = "cpu"

    def __init__(self, path: Path, *, threads: int, streams: int, precision: Precision) -> None:
        if _openvino_process is not None:
            _refuse_after_fork()  # before the lock, which another thread may have held during the fork
        options: dict[str, Any] = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": streams}
        # Pinned threads are slow when several processes share the cores.
        options["ENABLE_CPU_PINNING"] = False
        if precision == "f32":
            options["INFERENCE_PRECISION_HINT"] = "f32"
        with _loading:
            core = _create_core()
            _refuse_after_fork()
            model = core.read_model(path)
            info = model.get_rt_info()
            framework = info["framework"] if "framework" in info else {}  # noqa: SIM401 - an OVAny map has no get
            self.metadata = {str(key): str(framework[key].value) for key in framework}
            self._compiled = core.compile_model(model, "CPU", options)
        self._streams = streams
        # A request holds the buffers of one inference, so no two threads may use it at the same time.
        self._idle_requests: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def __call__(self, batch: Tensor) -> Tensor:
        # Copied before the request is released: its next user overwrites the buffer.
        (output,) = (output.copy() for output in self.map([batch]))
        return output

    def map(self, batches: Iterable[Tensor]) -> Iterator[Tensor]:
        _refuse_after_fork()
        with contextlib.ExitStack() as cleanup:
            free: list[Any] = []
            running: deque[Any] = deque()
            for batch in batches:
                if len(running) > self._streams:
                    request = running.popleft()
                    yield self._wait_for_output(request)
                    free.append(request)
                if not free:
                    request = self._take_request()
                    cleanup.callback(self._idle_requests.put, request)
                    cleanup.callback(
                        request.wait
                    )  # if the caller stops early, the request may still be running
                    free.append(request)
                request = free.pop()
                request.start_async([batch], share_inputs=True)
                running.append(request)
            while running:
                yield self._wait_for_output(running.popleft())

    def _take_request(self) -> Any:
        try:
            return self._idle_requests.get_nowait()
        except queue.Empty:
            return self._compiled.create_infer_request()

    @staticmethod
    def _wait_for_output(request: Any) -> Tensor:
        request.wait()
        # Not a copy: the request runs again only after the caller asks for the next output.
        output: Tensor = request.get_output_tensor().data
        return output


_loading = threading.Lock()
"""Held while a model is loaded. Threads that use the engine for the first time at once load it one after the
other: compiling uses all processors, so side by side they would not be faster, and need more memory."""


@functools.cache
def _create_core() -> Any:
    """Create the OpenVINO core of this process; it is never freed.

    The CPU plug-in of a core replaces the alternate signal stack of the thread that first uses it, and frees
    that stack with the core. If a process had two cores, freeing one would leave a dangling signal stack, and
    the next signal, such as Ctrl-C, would cause a segmentation fault.
    """
    openvino = quietly("openvino")  # a plain import would report itself over the network
    core = openvino.Core()
    _warm_up(openvino, core)
    return core


def _warm_up(openvino: Any, core: Any) -> None:
    """Run a tiny model in one thread, before several threads can run any.

    OpenVINO's bindings fill tables when they are first used, under a lock of C++, and release Python's lock
    meanwhile. A second thread then waits for the lock of C++ and holds Python's: both wait forever.
    """
    operations = openvino.opset8
    parameter = operations.parameter([1], np.float32)
    compiled = core.compile_model(openvino.Model([operations.relu(parameter)], [parameter]), "CPU")
    request = compiled.create_infer_request()
    request.start_async([np.zeros(1, np.float32)], share_inputs=True)
    request.wait()
    request.get_output_tensor().data.copy()


_openvino_process: int | None = None


def _refuse_after_fork() -> None:
    """Raise an error if OpenVINO was loaded before this process was forked.

    A fork does not copy threads, and OpenVINO does not restart its own: inference would block forever.
    """
    global _openvino_process  # noqa: PLW0603 - the state of the process, shared by all networks in it
    _openvino_process = _openvino_process or os.getpid()
    if _openvino_process != os.getpid():
        raise BackendError(
            "OpenVINO was loaded before this process was forked and cannot run in the child; create `Ocr` in "
            "the child only, start processes with 'spawn', or set runtime = \"onnxruntime\"",
            backend="ppocr",
        )


class OnnxNetwork:
    """A model run by ONNX Runtime on the CPU or on CUDA."""

    def __init__(self, path: Path, *, threads: int, device: Device) -> None:
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        # With an explicit number, it does not pin threads to cores that the container may not use.
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        providers = ["CUDAExecutionProvider"] * (device == "cuda") + ["CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        self._input = self._session.get_inputs()[0].name
        self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)
        active = self._session.get_providers()
        self.device: Device = "cuda" if "CUDAExecutionProvider" in active else "cpu"

    def __call__(self, batch: Tensor) -> Tensor:
        output: Tensor = self._session.run(None, {self._input: batch})[0]
        return output

    def map(self, batches: Iterable[Tensor]) -> Iterator[Tensor]:
        return (self(batch) for batch in batches)


def normalize(pixels: Pixels) -> Tensor:
    """Convert an RGB image to the input of PP-OCR networks: BGR, values from -1 to 1."""
    blob = cv2.dnn.blobFromImage(pixels, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
    return np.asarray(blob, dtype=np.float32)


def is_installed(name: Runtime) -> bool:
    """Whether the package of a runtime is installed."""
    return importlib.util.find_spec(name) is not None


def cuda_obstacle() -> str | None:
    """The reason why CUDA cannot be used, or None if no reason is known before a model is loaded."""
    try:
        import onnxruntime
    except ImportError:
        return "the package 'onnxruntime-gpu' is not installed; install it with: pip install 'ocrkit[cuda]'"
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return (
            f"the installed onnxruntime {onnxruntime.__version__} is built without CUDA; replace it with: "
            "pip uninstall onnxruntime && pip install 'ocrkit[cuda]'"
        )
    return None


def load(
    path: Path, *, runtime: Runtime, device: Device, threads: int, streams: int, precision: Precision
) -> Network:
    """Load a model.

    Raises:
        MissingDependencyError: the runtime is not installed.
    """
    try:
        if runtime == "openvino":
            return OpenVinoNetwork(path, threads=threads, streams=streams, precision=precision)
        return OnnxNetwork(path, threads=threads, device=device)
    except ImportError as error:
        if runtime == "openvino":
            raise MissingDependencyError(
                f"the package 'openvino' cannot be imported ({error}); install it with: pip install openvino "
                '(or set runtime = "onnxruntime")',
                install="pip install openvino",
            ) from error
        raise missing_extra(
            "onnxruntime", "onnx", "the runtime 'onnxruntime' of the embedded engine"
        ) from error
