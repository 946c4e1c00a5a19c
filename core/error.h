// The errors that Hinge throws: one class for each kind of thing that the user can put right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include <hinge/core/export.h>

namespace hinge {

/// What every error of the library is. `what()` says where, what was found, what was wanted, and the way out.
/// The library throws; it never prints, exits or aborts. An object whose member function threw is as it was before,
/// unless that function says otherwise.
class HINGE_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An option or a name is wrong: out of range, unknown, or in conflict with another.
class HINGE_API ConfigError : public Error {
 public:
  using Error::Error;
  /// One that is found after the config was read, about the value at a JSON pointer: `/data/test`. Who has the config at
  /// hand puts its place into the message.
  ConfigError(const std::string& message, std::string pointer) : Error(message), pointer_(std::move(pointer)) {}

  /// "" when the message says it all.
  const std::string& pointer() const noexcept { return pointer_; }

 private:
  std::string pointer_ = {};
};

/// A data file or data set is wrong. The message starts with `file:line:` where there is one.
class HINGE_API DataError : public Error {
 public:
  using Error::Error;
};

/// Matrices do not fit together. The message holds both sizes.
class HINGE_API ShapeError : public Error {
 public:
  using Error::Error;
};

/// A model, or a model file, is wrong.
class HINGE_API ModelError : public Error {
 public:
  using Error::Error;
};

/// A file cannot be opened, read or written by its path. The message holds the path and the system's reason.
class HINGE_API FileError : public Error {
 public:
  using Error::Error;
};

/// A file or folder cannot be written for a reason that no other path would change: the disk is full or damaged.
class HINGE_API WriteError : public FileError {
 public:
  using FileError::FileError;
};

/// Training met a value that is not finite (NaN or infinite) and stopped before using it.
class HINGE_API NonFiniteError : public Error {
 public:
  NonFiniteError(const std::string& message, std::size_t epoch, std::uint64_t step, std::size_t layer)
      : Error(message), epoch_(epoch), step_(step), layer_(layer) {}

  /// The epoch, counted from 1; 0 when the caller owns the loop (`Trainer::step`).
  std::size_t epoch() const noexcept { return epoch_; }
  /// The optimiser step, counted from 1, whose loss or update was not finite.
  std::uint64_t step() const noexcept { return step_; }
  /// The first layer, counted from 1, that holds a non-finite value; 0 when it is the batch itself, and one more than
  /// the number of layers when every layer is finite and only the loss is not.
  std::size_t layer() const noexcept { return layer_; }

 private:
  std::size_t epoch_;
  std::uint64_t step_;
  std::size_t layer_;
};

}  // namespace hinge
