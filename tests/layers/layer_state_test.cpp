#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/data/dataset.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/gradient_check.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/layers/model_file.h>
#include <hinge/optim/explanation.h>
#include <hinge/optim/health/probe.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/run/state_file.h>
#include <hinge/optim/trainer.h>

#include "support/contains.h"
#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

// An application's layer: passes x on, counts the batches it was trained on, and keeps the last x of the last of them.
template <typename Scalar>
class CountingLayer final : public Layer<Scalar> {
 public:
  explicit CountingLayer(std::size_t inputs) : Layer<Scalar>(inputs, inputs) {}

  std::vector<StateDeclaration> declare_state() const override {
    return {{"batches", 1, 0.5}, {"last", this->inputs(), -1}};
  }
  std::size_t min_training_batch() const override { return 2; }

 protected:
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override { copy(x, y); }
  void backpropagate(const MatrixView<const Scalar>&, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    if (!dx.empty()) copy(dy, dx);
  }
  void update_state() override {
    this->state()[0].values()[0] += 1;
    const MatrixView<const Scalar> x = this->input();
    for (std::size_t r = 0; r < x.rows; ++r) this->state()[1].values()[r] = x(r, x.cols - 1);
  }
};

struct Counting {
  static constexpr std::string_view type = "counting";
  std::vector<Option> options() { return {}; }
  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const {
    return std::make_unique<CountingLayer<Scalar>>(inputs);
  }
};

template <typename Scalar>
Network<Scalar> counting_network() {
  return Network<Scalar>(2, {Dense{3}, Counting{}, Dense{1}}, 1);
}

template <typename Scalar>
std::vector<Scalar> state_of(const Network<Scalar>& network) {
  return {network.state_values().begin(), network.state_values().end()};
}

template <typename Scalar>
Dataset<Scalar> four_samples() {
  return Dataset<Scalar>::regression(random_matrix<Scalar>(2, 4, 1), random_matrix<Scalar>(1, 4, 2));
}

Registries registries_with_counting() {
  Registries registries = standard_model_registries();
  registries.of<LayerSpec>().add(Counting{});
  return registries;
}

}  // namespace

TEST_CASE_TEMPLATE("a network owns the state that its layers declare", Scalar, float, double) {
  Network<Scalar> network = counting_network<Scalar>();
  REQUIRE(network.state().size() == 2);
  CHECK(network.state()[0].name() == "layers.1.batches");
  CHECK(network.state()[1].name() == "layers.1.last");
  CHECK(state_of(network) == std::vector<Scalar>{0.5, -1, -1, -1});
  CHECK(network.layer(1).state()[1].values().data() == network.state_values().data() + 1);
  CHECK(network.values().size() == 9 + 4);  // state is no parameter
  check_contains(network.summary(), {"3 outputs, 0 parameters, 4 numbers of state\n"});

  network.state()[1].values()[2] = 7;
  const Network<Scalar> copied(network);
  network.state_values()[3] = 8;
  CHECK(copied.state_values()[3] == 7);
  using Other = std::conditional_t<std::is_same_v<Scalar, float>, double, float>;
  CHECK(network.template convert<Other>().state_values()[3] == Other(8));
  const Network<Scalar> moved(std::move(network));
  CHECK(moved.layer(1).state()[1].values()[2] == 8);
}

TEST_CASE("only the first backward pass of a training pass moves state") {
  Network<double> network = counting_network<double>();
  const Matrix<double> x = random_matrix<double>(2, 4, 1);
  const Matrix<double> dz = random_matrix<double>(1, 4, 2);
  const auto batches = [&] { return network.state_values()[0] - 0.5; };
  network.forward(x, {});
  CHECK(batches() == 0);
  network.backward(dz);
  CHECK(batches() == 1);
  CHECK(network.state_values()[1] == network.layer(1).input()(0, 3));
  network.backward(dz);
  CHECK(batches() == 1);

  network.forward(x, {.updates_state = false});
  network.backward(dz);
  network.forward(x, Pass::inspect());
  network.backward(dz);
  network.forward(x, {.training = false});
  network.backward(dz);
  CHECK(batches() == 1);
  network.forward(x, {});
  network.backward(dz);
  CHECK(batches() == 2);
}

TEST_CASE("gradient checks, explanations, health probes and evaluations leave state alone") {
  Network<double> network = counting_network<double>();
  network.state_values()[2] = 0.25;
  const std::vector<double> before = state_of(network);
  const Dataset<double> data = four_samples<double>();
  const Matrix<double> x = matrix_of(data.inputs());
  const auto loss = LossSpec(MeanSquaredError{})->build<double>();

  CHECK(check_gradients(network, *loss, x, data.targets()).agrees());
  CHECK(same_bits(state_of(network), before));
  HealthProbe<double>(x).measure(network);
  CHECK(same_bits(state_of(network), before));
  evaluate(network, *loss, *std::make_unique<DatasetBatches<double>>(data));
  CHECK(same_bits(state_of(network), before));

  Explanation explanation(network, MeanSquaredError{}, Sgd{}, {}, data);
  Trainer<double> trainer(network, MeanSquaredError{}, Sgd{});
  for (int step = 1; step <= 3; ++step) {
    const ExplainedStep explained = explanation.next();
    const LossSums sums = trainer.step(data.inputs(), data.targets());
    CHECK(explained.loss == sums.loss / sums.weight);  // the state of both moves in step
  }
}

TEST_CASE("a step that throws or has no weight leaves state alone") {
  Network<float> network = counting_network<float>();
  Trainer<float> trainer(network, MeanSquaredError{}, Sgd{});
  const Dataset<float> data = four_samples<float>();
  const std::vector<float> before = state_of(network);
  const std::vector<float> none(4, 0);
  trainer.step(data.inputs(), data.targets(), none);
  CHECK(same_bits(state_of(network), before));
  Matrix<float> x = matrix_of(data.inputs());
  x(0, 0) = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS(trainer.step(x, data.targets()), NonFiniteError);
  CHECK(same_bits(state_of(network), before));
  trainer.step(data.inputs(), data.targets());
  CHECK(network.state_values()[0] == 1.5F);
}

TEST_CASE_TEMPLATE("state is saved with the model", Scalar, float, double) {
  Network<Scalar> network = counting_network<Scalar>();
  network.state_values()[2] = static_cast<Scalar>(0.1);
  const std::string bytes = model_to_bytes(Model<Scalar>(Network<Scalar>(network), {}));
  const auto registries = registries_with_counting();
  CHECK(same_bits(state_of(model_from_bytes<Scalar>(bytes, "m", registries).model.network()), state_of(network)));
  CHECK(bytes.find("layers.1.batches") != std::string::npos);
  const Model<Scalar> model = model_from_bytes<Scalar>(bytes, "m", registries).model;
  CHECK(same_bits(state_of(Model<Scalar>(model).network()), state_of(network)));
  network.state_values()[2] = std::numeric_limits<Scalar>::quiet_NaN();
  CHECK_THROWS_AS(model_to_bytes(Model<Scalar>(std::move(network), {})), ModelError);
}

TEST_CASE("a model file without its state is refused") {
  const std::string bytes = model_to_bytes(Model<float>(counting_network<float>(), {}));
  const TensorFile file = read_tensors(bytes, "m");
  ModelNotes metadata = file.metadata;
  metadata.erase("crc32");
  const auto load = [&](const std::vector<Tensor>& tensors) {
    return model_from_bytes<float>(write_tensors(metadata, tensors), "m", registries_with_counting());
  };
  std::vector<Tensor> tensors = file.tensors;
  load(tensors);
  tensors.back().name = "layers.1.latest";
  CHECK(error_of<ModelError>([&] { load(tensors); }) == "m: the tensor layers.1.last is missing");
  tensors.pop_back();
  CHECK(error_of<ModelError>([&] { load(tensors); }) ==
        "m: the network has 13 parameters and 4 numbers of state, but the file 14 numbers");
}

TEST_CASE("the best epoch keeps its state, and averaging that of the last step") {
  const Dataset<float> data = four_samples<float>();
  Network<float> network = counting_network<float>();
  Trainer<float> trainer(network, MeanSquaredError{}, Sgd{.learning_rate = 1e-3});
  trainer.on_epoch([&](const EpochReport& report) {
    // From the third epoch on the validation loss grows.
    if (report.epoch >= 2) network.parameter("layers.2.bias").value()(0, 0) = static_cast<float>(100 * report.epoch);
    return Control::proceed;
  });
  const FitResult result =
      trainer.fit(data, {.epochs = 5, .batch_size = 2, .validation = &data, .early_stopping = {.patience = 1}});
  REQUIRE(result.best);
  CHECK(network.state_values()[0] == 0.5F + 2 * static_cast<float>(result.best->epoch));

  Network<float> averaged = counting_network<float>();
  Trainer<float> averaging(averaged, MeanSquaredError{}, Sgd{.learning_rate = 1e-3}, {.averaging = 0.5});
  averaging.fit(data, {.epochs = 3, .batch_size = 2});
  CHECK(averaged.state_values()[0] == 6.5F);
}

TEST_CASE("a state of training holds the layers' state, also in a file") {
  const Dataset<float> data = four_samples<float>();
  Network<float> network = counting_network<float>();
  Trainer<float> trainer(network, MeanSquaredError{}, Sgd{.learning_rate = 1e-3});
  trainer.fit(data, {.epochs = 2, .batch_size = 2});
  const TemporaryFolder folder;
  save_state(folder.path("state"), trainer.state());
  const TrainingState<float> state = load_state(folder.path("state"));
  CHECK(same_bits(state.layer_state, state_of(network)));

  Network<float> other = counting_network<float>();
  Trainer<float> resumed(other, MeanSquaredError{}, Sgd{.learning_rate = 1e-3});
  resumed.restore(state);
  CHECK(same_bits(state_of(other), state_of(network)));

  TrainingState<float> without = state;
  without.layer_state.clear();
  CHECK(error_of<ShapeError>([&] { resumed.restore(without); }) ==
        "trainer: the state has 0 numbers of the layers' state, but the network has 4");
}

TEST_CASE("an epoch with a batch too small for a layer is refused before training, with a batch_size that works") {
  struct Row {
    std::size_t samples;
    std::size_t batch_size;
    std::string error;
  };
  const std::string needs = "layer 2 needs at least 2 samples in every training batch, but ";
  const std::vector<Row> rows = {
      {4, 2, ""},
      {4, 4, ""},
      {5, 7, ""},
      {5, 3, ""},
      {5, 4, needs + "5 training samples in batches of 4 leave a batch of 1; take a batch_size of 5"},
      {7, 2, needs + "7 training samples in batches of 2 leave a batch of 1; take a batch_size of 4"},
      {4, 1, needs + "4 training samples in batches of 1 leave a batch of 1; take a batch_size of 2"},
      {1, 8, needs + "there are 1 training samples"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.samples);
    CAPTURE(row.batch_size);
    const auto data =
        Dataset<float>::regression(random_matrix<float>(2, row.samples, 1), random_matrix<float>(1, row.samples, 2));
    Network<float> network = counting_network<float>();
    Trainer<float> trainer(network, MeanSquaredError{}, Sgd{});
    const auto fit = [&] { trainer.fit(data, {.epochs = 1, .batch_size = row.batch_size}); };
    if (row.error.empty()) {
      fit();
    } else {
      CHECK(error_of<ConfigError>(fit) == row.error);
    }
  }
}
