// The engine of the playground: it trains as a run does, goes back, explains a death, and says what is wrong.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <hinge/core/number.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>
#include <nlohmann/json.hpp>

#include "playground/playground.h"
#include "support/temporary_folder.h"

using hinge_playground::Playground;
using Json = nlohmann::json;

namespace {

// A playground whose requests are made as the page makes them.
class Page {
 public:
  Json ask(const Json& request) { return Json::parse(playground_.answer(request.dump())); }
  Json open(const Json& config, const Json& files = Json::object()) {
    Json answer = ask({{"do", "open"}, {"config", config}, {"files", files}});
    REQUIRE_MESSAGE(answer.contains("state"), answer.dump());
    return answer;
  }
  Json state(const Json& request = {{"do", "state"}}) {
    Json answer = ask(request);
    REQUIRE_MESSAGE(answer.contains("state"), answer.dump());
    return answer["state"];
  }
  Playground& playground() { return playground_; }

 private:
  TemporaryFolder folder_;
  Playground playground_{folder_.path()};
};

Json dense(std::size_t units, const Json& activation = "identity") {
  return {{"type", "dense"}, {"units", units}, {"activation", activation}};
}

Json spiral(const Json& changes = Json::object()) {
  Json config = {{"data", {{"type", "spirals"}, {"samples_per_arm", 40}, {"validation", {{"fraction", 0.25}}}}},
                 {"model", {{"layers", {dense(6, "relu"), dense(4, "tanh"), dense(1)}}}},
                 {"loss", "bce_with_logits"},
                 {"optimizer", {{"type", "sgd"}, {"learning_rate", 0.1}, {"momentum", 0.9}}},
                 {"train", {{"epochs", 7}, {"batch_size", 9}, {"seed", 3}}}};
  config.merge_patch(changes);
  return config;
}

std::vector<float> weights_of(const Json& state) {
  std::vector<float> weights;
  for (const Json& layer : state["layers"]) {
    for (const Json& parameter : layer["parameters"]) {
      for (const Json& row : parameter["values"]) {
        for (const Json& value : row) weights.push_back(value.get<float>());
      }
    }
  }
  return weights;
}

// The weights of the command's run of a config.
std::vector<float> trained(const std::string& config, const std::string& folder) {
  hinge::Run run(hinge::parse_config(config, "config", folder, {}, hinge::standard_registries()));
  run.train();
  std::vector<float> weights;
  for (const hinge::Parameter<float>& p : run.network().parameters()) {
    for (std::size_t r = 0; r < p.value().rows; ++r) {
      for (std::size_t c = 0; c < p.value().cols; ++c) weights.push_back(p.value()(r, c));
    }
  }
  return weights;
}

// What does not depend on how the step was reached: gradients are those of the last step only.
Json without_gradients(Json state) {
  for (Json& layer : state["layers"]) {
    for (Json& parameter : layer["parameters"]) parameter.erase("gradients");
  }
  return state;
}

}  // namespace

TEST_CASE("training step by step ends with the weights of a run, to the bit") {
  const std::vector<Json> rows = {
      Json::object(),
      {{"optimizer", {{"type", "adam"}, {"momentum", nullptr}, {"learning_rate", 0.01}}}},
      {{"train", {{"accumulate", 4}}}},
      {{"train", {{"shuffle", false}, {"batch_size", 1000}, {"clip_norm", 0.1}}}},
      {{"train", {{"schedule", {{"type", "reduce_on_plateau"}, {"patience", 0}}}}}},
      {{"train", {{"schedule", {{"type", "cosine"}, {"period", 30}}}}}},
      {{"model", {{"layers", {dense(6, "relu"), {{"type", "dropout"}, {"rate", 0.3}}, dense(1)}}}}},
      {{"model", {{"layers", {dense(6, "relu"), {{"type", "batch_norm"}}, dense(1)}}}}}};
  for (const Json& changes : rows) {
    CAPTURE(changes.dump());
    const Json config = spiral(changes);
    Page page;
    page.open(config);
    page.state({{"do", "step"}, {"count", 2}});
    page.state({{"do", "back"}});
    page.state({{"do", "run"}, {"until_epoch", 7}});
    CHECK(weights_of(page.state()) == trained(config.dump(), ""));
  }
}

TEST_CASE("going back gives every earlier state, and from there the same steps again") {
  Page page;
  page.open(spiral());
  std::vector<Json> states = {page.state()};
  for (int i = 0; i < 40; ++i) states.push_back(page.state({{"do", "step"}}));
  for (const std::size_t step : {39U, 38U, 21U, 20U, 14U, 1U, 0U}) {
    CAPTURE(step);
    CHECK(without_gradients(page.state({{"do", "back"}, {"to_step", step}})) == without_gradients(states[step]));
  }
  CHECK(page.state({{"do", "step"}, {"count", 40}}) == states[40]);
  // 7 steps an epoch: from within the sixth its start is the first one back.
  CHECK(page.state({{"do", "back"}, {"epochs", 1}})["step"] == 35);
  CHECK(page.state({{"do", "back"}, {"epochs", 2}})["step"] == 21);
}

TEST_CASE("many epochs later an early step still comes back") {
  Page page;
  page.open(spiral());
  const Json early = page.state({{"do", "step"}, {"count", 10}});
  page.state({{"do", "run"}, {"until_epoch", 300}});
  CHECK(without_gradients(page.state({{"do", "back"}, {"to_step", 10}})) == without_gradients(early));
}

TEST_CASE("an edited weight stays, until one goes back beyond the edit") {
  Page page;
  page.open(spiral());
  const Json before = page.state({{"do", "step"}, {"count", 9}});
  const Json edit = {{"do", "edit"}, {"parameter", "layers.0.weight"}, {"row", 1}, {"col", 0}, {"value", 0.1}};
  const Json edited = page.state(edit);
  CHECK(edited["layers"][0]["parameters"][0]["values"][1][0] == 0.1);
  CHECK(edited["edited"] == true);
  const Json later = page.state({{"do", "step"}, {"count", 9}});
  CHECK(page.state({{"do", "back"}, {"to_step", 9}}) == edited);
  CHECK(page.state({{"do", "step"}, {"count", 9}})["train"] == later["train"]);
  page.state({{"do", "back"}, {"to_step", 8}});
  CHECK(page.state({{"do", "step"}}) == before);
}

TEST_CASE("a change keeps weights and step, and takes nothing that would not fit them") {
  Page page;
  page.open(spiral());
  const Json before = page.state({{"do", "step"}, {"count", 9}});
  const Json set = Json::array({"optimizer.learning_rate=0.5", "model.layers[0].activation=leaky_relu"});
  const Json after = page.ask({{"do", "change"}, {"set", set}});
  REQUIRE_MESSAGE(after.contains("state"), after.dump());
  CHECK(after["network"][0]["path"] == "model.layers[0]");
  CHECK(after["network"][0]["activation"]["type"] == "leaky_relu");
  CHECK(after["state"]["learning_rate"] == 0.5);
  CHECK(after["state"]["step"] == 9);
  CHECK(weights_of(after["state"]) == weights_of(before));
  const Json adam =
      page.ask({{"do", "change"}, {"set", Json::array({R"(optimizer={"type":"adam","learning_rate":0.01})"})}});
  CHECK(adam["state"]["learning_rate"] == 0.01);
  page.state({{"do", "step"}});
  for (const auto& row : std::vector<std::pair<std::string, std::string>>{{"model.layers[0].units=7", "/model/layers"},
                                                                          {"data.noise=1", "/data"},
                                                                          {"loss=mse", "/loss"},
                                                                          {"train.seed=4", "/train/seed"},
                                                                          {"train.batch_size=8", "/train/batch_size"},
                                                                          {"health.recycle.every=2", "/health/recycle"},
                                                                          {"optimizer.rate=1", ""}}) {
    CAPTURE(row.first);
    const Json answer = page.ask({{"do", "change"}, {"set", Json::array({row.first})}});
    REQUIRE(answer.contains("error"));
    if (!row.second.empty()) CHECK(answer["place"] == row.second);
    CHECK(page.state()["step"] == 10);
  }
}

// x = 1, w = 2, b = 0, then y = a, and the target 0: with L = (y − t)²/2 the gradients of w and b are 2, and at rate 1 both fall
// by 2, so z = 0·1 − 2. Learning rate 0.1 leaves it alive: z = 1.8 − 0.2.
TEST_CASE("the step that kills a unit is found, with its numbers") {
  const Json frozen = {{"type", "dense"},
                       {"units", 1},
                       {"bias", false},
                       {"train_weight", false},
                       {"weight_init", {{"type", "given"}, {"values", {1}}}}};
  const Json config = {{"data", {{"type", "csv"}, {"path", "one.csv"}, {"targets", {"t"}}}},
                       {"model",
                        {{"layers",
                          {{{"type", "dense"},
                            {"units", 1},
                            {"activation", "relu"},
                            {"weight_init", {{"type", "given"}, {"values", {2}}}}},
                           frozen}}}},
                       {"loss", "half_squared_sum"},
                       {"optimizer", {{"type", "sgd"}, {"learning_rate", 1}}},
                       {"train", {{"batch_size", 1}}}};
  Page page;
  page.open(config, {{"one.csv", "x,t\n1,0\n"}});
  CHECK(page.ask({{"do", "unit"}, {"layer", 1}, {"unit", 1}})["state"] == "always on");
  page.state({{"do", "step"}, {"count", 5}});
  const Json unit = page.ask({{"do", "unit"}, {"layer", 1}, {"unit", 1}});
  CHECK(unit["state"] == "dead");
  CHECK(unit["died_step"] == 1);
  CHECK(unit["died_epoch"] == 1);
  CHECK(unit["killed"]["before"] == Json({2, 0}));
  CHECK(unit["killed"]["gradient"] == Json({2, 2}));
  CHECK(unit["killed"]["after"] == Json({0, -2}));
  CHECK(unit["killed"]["largest_z_before"] == 2);
  CHECK(unit["killed"]["largest_z_after"] == -2);
  CHECK(unit["words"].back().get<std::string>().find("never moves again") != std::string::npos);

  page.state({{"do", "back"}, {"to_step", 0}});
  page.ask({{"do", "change"}, {"set", Json::array({"optimizer.learning_rate=0.1"})}});
  CHECK(page.state({{"do", "step"}})["layers"][0]["units"][0]["state"] == "always on");
  page.state({{"do", "edit"}, {"parameter", "layers.0.bias"}, {"row", 0}, {"col", 0}, {"value", -9}});
  const Json by_hand = page.ask({{"do", "unit"}, {"layer", 1}, {"unit", 1}});
  CHECK(by_hand["killed"]["by_hand"] == true);
  CHECK(by_hand["killed"]["step"] == 1);

  page.state({{"do", "back"}, {"to_step", 0}});
  page.state({{"do", "edit"}, {"parameter", "layers.0.bias"}, {"row", 0}, {"col", 0}, {"value", -9}});
  CHECK(page.ask({{"do", "unit"}, {"layer", 1}, {"unit", 1}})["died_step"] == 0);
}

// z of a sample is a·x + b·y + c up to a few roundings of floats: |z| is some 5, so 1e-5 is ten of them.
TEST_CASE("a hinge is where z is 0, in the units of the data") {
  Page page;
  const Json opened = page.open(spiral({{"data", {{"preprocess", "standard"}}}}));
  page.state({{"do", "step"}, {"count", 30}});
  const Json hinges = page.state()["layers"][0]["hinges"];
  for (std::size_t sample : {0U, 7U, 30U}) {
    const Json z = page.ask({{"do", "explain"}, {"sample", sample + 1}})["steps"][0]["layers"][0]["z"][0];
    const Json& x = opened["data"]["train"]["inputs"][sample];
    for (std::size_t unit = 0; unit < 6; ++unit) {
      const double line = hinges[unit][0].get<double>() * x[0].get<double>() +
                          hinges[unit][1].get<double>() * x[1].get<double>() + hinges[unit][2].get<double>();
      CHECK(line == doctest::Approx(z[unit].get<double>()).epsilon(1e-5));
    }
  }
}

TEST_CASE("maps hold what each unit and output gives at the centre of a cell, the top row first") {
  const Json given = {{"type", "given"}, {"values", {1, 0, 0, -1}}};
  const Json config = {
      {"data", {{"type", "xor"}}},
      {"model",
       {{"layers", {{{"type", "dense"}, {"units", 2}, {"activation", "relu"}, {"weight_init", given}}, dense(1)}}}},
      {"loss", "bce_with_logits"}};
  Page page;
  const Json opened = page.open(config);
  CHECK(opened["maps"] == Json::parse(R"([{"layer": 1, "unit": 1}, {"layer": 1, "unit": 2}, {"output": 1}])"));
  const auto low = opened["data"]["view"]["x"][0].get<double>();
  const auto high = opened["data"]["view"]["x"][1].get<double>();
  CHECK(low == doctest::Approx(-0.2));
  CHECK(high == doctest::Approx(1.2));
  const std::vector<float>& maps = page.playground().maps(7, 5);
  REQUIRE(maps.size() == 3 * 5 * 7);
  for (std::size_t r = 0; r < 5; ++r) {
    for (std::size_t c = 0; c < 7; ++c) {
      const double x = low + (high - low) * (static_cast<double>(c) + 0.5) / 7;
      const double y = high - (high - low) * (static_cast<double>(r) + 0.5) / 5;
      CHECK(static_cast<double>(maps[r * 7 + c]) == doctest::Approx(std::max(x, 0.0)).epsilon(1e-6));
      CHECK(static_cast<double>(maps[35 + r * 7 + c]) == doctest::Approx(std::max(-y, 0.0)).epsilon(1e-6));
      CHECK(maps[70 + r * 7 + c] > 0);
      CHECK(maps[70 + r * 7 + c] < 1);
    }
  }
}

TEST_CASE("the copied config trains to the weights of the page") {
  struct Row {
    const char* name;
    std::vector<Json> requests;
    bool exact;
  };
  const Json edit = {{"do", "edit"}, {"parameter", "layers.1.bias"}, {"row", 2}, {"col", 0}, {"value", 0.3}};
  const Json rate = {{"do", "change"}, {"set", Json::array({"optimizer.learning_rate=0.02"})}};
  const Json train = {{"do", "epoch"}, {"count", 5}};
  for (const Row& row : {Row{"as opened", {train}, true}, Row{"a weight first", {edit, train}, true},
                         Row{"a rate first", {rate, train}, true},
                         Row{"back and another way", {train, edit, {{"do", "back"}, {"to_step", 3}}, train}, true},
                         Row{"untrained", {edit}, false}, Row{"within an epoch", {{{"do", "step"}}}, false},
                         Row{"a weight later", {train, edit}, false}, Row{"a rate later", {train, rate}, false}}) {
    CAPTURE(std::string(row.name));
    Page page;
    page.open(spiral());
    for (const Json& request : row.requests) page.state(request);
    const Json copy = page.ask({{"do", "config"}});
    CHECK(copy["exact"] == row.exact);
    CHECK((copy["note"] != "") == (!row.exact && row.name != std::string("untrained")));
    if (row.exact) CHECK(trained(copy["text"], "") == weights_of(page.state()));
    if (!row.exact && row.name != std::string("within an epoch")) {
      Page other;  // starts from the weights as they are
      CHECK(weights_of(other.open(copy["config"])["state"]) == weights_of(page.state()));
    }
  }
}

TEST_CASE("what is wrong with a request is an answer, and nothing changes") {
  Page page;
  CHECK(page.ask({{"do", "state"}})["error"] == "request: no config is open yet");
  page.open(spiral());
  const Json before = page.state({{"do", "step"}});
  struct Row {
    std::string request;
    std::string error;
    std::string place;
  };
  for (
      const Row& row :
      {Row{"{", "request:1", ""}, Row{"[]", "do is missing", ""}, Row{R"({"do": "dance"})", "unknown: \"dance\"", ""},
       Row{R"({"do": "step", "count": -1})", "count: found the number -1", ""},
       Row{R"({"do": "run"})", "say how long", ""},
       Row{R"({"do": "edit", "parameter": "w", "row": 0, "col": 0, "value": 1})", "no \"w\"", ""},
       Row{R"({"do": "edit", "parameter": "layers.0.weight", "row": 6, "col": 0, "value": 1})", "row = 6", ""},
       Row{R"({"do": "edit", "parameter": "layers.0.weight", "row": 0, "col": 0, "value": 1e39})", "a float", ""},
       Row{R"({"do": "unit", "layer": 3, "unit": 1})", "not a hidden layer", ""},
       Row{R"({"do": "explain", "sample": 0})", "sample = 0", ""},
       Row{R"({"do": "open", "config": {"data": "xor", "model": {"layers": [{"type": "dense", "units": 3, "untis": 3}]}, "loss": "mse"}})",
           "did you mean \"units\"", "/model/layers/0/untis"},
       Row{R"({"do": "open", "config": "{"})", "config:1", ""},
       Row{R"({"do": "open", "config": {"data": {"type": "parity", "bits": 3}, "model": {"layers": [{"type": "dense", "units": 2}]}, "loss": "softmax_cross_entropy"}})",
           "one or two features, but the data has 3", "/data"},
       Row{R"({"do": "open", "config": {"data": {"type": "csv", "path": "nothing.csv"}, "model": {"layers": [{"type": "dense", "units": 1}]}, "loss": "mse"}})",
           "nothing.csv", ""},
       Row{R"({"do": "open", "config": {}, "files": {"../a": ""}})", "no name of a file", ""}}) {
    CAPTURE(row.request);
    const Json answer = Json::parse(page.playground().answer(row.request));
    REQUIRE(answer.contains("error"));
    CHECK_MESSAGE(answer["error"].get<std::string>().find(row.error) != std::string::npos, answer.dump());
    CHECK(answer["place"] == row.place);
    CHECK(page.state() == before);
  }
}

TEST_CASE("a config that cannot be opened leaves the points of the one before") {
  Page page;
  const Json config = spiral({{"data", Json{{"type", "csv"},
                                            {"path", "points.csv"},
                                            {"target", "class"},
                                            {"samples_per_arm", nullptr},
                                            {"validation", nullptr}}}});
  const Json opened = page.open(config, {{"points.csv", "x,y,class\n0,0,a\n1,1,b\n"}});
  const Json failed = page.ask({{"do", "open"}, {"config", config}, {"files", {{"points.csv", "x,y,class\n5,5,a\n"}}}});
  REQUIRE(failed.contains("error"));
  const Json changed = page.ask({{"do", "change"}, {"set", Json::array({"optimizer.learning_rate=0.2"})}});
  CHECK(changed["data"] == opened["data"]);
}

TEST_CASE("training that diverges stays at its last finite step") {
  Page page;
  page.open(spiral({{"optimizer", {{"learning_rate", 1e30}}}, {"model", {{"layers", {dense(6, "relu"), dense(1)}}}}}));
  const Json answer = page.ask({{"do", "step"}, {"count", 100}});
  REQUIRE(answer.contains("error"));
  for (const float weight : weights_of(answer["state"])) CHECK(std::isfinite(weight));
  CHECK(page.state()["step"] == answer["state"]["step"]);
}

TEST_CASE("a training stops at a loss, and its history is that of the epochs") {
  Page page;
  page.open(spiral({{"data", {{"preprocess", "standard"}}}}));
  const Json answer = page.ask({{"do", "run"}, {"until_loss", 0.66}, {"until_epoch", 500}});
  CHECK(answer["stopped"] == "loss");
  const Json history = page.ask({{"do", "history"}, {"from", 0}});
  REQUIRE(history["epoch"].size() == answer["state"]["history"]);
  CHECK(history["train_loss"].back() <= 0.66);
  CHECK(history["train_loss"][history["train_loss"].size() - 2] > 0.66);
  CHECK(history["test_loss"].back() == answer["state"]["test"]["loss"]);
  CHECK(page.ask({{"do", "history"}, {"from", 1000000}})["epoch"].empty());
}

TEST_CASE("every gradient is proven, and each mistake in the backward pass gives itself away") {
  Page page;
  page.open(spiral());
  page.state({{"do", "step"}, {"count", 9}});
  const auto ratios = [](const Json& check) {
    std::vector<double> list;
    for (const Json& tensor : check["tensors"])
      list.push_back(tensor["ratio"].is_null() ? 0 : tensor["ratio"].get<double>());
    return list;
  };
  const auto near = [](double ratio, double wanted) { return std::abs(ratio - wanted) < 1e-6; };
  CHECK(page.ask({{"do", "gradcheck"}})["agrees"] == true);
  const Json sign = page.ask({{"do", "gradcheck"}, {"break", "sign"}});
  CHECK(sign["agrees"] == false);
  // tanh of layer 2 is the last activation: what is at and below it turns round, with the input at the end.
  const std::vector<double> wanted = {-1, -1, -1, -1, 1, 1, -1};
  const std::vector<double> found = ratios(sign);
  REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(near(found[i], wanted[i]));
  for (const double ratio : ratios(page.ask({{"do", "gradcheck"}, {"break", "batch"}}))) CHECK(near(ratio, 8));
  CHECK(page.ask({{"do", "gradcheck"}, {"break", "gate"}})["agrees"] == false);
  CHECK(page.ask({{"do", "gradcheck"}, {"break", "softmax"}})["error"] ==
        "--break softmax: it cannot show here: the loss has no softmax");
  CHECK(page.ask({{"do", "gradcheck"}, {"break", "sgin"}})["error"] ==
        "--break: unknown fault \"sgin\"; did you mean \"sign\"? (known: sign, batch, gate, softmax)");
}

TEST_CASE("findings come before training, and a verdict names what stalls it") {
  Page page;
  Json layer = dense(4, "relu");
  layer["bias_init"] = {{"type", "constant"}, {"value", -100}};
  page.open(spiral({{"model", {{"layers", {layer, dense(1)}}}}}));
  const Json findings = page.ask({{"do", "findings"}})["findings"];
  CHECK(findings.dump().find("born_dead") != std::string::npos);
  page.state({{"do", "epoch"}, {"count", 20}});
  CHECK(page.state()["dead"] == 4);
  CHECK(page.state()["verdict"]["status"] == "collapse");
  const Json before = page.state();
  CHECK(page.ask({{"do", "verdict"}})["status"] == "fail");
  CHECK(page.state() == before);
  CHECK(page.ask({{"do", "unit"}, {"layer", 1}, {"unit", 3}})["died_step"] == 0);
}
