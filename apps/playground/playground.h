// The engine of the playground: requests in JSON, answers in JSON, and maps of what each unit computes.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/config/spec.h>

#include "session.h"

namespace hinge_playground {

/// Answers the requests of the page; docs/playground_protocol.md lists them. Files of data that a request brings are written
/// to `folder`, where the configs are: a page's folder is in memory. One thread.
class Playground {
 public:
  explicit Playground(std::string folder);

  /// The answer as a line of JSON. What is wrong with a request is an answer too, `{"error": …, "place": …}`: it never throws,
  /// and the training is then as it was.
  std::string answer(std::string_view request);

  /// What each unit of the hidden layers and each output gives on a grid of width × height points over the view of the data:
  /// units × height × width values, in the order of the answer's `maps`, row 0 being the top. With one feature height is 1.
  /// Empty before a config is open. Valid until the next call.
  const std::vector<float>& maps(std::size_t width, std::size_t height);

 private:
  hinge::JsonValue dispatch(const hinge::JsonValue& request);
  hinge::JsonValue open(const hinge::JsonValue& request);
  hinge::JsonValue change(const hinge::JsonValue& request);
  hinge::JsonValue run(const hinge::JsonValue& request);
  hinge::JsonValue edit(const hinge::JsonValue& request);
  void take_steps(const hinge::JsonValue& request);
  void take_epochs(const hinge::JsonValue& request);
  void go_back(const hinge::JsonValue& request);
  Session& session();
  void write_files(const std::map<std::string, std::string>& files) const;

  std::string folder_;
  hinge::Registries registries_;
  std::unique_ptr<Session> session_;
  std::map<std::string, std::string> files_;  // that the config reads
  std::vector<float> maps_;
};

}  // namespace hinge_playground
