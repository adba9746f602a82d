"""Plug-ins: listed by name without importing them, found by name or dotted path, and loaded.

A plug-in is built in (a module of the package of its group), or comes from an installed distribution, by an
entry point in the group of the same name. Names are listed once per process and group, and again when
`sys.path` changes or a name is not found.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import itertools
import pkgutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from ocrkit.errors import ConfigError, MissingDependencyError
from ocrkit.validation import unknown

BUILT_IN = "built-in"
DOTTED_PATH = "dotted path"


@dataclass(frozen=True)
class PluginGroup:
    """A package of plug-ins, and the entry-point group of the same name.

    Attributes:
        noun: what a message calls one plug-in.
        package: the name of the package.
        attribute: from the name of a module to the name of the plug-in inside it.
        skip: modules that are not plug-ins.
        other_choices: names that users may write besides those of plug-ins, for messages.
        also: further packages with built-in plug-ins, for those that need a layer of their own.
    """

    noun: str
    package: str
    attribute: Callable[[str], str]
    skip: frozenset[str] = frozenset({"base"})
    other_choices: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plugin:
    """A plug-in that may not be imported yet."""

    name: str
    origin: str
    """`built-in`, `dotted path`, or the distribution with its version."""
    target: str
    """The definition's path: `package.module:Name`."""
    noun: str

    def load(self) -> Any:
        """Import it. The error for a plug-in of a distribution names the distribution."""
        try:
            return _resolve(self.target, self.noun)
        except ConfigError as error:
            if self.origin in (BUILT_IN, DOTTED_PATH):
                raise
            text = f"the {self.noun} '{self.name}' of {self.origin} cannot be loaded: {error.message}"
            raise ConfigError(text) from error


def camel(name: str) -> str:
    """`aspose_local` → `AsposeLocal`."""
    return "".join(part.capitalize() for part in name.split("_"))


STRATEGIES = "ocrkit.strategies"
"""The package of the backends that read with other backends."""
_STRATEGY_PARTS = frozenset(
    {"budget", "contact_sheet", "merging", "other_readers", "reread", "simulation", "voting", "word_lists"}
)

BACKENDS = PluginGroup(
    "backend",
    "ocrkit.backends",
    lambda name: camel(name) + "Backend",
    skip=frozenset({"base", "remote", *_STRATEGY_PARTS}),
    also=(STRATEGIES,),
)
PREPROCESS = PluginGroup(
    "preprocessing step",
    "ocrkit.preprocess",
    camel,
    skip=frozenset({"base", "profiles", "auto", "measure"}),
    other_choices=frozenset({"auto"}),
)
POSTPROCESS = PluginGroup(
    "post-processing step",
    "ocrkit.postprocess",
    camel,
    skip=frozenset({"base", "block_kinds", "bold_headings", "edits", "furniture", "reading_order"}),
    other_choices=frozenset({"none"}),
)


def plugins(group: PluginGroup) -> list[Plugin]:
    """The plug-ins of a group, sorted by name."""
    return [*itertools.chain.from_iterable(_by_name(group, tuple(sys.path)).values())]


def names(group: PluginGroup) -> tuple[str, ...]:
    """The names of the plug-ins of a group, sorted."""
    return tuple(_by_name(group, tuple(sys.path)))


def load(group: PluginGroup, spec: str) -> Any:
    """The class or function with this name or dotted path `package.module:Name`."""
    return find(group, spec).load()


def find(group: PluginGroup, spec: str) -> Plugin:
    """The plug-in with this name or dotted path. Raises `ConfigError` unless there is exactly one."""
    if ":" in spec:
        return Plugin(spec, DOTTED_PATH, spec, group.noun)
    found = _by_name(group, tuple(sys.path)).get(spec)
    if found is None:  # its package may have been installed since
        _by_name.cache_clear()
        _entry_points.cache_clear()
        found = _by_name(group, tuple(sys.path)).get(spec, ())
    if len(found) == 1:
        return found[0]
    if found:
        origins = " and ".join(plugin.origin for plugin in found)
        raise ConfigError(
            f"{len(found)} plug-ins define the {group.noun} '{spec}': {origins}. Uninstall one of them, or "
            "choose one by its dotted path 'package.module:Name'"
        )
    text = unknown(group.noun, spec, {*names(group), *group.other_choices})
    if "." in spec and not spec.startswith("ocrkit."):
        text += f". A dotted path has a colon before the last name: '{':'.join(spec.rsplit('.', 1))}'"
    raise ConfigError(text)


def is_built_in(group: PluginGroup, name: str, package: str) -> bool:
    """Whether the only plug-in of this name is a built-in one of the package."""
    found = _by_name(group, tuple(sys.path)).get(name, ())
    return len(found) == 1 and found[0].origin == BUILT_IN and found[0].target.startswith(f"{package}.")


@functools.lru_cache(maxsize=16)
def _by_name(group: PluginGroup, path: tuple[str, ...]) -> dict[str, tuple[Plugin, ...]]:
    found = sorted([*_built_in(group), *_installed(group, path)], key=attrgetter("name", "origin"))
    return {name: tuple(same) for name, same in itertools.groupby(found, key=attrgetter("name"))}


def _built_in(group: PluginGroup) -> Iterator[Plugin]:
    for package in (group.package, *group.also):
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
            name = module.name
            if name not in group.skip and not name.startswith("_"):
                target = f"{package}.{name}:{group.attribute(name)}"
                yield Plugin(name, BUILT_IN, target, group.noun)


def _installed(group: PluginGroup, path: tuple[str, ...]) -> Iterator[Plugin]:
    for entry in _entry_points(path).select(group=group.package):
        origin = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unnamed distribution"
        yield Plugin(entry.name, origin, entry.value.partition("[")[0].strip(), group.noun)


@functools.lru_cache(maxsize=1)
def _entry_points(path: tuple[str, ...]) -> Any:  # noqa: ARG001 – the path that was searched
    """All entry points of this environment. A search for one group is not faster."""
    return importlib.metadata.entry_points()


def _resolve(target: str, noun: str) -> Any:
    """The object at `package.module:Name`."""
    module_name, _, attribute = target.partition(":")
    prefix = f"the {noun} '{target}' cannot be used: "
    if not module_name or not attribute:
        raise ConfigError(f"{prefix}a dotted path has the form 'package.module:Name'")
    if module_name.partition(".")[0] in sys.stdlib_module_names:
        raise ConfigError(f"{prefix}it is a part of Python's standard library, and not a plug-in")
    module = _import(module_name, prefix)
    found: Any = module
    for name in attribute.split("."):
        if not hasattr(found, name):
            classes = [
                key for key, value in vars(module).items() if isinstance(value, type) and key[0] != "_"
            ]
            raise ConfigError(f"{prefix}module '{module_name}': {unknown('name', attribute, classes)}")
        found = getattr(found, name)
    return found


def _import(name: str, prefix: str) -> Any:
    try:
        return importlib.import_module(name)
    except MissingDependencyError:
        raise
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise ConfigError(
                f"{prefix}there is no module '{error.name}' on Python's path. Install its package, or add "
                "its folder to PYTHONPATH"
            ) from error
        raise ConfigError(f"{prefix}importing '{name}' failed: {error}") from error
    except Exception as error:  # any module may raise anything when it is imported
        raise ConfigError(f"{prefix}importing '{name}' failed: {type(error).__name__}: {error}") from error
