"""The thirty jobs that run on the story's commits: workflow, name, how long, after what, and how often."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

CUDA = "linux-jammy-cuda12.8-py3.10-gcc9-sm86"
CPU = "linux-jammy-cpu-py3.10-gcc11-inductor"
CLANG = "linux-jammy-py3.10-clang12"
GPU = "linux.g5.4xlarge.nvidia.gpu"


class Shard(Struct, frozen=True):
    """A job, or one shard of it. It starts when *after* has succeeded, takes *minutes*, and runs every so many commits.

    `workflow` is a run; jobs of one run share its number.
    """

    workflow: str
    name: str
    minutes: int
    after: str | None = None
    every: int = 1


def _shards(workflow: str, build: str, config: str, count: int, runner: str, minutes: int) -> Iterator[Shard]:
    for index in range(1, count + 1):
        name = f"{build} / test ({config}, {index}, {count}, {runner})"
        yield Shard(workflow, name, minutes + 3 * index, after=f"{build} / build")


SHARDS: tuple[Shard, ...] = (
    Shard("inductor", f"{CUDA} / build", 24),
    *_shards("inductor", CUDA, "inductor", 2, GPU, 44),
    *_shards("inductor", CUDA, "inductor_huggingface", 1, GPU, 38),
    *_shards("inductor", CUDA, "inductor_timm", 2, GPU, 40),
    *_shards("inductor", CUDA, "inductor_torchbench", 2, GPU, 46),
    *_shards("inductor", CUDA, "inductor_cpp_wrapper", 2, GPU, 52),
    Shard("inductor", f"{CPU} / build", 18),
    *_shards("inductor", CPU, "inductor_amx", 2, "linux.8xlarge.amx", 36),
    *_shards("inductor", CPU, "cpu_inductor_torchbench", 2, "linux.12xlarge", 33),
    Shard(
        "inductor-periodic",
        "linux-jammy-cuda12.8-py3.10-gcc9-sm80 / test (dynamo_eager_torchbench, 1, 1, linux.aws.a100)",
        95,
        every=6,
    ),
    Shard(
        "inductor-periodic",
        "linux-jammy-cuda12.8-py3.10-gcc9-sm80 / test (inductor_smoketest_perf, 1, 1, linux.aws.a100, unstable)",
        70,
        every=6,
    ),
    Shard("pull", f"{CLANG} / build", 21),
    *_shards("pull", CLANG, "default", 3, "linux.4xlarge", 41),
    *_shards("pull", CLANG, "dynamo_wrapped", 2, "linux.2xlarge", 37),
    Shard("pull", "linux-jammy-py3.10-gcc11-mobile-lightweight-dispatch-build / build", 16),
    Shard("trunk", "linux-jammy-cuda12.8-py3.10-gcc11 / build", 27),
    *_shards(
        "trunk", "linux-jammy-cuda12.8-py3.10-gcc11", "default", 1, "linux.g6.4xlarge.experimental.nvidia.gpu", 58
    ),
    Shard("trunk", "macos-py3-arm64 / test (default, 1, 1, macos-m1-14)", 47),
    Shard("trunk", "win-vs2022-cpu-py3 / build", 39),
    Shard("lint", "lintrunner-noclang / linux-job", 11),
    Shard("lint", "quick-checks / linux-job", 5),
)
