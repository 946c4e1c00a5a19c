// A PROBEN1 file that is read, written and read again keeps its bits.
#include <string>

#include <hinge/core/text.h>
#include <hinge/data/proben1.h>

#include "fuzz.h"

namespace {

std::string file_of(const hinge::Parts<double>& parts) {
  const bool has_classes = parts.train.task() == hinge::Task::classes;
  const std::size_t outputs = has_classes ? parts.train.class_names().size() : parts.train.target_names().size();
  std::string text = "bool_in=0\nreal_in=" + std::to_string(parts.train.features()) +
                     "\nbool_out=" + std::to_string(has_classes ? outputs : 0) +
                     "\nreal_out=" + std::to_string(has_classes ? 0 : outputs);
  text += "\ntraining_examples=" + std::to_string(parts.train.size());
  text += "\nvalidation_examples=" + std::to_string(parts.validation.size());
  text += "\ntest_examples=" + std::to_string(parts.test.size()) + "\n";
  for (const hinge::Dataset<double>* part : {&parts.train, &parts.validation, &parts.test}) {
    for (std::size_t i = 0; i < part->size(); ++i) {
      for (std::size_t f = 0; f < part->features(); ++f) text += hinge::to_text(part->inputs()(f, i)) + " ";
      for (std::size_t k = 0; k < outputs; ++k) {
        const bool is_class = has_classes && part->classes()[i] == static_cast<std::int32_t>(k);
        text += (has_classes ? std::to_string(is_class ? 1 : 0) : hinge::to_text(part->values()(k, i))) + " ";
      }
      text += "\n";
    }
  }
  return text;
}

}  // namespace

void fuzz_proben1(std::string_view bytes) {
  std::string first;
  if (!accepts([&] { first = file_of(hinge::parse_proben1<double>(bytes, "file")); })) return;
  std::string second;
  require(accepts([&] { second = file_of(hinge::parse_proben1<double>(first, "again")); }), "a file is read again");
  require(first == second, "numbers of a file keep their bits");
}
