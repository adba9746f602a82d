"""The cluster files in examples/ are valid and consistent."""

import json
from importlib.util import find_spec
from pathlib import Path

CLUSTER = Path(__file__).parents[2] / "examples" / "cluster"


def test_the_cluster_file_matches_the_schema_of_ray(require_module):
    require_module("ray")
    import jsonschema  # it and yaml come with Ray
    import yaml

    schema = Path(find_spec("ray").submodule_search_locations[0]) / "autoscaler" / "ray-schema.json"
    jsonschema.validate(
        yaml.safe_load((CLUSTER / "ray-cluster.yaml").read_text()), json.loads(schema.read_text())
    )


def test_the_job_file_is_consistent(require_module):
    """The schema of KubeRay is not in a package index; this finds the likely mistakes."""
    require_module("ray")
    import yaml

    job = yaml.safe_load((CLUSTER / "ray-job.yaml").read_text())
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    cluster = job["spec"]["rayClusterSpec"]
    pods = [group["template"]["spec"] for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])]
    images = {container["image"] for pod in pods for container in pod["containers"]}
    assert len(images) == 1, "Ray needs the same versions on all nodes"
    for pod in pods:
        mounted = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod["volumes"]}
    assert (CLUSTER / Path(job["spec"]["entrypoint"].split()[1]).name).exists()
