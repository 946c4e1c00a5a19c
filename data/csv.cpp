// Tables as data sets.
#include <hinge/data/csv.h>

#include <numeric>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/data/csv_table.h>
#include <hinge/data/table/plan.h>
#include <hinge/data/table/table.h>

namespace hinge {

namespace {

std::string word_of(Missing missing) {
  return missing == Missing::drop ? "drop" : missing == Missing::keep ? "mean" : "error";
}

TableChoice csv_choice(const CsvOptions& options) {
  return {.target = options.target,
          .targets = options.targets,
          .features = options.features,
          .ignore = options.ignore,
          .task = options.task,
          .encodes = options.encode == Encode::onehot,
          .missing = word_of(options.missing)};
}

CsvReport csv_report(const TableCells& cells, const Table& table) {
  CsvReport report{.lines = table.lines, .dropped = table.dropped};
  std::vector<bool> is_used(cells.names().size());
  for (const TableColumn& column : table.columns) {
    is_used[column.place] = true;
    report.gaps += column.gaps;
  }
  for (std::size_t place = 0; place < is_used.size(); ++place) {
    if (!is_used[place]) report.unused.push_back(cells.names()[place]);
  }
  return report;
}

template <typename Scalar>
Dataset<Scalar> all_rows(const TableCells& cells, const Table& table, CsvReport* report) {
  if (report != nullptr) *report = csv_report(cells, table);
  std::vector<std::size_t> rows(table.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return table.dataset<Scalar>(rows, {});
}

}  // namespace

char delimiter_named(const std::string& name) {
  if (name == "tab" || name == "\t") return '\t';
  if (name == "," || name == ";" || name == "|") return name.front();
  throw ConfigError("delimiter: found \"" + printable(name) + "\"; wanted , ; | or tab");
}

template <typename Scalar>
Dataset<Scalar> parse_csv(std::string_view text, std::string_view name, const CsvOptions& options, CsvReport* report) {
  const auto open = [&] { return std::make_unique<TableCells>(text, name, options.delimiter); };
  const auto cells = open();
  const Table table = Table::learn(open, plan_of(*cells, std::string(name), csv_choice(options)));
  check_header(*cells, table);
  return all_rows<Scalar>(*cells, table, report);
}

template <typename Scalar>
Dataset<Scalar> read_csv(const std::string& path, const CsvOptions& options, CsvReport* report) {
  return parse_csv<Scalar>(read_file(path), path, options, report);
}

template <typename Scalar>
Dataset<Scalar> parse_csv_like(std::string_view text, std::string_view name, const DatasetNames& names,
                               const CsvOptions& options, CsvReport* report) {
  if (names.targets.empty()) throw ConfigError("csv: found no names of targets; wanted those of the first data set");
  TableCells cells(text, name, options.delimiter);
  const Columns columns = columns_of(cells, names, word_of(options.missing));
  const Table table = read_table(cells, plan_of(cells, std::string(name), columns, Further::samples));
  return all_rows<Scalar>(cells, table, report);
}

template <typename Scalar>
Dataset<Scalar> read_csv_like(const std::string& path, const DatasetNames& names, const CsvOptions& options,
                              CsvReport* report) {
  return parse_csv_like<Scalar>(read_file(path), path, names, options, report);
}

template <typename Scalar>
CsvInputs<Scalar> parse_csv_inputs(std::string_view text, std::string_view name,
                                   std::span<const std::string> feature_names, const CsvOptions& options) {
  TableCells cells(text, name, options.delimiter);
  const DatasetNames names{.features = {feature_names.begin(), feature_names.end()}};
  TablePlan plan =
      plan_of(cells, std::string(name), columns_of(cells, names, word_of(options.missing)), Further::inputs);
  plan.drops = options.missing == Missing::drop;
  const Table table = read_table(cells, std::move(plan));
  return {.values = table.inputs<Scalar>({}), .features = feature_names.size(), .report = csv_report(cells, table)};
}

template <typename Scalar>
CsvInputs<Scalar> read_csv_inputs(const std::string& path, std::span<const std::string> feature_names,
                                  const CsvOptions& options) {
  return parse_csv_inputs<Scalar>(read_file(path), path, feature_names, options);
}

template Dataset<float> read_csv<float>(const std::string&, const CsvOptions&, CsvReport*);
template Dataset<double> read_csv<double>(const std::string&, const CsvOptions&, CsvReport*);
template Dataset<float> parse_csv<float>(std::string_view, std::string_view, const CsvOptions&, CsvReport*);
template Dataset<double> parse_csv<double>(std::string_view, std::string_view, const CsvOptions&, CsvReport*);
template Dataset<float> read_csv_like<float>(const std::string&, const DatasetNames&, const CsvOptions&, CsvReport*);
template Dataset<double> read_csv_like<double>(const std::string&, const DatasetNames&, const CsvOptions&, CsvReport*);
template Dataset<float> parse_csv_like<float>(std::string_view, std::string_view, const DatasetNames&,
                                              const CsvOptions&, CsvReport*);
template Dataset<double> parse_csv_like<double>(std::string_view, std::string_view, const DatasetNames&,
                                                const CsvOptions&, CsvReport*);
template CsvInputs<float> read_csv_inputs<float>(const std::string&, std::span<const std::string>, const CsvOptions&);
template CsvInputs<double> read_csv_inputs<double>(const std::string&, std::span<const std::string>, const CsvOptions&);
template CsvInputs<float> parse_csv_inputs<float>(std::string_view, std::string_view, std::span<const std::string>,
                                                  const CsvOptions&);
template CsvInputs<double> parse_csv_inputs<double>(std::string_view, std::string_view, std::span<const std::string>,
                                                    const CsvOptions&);

}  // namespace hinge
