# Every file of the library, relative to the root of the project.

# What applications include: these, and nothing else, are installed.
# The first ones are no part of <hinge/hinge.h>: an application that uses Eigen or C, or that reads configs and has data sources of
# its own, includes them itself; every other file compiles in two thirds of the time.
set(HINGE_HEADERS_APART
  core/config/config.h
  core/config/json.h
  core/eigen.h
  data/part_warnings.h
  data/preparation.h
  data/source.h
  data/table_facts.h
  data/table/column.h
  layers/c.h
  optim/run/config.h)

set(HINGE_HEADERS
  ${HINGE_HEADERS_APART}
  core/batch.h
  core/bits.h
  core/communicator.h
  core/config/options.h
  core/config/spec.h
  core/equation.h
  core/error.h
  core/export.h
  core/fwd.h
  core/io/state_archive.h
  core/math.h
  core/matrix.h
  core/output_transform.h
  core/preprocessing.h
  core/random.h
  core/task.h
  core/version.h
  data/batch_source.h
  data/csv.h
  data/dataset.h
  data/generators.h
  data/idx.h
  data/split.h
  data/table/table_format.h
  layers/activation.h
  layers/activation_layer.h
  layers/activations/elu.h
  layers/activations/gelu.h
  layers/activations/hard_sigmoid.h
  layers/activations/hard_swish.h
  layers/activations/hard_tanh.h
  layers/activations/identity.h
  layers/activations/leaky_relu.h
  layers/activations/mish.h
  layers/activations/prelu.h
  layers/activations/relu.h
  layers/activations/selu.h
  layers/activations/sigmoid.h
  layers/activations/silu.h
  layers/activations/softplus.h
  layers/activations/softsign.h
  layers/activations/tanh.h
  layers/batch_norm.h
  layers/dense.h
  layers/dropout.h
  layers/gradient_check.h
  layers/initializer.h
  layers/layer.h
  layers/layer_norm.h
  layers/loss.h
  layers/losses/binary_cross_entropy.h
  layers/losses/huber.h
  layers/losses/losses.h
  layers/losses/mae.h
  layers/losses/mse.h
  layers/losses/multiclass_hinge.h
  layers/losses/poisson.h
  layers/losses/quantile.h
  layers/losses/softmax_cross_entropy.h
  layers/model.h
  layers/model_file.h
  layers/network.h
  layers/parameter.h
  layers/residual.h
  layers/stack.h
  layers/weight_file.h
  optim/health/ledger.h
  optim/health/probe.h
  optim/health/verdict.h
  optim/metrics/class_metrics.h
  optim/metrics/evaluation.h
  optim/metrics/metric.h
  optim/metrics/metrics.h
  optim/optimizers/adagrad.h
  optim/optimizers/adam.h
  optim/optimizers/optimizer.h
  optim/optimizers/optimizers.h
  optim/optimizers/rmsprop.h
  optim/optimizers/rprop.h
  optim/optimizers/sgd.h
  optim/run/run.h
  optim/schedule.h
  optim/trainer.h)

# What only Hinge itself includes: the library, its command and its tests.
set(HINGE_INTERNAL_HEADERS
  core/affine.h
  core/base64.h
  core/clock.h
  core/config/plain_json.h
  core/io/checksum.h
  core/io/file.h
  core/io/file_kind.h
  core/io/safetensors.h
  core/kernels/gemm.h
  core/kernels/kernels.h
  core/kernels/loops.h
  core/kernels/normalization.h
  core/kernels/optimizers.h
  core/kernels/philox.h
  core/kernels/remainders.h
  core/kernels/set.h
  core/kernels/simd.h
  core/kernels/transpose.h
  core/number.h
  core/portable_number.h
  core/shards.h
  core/softmax.h
  core/statistics.h
  core/text.h
  core/threads.h
  data/column_reader.h
  data/imputation.h
  data/proben1.h
  data/table.h
  data/table_plan.h
  data/table/arff.h
  data/table/format_guess.h
  data/table/labels.h
  data/table/other_formats.h
  data/table/row_reader.h
  data/table/table_errors.h
  data/table/table_reader.h
  data/table/text_index.h
  layers/losses/sample_block.h
  layers/model_edges.h
  layers/normalization.h
  layers/prediction_steps.h
  layers/predictor.h
  layers/tensor_groups.h
  optim/cadence.h
  optim/explanation.h
  optim/gradient_tree.h
  optim/rank_exchange.h
  optim/health/health_json.h
  optim/health/health_state.h
  optim/health/recycle.h
  optim/health/watch.h
  optim/metrics/confusion_matrix.h
  optim/metrics/prediction_report.h
  optim/optimizers/penalty.h
  optim/run/agreement.h
  optim/run/benchmark.h
  optim/run/checkpoint.h
  optim/run/diagnosis/cause_search.h
  optim/run/diagnosis/change_rules.h
  optim/run/diagnosis/changes.h
  optim/run/diagnosis/config_rules.h
  optim/run/diagnosis/config_values.h
  optim/run/diagnosis/data_rules.h
  optim/run/diagnosis/data_sample.h
  optim/run/diagnosis/diagnosis.h
  optim/run/diagnosis/judge.h
  optim/run/diagnosis/run_preview.h
  optim/run/diagnosis/trials.h
  optim/run/finding.h
  optim/run/overrides.h
  optim/run/part_score.h
  optim/run/resolution.h
  optim/run/result_folder.h
  optim/run/run_folder.h
  optim/run/run_list.h
  optim/run/run_record.h
  optim/run/state_file.h
  optim/run/study.h
  optim/run/summary.h
  optim/run/verdict.h
  optim/run/weight_record.h
  optim/step.h
  optim/thread_choice.h
  optim/weight_average.h)

set(HINGE_SOURCES
  core/affine.cpp
  core/base64.cpp
  core/communicator.cpp
  core/config/config.cpp
  core/config/config_schema.cpp
  core/config/json.cpp
  core/config/json_value.cpp
  core/config/options.cpp
  core/config/plain_json.cpp
  core/config/spec.cpp
  core/equation.cpp
  core/io/checksum.cpp
  core/io/file.cpp
  core/io/file_kind.cpp
  core/io/safetensors.cpp
  core/io/state_archive.cpp
  core/kernels/baseline.cpp
  core/kernels/dispatch.cpp
  core/matrix.cpp
  core/number.cpp
  core/output_transform.cpp
  core/portable_number.cpp
  core/preprocessing.cpp
  core/random.cpp
  core/softmax.cpp
  core/statistics.cpp
  core/text.cpp
  core/threads.cpp
  core/version.cpp
  data/batch_source.cpp
  data/column_reader.cpp
  data/csv.cpp
  data/dataset.cpp
  data/generators.cpp
  data/idx.cpp
  data/imputation.cpp
  data/part_warnings.cpp
  data/preparation.cpp
  data/proben1.cpp
  data/source.cpp
  data/split.cpp
  data/table.cpp
  data/table_facts.cpp
  data/table_plan.cpp
  data/table_samples.cpp
  data/table/arff.cpp
  data/table/column.cpp
  data/table/format_guess.cpp
  data/table/labels.cpp
  data/table/other_formats.cpp
  data/table/row_reader.cpp
  data/table/table_errors.cpp
  data/table/table_format.cpp
  data/table/table_reader.cpp
  data/table/text_index.cpp
  layers/activation_layer.cpp
  layers/activations/activations.cpp
  layers/activations/prelu.cpp
  layers/batch_norm.cpp
  layers/c.cpp
  layers/dense.cpp
  layers/dropout.cpp
  layers/gradient_check.cpp
  layers/initializer.cpp
  layers/layer.cpp
  layers/layer_norm.cpp
  layers/loss.cpp
  layers/losses/binary_cross_entropy.cpp
  layers/losses/error_losses.cpp
  layers/losses/losses.cpp
  layers/losses/multiclass_hinge.cpp
  layers/losses/poisson.cpp
  layers/losses/quantile.cpp
  layers/losses/sample_block.cpp
  layers/losses/softmax_cross_entropy.cpp
  layers/model.cpp
  layers/model_edges.cpp
  layers/model_file.cpp
  layers/network.cpp
  layers/network_import.cpp
  layers/normalization.cpp
  layers/prediction_steps.cpp
  layers/predictor.cpp
  layers/residual.cpp
  layers/standard_layers.cpp
  layers/stack.cpp
  layers/tensor_groups.cpp
  layers/weight_file.cpp
  optim/explanation.cpp
  optim/health/health_json.cpp
  optim/health/health_state.cpp
  optim/health/ledger.cpp
  optim/health/probe.cpp
  optim/health/recycle.cpp
  optim/health/verdict.cpp
  optim/health/watch.cpp
  optim/metrics/class_metrics.cpp
  optim/metrics/confusion_matrix.cpp
  optim/metrics/evaluation.cpp
  optim/metrics/metrics.cpp
  optim/metrics/prediction_report.cpp
  optim/optimizers/adagrad.cpp
  optim/optimizers/adam.cpp
  optim/optimizers/optimizer.cpp
  optim/optimizers/optimizers.cpp
  optim/optimizers/rmsprop.cpp
  optim/optimizers/rprop.cpp
  optim/optimizers/sgd.cpp
  optim/run/agreement.cpp
  optim/run/benchmark.cpp
  optim/run/checkpoint.cpp
  optim/run/config.cpp
  optim/run/diagnosis/cause_search.cpp
  optim/run/diagnosis/changes.cpp
  optim/run/diagnosis/column_rules.cpp
  optim/run/diagnosis/config_rules.cpp
  optim/run/diagnosis/config_values.cpp
  optim/run/diagnosis/data_rules.cpp
  optim/run/diagnosis/diagnosis.cpp
  optim/run/diagnosis/judge.cpp
  optim/run/diagnosis/loss_changes.cpp
  optim/run/diagnosis/network_changes.cpp
  optim/run/diagnosis/recipes.cpp
  optim/run/diagnosis/run_preview.cpp
  optim/run/diagnosis/start_rules.cpp
  optim/run/diagnosis/step_changes.cpp
  optim/run/diagnosis/target_rules.cpp
  optim/run/diagnosis/trials.cpp
  optim/run/overrides.cpp
  optim/run/finding.cpp
  optim/run/part_score.cpp
  optim/run/resolution.cpp
  optim/run/result_folder.cpp
  optim/run/run.cpp
  optim/run/run_folder.cpp
  optim/run/run_list.cpp
  optim/run/run_record.cpp
  optim/run/state_file.cpp
  optim/run/study.cpp
  optim/run/summary.cpp
  optim/run/verdict.cpp
  optim/run/weight_record.cpp
  optim/rank_exchange.cpp
  optim/schedule.cpp
  optim/step.cpp
  optim/thread_choice.cpp
  optim/trainer.cpp
  optim/weight_average.cpp)

# The kernels are compiled once for each instruction set, always optimised: they are what training waits for. Clang does not come
# to an end with the fuzzer's marks in their unrolled loops; no byte of a file reaches them unread.
set(HINGE_KERNEL_SOURCES core/kernels/baseline.cpp)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND HINGE_KERNEL_SOURCES core/kernels/avx2.cpp core/kernels/avx512.cpp)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  list(APPEND HINGE_KERNEL_SOURCES core/kernels/neon.cpp)
endif()
list(APPEND HINGE_SOURCES ${HINGE_KERNEL_SOURCES})

# hinge_kernel_options(option…): how the kernels are compiled for the targets of a folder.
function(hinge_kernel_options)
  set(options ${ARGN})
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=fuzzer")
    list(APPEND options "-fno-sanitize=fuzzer-no-link,undefined")
  endif()
  set(sources ${HINGE_KERNEL_SOURCES})
  list(TRANSFORM sources PREPEND "${PROJECT_SOURCE_DIR}/")
  foreach(source IN LISTS sources)
    set(instructions "")
    if(source MATCHES "avx2")
      set(instructions "-mavx2;-mfma")
    elseif(source MATCHES "avx512")
      set(instructions "-mavx512f;-mavx2;-mfma;-mprefer-vector-width=512")
    endif()
    set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS "${options};${instructions}")
  endforeach()
endfunction()
hinge_kernel_options(-O3)

if(HINGE_MPI)
  list(APPEND HINGE_SOURCES core/mpi_communicator.cpp)
  set_source_files_properties(core/communicator.cpp PROPERTIES COMPILE_DEFINITIONS HINGE_MPI)
endif()

# A test puts its own build of the first file, without zlib, in the place of the library's. The others are all that HINGE_MPI changes.
set_source_files_properties(core/io/file.cpp core/communicator.cpp core/mpi_communicator.cpp
                            PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
