"""The cluster: joined if there is one, started and ended if not, and quiet."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator

import ray

from ocrkit.errors import ConfigError

_log = logging.getLogger(__name__)

LOCAL = "local"
"""The address that means: a cluster of this machine alone, for this run."""

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # it reports home
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # without it there is a warning to set it
}


@contextlib.contextmanager
def connected(address: str | None = None) -> Iterator[None]:
    """Inside of it there is a cluster.

    Where the program is connected already, that cluster is used and left as it is, settings, logs and all.

    Args:
        address: `"auto"` for the one that this machine belongs to, `"local"` to start one here, or
            `host:port`. If not given, what `RAY_ADDRESS` says, or one that is started here.

    Raises:
        ConfigError: there is none.
    """
    if ray.is_initialized():
        yield
        return
    with _environment():
        try:
            ray.init(
                address, log_to_driver=False, logging_level=logging.ERROR, include_dashboard=_is_own(address)
            )
        except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
            where = f"at '{address}'" if address else "to be had"
            raise ConfigError(
                f"there is no Ray cluster {where}; begin one by `ray start --head`, name its address, "
                f"or say '{LOCAL}' for one of this machine alone. Ray says: {error}"
            ) from error
    try:
        yield
    finally:
        ray.shutdown()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Ray Data draws no bars and prints no plans for datasets that are made inside of it."""
    from ray.data import DataContext

    context = DataContext.get_current().copy()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logger = logging.getLogger("ray.data")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with DataContext.current(context):
            yield
    finally:
        logger.setLevel(level)


def room_for(threads: int, gpus: float) -> int:
    """How many actors of so many CPUs and GPUs fit into the cluster as it is now."""
    need = {"CPU": float(threads), "GPU": gpus}
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    fit = sum(
        min(int(node.get(name, 0) / amount) for name, amount in need.items() if amount) for node in nodes
    )
    if not fit:
        wanted = " and ".join(f"{amount:g} {name}" for name, amount in need.items() if amount)
        _log.warning("no node of the cluster has %s for an actor; waiting for one that has", wanted)
    return max(1, fit)


def claim_beside_others(threads: int) -> int:
    """The CPUs that an actor asks for in a pipeline of which other steps want some as well.

    Ray leaves them theirs, except where the first actor takes all there are: then it and those that hand it
    pages would wait for each other for ever.
    """
    takes_all = 0 < ray.cluster_resources().get("CPU", 0) <= threads
    return 0 if takes_all else threads


def has_other_machines() -> bool:
    """Whether pages may be read elsewhere than here."""
    here = ray.util.get_node_ip_address()
    return any(node["Alive"] and node["NodeManagerAddress"] != here for node in ray.nodes())


def _is_own(address: str | None) -> bool | None:
    """A cluster of ours needs no dashboard; that of others has what it has."""
    own = address == LOCAL or (address is None and not os.environ.get("RAY_ADDRESS"))
    return False if own else None


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """For the processes that Ray starts; what the user has set stays."""
    added = [name for name in _QUIET if name not in os.environ]
    os.environ.update({name: _QUIET[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
