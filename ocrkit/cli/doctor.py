"""`ocrkit doctor`: check the installation and print how to repair it."""

from __future__ import annotations

import functools
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, distributions, version
from typing import Annotated, Any, Literal

import typer

from ocrkit.cli._options import AsJson, ConfigFile, Profile
from ocrkit.cli._terminal import show
from ocrkit.cli.backends import missing_by_command
from ocrkit.errors import MissingDependencyError, OcrkitError

_OPENCVS = (
    "opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless",
)  # fmt: skip
_WANTED_OPENCV = "opencv-python-headless"
_IMPORT_SECONDS = 60
_SIGNS = {"ok": "ok  ", "note": "--  ", "problem": "!!  "}


@dataclass(frozen=True)
class Check:
    """One line. A `note` is not a problem: something is missing that the settings do not need."""

    topic: str
    state: Literal["ok", "note", "problem"]
    text: str
    advice: str | None = None


def doctor(
    backends: Annotated[
        list[str] | None,
        typer.Argument(
            help="Check only these backends. Default: all backends.",
            metavar="BACKEND",
            show_default=False,
        ),
    ] = None,
    profile: Profile = None,
    config_file: ConfigFile = None,
    as_json: AsJson = False,
    live: Annotated[
        bool, typer.Option("--live", help="Also make one cheap call to each remote backend that is set up.")
    ] = False,
) -> None:
    """Check engines, language packs, runtimes and credentials. Without --live nothing is sent.

    The exit code is 1 if the settings in force, or a backend named here, need a repair.
    """
    checks = []
    for check in _checks(backends or (), profile, config_file, live=live):
        checks.append(check)
        if not as_json:  # one by one: importing engines takes a while
            show(f"{_SIGNS[check.state]}{check.topic}: {check.text}", flush=True)
            if check.advice and check.state != "ok":
                show(f"      → {check.advice}", flush=True)
    healthy = all(check.state != "problem" for check in checks)
    if as_json:
        show(json.dumps({"ok": healthy, "checks": [asdict(check) for check in checks]}, indent=2))
    if not healthy:
        raise typer.Exit(1)


def _checks(
    names: Sequence[str], profile: str | None, config_file: str | None, *, live: bool
) -> Iterator[Check]:
    from ocrkit.registry import backend_status

    chosen = [backend_status(name) for name in dict.fromkeys(names)]  # an unknown name is an error of usage
    yield _system()
    yield opencv(installed_opencvs())
    settings, check = _settings(profile, config_file)
    yield check
    live = live and check.state == "ok"  # the defaults could allow what the settings forbid
    yield _processors(settings)
    if chosen:
        for status in chosen:
            yield from _backend(status, settings, wanted=True, live=live)
    else:
        yield from _all_backends(settings, live=live)
    if check.state == "ok":
        yield from _chains(settings)
    yield _poppler(needed=settings.source.rasterizer == "pdf2image")


def _system() -> Check:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return Check("system", "ok", f"ocrkit {version('ocrkit')}, {python}, {platform.platform(terse=True)}")


def installed_opencvs() -> dict[str, str]:
    """The OpenCV packages of this environment with their versions."""
    found = {}
    for item in distributions():
        name = (item.metadata["Name"] or "").lower().replace("_", "-")
        if name in _OPENCVS:
            found[name] = item.version
    return dict(sorted(found.items()))


def opencv(installed: dict[str, str]) -> Check:
    """All OpenCV packages install the same folder `cv2`, so only one may be installed."""
    if len(installed) > 1:
        advice = f"pip uninstall -y {' '.join(installed)} && pip install {_WANTED_OPENCV}"
        return Check("opencv", "problem", f"{' and '.join(installed)} overwrite each other", advice)
    if not installed:
        return Check("opencv", "problem", "no OpenCV package is installed", f"pip install {_WANTED_OPENCV}")
    text = " ".join(next(iter(installed.items())))
    broken = broken_import("cv2")
    if broken:
        advice = f"pip uninstall -y {' '.join(installed)} && pip install {_WANTED_OPENCV}"
        return Check("opencv", "problem", f"{text}: {broken}", advice)
    return Check("opencv", "ok", text)


def _settings(profile: str | None, config_file: str | None) -> tuple[Any, Check]:
    from ocrkit.config.loading import load_settings
    from ocrkit.config.settings import Settings
    from ocrkit.registry import check_tables

    try:
        loaded = load_settings(profile=profile, config_file=config_file)
        settings = loaded.settings
        check_tables(settings.backends, settings.backend, settings.strategies)
    except OcrkitError as error:
        return Settings(), Check("settings", "problem", str(error), "the checks below use the defaults")
    where = str(loaded.file) if loaded.file else "no ocrkit.toml: defaults"
    chosen = f", profile {loaded.profile}" if loaded.profile else ""
    return loaded.settings, Check("settings", "ok", f"{where}{chosen}, backend {loaded.settings.backend}")


def _chains(settings: Any) -> Iterator[Check]:
    """Check names, parameters and requirements of the steps before and after the engine."""
    from ocrkit.pipeline.postprocessing import PostprocessChain
    from ocrkit.pipeline.preprocessing import PreprocessChain

    for name, make in (("preprocess", PreprocessChain), ("postprocess", PostprocessChain)):
        try:
            make(getattr(settings, name))
        except OcrkitError as error:
            advice = error.install if isinstance(error, MissingDependencyError) else None
            yield Check(name, "problem", error.message, advice or f"set {name} to something else")


def _processors(settings: Any) -> Check:
    from ocrkit import cpu

    usable, there = cpu.available(), os.cpu_count() or 1
    text = f"{usable} of {there} usable"
    if settings.threads and settings.threads > usable:
        return Check(
            "processors",
            "problem",
            f"{text}, but threads = {settings.threads}",
            f"remove `threads` from the settings, or set it to at most {usable}",
        )
    return Check("processors", "ok", text)


def _all_backends(settings: Any, *, live: bool) -> Iterator[Check]:
    from ocrkit.registry import backend_status, backend_statuses, table_group

    statuses = backend_statuses()
    if settings.backend not in {status.name for status in statuses}:
        try:
            statuses.append(backend_status(settings.backend))
        except OcrkitError as error:
            yield Check(settings.backend, "problem", str(error))
    for status in statuses:
        wanted = status.name == settings.backend or status.name in settings.options
        if wanted or table_group(status.name) != "strategies":  # a strategy needs options that name readers
            yield from _backend(status, settings, wanted=wanted, live=live and wanted)


def _backend(status: Any, settings: Any, *, wanted: bool, live: bool) -> Iterator[Check]:
    from ocrkit.registry import backend_factory, create_backend, options_for

    wrong: Literal["note", "problem"] = "problem" if wanted else "note"
    name = status.name
    if status.error:
        yield Check(name, wrong, status.error)
        return
    yield from _requirements(status, wrong)
    if not status.installed:
        return
    yield from _credentials(name, settings)
    try:
        others = backend_factory(
            settings.options,
            allow_remote=settings.allow_remote,
            threads=settings.threads,
            models=settings.models,
            within=(name,),
        )
        backend = create_backend(
            name,
            options_for(name, settings.options),
            threads=settings.threads,
            models=settings.models,
            create=others,
        )
    except OcrkitError as error:
        yield Check(name, wrong, f"cannot be used as configured: {error}")
        return
    try:
        yield from _diagnosis(name, backend, wrong)
        if live:
            yield from _live(name, backend, settings.allow_remote)
    finally:
        backend.close()


def _requirements(status: Any, wrong: Literal["note", "problem"]) -> Iterator[Check]:
    """The packages and programs of a backend: one line for what is there, one for each install command."""
    from ocrkit.registry import backend_class, requirements

    missing = {item.name for item in status.missing}
    found = []
    for item in requirements(backend_class(status.name)):
        if item.name in missing:
            continue
        broken = broken_import(item.name) if item.kind == "module" else None
        if broken:
            yield Check(status.name, "note" if item.optional else wrong, broken, item.install)
        elif item.kind == "module":
            found.append(f"{item.name} {_version_of(item.name)}".rstrip())
        else:
            found.append(f"{item.name} at {shutil.which(item.name)}")
    if found:
        yield Check(status.name, "ok", ", ".join(found))
    for install, items in missing_by_command(status.missing).items():
        state = "note" if all(item.optional for item in items) else wrong
        names = ", ".join(f"'{item.name}'" for item in items)
        yield Check(status.name, state, f"missing: {names}", install)


def _diagnosis(name: str, backend: Any, wrong: Literal["note", "problem"]) -> Iterator[Check]:
    from ocrkit.backends.base import SupportsDiagnosis

    if not isinstance(backend, SupportsDiagnosis):
        yield Check(name, "ok", "configured")
        return
    try:
        findings = backend.diagnose()
    except Exception as error:  # noqa: BLE001 – a broken backend is a finding
        yield Check(name, wrong, f"the backend's own check failed: {type(error).__name__}: {error}")
        return
    for finding in findings:
        yield Check(name, "ok" if finding.ok else wrong, finding.text, finding.advice)


def _credentials(name: str, settings: Any) -> Iterator[Check]:
    """Which credentials are set and where they come from, without their values."""
    from ocrkit.config.environment import vendor_values, vendor_variables
    from ocrkit.registry import backend_class, options_for, options_model

    model = options_model(backend_class(name))
    if model is None or not vendor_variables(model):
        return
    given = options_for(name, settings.options)
    found = vendor_values(model, given)
    there = [f"{option} ({found[option][1]})" if option in found else option
             for option in vendor_variables(model) if option in found or option in given]  # fmt: skip
    if there:
        yield Check(name, "ok", f"credentials are set: {', '.join(there)}")


def _live(name: str, backend: Any, allow_remote: bool | None) -> Iterator[Check]:
    from ocrkit.backends.base import SupportsLiveCheck

    remote = backend.capabilities.remote
    if not (remote or isinstance(backend, SupportsLiveCheck)):
        return
    if remote and allow_remote is False:
        yield Check(name, "note", "no call made: allow_remote = false")
    elif not isinstance(backend, SupportsLiveCheck):
        yield Check(name, "note", "has no live check")
    else:
        try:
            finding = backend.check_live()
        except OcrkitError as error:
            yield Check(name, "problem", f"the live check failed: {error}")
        else:
            yield Check(name, "ok" if finding.ok else "problem", finding.text, finding.advice)


def _poppler(*, needed: bool) -> Check:
    path = shutil.which("pdftoppm")
    if path:
        return Check("poppler", "ok", f"pdftoppm at {path}")
    return Check(
        "poppler",
        "problem" if needed else "note",
        "pdftoppm is missing; only the rasterizer pdf2image needs it",
        "apt install poppler-utils (macOS: brew install poppler)",
    )


# Without the working folder, where a file of the name could lie.
_IMPORT = """
import sys
sys.path[:] = [folder for folder in sys.path if folder]
from ocrkit.imports import quietly
quietly(sys.argv[1])
"""


@functools.cache  # several backends may need one package
def broken_import(name: str) -> str | None:
    """Why a module cannot be imported, or None. The import runs in a child process: native code may crash."""
    try:
        run = subprocess.run(  # noqa: S603  # our own interpreter, and a name from a class attribute
            [
                sys.executable,
                "-c",
                _IMPORT,
                name,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_IMPORT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"importing {name} takes more than {_IMPORT_SECONDS} seconds"
    if run.returncode < 0:
        return f"importing {name} crashes: {_signal(-run.returncode)}"
    if run.returncode > 0:
        lines = run.stderr.decode(errors="replace").strip().splitlines()
        return f"importing {name} fails: {lines[-1] if lines else f'exit code {run.returncode}'}"
    return None


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _version_of(module: str) -> str:
    """The version of the distribution with the module's name; empty if there is none."""
    return next(_versions([module, module.replace("_", "-")]), "")


def _versions(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        try:
            yield version(name)
        except PackageNotFoundError:
            continue
