// The errors that Hinge throws: one class for each kind of thing that the user can correct.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include <hinge/core/export.h>

namespace hinge {

/// The base of all errors of the library. `what()` says where the error is, what was found, what was wanted, and often
/// a remedy. The library throws; it never prints, exits or aborts. If a member function throws, its object stays
/// unchanged unless the function says otherwise.
class HINGE_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An option or a name is wrong: out of range, unknown, or in conflict with another option.
class HINGE_API ConfigError : public Error {
 public:
  using Error::Error;
  /// An error found after the config was read, in the value at a JSON pointer such as `/data/test`. Code that still has
  /// the config adds the place to the message.
  ConfigError(const std::string& message, std::string pointer) : Error(message), pointer_(std::move(pointer)) {}

  /// The JSON pointer; "" if the message is complete without a place.
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

/// A file cannot be opened, read or written under its path. The message holds the path and the system's reason.
class HINGE_API FileError : public Error {
 public:
  using Error::Error;
};

/// A file or folder cannot be written, and another path on the same disk would not help: it is full or damaged.
class HINGE_API WriteError : public FileError {
 public:
  using FileError::FileError;
};

/// Something needs more memory than there is. The message says how much.
class HINGE_API MemoryError : public Error {
 public:
  using Error::Error;
};

/// Training met a value that is not finite (NaN or infinite) and stopped before using it.
class HINGE_API NonFiniteError : public Error {
 public:
  NonFiniteError(const std::string& message, std::size_t epoch, std::uint64_t step, std::size_t layer)
      : Error(message), epoch_(epoch), step_(step), layer_(layer) {}

  /// The epoch, counted from 1; 0 if the caller owns the loop (`Trainer::step`).
  std::size_t epoch() const noexcept { return epoch_; }
  /// The optimiser step, counted from 1, whose loss or update was not finite.
  std::uint64_t step() const noexcept { return step_; }
  /// The first layer, counted from 1, with a non-finite value; 0 if the batch itself has one, and one more than the
  /// number of layers if all layers are finite and only the loss is not.
  std::size_t layer() const noexcept { return layer_; }

 private:
  std::size_t epoch_;
  std::uint64_t step_;
  std::size_t layer_;
};

}  // namespace hinge
