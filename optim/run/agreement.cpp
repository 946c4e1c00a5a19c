#include <hinge/optim/run/agreement.h>

#include <algorithm>

#include <hinge/core/error.h>
#include <hinge/core/version.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/checkpoint.h>

namespace hinge {

namespace {

std::string different_key(const JsonValue& mine, const JsonValue& other) {
  const auto differs = [&](const JsonMember& member) {
    const JsonValue* value = other.find(member.key);
    return value == nullptr || to_json_line(*value) != to_json_line(member.value);
  };
  const auto found = std::find_if(mine.members.begin(), mine.members.end(), differs);
  return found == mine.members.end() ? "version" : found->key;  // another build may say more
}

[[noreturn]] void refuse(std::size_t rank, const std::string& what, const std::string& key) {
  throw ConfigError("rank " + std::to_string(rank) + " has another " + what + " than rank 0, by its " + key +
                    "; all ranks need the same build, kernels (HINGE_ISA), config and data");
}

}  // namespace

JsonValue describe_build() {
  const bool is_fused = instruction_set() != "baseline";
  return JsonValue::object({{"version", version()}, {"kernels", is_fused ? "fused" : "baseline"}});
}

JsonValue describe_samples(const DataParts& parts) {
  return list_of(parts.named(), [](const auto& part) { return digest_of(*part.second); });
}

void require_agreement(Communicator& ranks, const std::string& what, const JsonValue& description) {
  const std::string mine = to_json_line(description);
  if (!ranks.is_first()) return ranks.send(0, mine);
  for (std::size_t other = 1; other < ranks.size(); ++other) {
    const Communicator::Message message = ranks.receive();
    if (message.text == mine) continue;
    const std::string key = different_key(description, parse_json(message.text, "message of a rank"));
    refuse(message.from, what, key);
  }
}

}  // namespace hinge
