"""A separate process that builds one catalog and reports its peak memory.

`python -m benchmarks.load.peak_memory ours|peer LOCATION` prints megabytes, including Python and
Django.
"""

import resource
import sys

import django


def main(way: str, location_id: str) -> float:
    from catalog.models import Location

    location = Location.objects.select_related("merchant").get(provider_id=location_id)
    if way == "ours":
        from catalog.snapshots import service as snapshots

        assert snapshots.refresh(location.merchant) == 1
    else:
        from rest_framework.renderers import JSONRenderer

        from benchmarks.peers.nested_serializers import catalog_of

        JSONRenderer().render(catalog_of(location))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    from integration.bounded.parent_death import die_with_parent

    die_with_parent()
    django.setup()
    print(main(sys.argv[1], sys.argv[2]))
