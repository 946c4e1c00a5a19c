// Serving: threads predict with the newest model while another one trains and puts better ones in its place.
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <hinge/hinge.h>

using namespace hinge;

// Holds the newest model. Who took one may go on with it, whatever is put in its place meanwhile.
class Shelf {
 public:
  std::shared_ptr<const Model<float>> newest() {
    const std::scoped_lock lock(mutex_);
    return model_;
  }
  void put(const Network<float>& net) {
    auto fresh = std::make_shared<const Model<float>>(net, ModelInfo{.output_transform = OutputTransform::softmax});
    const std::scoped_lock lock(mutex_);
    model_.swap(fresh);
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const Model<float>> model_;
};

int main() {
  const Dataset<float> moons = two_moons<float>(/*samples=*/400, /*noise=*/0.2, /*seed=*/1);
  Network<float> net(2, {Dense{32, Relu{}}, Dense{2}}, /*seed=*/1);
  Shelf shelf;
  shelf.put(net);
  std::atomic<bool> is_over = false;
  const auto serve = [&](std::size_t i) {
    Workspace<float> workspace;  // one for each thread
    do {
      const float point[] = {moons.inputs()(0, i), moons.inputs()(1, i)};
      shelf.newest()->classify(point, workspace);
      i = (i + 1) % moons.size();
    } while (!is_over);
  };
  std::vector<std::thread> clients;
  for (std::size_t t = 0; t < 3; ++t) clients.emplace_back(serve, t);
  Trainer trainer(net, SoftmaxCrossEntropy{}, Adam{.learning_rate = 0.01});
  trainer.on_epoch([&](const EpochReport&) {
    shelf.put(net);
    return Control::proceed;
  });
  trainer.fit(moons, {.epochs = 30, .probe_samples = 0});
  is_over = true;
  for (std::thread& client : clients) client.join();
  std::size_t right = 0;
  const std::vector<std::size_t> classes = shelf.newest()->classify(moons.inputs());
  for (std::size_t i = 0; i < moons.size(); ++i) right += classes[i] == static_cast<std::size_t>(moons.classes()[i]);
  std::printf("30 models were put in place; the last one classifies %zu of 400 points right\n", right);
  return right > 360 ? 0 : 1;
}
