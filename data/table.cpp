// The rows of a table, column by column.
#include <hinge/data/table.h>

#include <limits>
#include <map>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/data/column_reader.h>

namespace hinge {

// The rows of a table, through one reader for each column.
class TableBlocks::Rows {
 public:
  Rows(TableReader& cells, TablePlan plan) : cells_(&cells), plan_(std::move(plan)) {
    table_.source = plan_.source;
    table_.columns = std::move(plan_.columns);
    for (TableColumn& column : table_.columns) readers_.emplace_back(column, plan_, cells);
    for (const ColumnReader& reader : readers_) drops_ = drops_ || reader.drops_gaps();
  }
  Rows(const Rows&) = delete;

  bool next(std::size_t max_rows) {
    clear();
    while (table_.size() < max_rows && next_row(*cells_, errors_)) {
      if (drops_ && is_dropped()) {
        table_.dropped.push_back(cells_->line());
        continue;
      }
      for (std::size_t c = 0; c < readers_.size();) {
        collect([&] {
          while (c < readers_.size()) readers_[c++].take(*cells_);
        });
      }
      table_.lines.push_back(cells_->line());
    }
    if (!plan_.learns) errors_.throw_if_any();
    return table_.size() > 0;
  }

  void check_rows() const {
    if (table_.size() > 0) return;
    errors_.throw_if_any();
    if (table_.dropped.empty()) cells_->fail_file("found a header but no rows; wanted at least one row");
    cells_->fail_file("found a gap in every row, so that missing: drop leaves none; wanted at least one whole row");
  }

  // The places in the plan of the columns that must be read again, as what is known of them now.
  std::vector<std::size_t> settle() {
    std::vector<std::size_t> again;
    for (std::size_t c = 0; c < readers_.size() && !errors_.is_full(); ++c) {
      collect([&] {
        if (!readers_[c].settle(table_.size())) again.push_back(c);
      });
    }
    errors_.throw_if_any();
    return again;
  }

  Table& table() { return table_; }

 private:
  // After a row or a cell that is wrong, the others are read: one error tells of all.
  template <typename Action>
  void collect(const Action& action) {
    try {
      action();
    } catch (const TableError& error) {
      errors_.add(error);
    }
  }

  void clear() {
    table_.lines.clear();
    for (TableColumn& column : table_.columns) {
      column.numbers.clear();
      column.codes.clear();
      column.texts.clear();
    }
  }

  bool is_dropped() {
    bool dropped = false;
    table_.dropped_by.resize(readers_.size());
    for (std::size_t c = 0; c < readers_.size(); ++c) {
      if (!readers_[c].drops_gaps() || !readers_[c].is_gap(*cells_)) continue;
      dropped = true;
      table_.dropped_by[c].first = readers_[c].name();
      ++table_.dropped_by[c].second;
    }
    return dropped;
  }

  TableReader* cells_;
  TablePlan plan_;
  Table table_;
  std::vector<ColumnReader> readers_;
  TableErrors errors_;
  bool drops_ = false;
};

TableBlocks::TableBlocks(TableReader& cells, TablePlan plan) : rows_(std::make_unique<Rows>(cells, std::move(plan))) {}
TableBlocks::~TableBlocks() = default;
bool TableBlocks::next(std::size_t max_rows) { return rows_->next(max_rows); }
const Table& TableBlocks::table() const { return rows_->table(); }

Table read_table(TableReader& cells, TablePlan plan) {
  TableBlocks::Rows rows(cells, std::move(plan));
  rows.next(std::numeric_limits<std::size_t>::max());
  rows.check_rows();
  return std::move(rows.table());
}

namespace {

using Kind = TableColumn::Kind;

const char* kind_name(Kind kind) {
  switch (kind) {
    case Kind::time:
      return "time";
    case Kind::category:
      return "category";
    case Kind::classes:
    case Kind::values:
      return "target";
    case Kind::weight:
      return "weight";
    case Kind::id:
      return "id";
    default:
      return "number";
  }
}

}  // namespace

Table Table::learn(TableReader& cells, const Open& again, TablePlan plan) {
  TableBlocks::Rows rows(cells, plan);
  rows.next(std::numeric_limits<std::size_t>::max());
  rows.check_rows();
  const std::vector<std::size_t> misread = rows.settle();
  if (!misread.empty()) {
    for (const std::size_t c : misread) {
      plan.columns[c].kind = rows.table().columns[c].kind;
      plan.columns[c].column = rows.table().columns[c].column;
    }
    return learn(*again(), again, std::move(plan));
  }
  for (TableColumn& column : rows.table().columns) {
    column.column.kind = kind_name(column.kind);
    if (column.kind == Kind::time && column.column.parts.empty()) column.column.parts = {"seconds"};
  }
  return std::move(rows.table());
}

DatasetNames Table::names() const {
  DatasetNames names;
  for (const TableColumn& column : columns) {
    if (column.is_input()) {
      for (std::string& input : input_names(column.name, column.column)) names.features.push_back(std::move(input));
    }
    if (column.is_target()) names.targets.push_back(column.name);
    if (column.kind == Kind::classes) names.classes = column.column.categories;
  }
  return names;
}

Columns Table::descriptions() const {
  Columns descriptions;
  for (const TableColumn& column : columns) descriptions.add(column.name, column.column);
  return descriptions;
}

RowReport Table::report() const {
  RowReport report{.read = size() + dropped.size(), .used = size(), .dropped = dropped.size()};
  for (const auto& [name, count] : dropped_by) {
    if (count > 0) report.dropped_by.emplace_back(name, count);
  }
  for (const TableColumn& column : columns) {
    if (column.gaps > 0) report.filled.emplace_back(column.name, column.gaps);
  }
  return report;
}

std::vector<double> Table::values(std::string_view column) const {
  for (const TableColumn& c : columns) {
    if (c.name != column) continue;
    if (!c.numbers.empty()) return c.numbers;
    if (!c.codes.empty()) return {c.codes.begin(), c.codes.end()};
    std::map<std::string_view, std::size_t> codes;
    std::vector<double> values;
    for (const std::string& text : c.texts) {
      values.push_back(static_cast<double>(codes.emplace(text, codes.size()).first->second));
    }
    return values;
  }
  throw DataError(source + ": there is no column " + in_quotes(column));
}

void Table::fail(std::size_t row, const std::string& column, const std::string& what) const {
  throw DataError(source + ":" + std::to_string(lines[row]) + ": column " + in_quotes(column) + ": " + what);
}

}  // namespace hinge
