// Different texts with numbers, found fast: every cell of a table is looked up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/export.h>

namespace hinge {

/// Texts, numbered in the order in which they are added: a hash table with open addressing and linear probing [Knuth,
/// The Art of Computer Programming 3, 6.4, algorithm L]. A byte of each text's hash lies apart, dense enough for the cache:
/// most texts that are not there are told by it alone. Const members are safe from any number of threads.
class HINGE_API TextIndex {
 public:
  std::size_t size() const { return texts_.size(); }
  const std::vector<std::string>& texts() const { return texts_; }

  /// Its number, or `none`: an optional would be stored and loaded again, which takes as long as the lookup.
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t find(std::string_view text) const { return find(text, hash_of(text)); }
  /// The same by its hash, for which `prefetch` may have been called: the memory comes while other texts are looked up.
  std::size_t find(std::string_view text, std::uint64_t hash) const;
  static std::uint64_t hash_of(std::string_view text);
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&tags_[place_of(hash)]); }
  /// Adds a text that is not there and returns its number.
  std::size_t add(std::string_view text);

 private:
  std::size_t place_of(std::uint64_t hash) const { return (hash >> 16) & (tags_.size() - 1); }
  void insert(std::string_view text, std::size_t number);
  void grow();

  static constexpr std::size_t first_slots = 16;  // a power of two, of which at most half are taken
  std::vector<std::uint8_t> tags_ = std::vector<std::uint8_t>(first_slots);  // of each slot; 0: free
  std::vector<std::uint32_t> numbers_ = std::vector<std::uint32_t>(first_slots);
  std::vector<std::string> texts_;
};

}  // namespace hinge
