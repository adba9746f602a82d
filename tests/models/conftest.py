"""Models, and a server that offers their files."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ocrkit.models import Model, ModelFile, Store

sys.path.insert(0, str(Path(__file__).parent))
from file_server import CONTENT, FileServer


@pytest.fixture
def server() -> Iterator[FileServer]:
    made = FileServer()
    yield made
    made.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


@pytest.fixture
def make_model(server: FileServer) -> Callable[..., Model]:
    """A model with one file, which the server offers."""

    def make(content: bytes = CONTENT, *, size: int | None = len(CONTENT), name: str = "rec.onnx") -> Model:
        file = ModelFile(
            role="recognizer",
            path=f"ppocr/{name}",
            address=f"{server.url}/publisher/{name}",
            sha256=hashlib.sha256(content).hexdigest(),
            size=size,
        )
        server.files[f"/publisher/{name}"] = content
        return Model("ppocr/test", "ppocr", "Test", ("el", "en"), "Apache-2.0", "test", (file,))

    return make
