"""Programs of users: `python runs.py NAME [ARGUMENTS, OPTIONS]` runs one function on a cluster and prints JSON."""

import dataclasses
import json
import sys

from ocrkit import distributed


def into(address, folder, source):
    """Read documents into a folder."""
    state = distributed.recognize_into(folder, [source], address=address, pages_per_part=4)
    return dataclasses.asdict(state)


def dataset(address, source, settings, folder):
    """The rows of a dataset, written and read back, on a cluster that the program is connected to."""
    import ray

    ray.init(address, log_to_driver=False)
    with distributed.connected():
        pages = distributed.recognize_dataset([source], settings, workers=3)
        pages.write_parquet(folder)
    return {"rows": ray.data.read_parquet(folder).take_all(), "is_connected": ray.is_initialized()}


if __name__ == "__main__":
    name, given = sys.argv[1:]
    arguments, options = json.loads(given)
    print(json.dumps(globals()[name](*arguments, **options)), flush=True)
