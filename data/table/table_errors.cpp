// Groups and lists what is wrong with a table.
#include <hinge/data/table/table_errors.h>

#include <algorithm>
#include <string_view>

#include <hinge/core/config/json.h>

namespace hinge {

namespace {

constexpr std::size_t max_listed = 10;  // kinds of errors, and texts of one kind

// What messages of one kind have in common: not the number that another format would read.
std::string_view kind_of(const TableError::Detail& detail) {
  return std::string_view(detail.wanted).substr(0, detail.wanted.find(" to read "));
}

bool is_same_kind(const TableError::Detail& a, const TableError::Detail& b) {
  const bool is_row = a.column.empty() && b.column.empty();
  return a.column == b.column && (is_row || kind_of(a) == kind_of(b));
}

}  // namespace

std::string TableError::Detail::message() const {
  std::string text = place;
  if (line > 0) text += ":" + std::to_string(line);
  text += ": ";
  if (!column.empty()) text += column + ": ";
  text += "found " + found;
  std::string way = wanted;
  if (const std::size_t mark = way.find(texts_mark); mark != std::string::npos) {
    way.replace(mark, 1, to_json_line(list_of(texts)));
  }
  text += "; wanted " + way;
  return count == 1
             ? text
             : text + "; the first of " + std::to_string(count) + (column.empty() ? " such rows" : " such cells");
}

void TableErrors::add(const TableError& error) {
  const TableError::Detail& detail = error.detail();
  ++count_;
  const auto same =
      std::find_if(kinds_.begin(), kinds_.end(), [&](const auto& kind) { return is_same_kind(kind, detail); });
  if (same == kinds_.end()) {
    kinds_.push_back(detail);
    return;
  }
  same->count += detail.count;
  for (const std::string& text : detail.texts) {
    const bool is_listed = std::find(same->texts.begin(), same->texts.end(), text) != same->texts.end();
    if (!is_listed && same->texts.size() < max_listed) same->texts.push_back(text);
  }
}

void TableErrors::throw_if_any(const std::string& further) const {
  if (kinds_.empty()) return;
  std::vector<TableError::Detail> kinds = kinds_;
  std::stable_sort(kinds.begin(), kinds.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  std::string text;
  for (std::size_t i = 0; i < std::min(kinds.size(), max_listed); ++i) text += (i > 0 ? "\n" : "") + kinds[i].message();
  if (kinds.size() > max_listed)
    text += "\nand " + std::to_string(kinds.size() - max_listed) + " more kinds of mistakes";
  if (!further.empty()) text += "\n" + further;
  if (is_full()) text += "\n" + kinds[0].place + ": reading stopped after " + std::to_string(max_count) + " mistakes";
  throw DataError(text);
}

}  // namespace hinge
