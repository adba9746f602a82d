"""Serves a model with llama-server, and prints its address. It ends when its input is closed."""

from __future__ import annotations

import sys

import xllamacpp


def main(model: str, projector: str, key: str) -> None:
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.mmproj.path = projector
    params.mmproj_use_gpu = False
    params.n_ctx = 4096
    params.n_parallel = 1
    params.n_gpu_layers = 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.verbosity = -1
    params.offline = True
    params.model_alias = {"tiny-vlm"}
    if key:
        params.api_keys = [key]
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
