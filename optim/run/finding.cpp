// Findings in lists and as JSON.
#include <hinge/optim/run/finding.h>

#include <utility>

namespace hinge {

Finding& add_finding(std::vector<Finding>& findings, std::string name, std::string key, std::string evidence,
                     std::vector<std::string> set) {
  findings.push_back({std::move(name), std::move(key), std::move(evidence), std::move(set)});
  return findings.back();
}

JsonValue json_of(const Finding& finding) {
  return JsonValue::object(
      {{"name", finding.name}, {"key", finding.key}, {"evidence", finding.evidence}, {"set", list_of(finding.set)}});
}

}  // namespace hinge
