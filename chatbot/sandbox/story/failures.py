"""Why jobs fail in the story: the explaining line of each failure, and a log around it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from chatbot.ci import Failure


class Reason(Struct, frozen=True):
    """A failure: its explaining line, the tests it names, what stands in the log before it, and how it ends."""

    line: str
    tests: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    closing: str = "##[error]Process completed with exit code 1."


PACKAGES = "/opt/conda/envs/py_3.10/lib/python3.10/site-packages"

EPILOGUE = Reason(
    "FAILED [3.8104s] inductor/test_torchinductor.py::GPUTests::test_softmax_one_kernel_persist_cuda"
    " - AssertionError: buf7 was freed before its last use",
    ("inductor/test_torchinductor.py::GPUTests::test_softmax_one_kernel_persist_cuda",),
    (
        "=================================== FAILURES ===================================",
        "_____________ GPUTests.test_softmax_one_kernel_persist_cuda ____________________",
        "Traceback (most recent call last):",
        '  File "/var/lib/jenkins/workspace/test/inductor/test_torchinductor.py", line 9931, in fn',
        "    self.common(fn, (torch.randn(16, 1023, device=self.device),))",
        f'  File "{PACKAGES}/torch/_inductor/scheduler.py", line 4410, in fuse',
        "    assert name in self.available_buffer_names, f'{name} was freed before its last use'",
        "AssertionError: buf7 was freed before its last use",
        "=========================== short test summary info ============================",
    ),
)
EPILOGUE_CPU = Reason(
    "FAILED [1.2417s] inductor/test_torchinductor.py::CpuTests::test_layer_norm_fused_epilogue_cpu"
    " - AssertionError: Tensor-likes are not close!",
    ("inductor/test_torchinductor.py::CpuTests::test_layer_norm_fused_epilogue_cpu",),
    (
        "=================================== FAILURES ===================================",
        "______________ CpuTests.test_layer_norm_fused_epilogue_cpu _____________________",
        "Traceback (most recent call last):",
        '  File "/var/lib/jenkins/workspace/test/inductor/test_torchinductor.py", line 4127, in common',
        "    self.assertEqual(actual, expected, atol=atol, rtol=rtol)",
        "AssertionError: Tensor-likes are not close!",
        "Mismatched elements: 512 / 65536 (0.8%)",
        "Greatest absolute difference: 1.8720703125 at index (3, 511) (up to 1e-05 allowed)",
        "=========================== short test summary info ============================",
    ),
)
EPILOGUE_WRAPPER = Reason(
    "FAILED [5.0332s] inductor/test_gpu_cpp_wrapper.py::TestGpuWrapper::test_reduction_epilogue_cuda_gpu_wrapper"
    " - AssertionError: buf4 was freed before its last use",
    ("inductor/test_gpu_cpp_wrapper.py::TestGpuWrapper::test_reduction_epilogue_cuda_gpu_wrapper",),
    (
        "Traceback (most recent call last):",
        f'  File "{PACKAGES}/torch/_inductor/scheduler.py", line 4410, in fuse',
        "AssertionError: buf4 was freed before its last use",
        "=========================== short test summary info ============================",
    ),
)
SOFTMAX = Reason(
    "FAILED [0.4471s] test_nn.py::TestNNDeviceTypeCPU::test_log_softmax_cpu_bfloat16"
    " - AssertionError: Tensor-likes are not close!",
    ("test_nn.py::TestNNDeviceTypeCPU::test_log_softmax_cpu_bfloat16",),
    (
        "Traceback (most recent call last):",
        '  File "/var/lib/jenkins/workspace/test/test_nn.py", line 11021, in test_log_softmax_cpu',
        "    self.assertEqual(out, ref_out, atol=0.02, rtol=0)",
        "AssertionError: Tensor-likes are not close!",
        "Greatest absolute difference: 0.375 at index (2, 17) (up to 0.02 allowed)",
        "=========================== short test summary info ============================",
    ),
)
IMPORTS = Reason(
    ">>> Lint for tools/stats/upload_artifacts.py: Error (RUFF) I001: Import block is un-sorted or un-formatted",
    (),
    ("lint: running ruff, flake8, mypy, shellcheck on 2 files",),
    "##[error]Process completed with exit code 1.",
)
RUNNER_LOST = Reason(
    "##[error]The runner has received a shutdown signal. This can happen when the runner service is stopped, or a"
    " manually started runner is canceled.",
    (),
    ("timm_models: running vit_base_patch16_224",),
    "##[error]The operation was canceled.",
)
FLAKY_TEST = Reason(
    "FAILED [12.6120s] dynamo/test_dicts.py::DictTests::test_weakref_callback_order"
    " - AssertionError: Lists differ: [2, 1] != [1, 2]",
    ("dynamo/test_dicts.py::DictTests::test_weakref_callback_order",),
    ("=========================== short test summary info ============================",),
)
PERF = Reason(
    "RuntimeError: hf_Bert speedup 1.29x is below the threshold of 1.35x",
    (),
    ("Running the smoke test of torchbench performance",),
)

_RUNNER = (
    "Current runner version: '2.330.0'",
    "##[group]Operating System",
    "Ubuntu",
    "22.04.5",
    "LTS",
    "##[endgroup]",
    "Prepare workflow directory",
    "Complete job name: {job}",
    "##[group]Run actions/checkout",
    "Syncing repository: pytorch/pytorch",
    "HEAD is now at {sha}",
    "##[endgroup]",
    "##[group]Run .ci/pytorch/test.sh",
    "+ export PYTHONPATH=/var/lib/jenkins/workspace",
    "+ python test/run_test.py --verbose",
    "##[endgroup]",
)
_PASSED = (
    "inductor/test_config.py::TestInductorConfig::test_options_do_something PASSED",
    "inductor/test_fused_attention.py::SDPAPatternRewriterCpuTests::test_pattern_fails_with_reuse PASSED",
    "test_ops.py::TestCommonCPU::test_out_nn_functional_linear_cpu_float32 PASSED",
    "dynamo/test_misc.py::MiscTests::test_closure_recompiles PASSED",
    "test_autograd.py::TestAutograd::test_checkpointing_non_reentrant_autocast_cpu PASSED",
)
TESTS_SHOWN = 160


def log(reason: Reason, *, job: str, sha: str, started: datetime, ended: datetime) -> str:
    """A job's log as the runner writes it: a time before each line, the failure near the end."""
    lines = list(_lines(reason, job, sha))
    step = (ended - started) / len(lines)
    return "".join(f"{_stamp(started + index * step)} {line}\n" for index, line in enumerate(lines))


def _lines(reason: Reason, job: str, sha: str) -> Iterator[str]:
    for line in _RUNNER:
        yield line.format(job=job, sha=sha)
    for index in range(TESTS_SHOWN):
        yield f"{_PASSED[index % len(_PASSED)]} [{(index * 37 % 900) / 1000:.4f}s] [{index * 100 // TESTS_SHOWN:3d}%]"
    yield from reason.before
    yield reason.line
    yield reason.closing
    yield "##[group]Run .github/actions/teardown-linux"
    yield "##[endgroup]"
    yield "Cleaning up orphan processes"


def failure(reason: Reason) -> Failure:
    """What a recording says about it; lines count from 1."""
    number = len(_RUNNER) + TESTS_SHOWN + len(reason.before) + 1
    return Failure(reason.line, number, reason.tests)


def _stamp(at: datetime) -> str:
    return f"{at - timedelta(microseconds=at.microsecond % 10):%Y-%m-%dT%H:%M:%S.%f}0Z"
