// Forward declarations of the classes that other headers mention most.
#pragma once

#include <hinge/core/export.h>

namespace hinge {

template <typename Scalar>
struct MatrixView;
template <typename Scalar>
class Matrix;
template <typename Scalar>
struct Targets;
template <typename Scalar>
class Batch;
class Communicator;
class Preprocessing;
class RandomStream;
class Registries;
class StateArchive;
class ThreadPool;

template <typename Scalar>
class Activation;
template <typename Scalar>
class Layer;
template <typename Scalar>
class Loss;
template <typename Scalar>
class Model;
template <typename Scalar>
class Network;
template <typename Scalar>
class LayerState;
template <typename Scalar>
class Parameter;
template <typename Scalar>
class Workspace;

template <typename Scalar>
class BatchSource;
template <typename Scalar>
class Dataset;

template <typename Scalar>
class Optimizer;
template <typename Scalar>
class Trainer;
class Schedule;
struct EpochReport;
struct HealthReport;

}  // namespace hinge
