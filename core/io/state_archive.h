// The state of a training on its way into a file, or back.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <hinge/core/bits.h>
#include <hinge/core/export.h>

namespace hinge {

/// A field of a row in a table of state: a member of T.
template <typename T>
using StateField =
    std::variant<bool T::*, std::size_t T::*, double T::*, std::optional<std::size_t> T::*, std::optional<double> T::*>;

/// The state of a training: numbers, texts and arrays with names. Each part lists what it keeps in one function, which
/// serves both directions:
///
///     void list_state(StateArchive& state) { state.add("count", count_); state.add("sums", sums_); }
///
/// A writing archive copies the values, a reading one puts them back, to the bit. Names are unique within a part.
/// A reading archive throws ModelError `file: …` where a value is missing or does not fit its place; what was listed
/// before it is changed then. One thread at a time.
class HINGE_API StateArchive {
 public:
  /// An archive to write.
  StateArchive();
  /// An archive to read: the bytes of a file of that kind, which `name` stands for in messages. Throws ModelError for
  /// damaged bytes, and for a file that holds something else.
  StateArchive(std::string bytes, std::string name, std::string_view kind);
  StateArchive(StateArchive&&) noexcept;
  StateArchive& operator=(StateArchive&&) noexcept;
  ~StateArchive();

  bool is_reading() const;

  /// A count or a switch.
  template <std::unsigned_integral T>
  void add(std::string_view name, T& value) {
    std::uint64_t wide = value;
    add_count(name, wide, std::numeric_limits<T>::max());
    value = static_cast<T>(wide);
  }
  void add(std::string_view name, double& value);
  void add(std::string_view name, std::string& value);
  void add(std::string_view name, std::optional<double>& value);

  /// Arrays. Those of floating point must be finite: `bytes` throws ModelError where one is not.
  void add(std::string_view name, std::vector<float>& values);
  void add(std::string_view name, std::vector<double>& values);
  void add(std::string_view name, std::vector<std::uint64_t>& values);

  /// Rows, of which the given fields are kept. They may hold any numbers, NaN too.
  template <typename T>
  void add(std::string_view name, std::vector<T>& rows, const std::vector<StateField<T>>& fields) {
    std::vector<std::uint64_t> bits;
    for (T& row : rows) {
      for (const StateField<T>& field : fields) {
        std::visit([&](auto member) { bits.push_back(bits_of(row.*member)); }, field);
      }
    }
    add(name, bits);
    if (!is_reading()) return;
    require(bits.size() % fields.size() == 0, name);
    rows.resize(bits.size() / fields.size());
    auto next = bits.begin();
    for (T& row : rows) {
      for (const StateField<T>& field : fields) {
        std::visit([&](auto member) { set(row.*member, *next++); }, field);
      }
    }
  }

  /// Lists a part: what `list` adds gets the name of the part in front of its own, `best.age`.
  template <typename List>
  void part(std::string_view name, const List& list) {
    const std::size_t length = enter(name);
    list();
    leave(length);
  }
  /// The same for a part that may be missing: `list` is given the part.
  template <typename T, typename List>
  void part(std::string_view name, std::optional<T>& value, const List& list) {
    bool is_there = value.has_value();
    add(name, is_there);
    if (is_reading()) value.reset();
    if (!is_there) return;
    if (is_reading()) value.emplace();
    part(name, [&] { list(*value); });
  }

  /// Throws ModelError `file: name: …` for a value that its part cannot take, where `fits` is false.
  void require(bool fits, std::string_view name) const;
  /// Throws ModelError where the file holds something that no part has listed.
  void require_all_read() const;

  /// The bytes of the file: safetensors with a checksum (core/io/safetensors.h). Throws ModelError for an array that is
  /// not finite.
  std::string bytes(std::string_view kind) const;

 private:
  struct Contents;

  static constexpr std::uint64_t none =
      std::numeric_limits<std::uint64_t>::max();  // the bits of no number that is computed
  static std::uint64_t bits_of(bool value) { return value ? 1 : 0; }
  static std::uint64_t bits_of(std::size_t value) { return value; }
  static std::uint64_t bits_of(double value) { return bit_cast<std::uint64_t>(value); }
  template <typename T>
  static std::uint64_t bits_of(const std::optional<T>& value) {
    return value ? bits_of(*value) : none;
  }
  static void set(bool& value, std::uint64_t bits) { value = bits != 0; }
  static void set(std::size_t& value, std::uint64_t bits) { value = static_cast<std::size_t>(bits); }
  static void set(double& value, std::uint64_t bits) { value = bit_cast<double>(bits); }
  template <typename T>
  static void set(std::optional<T>& value, std::uint64_t bits) {
    value.reset();
    if (bits != none) set(value.emplace(), bits);
  }

  template <typename T>
  void add_array(std::string_view name, std::vector<T>& values);
  void add_count(std::string_view name, std::uint64_t& value, std::uint64_t most);
  std::size_t enter(std::string_view name);
  void leave(std::size_t length);

  std::unique_ptr<Contents> contents_;
};

}  // namespace hinge
