"""Packs in the folder of models, of the system and of packages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ocrkit.backends.tesseract import TesseractBackend, TesseractOptions
from ocrkit.backends.tesseract.installation import find_tessdata
from ocrkit.backends.tesseract.pack_folders import PackFolders
from ocrkit.errors import MissingDependencyError
from ocrkit.models import Fetcher, Store, find_model
from ocrkit.request import Request
from ocrkit.testing.samples import draw_page

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def system_packs() -> Path:
    found = find_tessdata(None, None)
    if found is None or not (found / "fra.traineddata").exists():
        pytest.skip("the packs 'eng' and 'fra' of Tesseract are not installed")
    return found


@pytest.fixture
def store(tmp_path: Path, system_packs: Path) -> Store:
    """A folder of models with the pack `fra`, whose hash is that of Debian's package."""
    store = Store(tmp_path / "models")
    Fetcher(store, folder=system_packs).fetch(find_model("tesseract/fra"))
    return store


def test_fetched_packs_come_first(store: Store, system_packs: Path) -> None:
    folders = PackFolders.find(None, None, store.folder)
    assert folders.folders[:2] == (store.folder / "tesseract", system_packs)
    assert folders.folder_of(["fra"]) == store.folder / "tesseract"
    assert folders.folder_of(["eng"]) == system_packs
    assert folders.folder_of(["fra", "~eng"]) == system_packs
    assert {"eng", "fra"} <= folders.packs()


def test_more_accurate_packs_come_before_fast_ones(store: Store, system_packs: Path) -> None:
    best = store.folder / "tesseract-best"
    best.mkdir()
    (best / "fra.traineddata").symlink_to(system_packs / "fra.traineddata")
    assert PackFolders.find(None, None, store.folder).folder_of(["fra"]) == best


def test_packs_in_different_folders_are_an_error_with_the_command(tmp_path: Path) -> None:
    for name in ("fra", "ell"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.traineddata").touch()
    folders = PackFolders((tmp_path / "fra", tmp_path / "ell"))
    with pytest.raises(MissingDependencyError, match="fra, ell are not in one folder") as caught:
        folders.folder_of(["fra", "ell"])
    assert caught.value.install == "ocrkit models fetch tesseract/fra tesseract/ell"


def test_a_named_folder_is_the_only_one(store: Store, system_packs: Path) -> None:
    assert PackFolders.find(system_packs, None, store.folder).folders == (system_packs,)


@pytest.mark.parametrize("runner", ["tesserocr", "pytesseract"])
def test_a_fetched_pack_is_read_with(
    runner: str, store: Store, require_module: Callable[[str], None], require_program: Callable[[str], str]
) -> None:
    if runner == "tesserocr":
        require_module("tesserocr")
    else:
        require_program("tesseract")
    backend = TesseractBackend(
        TesseractOptions.model_validate({"runner": runner, "models_folder": store.folder})
    )
    # The pack of the system would do as well: without its own pack, only the fetched one is left.
    page = draw_page(["La mer est calme"], font_size=48).page
    result = backend.recognize(page, Request(languages=("fr",), scene="line"))
    backend.close()
    assert result.text.strip() == "La mer est calme"
    assert str(store.folder) in backend.fingerprint()


def test_a_missing_pack_can_be_fetched(store: Store) -> None:
    backend = TesseractBackend(TesseractOptions(models_folder=store.folder))
    with pytest.raises(MissingDependencyError, match="or fetch it with: ocrkit models fetch tesseract/dzo"):
        backend.recognize(draw_page("text").page, Request(languages=("dz",)))


@pytest.mark.long
def test_packs_of_many_scripts_are_read_with_pip_alone(
    tmp_path: Path, system_packs: Path, require_module: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    require_module("tesserocr")
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import packs

    scripts = [
        script for script in packs.available() if (system_packs / f"{script.pack}.traineddata").exists()
    ]
    if len(scripts) < 8:
        pytest.skip("Debian's packages with the packs of eight scripts, or their fonts, are not installed")
    errors = {script.language: packs.read(script, system_packs, tmp_path)[0] for script in scripts}
    assert max(errors.values()) < 0.05, errors
    assert sum(errors.values()) / len(errors) < 0.01, errors
