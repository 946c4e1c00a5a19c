// Loading what a config names.
#include <hinge/data/source.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include <hinge/core/config/config.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/data/csv.h>
#include <hinge/data/generators.h>
#include <hinge/data/idx.h>
#include <hinge/data/proben1.h>
#include <hinge/data/table.h>
#include <hinge/data/table_plan.h>

namespace hinge {

namespace {

constexpr double max_samples = 1e8;

// Options of a table that speak for its columns, as `columns` does.
constexpr std::string_view shorthand[] = {"target", "ignore", "encode"};

Option seed_option(std::size_t* seed) { return {"seed", seed, {}, "of the random draws"}; }

Option noise_option(double* noise, const char* meaning = "standard deviation of the noise on x and y") {
  return {"noise", noise, Range::between(0, 1e6), meaning};
}

Option samples_option(std::size_t* samples, const char* meaning = "number of samples") {
  return {"samples", samples, Range::between(1, max_samples), meaning};
}

Option choice_option(const char* name, std::string* place, std::vector<std::string_view> choices, const char* meaning) {
  return {.name = name, .place = place, .meaning = meaning, .choices = std::move(choices)};
}

std::vector<Option> with_preparation(std::vector<Option> options, Preparation& prepare) {
  prepare.append_options(options);
  return options;
}

// Textbooks often learn two classes as the values 0 and 1, so that is allowed. The reverse is not: values are no
// classes.
Dataset<float> for_task(std::string_view source, Dataset<float> data, Task task) {
  if (data.task() == task) return data;
  if (task == Task::classification) {
    throw ConfigError(std::string(source) + " has target values, but the loss wants classes; use a loss such as mse",
                      "/loss");
  }
  if (data.class_count() != 2) {
    throw ConfigError(std::string(source) + " has " + std::to_string(data.class_count()) +
                          " classes, but the loss wants values; use a loss such as softmax_cross_entropy",
                      "/loss");
  }
  Matrix<float> values(1, data.size());
  for (std::size_t i = 0; i < data.size(); ++i) values(0, i) = static_cast<float>(data.classes()[i]);
  return Dataset<float>::regression(std::as_const(data).inputs(), std::as_const(values).view(),
                                    {.features = data.feature_names(), .targets = {"class"}});
}

// A part has one origin: its own file, or samples taken out of another file.
void check_part(const std::string& path, const char* option, const PartOptions& part, const char* name,
                std::vector<OptionError>& errors) {
  if (path.empty() || !part.wanted()) return;
  errors.push_back(
      {option, "cannot stand beside " + std::string(name) + ", which takes that part from the other file"});
}

TableChoice choice_from(const CsvSource& source, const SampleRequest& request) {
  TableChoice choice = {.target = source.target,
                        .targets = source.targets,
                        .features = source.features,
                        .ignore = source.ignore,
                        .columns = source.columns,
                        .task = request.task,
                        .scales_targets = request.scales_targets,
                        .encodes = source.encode == "onehot",
                        .missing = source.missing,
                        .preprocess = source.prepare.preprocess};
  for (const PartOptions* part : {&source.prepare.test, &source.prepare.validation}) {
    if (part->by == "group") choice.groups.push_back(part->column);
  }
  return choice;
}

// Where a table is, and how it is written; it may have to be read twice (Table::learn).
struct TableFile {
  std::string path;
  TableFormat format;

  std::unique_ptr<TableReader> open() const { return std::make_unique<TableReader>(ByteReader(path), path, format); }
};

PartRows split_rows(const Table& table, const Preparation& prepare) {
  SampleColumns samples{.count = table.size(), .column = [&](const std::string& name) { return table.values(name); }};
  for (const TableColumn& column : table.columns) {
    if (column.kind == TableColumn::Kind::classes) samples.classes = column.codes;
  }
  return prepare.rows(samples);
}

// For each class the line of its first sample.
std::vector<std::size_t> class_lines(const Table& table) {
  std::vector<std::size_t> lines;
  for (const TableColumn& column : table.columns) {
    if (column.kind != TableColumn::Kind::classes) continue;
    lines.resize(column.column.categories.size());
    for (std::size_t row = table.size(); row-- > 0;)
      lines[static_cast<std::size_t>(column.codes[row])] = table.lines[row];
  }
  return lines;
}

Table learn(const TableFile& file, TableReader& cells, const TableChoice& choice) {
  Table table = Table::learn(
      cells, [&] { return file.open(); }, plan_of(cells, file.path, choice));
  check_names(cells, table);
  return table;
}

// A further file of the same table.
Table read_further(const TableFile& file, TableReader& cells, const Columns& columns) {
  return read_table(cells, plan_of(cells, file.path, columns, Further::samples));
}

// The names of the columns where they do not stand in the order of the table, which `columns` cannot say; else none.
std::vector<std::string> names_in_order(const Table& table, bool (TableColumn::*is_meant)() const) {
  std::vector<std::string> names;
  std::vector<std::size_t> places;
  for (const TableColumn& column : table.columns) {
    if (!(column.*is_meant)()) continue;
    names.push_back(column.name);
    places.push_back(column.place);
  }
  if (std::is_sorted(places.begin(), places.end())) names.clear();
  return names;
}

// What `columns` has to say of a column. Categories that were learned are learned again; what `missing` and `preprocess` of the
// source decide stays theirs, so that an override of them holds for every column.
Column description_of(const CsvSource& source, const TableColumn& column, bool names_targets) {
  const Column* given = source.columns.find(column.name);
  if (given == nullptr) given = source.columns.find("column " + std::to_string(column.place + 1));
  Column description = column.column;
  const Column silent;
  if (given == nullptr) given = &silent;
  description.categories = given->categories;
  description.missing = given->missing;
  description.preprocess = given->preprocess;
  if (column.is_target() && names_targets) description.kind = "auto";
  return description;
}

// The section `data` without shorthand for many columns: `columns` describes each of them.
JsonValue section_of(CsvSource source, const TableReader& cells, const Table& table) {
  source.targets = names_in_order(table, &TableColumn::is_target);
  source.features = names_in_order(table, &TableColumn::is_input);
  std::vector<const TableColumn*> at_place(cells.names().size());
  for (const TableColumn& column : table.columns) at_place[column.place] = &column;
  Columns columns;
  for (std::size_t place = 0; place < cells.names().size(); ++place) {
    Column description;
    description.kind = "ignored";
    if (at_place[place] != nullptr) description = description_of(source, *at_place[place], !source.targets.empty());
    columns.add(cells.names()[place], std::move(description));
  }
  source.columns = std::move(columns);
  SourceSpec spec = source;
  JsonValue json = config_of(spec.held());
  json.members.insert(json.members.begin(), {"type", CsvSource::type});
  std::erase_if(json.members, [&](const JsonMember& member) {
    if (member.key == "features" || member.key == "targets") return member.value.elements.empty();
    return std::find(std::begin(shorthand), std::end(shorthand), member.key) != std::end(shorthand);
  });
  return json;
}

// Where `columns`, which comes first, contradicts a key that speaks for several columns.
std::vector<std::string> contradictions(const CsvSource& source, const TableReader& cells, const Table& table) {
  std::vector<std::string> targets = source.targets;
  if (!source.target.empty()) targets.push_back(source.target);
  std::vector<std::string> found;
  for (const TableColumn& column : table.columns) {
    const auto is_in = [&](const std::vector<std::string>& names) {
      return std::any_of(names.begin(), names.end(),
                         [&](const auto& name) { return cells.find(name) == column.place; });
    };
    const auto add = [&](bool is_found, const char* what) {
      if (is_found) found.push_back("\"columns\" makes " + in_quotes(column.name) + what);
    };
    add(column.is_input() && is_in(source.ignore), " an input, though \"ignore\" names it");
    add(column.is_input() && !source.features.empty() && !is_in(source.features),
        " an input, though \"features\" does not name it");
    add(column.is_target() && !targets.empty() && !is_in(targets), " a target, in place of the one that is named");
  }
  return found;
}

DataParts load_table(const CsvSource& source, const SampleRequest& request, const PathResolver& resolve,
                     bool prepares) {
  const auto file = [&](const std::string& name) { return TableFile{resolve(name), source.format}; };
  const bool is_known = request.fit != nullptr && request.fit->columns.size() > 0;
  TableFile main = file(source.path);
  if (is_known) main.format = request.fit->format;
  const std::unique_ptr<TableReader> cells = main.open();
  const Table table =
      is_known ? read_further(main, *cells, request.fit->columns) : learn(main, *cells, choice_from(source, request));
  const PartRows rows = split_rows(table, source.prepare);
  const DataFit learned = request.fit != nullptr ? *request.fit : table.fit(rows.train, source.prepare.divisor);
  const DataFit fit = prepares ? learned : DataFit();
  DataParts parts{.train = table.dataset<float>(rows.train, fit),
                  .imputed_values = learned.imputed_values,
                  .inputs = fit.inputs,
                  .targets = fit.targets,
                  .columns = learned.columns,
                  .format = cells->format(),
                  .rows = table.report(),
                  .class_lines = class_lines(table),
                  .remarks = cells->remarks()};
  parts.format.names = source.format.names;
  if (!is_known) parts.section = section_of(source, *cells, table);
  for (std::string& text : contradictions(source, *cells, table)) parts.remarks.push_back(std::move(text));
  if (!rows.validation.empty()) parts.validation = table.dataset<float>(rows.validation, fit);
  if (!rows.test.empty()) parts.test = table.dataset<float>(rows.test, fit);
  const Columns known = table.descriptions();
  const auto read_part = [&](const std::string& path) {
    const TableFile further = file(path);
    return read_further(further, *further.open(), known).dataset<float>(fit);
  };
  if (!source.validation_path.empty()) parts.validation = read_part(source.validation_path);
  if (!source.test_path.empty()) parts.test = read_part(source.test_path);
  return parts;
}

}  // namespace

Registry<SourceDescription> standard_sources() {
  Registry<SourceDescription> sources;
  const auto add_all = [&](auto... source) { (sources.add(source), ...); };
  add_all(BlobsSource{}, CirclesSource{}, CsvSource{}, IdxSource{}, MoonsSource{}, ParitySource{}, Proben1Source{},
          SineSource{}, SpiralsSource{}, XorSource{});
  return sources;
}

std::vector<Option> CsvSource::options() {
  std::vector<Option> options = {
      {.name = "path", .place = &path, .meaning = "the file, from the config's folder", .required = true},
      {"validation_path", &validation_path, {}, "a file with the validation part"},
      {"test_path", &test_path, {}, "a file with the test part"},
      {"target", &target, {}, "the column to learn; empty: the last one"},
      {"targets", &targets, {}, "several columns to learn, in regression"},
      {"features", &features, {}, "the columns to learn from; empty: all others"},
      {"ignore", &ignore, {}, "instead of features: the columns to leave out"},
      choice_option("encode", &encode, {"none", "onehot"},
                    "what to do with a feature of texts: refuse it, or make an input of each of its values"),
      choice_option("missing", &missing, {"error", "drop", "mean", "median"},
                    "what to do with an empty cell: refuse it, leave its row out, or take the feature's mean or median "
                    "over the training part"),
      {"columns", &columns, {}, "single columns, by name or as `column 3`: what they hold and how they are read"}};
  format.append_options(options);
  return with_preparation(std::move(options), prepare);
}

std::vector<OptionError> CsvSource::errors() const {
  std::vector<OptionError> found = format.errors();
  if (path.empty()) found.push_back({"path", "is empty; give the name of a file"});
  if (!target.empty() && !targets.empty()) found.push_back({"targets", "cannot stand beside target; keep one of them"});
  if (!features.empty() && !ignore.empty())
    found.push_back({"ignore", "cannot stand beside features; keep one of them"});
  check_part(validation_path, "validation_path", prepare.validation, "validation", found);
  check_part(test_path, "test_path", prepare.test, "test", found);
  return found;
}

DataParts CsvSource::load(Task task, const PathResolver& resolve) const {
  return load_table(*this, {.task = task}, resolve, false);
}

DataParts CsvSource::load_prepared(const SampleRequest& request, const PathResolver& resolve) const {
  return load_table(*this, request, resolve, true);
}

TableFacts CsvSource::facts(const PathResolver& resolve) const {
  read_file_start(resolve(path), 1);  // throws for a pipe: a second reader would wait for ever, or share its bytes
  return facts_of(*TableFile{resolve(path), format}.open(), columns);
}

std::vector<Option> IdxSource::options() {
  const char* const folder = "the folder of the four files, from the config's folder";
  return with_preparation({{.name = "path", .place = &path, .meaning = folder, .required = true},
                           {"images", &images, {}, "the training images, without a last .gz"},
                           {"labels", &labels, {}, "the training labels"},
                           {"test_images", &test_images, {}, "the test images; empty: none"},
                           {"test_labels", &test_labels, {}, "the test labels; empty: none"}},
                          prepare);
}

std::vector<OptionError> IdxSource::errors() const {
  std::vector<OptionError> found;
  if (path.empty()) found.push_back({"path", "is empty; give the name of a folder"});
  if (test_images.empty() != test_labels.empty()) {
    found.push_back({"test_images", "and test_labels must both be given, or both be empty"});
  }
  check_part(test_images, "test", prepare.test, "test_images", found);
  return found;
}

DataParts IdxSource::load(Task task, const PathResolver& resolve) const {
  const auto file = [&](const std::string& name) {
    const std::string plain = join_path(resolve(path), name);
    return !file_exists(plain) && file_exists(plain + ".gz") ? plain + ".gz" : plain;
  };
  DataParts parts = prepare.split(for_task(type, read_idx<float>(file(images), file(labels)), task));
  if (!test_images.empty()) {
    parts.test = for_task(type, read_idx<float>(file(test_images), file(test_labels), parts.train.class_count()), task);
  }
  return parts;
}

std::vector<Option> Proben1Source::options() {
  return with_preparation(
      {{.name = "path", .place = &path, .meaning = "the file, from the config's folder", .required = true}}, prepare);
}

std::vector<OptionError> Proben1Source::errors() const {
  std::vector<OptionError> found;
  if (path.empty()) found.push_back({"path", "is empty; give the name of a file"});
  if (prepare.test.wanted()) found.push_back({"test", "is not needed: the file has its own test part"});
  if (prepare.validation.wanted())
    found.push_back({"validation", "is not needed: the file has its own validation part"});
  return found;
}

DataParts Proben1Source::load(Task task, const PathResolver& resolve) const {
  Parts<float> parts = read_proben1<float>(resolve(path));
  return {for_task(type, std::move(parts.train), task), for_task(type, std::move(parts.validation), task),
          for_task(type, std::move(parts.test), task)};
}

std::vector<Option> XorSource::options() {
  return with_preparation({samples_option(&samples, "number of samples; 4 without noise: the four corners"),
                           noise_option(&noise), seed_option(&seed)},
                          prepare);
}

DataParts XorSource::load(Task task, const PathResolver&) const {
  return prepare.split(for_task(type, xor_points<float>(samples, noise, seed), task));
}

std::vector<Option> SpiralsSource::options() {
  const char* const meaning = "number of samples of each of the two spirals";
  return with_preparation({{"samples_per_arm", &samples_per_arm, Range::between(1, max_samples), meaning},
                           noise_option(&noise),
                           seed_option(&seed)},
                          prepare);
}

DataParts SpiralsSource::load(Task task, const PathResolver&) const {
  return prepare.split(for_task(type, two_spirals<float>(samples_per_arm, noise, seed), task));
}

std::vector<Option> MoonsSource::options() {
  return with_preparation({samples_option(&samples), noise_option(&noise), seed_option(&seed)}, prepare);
}

DataParts MoonsSource::load(Task task, const PathResolver&) const {
  return prepare.split(for_task(type, two_moons<float>(samples, noise, seed), task));
}

std::vector<Option> CirclesSource::options() {
  const Range inside{.lowest = 0, .highest = 1, .lowest_allowed = false, .highest_allowed = false};
  return with_preparation({samples_option(&samples),
                           noise_option(&noise),
                           {"inner_radius", &inner_radius, inside, "of the inner circle; the outer has 1"},
                           seed_option(&seed)},
                          prepare);
}

DataParts CirclesSource::load(Task task, const PathResolver&) const {
  return prepare.split(for_task(type, two_circles<float>(samples, noise, seed, inner_radius), task));
}

std::vector<Option> BlobsSource::options() {
  return with_preparation({samples_option(&samples),
                           {"classes", &classes, Range::between(2, 1000), "number of clouds"},
                           noise_option(&noise),
                           seed_option(&seed)},
                          prepare);
}

DataParts BlobsSource::load(Task task, const PathResolver&) const {
  return prepare.split(for_task(type, blobs<float>(samples, classes, noise, seed), task));
}

std::vector<Option> ParitySource::options() {
  return with_preparation({{"bits", &bits, Range::between(1, 20), "number of inputs; all 2^bits points"}}, prepare);
}

DataParts ParitySource::load(Task task, const PathResolver&) const {
  return prepare.split(for_task(type, parity<float>(bits), task));
}

std::vector<Option> SineSource::options() {
  return with_preparation(
      {samples_option(&samples), noise_option(&noise, "standard deviation of the noise on y"), seed_option(&seed)},
      prepare);
}

DataParts SineSource::load(Task task, const PathResolver&) const {
  return prepare.split(for_task(type, sine_wave<float>(samples, noise, seed), task));
}

}  // namespace hinge
