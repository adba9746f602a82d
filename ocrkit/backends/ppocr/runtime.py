"""Two ways to run the same networks: OpenVINO, and ONNX Runtime.

A network takes one picture and gives one array. `map` runs many pictures and keeps their order; OpenVINO
spreads them over its streams, one picture a core, which wins over many cores on one picture.

A loaded network may be used by several threads at once.
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
        """The answers to many inputs, in their order. Inputs are taken as they are needed.

        An answer is only good until the next one is asked for.
        """
        ...

    @property
    def metadata(self) -> dict[str, str]: ...

    @property
    def device(self) -> Device:
        """The device that really runs it."""
        ...


class OpenVinoNetwork:
    """A model compiled by OpenVINO for the CPU."""

    device: Device = "cpu"

    def __init__(self, path: Path, *, threads: int, streams: int, precision: Precision) -> None:
        core = _openvino()
        _check_process()
        options: dict[str, Any] = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": streams}
        # Pinning threads to cores loses badly where several processes share them.
        options["ENABLE_CPU_PINNING"] = False
        if precision == "f32":
            options["INFERENCE_PRECISION_HINT"] = "f32"
        model = core.read_model(path)
        info = model.get_rt_info()
        framework = info["framework"] if "framework" in info else {}  # noqa: SIM401 – an OVAny map has no get
        self.metadata = {str(key): str(framework[key].value) for key in framework}
        self._compiled = core.compile_model(model, "CPU", options)
        self._streams = streams
        # Requests hold the buffers of one inference: a thread borrows them, so threads never meet in one.
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def __call__(self, batch: Tensor) -> Tensor:
        # A copy, made while the request is still ours: whoever borrows it next writes into its buffer.
        (answer,) = (answer.copy() for answer in self.map([batch]))
        return answer

    def map(self, batches: Iterable[Tensor]) -> Iterator[Tensor]:
        _check_process()
        with contextlib.ExitStack() as borrowed:
            free: list[Any] = []
            running: deque[Any] = deque()
            for batch in batches:
                if len(running) > self._streams:
                    request = running.popleft()
                    yield self._answer(request)
                    free.append(request)
                if not free:
                    request = self._borrow()
                    borrowed.callback(self._idle.put, request)
                    borrowed.callback(request.wait)  # an abandoned loop must not give back a busy request
                    free.append(request)
                request = free.pop()
                request.start_async([batch], share_inputs=True)
                running.append(request)
            while running:
                yield self._answer(running.popleft())

    def _borrow(self) -> Any:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return self._compiled.create_infer_request()

    @staticmethod
    def _answer(request: Any) -> Tensor:
        request.wait()
        # The buffer belongs to the request, which runs again only after the caller has moved on.
        answer: Tensor = request.get_output_tensor().data
        return answer


_one_at_a_time = threading.Lock()


def _openvino() -> Any:
    with _one_at_a_time:  # two threads that begin together would make one each
        return _core()


@functools.cache
def _core() -> Any:
    """OpenVINO's core: one for the process, and kept for good.

    Its CPU plugin moves the alternate signal stack of the thread that first uses it, and frees that memory
    when it goes. Of two, the first to go leaves the second pointing there, and the next signal, such as
    Ctrl-C, would be a segmentation fault.
    """
    return quietly("openvino").Core()  # quietly: it reports its import over the network otherwise


_process: int | None = None


def _check_process() -> None:
    """Refuse to run in a process that was forked from one where OpenVINO runs: it would wait for ever.

    Its threads do not come along when a process is forked, and it does not start them again.
    """
    global _process  # noqa: PLW0603 – it is a fact of the process, whatever is loaded in it
    _process = _process or os.getpid()
    if _process != os.getpid():
        raise BackendError(
            "OpenVINO was loaded before this process was forked, and cannot run in both. Make the `Ocr` in "
            "the child and not before, start processes with 'spawn', or use runtime = \"onnxruntime\"",
            backend="ppocr",
        )


class OnnxNetwork:
    """A model run by ONNX Runtime, on the CPU or on CUDA."""

    def __init__(self, path: Path, *, threads: int, device: Device) -> None:
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        # A number of its own keeps it from pinning threads to cores that a container may not use.
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        providers = ["CUDAExecutionProvider"] * (device == "cuda") + ["CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        self._input = self._session.get_inputs()[0].name
        self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)
        used = self._session.get_providers()
        self.device: Device = "cuda" if "CUDAExecutionProvider" in used else "cpu"

    def __call__(self, batch: Tensor) -> Tensor:
        answer: Tensor = self._session.run(None, {self._input: batch})[0]
        return answer

    def map(self, batches: Iterable[Tensor]) -> Iterator[Tensor]:
        return (self(batch) for batch in batches)


def normalised(pixels: Pixels) -> Tensor:
    """An RGB picture as all PP-OCR networks were trained to see it: blue first, values between -1 and 1."""
    blob = cv2.dnn.blobFromImage(pixels, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
    return np.asarray(blob, dtype=np.float32)


def is_installed(name: Runtime) -> bool:
    """Whether a runtime could be imported."""
    return importlib.util.find_spec(name) is not None


def cuda_obstacle() -> str | None:
    """Why CUDA cannot be used here, or None where nothing speaks against it yet."""
    try:
        import onnxruntime
    except ImportError:
        return "the package 'onnxruntime-gpu' is not installed (pip install 'ocrkit[cuda]')"
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return (
            f"the installed onnxruntime {onnxruntime.__version__} is built without CUDA "
            "(pip uninstall onnxruntime; pip install 'ocrkit[cuda]')"
        )
    return None


def load(
    path: Path, *, runtime: Runtime, device: Device, threads: int, streams: int, precision: Precision
) -> Network:
    """Load a model. Raises `MissingDependencyError` when the runtime is not installed."""
    try:
        if runtime == "openvino":
            return OpenVinoNetwork(path, threads=threads, streams=streams, precision=precision)
        return OnnxNetwork(path, threads=threads, device=device)
    except ImportError as error:
        if runtime == "openvino":
            raise MissingDependencyError(
                "the embedded engine needs the package 'openvino', which cannot be imported "
                f'({error}). Install it with: pip install openvino — or choose runtime = "onnxruntime"',
                install="pip install openvino",
            ) from error
        raise missing_extra(
            "onnxruntime", "onnx", "the runtime 'onnxruntime' of the embedded engine"
        ) from error
