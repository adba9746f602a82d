"""The report of `ocrkit doctor` on the models of the embedded engine."""

from __future__ import annotations

from ocrkit.backends.base import Finding
from ocrkit.backends.ppocr import bundled_models
from ocrkit.backends.ppocr.model_choice import ModelChoice
from ocrkit.backends.ppocr.options import PpocrOptions
from ocrkit.errors import MissingDependencyError
from ocrkit.models import Store

_INSTALL = "pip uninstall -y {others} && pip install --force-reinstall 'rapidocr>=3.10,<4'"


def diagnose_models(options: PpocrOptions) -> list[Finding]:
    """The installed models, packages that overwrite them, and models for more languages."""
    choice = ModelChoice(options)
    store = Store.of(options.models_folder)
    findings = [*_module_findings()]
    try:
        choice.detector()
        choice.recognizer((), "small" if options.model == "fast" else options.model)
    except MissingDependencyError as error:
        return [*findings, Finding(ok=False, text=str(error), advice=error.install)]
    known = bundled_models.has_known_content(store)
    text = f"{bundled_models.FAMILY} models of rapidocr {bundled_models.bundle_version()}"
    findings.append(
        Finding(ok=True, text=text if known else f"{text}, which are newer than this version of ocrkit")
    )
    more = sorted(choice.languages - bundled_models.LANGUAGES)
    if more:
        findings.append(Finding(ok=True, text=f"models for more languages: {', '.join(more)}"))
    return findings


def _module_findings() -> list[Finding]:
    """Packages that install a module of the same name overwrite each other's files."""
    owners = bundled_models.module_owners()
    others = [owner.split()[0] for owner in owners if owner.split()[0] != "rapidocr"]
    if not others:
        return []
    text = f"{' and '.join(owners)} install{'s' if len(owners) == 1 else ''} the module 'rapidocr'"
    if len(owners) > 1:
        text += " and overwrite each other"
    return [Finding(ok=False, text=text, advice=_INSTALL.format(others=" ".join(others)))]
