"""The story's commits in trunk order: when each lands after the one before, whose it is, and what it touches."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from chatbot.ci import Author, ChangedFile
from chatbot.sandbox.story import cast

# minutes after the one before, author, pull request, title; then the files
_TEXT = """
 0 DAN      169871 [dtensor] Support foreach ops over uneven shards
   torch/distributed/tensor/_ops/_pointwise_ops.py +41 -9
   test/distributed/tensor/test_pointwise_ops.py +38 -0
25 GRACE    169902 [MPS] Implement the backward of `cummax`
   aten/src/ATen/native/mps/operations/ScanKernel.mm +73 -4
   test/test_mps.py +12 -1
30 BOB      169655 [inductor] Cache benchmark results of autotuned templates
   torch/_inductor/select_algorithm.py +52 -17
   test/inductor/test_max_autotune.py +29 -0
20 MERGEBOT 169911 Update third_party/kineto submodule to 8f3c2e1
   third_party/kineto +1 -1
35 ERIN     169744 [dynamo] Guard on the mutation of closures once
   torch/_dynamo/side_effects.py +23 -19
   test/dynamo/test_misc.py +34 -0
25 HIRO     169803 [c10d] Log which collective timed out
   torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp +18 -6
   test/distributed/test_c10d_nccl.py +15 -2
30 FRANK    169920 [BE] Annotate torch/_subclasses/fake_impls.py
   torch/_subclasses/fake_impls.py +61 -58
20 ALICE    169788 [inductor] Lower `aten.index_fill`
   torch/_inductor/lowering.py +37 -0
   test/inductor/test_torchinductor.py +21 -0
40 INES     169931 [docs] Explain in which order backward hooks run
   docs/source/notes/autograd.rst +44 -7
25 CAROL    169690 [ROCm] Enable scaled dot product attention on gfx950
   aten/src/ATen/native/transformers/hip/flash_attn/ck/fmha.cpp +29 -11
   test/test_transformers.py +9 -6
30 ERIN     169877 [export] Keep dynamic shapes of nested tuples
   torch/_export/non_strict_utils.py +19 -8
   test/export/test_export.py +41 -0
30 FRANK    169812 [functorch] Add a batching rule for `linalg_ldl_solve`
   aten/src/ATen/functorch/BatchRulesLinearAlgebra.cpp +33 -2
   test/functorch/test_vmap.py +4 -3
28 ERIN     169644 [dynamo] Trace through `functools.singledispatch`
   torch/_dynamo/variables/functions.py +58 -3
   test/dynamo/test_functions.py +46 -0
 6 CAROL    169520 [inductor] Fuse the reduction epilogue across loop boundaries
   torch/_inductor/scheduler.py +118 -31
   torch/_inductor/codegen/simd.py +64 -12
   torch/_inductor/config.py +6 -0
   test/inductor/test_torchinductor.py +57 -0
 5 HIRO     169958 [c10d] Wait longer for a busy store in the rendezvous
   torch/distributed/elastic/rendezvous/dynamic_rendezvous.py +22 -5
   test/distributed/elastic/rendezvous/dynamic_rendezvous_test.py +31 -0
30 GRACE    169940 [MPS] Fix the strides of what `argsort` returns
   aten/src/ATen/native/mps/operations/Sort.mm +8 -3
   test/test_mps.py +14 -0
30 FRANK    169966 [BE] Remove the last `typing.Dict` from torch/fx
   torch/fx/graph.py +12 -13
   torch/fx/node.py +7 -8
35 DAN      169850 [dtensor] Redistribute along two mesh dimensions at once
   torch/distributed/tensor/_redistribute.py +90 -27
   test/distributed/tensor/test_redistribute.py +66 -4
55 MERGEBOT 169985 Revert "[inductor] Fuse the reduction epilogue across loop boundaries (#169520)"
   torch/_inductor/scheduler.py +31 -118
   torch/_inductor/codegen/simd.py +12 -64
   torch/_inductor/config.py +0 -6
   test/inductor/test_torchinductor.py +0 -57
30 INES     169972 [docs] List the environment variables of torch.compile
   docs/source/torch.compiler_config.md +83 -2
25 HIRO     169990 [CI] Shorten the names of test artifacts
   tools/stats/upload_artifacts.py +27 -30
   .github/workflows/_linux-test.yml +4 -4
25 GRACE    169912 [MPS] Add `bincount` with weights
   aten/src/ATen/native/mps/operations/SummaryOps.mm +31 -2
   test/test_mps.py +11 -0
30 HIRO     169998 [lint] Sort the imports of tools/stats
   tools/stats/upload_artifacts.py +2 -3
20 ERIN     169907 [dynamo] Name the frame in logs of recompilations
   torch/_dynamo/guards.py +14 -6
   test/dynamo/test_recompiles.py +18 -2
20 CAROL    169993 Reland "[inductor] Fuse the reduction epilogue across loop boundaries"
   torch/_inductor/scheduler.py +118 -31
   torch/_inductor/codegen/simd.py +64 -12
   torch/_inductor/config.py +6 -0
   test/inductor/test_torchinductor.py +83 -0
30 DAN      169884 [fsdp2] Free unsharded parameters after a failed backward
   torch/distributed/fsdp/_fully_shard/_fsdp_param_group.py +17 -4
30 FRANK    170001 [BE] Type torch/nn/utils/parametrize.py
   torch/nn/utils/parametrize.py +35 -31
40 INES     169949 [nn] Say which dimension of `unflatten` does not fit
   torch/nn/modules/flatten.py +9 -3
   test/nn/test_flatten.py +13 -0
60 ALICE    170012 [inductor] Keep buffers alive that a fused epilogue reads
   torch/_inductor/scheduler.py +26 -7
   test/inductor/test_torchinductor.py +33 -0
25 BOB      170003 [inductor] Print the chosen template in autotune logs
   torch/_inductor/select_algorithm.py +11 -4
   torch/_inductor/autotune_process.py +5 -2
30 ERIN     169936 [export] Serialize the names of submodules
   torch/_export/serde/serialize.py +21 -9
   test/export/test_serialize.py +27 -0
25 MERGEBOT 170019 Update slow tests
   test/slow_tests.json +214 -198
30 GRACE    170006 [MPS] Raise on complex inputs of `sort`
   aten/src/ATen/native/mps/operations/Sort.mm +6 -0
   test/test_mps.py +8 -0
20 FRANK    170008 [functorch] Drop the fallback of `linalg_eigh`
   aten/src/ATen/functorch/BatchRulesLinearAlgebra.cpp +14 -22
35 INES     169899 [ATen] Vectorize `log_softmax` for bfloat16 on AVX512
   aten/src/ATen/native/cpu/SoftMaxKernel.cpp +127 -44
   aten/src/ATen/cpu/vec/vec512/vec512_bfloat16.h +19 -2
25 DAN      169967 [dtensor] Cache sharding decisions per mesh
   torch/distributed/tensor/_sharding_prop.py +38 -15
   test/distributed/tensor/test_dtensor_ops.py +7 -1
30 HIRO     170015 [c10d] Name the rank in watchdog errors
   torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp +9 -4
30 BOB      169979 [inductor] Choose block sizes by the widest operand
   torch/_inductor/runtime/triton_heuristics.py +43 -20
   test/inductor/test_triton_heuristics.py +22 -0
35 FRANK    170022 [BE] Use pathlib in setup.py
   setup.py +48 -51
25 GRACE    170010 [MPS] Speed up `index_select` on the last dimension
   aten/src/ATen/native/mps/operations/Indexing.mm +37 -18
30 ERIN     169980 [dynamo] Inline `nn.Module.__call__` of frozen modules
   torch/_dynamo/variables/nn_module.py +29 -12
   test/dynamo/test_modules.py +24 -0
"""


class Landing(Struct, frozen=True):
    """A commit that lands *minutes* after the one before it."""

    minutes: int
    author: Author
    title: str
    pr: int
    files: tuple[ChangedFile, ...]


def _landings(text: str) -> Iterator[Landing]:
    for head, *rest in (block.split("\n") for block in re.split(r"\n(?! {3})", text.strip("\n"))):
        minutes, name, pr, title = head.split(maxsplit=3)
        files = tuple(_file(*line.split()) for line in rest)
        yield Landing(int(minutes), getattr(cast, name), f"{title} (#{pr})", int(pr), files)


def _file(path: str, added: str, deleted: str) -> ChangedFile:
    return ChangedFile(path, int(added), -int(deleted))


LANDINGS = tuple(_landings(_TEXT))

FUSION = "[inductor] Fuse the reduction epilogue across loop boundaries"
"""The change that breaks inductor, is reverted, and lands again."""
