// The config, how to repeat the run, and versions.
#include <string>

#include <hinge/core/config/config.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/core/version.h>
#include <hinge/data/table/column.h>
#include <hinge/optim/run/result_folder.h>

#include "parts.h"
#include "playground_link.h"
#include "report/page.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

// Every option of the config that `json` describes; "" where it describes none.
std::string resolved_text(const JsonValue& json) {
  static const hinge::Registries registries = known_parts();
  hinge::RunConfig config;
  hinge::ConfigErrors errors;
  hinge::read_config(json, config, registries, errors);
  return errors.count() > 0 ? "" : hinge::to_json_line(hinge::config_of(config));
}

// Takes the descriptions of columns out of the config, without what stands at its default. Apart from the rest: a table may
// have hundreds, and the config is read once for each option that is left in it.
JsonValue take_columns(JsonValue& config) {
  JsonValue* data = config.find("data");
  const JsonValue* found = data == nullptr ? nullptr : data->find("columns");
  if (found == nullptr) return {};
  JsonValue columns = *found;
  std::erase_if(data->members, [](const hinge::JsonMember& member) { return member.key == "columns"; });
  hinge::Column standard;
  const JsonValue defaults = hinge::config_of(standard);
  for (hinge::JsonMember& column : columns.members) {
    std::erase_if(column.value.members, [&](const hinge::JsonMember& option) {
      const JsonValue* usual = defaults.find(option.key);
      return usual != nullptr && hinge::to_json_line(*usual) == hinge::to_json_line(option.value);
    });
  }
  return columns;
}

// Takes out of `value`, a part of `root`, all that reading gives back by itself: what stands at its default.
void drop_defaults(const JsonValue& root, JsonValue& value, const std::string& wanted) {
  for (std::size_t i = value.members.size(); i-- > 0;) {
    const hinge::JsonMember member = value.members[i];
    value.members.erase(value.members.begin() + static_cast<std::ptrdiff_t>(i));
    if (resolved_text(root) == wanted) continue;
    value.members.insert(value.members.begin() + static_cast<std::ptrdiff_t>(i), member);
    drop_defaults(root, value.members[i].value, wanted);
  }
  for (JsonValue& element : value.elements) drop_defaults(root, element, wanted);
}

}  // namespace

std::string config_section(const ReportSource& source) {
  const JsonValue full = hinge::resolved_config(source.config, source.files.folder);
  JsonValue changed = full;
  const JsonValue columns = take_columns(changed);
  if (const std::string wanted = resolved_text(changed); !wanted.empty()) drop_defaults(changed, changed, wanted);
  const std::string live =
      source.run == nullptr ? "" : playground_link(source.page_folder, changed, source.run->data().train.features());
  const std::string version = text_at(source.files.summary, "version");
  const std::string set = text_at(source.files.summary, "instruction_set");
  std::string text =
      (live.empty() ? "" : element("p", {}, element("a", {{"href", live}}, "Train it live in the playground"))) +
      paragraph("What differs from the defaults:") + code(hinge::to_json(changed)) +
      (columns.members.empty() ? "" : details("Descriptions of the columns", code(hinge::to_json(columns)))) +
      details("Every option", code(hinge::to_json(full))) +
      paragraph("To repeat the run, bit for bit, on any machine of the same family of instruction sets:") +
      code("hinge train " + hinge::join_path(source.files.folder, hinge::run_files::config));
  if (const std::string& from = source.config.config.model.from; !from.empty()) {
    const JsonValue* start = source.files.summary.find("from");
    const std::string checksum = start == nullptr ? "" : text_at(*start, "crc32");
    text += paragraph("It starts from the weights of " + hinge::join_path(source.config.folder, from) +
                      (checksum.empty() ? "" : " (CRC-32 " + checksum + ")") + ", which must still be there.");
  }
  text += paragraph("Hinge " + (version.empty() ? std::string(hinge::version()) : version) +
                    (set.empty() ? "" : ", computed with " + set) + ".");
  return text;
}

}  // namespace hinge_command
