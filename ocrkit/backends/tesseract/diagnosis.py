"""The report of `ocrkit doctor` on Tesseract."""

from __future__ import annotations

from ocrkit.backends.base import Finding
from ocrkit.backends.tesseract import installation
from ocrkit.backends.tesseract.pack_folders import PackFolders
from ocrkit.backends.tesseract.runners import engine_version, import_tesserocr


def diagnose(program: str | None, folders: PackFolders) -> list[Finding]:
    return [_check_program(program), _check_library(), *_check_packs(folders)]


def _check_program(program: str | None) -> Finding:
    found = installation.find_program(program)
    if not found and not program and import_tesserocr() is not None:
        return Finding(ok=True, text="the program 'tesseract' is not installed; tesserocr does not need it")
    if not found:
        text = f"the program '{program or 'tesseract'}' was not found"
        return Finding(ok=False, text=text, advice=installation.install_command())
    version = engine_version(installation.query_program(found, "--version"))
    if not version:
        return Finding(
            ok=False, text=f"{found} prints no version", advice=f"run `{found} --version` to see the error"
        )
    return Finding(ok=True, text=f"tesseract {version} at {found}")


def _check_library() -> Finding:
    module = import_tesserocr()
    if module is None:
        text = "tesserocr is not installed: one program is started per image"
        return Finding(ok=True, text=text, advice="pip install 'ocrkit[tesserocr]'")
    version = engine_version(module.tesseract_version())
    return Finding(ok=True, text=f"tesserocr {module.__version__} with libtesseract {version}")


def _check_packs(folders: PackFolders) -> list[Finding]:
    if not folders.folders:
        where = f"in '{folders.tessdata}'" if folders.tessdata else "in the standard locations"
        advice = f"{installation.install_command(['eng'])} or {installation.fetch_command(['eng'])}"
        return [Finding(ok=False, text=f"no language packs {where}", advice=advice)]
    findings = [
        Finding(
            ok=True, text=f"language packs in {folder}: {', '.join(sorted(installation.packs_in(folder)))}"
        )
        for folder in folders.folders
    ]
    if "osd" not in folders.packs():
        advice = f"{installation.install_command(['osd'])} or {installation.fetch_command(['osd'])}"
        text = "the pack 'osd' is missing: page orientation is found by trial only"
        findings.append(Finding(ok=False, text=text, advice=advice))
    return findings
