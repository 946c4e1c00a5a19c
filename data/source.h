// The data sources that a config can name: files and generators.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/spec.h>
#include <hinge/data/dataset.h>
#include <hinge/data/preparation.h>
#include <hinge/data/table_facts.h>

namespace hinge {

/// Turns a path as written in the config into one that can be opened.
using PathResolver = std::function<std::string(const std::string&)>;

/// The spec of a data source. An application's own source is a struct with options, `load` and a member
/// `Preparation prepare`. Its `load` gives raw parts, which are filled and scaled as `prepare` says.
class HINGE_API SourceDescription : public Description {
 public:
  static constexpr std::string_view kind = "data";

  template <typename T>
  static constexpr bool prepares_itself = requires(T t, const SampleRequest& request, const PathResolver& resolve) {
    { t.load_prepared(request, resolve) } -> std::same_as<DataParts>;
  };
  template <typename T>
  static constexpr bool accepts = Described<T>&& requires(T t, Task task, const PathResolver& resolve) {
    { t.load(task, resolve) } -> std::same_as<DataParts>;
    { t.prepare } -> std::convertible_to<Preparation>;
  };

  template <typename T>
  class Holder final : public DescriptionHolder<T, SourceDescription> {
   public:
    using DescriptionHolder<T, SourceDescription>::DescriptionHolder;
    std::unique_ptr<SourceDescription> clone() const override { return std::make_unique<Holder>(this->description_); }
    DataParts load(const SampleRequest& request, const PathResolver& resolve) const override {
      const T& source = this->description_;
      if constexpr (prepares_itself<T>) {
        return source.load_prepared(request, resolve);
      } else {
        const Task task = is_classification(request.task) ? Task::classification : Task::regression;
        return source.prepare.prepared(source.load(task, resolve), request);
      }
    }
    TableFacts facts(const PathResolver& resolve) const override {
      if constexpr (requires { this->description_.facts(resolve); }) return this->description_.facts(resolve);
      return {};
    }
    const Preparation& preparation() const override { return this->description_.prepare; }
  };

  virtual std::unique_ptr<SourceDescription> clone() const = 0;
  /// Reads or generates the samples, splits them, fills gaps and scales. Throws FileError, DataError, or ConfigError, whose
  /// pointer, if any, names the key (`/data/test`).
  virtual DataParts load(const SampleRequest& request, const PathResolver& resolve) const = 0;
  /// What is in the table behind the samples, for people; nothing for a source that is no table. Throws as a reader does.
  virtual TableFacts facts(const PathResolver& resolve) const = 0;
  virtual const Preparation& preparation() const = 0;
};

/// Any source, by value: `SourceSpec data = CsvSource{.path = "iris.csv"};`.
using SourceSpec = Spec<SourceDescription>;

/// The sources that Hinge brings, by name.
HINGE_API Registry<SourceDescription> standard_sources();

/// A CSV file, or one file for each part (data/csv.h).
struct HINGE_API CsvSource {
  static constexpr std::string_view type = "csv";
  std::string path = {};
  std::string validation_path = {};
  std::string test_path = {};
  std::string target = {};
  std::vector<std::string> targets = {};
  std::vector<std::string> features = {};
  std::vector<std::string> ignore = {};
  TableFormat format = {};
  std::string encode = "onehot";
  std::string missing = "error";
  Columns columns = {};
  Preparation prepare = {};

  std::vector<Option> options();
  std::vector<OptionError> errors() const;
  /// The parts neither filled nor scaled, in single precision.
  DataParts load(Task task, const PathResolver& resolve) const;
  /// The parts filled and scaled in double.
  DataParts load_prepared(const SampleRequest& request, const PathResolver& resolve) const;
  TableFacts facts(const PathResolver& resolve) const;
};

/// Images and labels in the format of MNIST (data/idx.h): a folder with four files, each plain or with the ending
/// `.gz`.
struct HINGE_API IdxSource {
  static constexpr std::string_view type = "idx";
  std::string path = {};
  std::string images = "train-images-idx3-ubyte";
  std::string labels = "train-labels-idx1-ubyte";
  std::string test_images = "t10k-images-idx3-ubyte";
  std::string test_labels = "t10k-labels-idx1-ubyte";
  Preparation prepare = {.preprocess = "divide"};

  std::vector<Option> options();
  std::vector<OptionError> errors() const;
  DataParts load(Task task, const PathResolver& resolve) const;
};

/// A file of the PROBEN1 collection, which has its own three parts (data/proben1.h).
struct HINGE_API Proben1Source {
  static constexpr std::string_view type = "proben1";
  std::string path = {};
  Preparation prepare = {};

  std::vector<Option> options();
  std::vector<OptionError> errors() const;
  DataParts load(Task task, const PathResolver& resolve) const;
};

/// The generators of data/generators.h, each with the options that it has.
struct HINGE_API XorSource {
  static constexpr std::string_view type = "xor";
  std::size_t samples = 4;
  double noise = 0;
  std::size_t seed = 0;
  Preparation prepare = {};
  std::vector<Option> options();
  DataParts load(Task task, const PathResolver&) const;
};

struct HINGE_API SpiralsSource {
  static constexpr std::string_view type = "spirals";
  std::size_t samples_per_arm = 97;
  double noise = 0;
  std::size_t seed = 0;
  Preparation prepare = {};
  std::vector<Option> options();
  DataParts load(Task task, const PathResolver&) const;
};

struct HINGE_API MoonsSource {
  static constexpr std::string_view type = "moons";
  std::size_t samples = 200;
  double noise = 0.1;
  std::size_t seed = 0;
  Preparation prepare = {};
  std::vector<Option> options();
  DataParts load(Task task, const PathResolver&) const;
};

struct HINGE_API CirclesSource {
  static constexpr std::string_view type = "circles";
  std::size_t samples = 200;
  double noise = 0.05;
  double inner_radius = 0.5;
  std::size_t seed = 0;
  Preparation prepare = {};
  std::vector<Option> options();
  DataParts load(Task task, const PathResolver&) const;
};

struct HINGE_API BlobsSource {
  static constexpr std::string_view type = "blobs";
  std::size_t samples = 200;
  std::size_t classes = 3;
  double noise = 0.2;
  std::size_t seed = 0;
  Preparation prepare = {};
  std::vector<Option> options();
  DataParts load(Task task, const PathResolver&) const;
};

struct HINGE_API ParitySource {
  static constexpr std::string_view type = "parity";
  std::size_t bits = 8;
  Preparation prepare = {};
  std::vector<Option> options();
  DataParts load(Task task, const PathResolver&) const;
};

struct HINGE_API SineSource {
  static constexpr std::string_view type = "sine";
  std::size_t samples = 100;
  double noise = 0;
  std::size_t seed = 0;
  Preparation prepare = {};
  std::vector<Option> options();
  DataParts load(Task task, const PathResolver&) const;
};

}  // namespace hinge
