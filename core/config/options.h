// Options, declared once.
//
// A spec such as `LeakyRelu` or `Sgd` is a plain struct of options. Its `options()` lists each option with its name,
// place, range and meaning. Everything else follows from that list: range checks, one-line summaries, reading and
// writing configs, the tables of the documentation, "did you mean".
#pragma once

#include <cstddef>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <hinge/core/export.h>

namespace hinge {

class Description;
class SectionMapPlace;
class SpecListPlace;
class SpecPlace;

/// The numbers that an option may take. Bounds may be infinite; the value itself must be finite.
struct HINGE_API Range {
  double lowest = -std::numeric_limits<double>::infinity();
  double highest = std::numeric_limits<double>::infinity();
  bool lowest_allowed = true;
  bool highest_allowed = true;

  static Range any() { return {}; }
  static Range at_least(double lowest) { return {.lowest = lowest}; }
  static Range above(double lowest) { return {.lowest = lowest, .lowest_allowed = false}; }
  static Range between(double lowest, double highest) { return {.lowest = lowest, .highest = highest}; }
  /// lowest ≤ value < highest
  static Range from_below(double lowest, double highest) {
    return {.lowest = lowest, .highest = highest, .highest_allowed = false};
  }

  bool contains(double value) const;
  /// Whether it excludes any finite number.
  bool is_bounded() const;
  /// For messages: `in [0, 1)`, `> 0`, `a finite number`.
  std::string text() const;
};

/// A number for each of some things that have names, such as the classes of a data set. A config gives a list in their
/// order, an object with numbers by name, or a word for a rule. Only a list can be used as it is: the names and the rule
/// wait for the data.
struct HINGE_API NamedNumbers {
  std::vector<double> list = {};
  std::vector<std::pair<std::string, double>> named = {};
  std::string rule = {};  ///< one of the option's choices; empty: none

  NamedNumbers() = default;
  NamedNumbers(std::vector<double> numbers) : list(std::move(numbers)) {}
  NamedNumbers(std::initializer_list<double> numbers) : list(numbers) {}

  bool is_list() const { return named.empty() && rule.empty(); }
};

/// One option of a description: its name in configs, a pointer to its value, its range, and its meaning.
///
/// The place is a value, a section (a description of its own), or a spec that a config replaces by naming another of
/// its kind (SpecPlace), or a list of such specs (see core/config/spec.h), or sections of one type under keys that the
/// config is free to choose (SectionMap).
struct Option {
  using Place =
      std::variant<bool*, std::size_t*, double*, std::string*, std::vector<double>*, std::vector<std::string>*,
                   NamedNumbers*, Description*, SectionMapPlace*, SpecPlace*, SpecListPlace*>;

  std::string_view name = {};
  Place place = {};
  Range range = {};  ///< for numbers
  std::string_view meaning = {};
  bool required = false;                       ///< a config must give it; the default is only a placeholder
  std::vector<std::string_view> choices = {};  ///< for a text, or a rule: the allowed ones; empty: any
  std::string_view zero = {};  ///< for a whole number > 0: the word, such as `auto`, that stands for 0 in a config
};

/// A conflict between options that are each in range.
struct OptionError {
  std::string_view option = {};  ///< the one to change
  std::string message = {};      ///< `needs momentum > 0, such as 0.9`
};

/// The interface that config readers and printers use: a type and its options, whatever is described.
class HINGE_API Description {
 public:
  virtual ~Description() = default;

  /// The value of "type" in a config: `leaky_relu`.
  virtual std::string_view type() const = 0;

  /// The options, in the order in which the documentation lists them. The places point into this object.
  virtual std::vector<Option> options() = 0;

  /// Conflicts between options; usually none.
  virtual std::vector<OptionError> errors() const { return {}; }
};

/// Sections of one type, each under a key of its own, in the order of the config.
class HINGE_API SectionMapPlace {
 public:
  virtual ~SectionMapPlace() = default;

  virtual std::size_t size() const = 0;
  virtual const std::string& key(std::size_t index) const = 0;
  virtual Description& at(std::size_t index) = 0;
  virtual void clear() = 0;
  /// Appends a section with default options.
  virtual Description& append(std::string key) = 0;
  /// A section with default options that belongs to no map.
  virtual std::unique_ptr<Description> make() const = 0;
};

/// The sections by value. T is a Description that can be copied; copying copies the sections.
template <typename T>
class SectionMap final : public SectionMapPlace {
 public:
  /// The section of that key, or null.
  const T* find(std::string_view key) const {
    for (const auto& [name, section] : sections_) {
      if (name == key) return &section;
    }
    return nullptr;
  }
  const std::vector<std::pair<std::string, T>>& sections() const { return sections_; }
  void add(std::string key, T section) { sections_.emplace_back(std::move(key), std::move(section)); }

  std::size_t size() const override { return sections_.size(); }
  const std::string& key(std::size_t index) const override { return sections_.at(index).first; }
  Description& at(std::size_t index) override { return sections_.at(index).second; }
  void clear() override { sections_.clear(); }
  Description& append(std::string key) override {
    add(std::move(key), T());
    return sections_.back().second;
  }
  std::unique_ptr<Description> make() const override { return std::make_unique<T>(); }

 private:
  std::vector<std::pair<std::string, T>> sections_;
};

/// The option of that name among `options`, or null.
HINGE_API const Option* find_option(const std::vector<Option>& options, std::string_view name);

/// What is wrong with the value of one option, "" if nothing: `nan, must be a finite number`. It does not check nested
/// descriptions.
HINGE_API std::string value_error(const Option& option);

/// Throws ConfigError with every mistake, including those of nested descriptions, or does nothing:
/// `leaky_relu: alpha = nan, must be a finite number`, `dense: activation.alpha = …`.
HINGE_API void check_options(Description& description);

/// `leaky_relu(alpha=0.01, derivative_at_zero=1)`, `relu(derivative_at_zero=0)`, `tanh`.
HINGE_API std::string summary(Description& description);
/// The same without the options that are as in `defaults`, a description of the same type: `leaky_relu`.
HINGE_API std::string summary(Description& description, Description& defaults);

/// Sets a number or switch by name. Throws ConfigError for an unknown name (and suggests the nearest), for an option
/// that is neither a number nor a switch, and for a value out of range; then nothing is changed.
HINGE_API void set_option(Description& description, std::string_view name, double value);

}  // namespace hinge
