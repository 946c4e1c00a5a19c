// Tables as data sets.
#include <hinge/data/csv.h>

#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/data/table.h>
#include <hinge/data/table/table_reader.h>
#include <hinge/data/table_plan.h>

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

CsvReport csv_report(const TableReader& cells, const Table& table) {
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

TableFormat format_of(const CsvOptions& options) {
  TableFormat format = options.format;
  if (options.delimiter == 0) return format;
  format.delimiter = options.delimiter == ' ' ? "blanks" : std::string(1, options.delimiter);
  return format;
}

template <typename Scalar>
Dataset<Scalar> learn(const Table::Open& open, std::string_view name, const CsvOptions& options, CsvReport* report) {
  const auto cells = open();
  const Table table = Table::learn(*cells, open, plan_of(*cells, std::string(name), csv_choice(options)));
  check_names(*cells, table);
  if (report != nullptr) *report = csv_report(*cells, table);
  return table.dataset<Scalar>({});
}

template <typename Scalar>
Dataset<Scalar> read_like(TableReader& cells, std::string_view name, const DatasetNames& names,
                          const CsvOptions& options, CsvReport* report) {
  if (names.targets.empty()) throw ConfigError("csv: found no names of targets; wanted those of the first data set");
  const Columns columns = columns_of(cells, names, word_of(options.missing));
  const Table table = read_table(cells, plan_of(cells, std::string(name), columns, Further::samples));
  if (report != nullptr) *report = csv_report(cells, table);
  return table.dataset<Scalar>({});
}

template <typename Scalar>
CsvInputs<Scalar> read_inputs(TableReader& cells, std::string_view name, std::span<const std::string> feature_names,
                              const CsvOptions& options) {
  const DatasetNames names{.features = {feature_names.begin(), feature_names.end()}};
  TablePlan plan =
      plan_of(cells, std::string(name), columns_of(cells, names, word_of(options.missing)), Further::inputs);
  plan.drops = options.missing == Missing::drop;
  const Table table = read_table(cells, std::move(plan));
  return {.values = table.inputs<Scalar>({}), .features = feature_names.size(), .report = csv_report(cells, table)};
}

}  // namespace

char delimiter_named(const std::string& name) {
  if (name == "auto") return 0;
  if (name == "blanks") return ' ';
  if (name == "tab" || name == "\t") return '\t';
  if (name == "," || name == ";" || name == "|") return name.front();
  throw ConfigError("delimiter: found \"" + printable(name) + "\"; wanted , ; | tab, blanks or auto");
}

template <typename Scalar>
Dataset<Scalar> parse_csv(std::string_view text, std::string_view name, const CsvOptions& options, CsvReport* report) {
  return learn<Scalar>([&] { return std::make_unique<TableReader>(text, name, format_of(options)); }, name, options,
                       report);
}

template <typename Scalar>
Dataset<Scalar> read_csv(const std::string& path, const CsvOptions& options, CsvReport* report) {
  return learn<Scalar>([&] { return std::make_unique<TableReader>(ByteReader(path), path, format_of(options)); }, path,
                       options, report);
}

template <typename Scalar>
Dataset<Scalar> parse_csv_like(std::string_view text, std::string_view name, const DatasetNames& names,
                               const CsvOptions& options, CsvReport* report) {
  TableReader cells(text, name, format_of(options));
  return read_like<Scalar>(cells, name, names, options, report);
}

template <typename Scalar>
Dataset<Scalar> read_csv_like(const std::string& path, const DatasetNames& names, const CsvOptions& options,
                              CsvReport* report) {
  TableReader cells(ByteReader(path), path, format_of(options));
  return read_like<Scalar>(cells, path, names, options, report);
}

template <typename Scalar>
CsvInputs<Scalar> parse_csv_inputs(std::string_view text, std::string_view name,
                                   std::span<const std::string> feature_names, const CsvOptions& options) {
  TableReader cells(text, name, format_of(options));
  return read_inputs<Scalar>(cells, name, feature_names, options);
}

template <typename Scalar>
CsvInputs<Scalar> read_csv_inputs(const std::string& path, std::span<const std::string> feature_names,
                                  const CsvOptions& options) {
  TableReader cells(ByteReader(path), path, format_of(options));
  return read_inputs<Scalar>(cells, path, feature_names, options);
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
