#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/health/health_json.h>
#include <hinge/optim/health/ledger.h>
#include <hinge/optim/health/verdict.h>
#include <hinge/optim/health/watch.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/trainer.h>

#include "support/random_matrix.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A layer whose units are dead where the text says `d`, alive where it says `a`, and not finite where it says `n`.
LayerHealth layer_of(const std::string& states, std::size_t layer = 1) {
  LayerHealth health{.layer = layer, .units = states.size()};
  for (const char state : states) {
    UnitHealth unit{.finite = state != 'n', .dead = state == 'd', .one_sided = state == 'd'};
    unit.largest_z = state == 'd' ? -1 : 1;
    unit.weight_norm = 2;
    health.each.push_back(unit);
    health.dead += state == 'd' ? 1 : 0;
    health.one_sided += state == 'd' ? 1 : 0;
    health.non_finite += state == 'n' ? 1 : 0;
  }
  health.input_norm = 1;
  return health;
}

HealthReport report_of(const std::vector<std::string>& layers) {
  HealthReport report{.samples = 100, .largest_input = 1};
  for (std::size_t i = 0; i < layers.size(); ++i) report.layers.push_back(layer_of(layers[i], i + 1));
  return report;
}

}  // namespace

TEST_CASE("the ledger knows who was born dead, who died and who came back, and when") {
  HealthLedger ledger;
  HealthReport start = report_of({"adad"});
  ledger.start(start);
  CHECK(start.layers[0].born_dead == 2);
  HealthReport first = report_of({"ddaa"});
  ledger.add(1, first);
  CHECK(first.layers[0].died == 1);
  CHECK(first.layers[0].revived == 1);
  CHECK(first.layers[0].lost == 1);
  CHECK(first.layers[0].born_dead == 2);
  HealthReport second = report_of({"addd"});
  ledger.add(2, second);
  CHECK(second.layers[0].died == 2);
  CHECK(second.layers[0].revived == 1);
  CHECK(second.layers[0].lost == 1);  // unit 2; units 1 and 3 were born dead

  const std::vector<UnitHistory>& units = ledger.units();
  REQUIRE(units.size() == 4);
  CHECK(units[0].died_at == 1);
  CHECK(units[0].revived_at == 2);
  CHECK(units[1].born_dead);
  CHECK(units[1].died_at == 0);
  CHECK(!units[1].revived_at.has_value());
  CHECK(units[2].died_at == 2);
  CHECK(units[3].born_dead);
  CHECK(units[3].revived_at == 1);
  CHECK(units[3].died_at == 2);
  CHECK(ledger.layers()[0].worst_epoch == 2);
  CHECK(ledger.layers()[0].died_then == 2);

  HealthReport third = report_of({"addd"});
  ledger.add(3, third);
  HealthReport fourth = report_of({"ddan"});
  ledger.add(4, fourth);
  CHECK(fourth.layers[0].revived == 1);  // unit 2; unit 3 is not finite now, which is no life
  CHECK(units[3].revived_at == 1);
  HealthReport fifth = report_of({"aada"});
  ledger.add(5, fifth);
  HealthReport sixth = report_of({"dadd"});
  ledger.add(6, sixth);
  CHECK(sixth.layers[0].died == 2);
  CHECK(ledger.layers()[0].worst_epoch == 2);  // of equally bad epochs the first
}

TEST_CASE("between two reports that are epochs apart a unit died or came back, and the ledger says which two") {
  HealthLedger ledger;
  HealthReport start = report_of({"ad"});
  ledger.start(start);
  HealthReport first = report_of({"ad"});
  ledger.add(4, first);
  HealthReport second = report_of({"da"});
  ledger.add(8, second);
  CHECK((ledger.units()[0].died_after == 4 && ledger.units()[0].died_at == 8));
  CHECK((ledger.units()[1].revived_after == 4 && ledger.units()[1].revived_at == 8));
  CHECK((!ledger.units()[1].died_after.has_value() && ledger.units()[1].died_at == 0));
}

TEST_CASE("a ledger refuses the units of another network") {
  HealthLedger ledger;
  HealthReport start = report_of({"aa", "aaa"});
  ledger.start(start);
  HealthReport other = report_of({"aa", "aa"});
  CHECK(contains(error_of<ShapeError>([&] { ledger.add(1, other); }), "the report has 4 units, but the ledger 5"));
}

TEST_CASE("a dead unit is said to be beyond revival only where that is certain") {
  const RevivalFacts all{.stationary_at_zero_gradient = true, .probe_is_training_set = true, .inputs_are_fixed = true};
  const auto unit = [](std::size_t layer, bool dead) {
    return UnitHistory{.layer = layer, .now = UnitHealth{.dead = dead}};
  };
  CHECK(revivable(unit(1, true), all) == Revivable::no);
  CHECK(revivable(unit(2, true), all) == Revivable::unknown);
  CHECK(revivable(unit(1, false), all) == Revivable::unknown);
  for (int missing = 0; missing < 3; ++missing) {
    RevivalFacts facts = all;
    (missing == 0   ? facts.stationary_at_zero_gradient
     : missing == 1 ? facts.probe_is_training_set
                    : facts.inputs_are_fixed) = false;
    CHECK(revivable(unit(1, true), facts) == Revivable::unknown);
  }
}

TEST_CASE("plain steps rest without a gradient, those with memory or decay do not") {
  const auto rests = [](const OptimizerSpec& spec) { return spec->build<double>()->stationary_at_zero_gradient(); };
  CHECK(rests(Sgd{}));
  CHECK(!rests(Sgd{.momentum = 0.9}));
  CHECK(!rests(Sgd{.weight_decay = 0.1}));
  CHECK(!rests(Sgd{.l1 = 0.1}));
  CHECK(!rests(Adam{}));
}

TEST_CASE("the verdict weighs a layer by its share of dead units") {
  struct Row {
    std::string start;
    std::string now;
    HealthStatus status;
    DeathCause cause;
  };
  for (const Row& row : std::vector<Row>{
           {"aaaaaaaaaa", "aaaaaaaaaa", HealthStatus::pass, DeathCause::none},
           {"daaaaaaaaa", "daaaaaaaaa", HealthStatus::pass, DeathCause::none},  // 10 % dead, none lost
           {"aaaaaaaaaa", "ddaaaaaaaa", HealthStatus::pass, DeathCause::none},  // 20 % lost, but fewer than three units
           {"daaaaaaaaaaaaaaa", "ddddaaaaaaaaaaaa", HealthStatus::warn, DeathCause::unknown},  // three lost
           {"dddd", "dddd", HealthStatus::alarm, DeathCause::initialisation},
           {"dd", "dd", HealthStatus::alarm, DeathCause::initialisation},       // two units, but all of them
           {"ddaaaaaaaa", "ddaaaaaaaa", HealthStatus::pass, DeathCause::none},  // 20 %
           {"dddaaaaaaa", "dddaaaaaaa", HealthStatus::warn, DeathCause::initialisation},
           {"dddddaaaaa", "dddddaaaaa", HealthStatus::warn, DeathCause::initialisation},  // 50 % is no alarm yet
           {"ddddddaaaa", "ddddddaaaa", HealthStatus::alarm, DeathCause::initialisation},
           {"aaaaaaaaaa", "dddddddddd", HealthStatus::alarm, DeathCause::unknown},
           {"aaaaaaaaaa", "dddddddddn", HealthStatus::not_finite, DeathCause::none}}) {
    CAPTURE(row.start);
    CAPTURE(row.now);
    HealthLedger ledger;
    HealthReport start = report_of({row.start});
    ledger.start(start);
    HealthReport now = report_of({row.now});
    ledger.add(1, now);
    const HealthVerdict verdict = judge(now, ledger);
    CHECK(text_of(verdict.status) == text_of(row.status));
    CHECK(verdict.cause == row.cause);
    CHECK(verdict.advice.empty() == (row.status == HealthStatus::pass));
    CHECK(verdict.layer == (row.status == HealthStatus::pass ? 0 : 1));
  }
}

TEST_CASE("of two layers the verdict is on the one with the larger share of dead units") {
  for (const auto& [layers, worst] : std::vector<std::pair<std::vector<std::string>, std::size_t>>{
           {{"dddaaaaa", "ddddaaaa"}, 2}, {{"ddddaaaa", "dddaaaaa"}, 1}, {{"ddaa", "dddn"}, 2}}) {
    HealthLedger ledger;
    HealthReport report = report_of(layers);
    ledger.start(report);
    CHECK(judge(report, ledger).layer == worst);
  }
}

TEST_CASE("a layer was mostly born dead when more than half of its dead units were") {
  HealthLedger ledger;
  HealthReport start = report_of({"ddaa"});
  ledger.start(start);
  HealthReport one_more = report_of({"ddda"});
  ledger.add(1, one_more);
  CHECK(judge(one_more, ledger).cause == DeathCause::initialisation);
  HealthReport two_more = report_of({"dddd"});
  ledger.add(2, two_more);
  CHECK(judge(two_more, ledger).cause == DeathCause::unknown);
}

TEST_CASE("the advice follows the cause") {
  const auto verdict_of = [](const auto& change) {
    HealthLedger ledger;
    HealthReport start = report_of({"aaaa", "aaaa"});
    ledger.start(start);
    HealthReport now = report_of({"aaaa", "ddda"});
    change(now);
    ledger.add(1, now);
    return judge(now, ledger);
  };
  // The margin −max z / ‖w‖ is 1/2 here, half of the inputs' norm.
  const HealthVerdict unknown = verdict_of([](HealthReport&) {});
  CHECK(unknown.cause == DeathCause::unknown);
  CHECK(unknown.layer == 2);
  CHECK(unknown.reason == "layer 2: 3 of 4 units are dead (75 %), 3 since the last look");
  CHECK(verdict_of([](HealthReport& r) { r.layers[1].update_ratio = 0.3; }).cause == DeathCause::large_update);
  CHECK(verdict_of([](HealthReport& r) { r.layers[1].update_ratio = 0.1; }).cause == DeathCause::unknown);
  CHECK(verdict_of([](HealthReport& r) { r.layers[1].input_norm = 5.1; }).cause == DeathCause::small_margin);
  CHECK(verdict_of([](HealthReport& r) { r.layers[1].input_norm = 4.9; }).cause == DeathCause::unknown);
  CHECK(verdict_of([](HealthReport& r) { r.dead_outputs = 1; }).cause == DeathCause::output_activation);
  const auto saturated = [](HealthReport& r) {
    r.layers[1].one_sided = 1;
    r.largest_input = 255;
  };
  CHECK(verdict_of(saturated).cause == DeathCause::unscaled_inputs);
  CHECK(contains(verdict_of(saturated).advice, "inputs reach 255"));
  CHECK(contains(verdict_of(saturated).reason, "3 of 4 units are saturated, with a slope of 0 (75 %)"));
  const auto saturated_by = [&](double input) {
    return verdict_of([&](HealthReport& r) {
             saturated(r);
             r.largest_input = input;
           })
        .cause;
  };
  CHECK(saturated_by(10.1) == DeathCause::unscaled_inputs);
  CHECK(saturated_by(10) == DeathCause::unknown);
  const HealthVerdict collapse = verdict_of([](HealthReport& r) { r.output_is_constant = true; });
  CHECK(collapse.status == HealthStatus::collapse);
  CHECK(contains(collapse.reason, "the outputs are the same on all 100 probe samples"));
}

TEST_CASE("units that were born dead for want of weights or inputs are not blamed on their biases") {
  struct Row {
    double weight_norm;
    double input_norm;
    std::string advice;
  };
  for (const Row& row :
       std::vector<Row>{{2, 1, "dead from the start: look at bias_init and weight_init (or randomized_asymmetric)"},
                        {0, 1, "dead from the start: their weights are 0 (weight_init)"},
                        {2, 0, "dead from the start: all inputs are 0"}}) {
    HealthReport start = report_of({"dddd"});
    start.layers[0].input_norm = row.input_norm;
    for (UnitHealth& unit : start.layers[0].each) unit.weight_norm = row.weight_norm;
    HealthLedger ledger;
    ledger.start(start);
    CHECK(judge(start, ledger).advice == row.advice);
  }
  HealthReport start = report_of({"aaaa", "dddd"});
  start.layers[1].input_norm = 0;
  HealthLedger ledger;
  ledger.start(start);
  CHECK(judge(start, ledger).advice == "dead from the start: all outputs of the layer before are 0");
}

TEST_CASE("living one-sided units do not hide that the dead ones are saturated") {
  HealthLedger ledger;
  HealthReport report = report_of({"ddda"});
  report.layers[0].one_sided = 1;  // not the dead: these have z > 0
  report.layers[0].one_sided_alive = 1;
  report.largest_input = 255;
  HealthReport start = report_of({"aaaa"});
  ledger.start(start);
  ledger.add(1, report);
  CHECK(judge(report, ledger).cause == DeathCause::unscaled_inputs);
}

TEST_CASE("an output that is the same for all is a collapse, but not before the first step of living units") {
  HealthLedger ledger;
  HealthReport start = report_of({"aaaa"});
  start.output_is_constant = true;
  ledger.start(start);
  CHECK(judge(start, ledger).status == HealthStatus::pass);
  HealthReport later = report_of({"aaaa"});
  later.output_is_constant = true;
  ledger.add(1, later);
  const HealthVerdict verdict = judge(later, ledger);
  CHECK(verdict.status == HealthStatus::collapse);
  CHECK(verdict.cause == DeathCause::none);
  CHECK(contains(verdict.advice, "no hidden unit is dead"));
  HealthReport dead = report_of({"dddd"});
  dead.output_is_constant = true;
  ledger.start(dead);
  CHECK(judge(dead, ledger).status == HealthStatus::collapse);
}

TEST_CASE("outputs that are not finite are no pass") {
  Network<double> net(1, {Dense{.units = 2, .activation = Relu{}}, Dense{1}}, 1);
  net.parameter("layers.1.bias").value()(0, 0) = std::numeric_limits<double>::infinity();
  HealthReport report = HealthProbe<double>(random_matrix<double>(1, 5, 1)).measure(net);
  CHECK(report.non_finite_outputs == 1);
  HealthLedger ledger;
  ledger.start(report);
  const HealthVerdict verdict = judge(report, ledger);
  CHECK(verdict.status == HealthStatus::not_finite);
  CHECK(verdict.reason == "1 outputs are not finite");
  CHECK(contains(summary(report), "1 outputs not finite"));
}

TEST_CASE("the thresholds of a verdict can be set") {
  HealthLedger ledger;
  HealthReport start = report_of({"aaaaaaaaaa"});
  ledger.start(start);
  HealthReport now = report_of({"dddaaaaaaa"});
  ledger.add(1, now);
  CHECK(judge(now, ledger, {.warn_dead = 0.4, .warn_lost = 0.4}).status == HealthStatus::pass);
  CHECK(judge(now, ledger, {.warn_dead = 0.3, .warn_lost = 0.4}).status == HealthStatus::warn);
  CHECK(judge(now, ledger, {.warn_dead = 0.4, .warn_lost = 0.3}).status == HealthStatus::warn);
  CHECK(judge(now, ledger, {.alarm_dead = 0.1}).status == HealthStatus::alarm);
  CHECK(judge(start, ledger, {.warn_dead = 0, .warn_lost = 0}).status == HealthStatus::pass);  // nobody died
}

// Two steps of gradients (3, 4) and (0.3, 0.4) at a rate of 0.5, from weights (6, 8).
TEST_CASE("the meter keeps the largest gradient and the largest step of each layer") {
  Network<double> net(2, {Dense{.units = 1, .bias = false, .weight_init = Given{{6, 8}}}, Dense{1}});
  UpdateMeter<double> meter(net);
  for (const double scale : {1.0, 0.1}) {
    net.gradients()[0] = 3 * scale;
    net.gradients()[1] = 4 * scale;
    meter.before(net);
    net.values()[0] -= 0.5 * 3 * scale;
    net.values()[1] -= 0.5 * 4 * scale;
    meter.after(net);
  }
  HealthReport report = report_of({"a"});
  meter.write(report);
  CHECK(report.layers[0].gradient_norm.value() == doctest::Approx(5));
  CHECK(report.layers[0].update_ratio.value() == doctest::Approx(0.25));
  meter.write(report);
  CHECK(!report.layers[0].gradient_norm.has_value());

  Network<double> zero(1, {Dense{.units = 1, .bias = false, .weight_init = Zeros{}}, Dense{1}});
  UpdateMeter<double> of_zero(zero);
  of_zero.before(zero);
  zero.values()[0] = 1;
  of_zero.after(zero);
  of_zero.write(report);
  CHECK(report.layers[0].gradient_norm.value() == 0);
  CHECK(!report.layers[0].update_ratio.has_value());
}

// Half of the units start with a bias of −100; their gradient is 0, so nothing but momentum could move them.
TEST_CASE("a fit keeps the ledger, and knows for certain who is dead for good") {
  std::vector<double> biases(8, 0.1);
  for (std::size_t u = 0; u < 4; ++u) biases[u] = -100;
  const Matrix<float> x = random_matrix<float>(3, 64, 1);
  const Matrix<float> y = random_matrix<float>(1, 64, 2);
  const auto data = Dataset<float>::regression(x.view(), y.view());
  for (const double momentum : {0.0, 0.9}) {
    Network<float> net(3, {Dense{.units = 8, .activation = Relu{}, .bias_init = Given{biases}}, Dense{1}}, 1);
    Trainer trainer(net, MeanSquaredError{}, Sgd{.learning_rate = 0.01, .momentum = momentum});
    const FitResult result = trainer.fit(data, {.epochs = 3});
    CHECK(result.start.health->layers[0].dead == 4);
    CHECK(result.epochs.back().health->layers[0].born_dead == 4);
    CHECK(result.epochs.back().health->layers[0].each.empty());
    CHECK(result.epochs.back().health->layers[0].update_ratio.value() > 0);
    REQUIRE(trainer.ledger().units().size() == 8);
    const UnitHistory& dead = trainer.ledger().units()[0];
    CHECK(dead.now.dead);
    CHECK(dead.now.margin().value() > 10);
    CHECK(revivable(dead, trainer.revival_facts()) == (momentum == 0 ? Revivable::no : Revivable::unknown));
  }
}

TEST_CASE("health as JSON says null for what is not known, and never NaN") {
  HealthLedger ledger;
  HealthReport report = report_of({"dan"});
  report.layers[0].each[2].largest_z = std::numeric_limits<double>::quiet_NaN();
  report.layers[0].mean_activation = std::numeric_limits<double>::infinity();
  ledger.start(report);
  const std::string line = to_json_line(json_of(0, report, judge(report, ledger), ledger));
  CHECK(contains(line, R"("epoch": 0, "samples": 100, "verdict": {"status": "not finite")"));
  CHECK(contains(line, R"("mean_activation": null)"));
  CHECK(contains(line, R"("update_ratio": null)"));
  CHECK(contains(line, R"("died": [[1, 1]])"));
  const TemporaryFolder folder;
  LineFile file(folder.path("health.jsonl"));
  file.append(history_text(ledger, 100, RevivalFacts{}, 0));
  const std::string units = read_file(folder.path("health.jsonl"));
  CHECK(contains(units, "{\"samples\": 100, \"units\": 3, \"model_epoch\": 0}\n"));
  CHECK(contains(units, R"("state": "dead", "born_dead": true, "died_at": 0)"));
  CHECK(contains(units, R"("revivable": "unknown", "fires": 0, "rate_bound": 0.03)"));
  CHECK(contains(units, R"("largest_z": null)"));
  CHECK(!contains(line + units, "nan,"));
}
