"""The environment of a worker process with the engine: globalization, and the libraries it looks for.

The .NET runtime that the engine brings is old. It ends the process where it finds no ICU library of a known
version, and needs OpenSSL 1.1, which current systems no longer have. The first is not needed for recognition.
For the second, the copy of another installed Python package is used.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ocrkit.errors import MissingDependencyError, OcrkitError

_SYSTEM_FOLDERS = tuple(
    Path(folder)
    for folder in (
        "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib", "/lib",
        "/usr/local/lib",
    )
)  # fmt: skip
_INSTALL_SSL = "pip install --force-reinstall opencv-python-headless"
"""Its wheel brings OpenSSL 1.1."""
_INSTALL_ICU = "apt install libicu-dev"


_NO_PROXY = "http://127.0.0.1:9"  # where nothing listens
_NO_NETWORK = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), _NO_PROXY),
    **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), _NO_PROXY),
    "NO_PROXY": "",
    "no_proxy": "",
}


class OpenSsl(NamedTuple):
    """The two libraries of OpenSSL 1.1 in the folder of another package."""

    ssl: Path
    crypto: Path

    @property
    def folder(self) -> Path:
        return self.ssl.parent


def process_variables(
    folder: Path,
    *,
    allow_network: bool = False,
    path: Iterable[str] | None = None,
    system: Iterable[Path] = _SYSTEM_FOLDERS,
    environ: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The environment variables for a process with the engine. Links to libraries are made in the folder.

    Args:
        folder: the current folder of the process.
        allow_network: let the engine reach the network. It would also try where its own settings forbid it.
        path: the folders with installed packages. None: `sys.path`.
        system: the folders with system libraries.
        environ: the environment of this process. None: `os.environ`.
    """
    environ = os.environ if environ is None else environ
    variables = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", **({} if allow_network else _NO_NETWORK)}
    if sys.platform != "linux":
        return variables
    variables["XDG_DATA_HOME"] = str(folder)  # its files would be in the home folder otherwise
    searched = environ.get("LD_LIBRARY_PATH", "")
    system = [*system, *(Path(each) for each in searched.split(":") if each)]
    links = folder / "libraries"
    links.mkdir(exist_ok=True)
    folders = [str(links)]
    packaged = None if has_openssl(system) else packaged_openssl(sys.path if path is None else path)
    if packaged:
        # Its ssl library asks for its crypto library by the name it has in its own folder.
        folders.append(str(packaged.folder))
        (links / "libssl.so.1.1").symlink_to(packaged.ssl)
        (links / "libcrypto.so.1.1").symlink_to(packaged.crypto)
    dl = next((each / "libdl.so.2" for each in system if (each / "libdl.so.2").exists()), None)
    if dl:  # the language models of the engine look for the name that only development packages have
        (links / "libdl.so").symlink_to(dl)
    return variables | {"LD_LIBRARY_PATH": ":".join([*folders, *([searched] if searched else [])])}


def has_openssl(system: Iterable[Path] = _SYSTEM_FOLDERS) -> bool:
    """Whether the system has OpenSSL 1.1."""
    return any((folder / "libssl.so.1.1").exists() for folder in system)


def packaged_openssl(path: Iterable[str]) -> OpenSsl | None:
    """OpenSSL 1.1 in the folder of libraries that an installed wheel brings, such as that of OpenCV."""
    for ssl in _packaged(path, "libssl*.so.1.1*"):
        crypto = next(iter(sorted(ssl.parent.glob("libcrypto*.so.1.1*"))), None)
        if crypto is not None:
            return OpenSsl(ssl, crypto)
    return None


def describe_openssl() -> str:
    """Which OpenSSL the engine uses, for `ocrkit doctor`."""
    if has_openssl():
        return "OpenSSL 1.1 of the system"
    found = packaged_openssl(sys.path)
    return f"OpenSSL 1.1 of {found.folder}, for the worker process only" if found else "no OpenSSL 1.1"


def explain_crash(output: str, name: str) -> OcrkitError | None:
    """The error for a process that the engine has ended for a known reason.

    Args:
        output: the last lines that the process printed.
        name: the name of the backend or the step.
    """
    if "libssl" in output or "libcrypto" in output:
        what, install = "OpenSSL 1.1, which neither the system nor an installed package has", _INSTALL_SSL
    elif "ICU package" in output:
        what, install = (
            "an ICU library, although DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 is set",
            _INSTALL_ICU,
        )
    else:
        return None
    return MissingDependencyError(
        f"{name}: the engine ended its process because it needs {what}; install it with: {install}",
        install=install,
    )


def _packaged(path: Iterable[str], pattern: str) -> Iterator[Path]:
    for folder in path:
        if folder and Path(folder).is_dir():
            yield from sorted(Path(folder).glob(f"*.libs/{pattern}"))
