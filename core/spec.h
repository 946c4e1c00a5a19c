// Spec: a value that holds any description of one kind, and the registry that finds descriptions by name.
#pragma once

#include <concepts>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/options.h>
#include <hinge/core/text.h>

namespace hinge::inline HINGE_ABI {

/// Holds one description of the kind `Interface`, by value: `Spec<ActivationInterface> a = Relu{};`.
///
/// `Interface` derives from Description, has `std::unique_ptr<Interface> clone() const`, and says what it can hold:
///   - `template <typename T> static constexpr bool accepts`,
///   - `template <typename T> class Holder : public Interface`, made from a T.
/// The options are checked when the value is made: a Spec that exists is in range. Copying copies the description.
template <typename Interface>
class Spec {
 public:
  template <typename T>
    requires(Interface::template accepts<T>)
  Spec(T description) : held_(std::make_unique<typename Interface::template Holder<T>>(std::move(description))) {
    check_options(*held_);
  }
  Spec(const Spec& other) : held_(other.held_->clone()) {}
  Spec(Spec&&) noexcept = default;
  Spec& operator=(Spec other) noexcept {
    held_ = std::move(other.held_);
    return *this;
  }
  ~Spec() = default;

  const Interface* operator->() const { return held_.get(); }
  const Interface& operator*() const { return *held_; }

  /// For readers of configs, which set options; call check_options afterwards.
  Interface& edit() { return *held_; }

  std::string_view type() const { return held_->type(); }
  std::string summary() const {
    const auto copy = held_->clone();  // options() hands out places to write to, so it wants an object of its own
    return hinge::summary(*copy);
  }

 private:
  std::unique_ptr<Interface> held_;
};

/// A description of type T seen as an Interface: the part of every `Holder` that does not depend on the kind.
template <typename T, typename Interface>
class DescriptionHolder : public Interface {
 public:
  explicit DescriptionHolder(T description) : description_(std::move(description)) {}

  std::string_view type() const override { return T::type; }
  std::vector<Option> options() override { return description_.options(); }

 protected:
  T description_;
};

/// A struct that can be described: `static constexpr std::string_view type` and `std::vector<Option> options()`.
template <typename T>
concept Described = requires(T t) {
  { T::type } -> std::convertible_to<std::string_view>;
  { t.options() } -> std::same_as<std::vector<Option>>;
};

/// The kind of description that builds a `Product<float>` or a `Product<double>`: `Builder<Activation>`,
/// `Builder<Layer, std::size_t>`. What it can hold, and how, is said by the function template
/// `Product<Scalar>::from(const T& description, arguments...)`, which returns a std::unique_ptr<Product<Scalar>>.
template <template <typename> typename Product, typename... Arguments>
class Builder : public Description {
 public:
  template <typename T>
  static constexpr bool accepts = Described<T>&& requires(const T t, Arguments... arguments) {
    Product<float>::from(t, arguments...);
    Product<double>::from(t, arguments...);
  };

  template <typename T>
  class Holder final : public DescriptionHolder<T, Builder> {
   public:
    using DescriptionHolder<T, Builder>::DescriptionHolder;

    std::unique_ptr<Builder> clone() const override { return std::make_unique<Holder>(this->description_); }

   private:
    std::unique_ptr<Product<float>> build_float(Arguments... arguments) const override {
      return Product<float>::from(this->description_, arguments...);
    }
    std::unique_ptr<Product<double>> build_double(Arguments... arguments) const override {
      return Product<double>::from(this->description_, arguments...);
    }
  };

  virtual std::unique_ptr<Builder> clone() const = 0;

  template <typename Scalar>
  std::unique_ptr<Product<Scalar>> build(Arguments... arguments) const {
    if constexpr (std::same_as<Scalar, float>) {
      return build_float(arguments...);
    } else {
      return build_double(arguments...);
    }
  }

 private:
  virtual std::unique_ptr<Product<float>> build_float(Arguments... arguments) const = 0;
  virtual std::unique_ptr<Product<double>> build_double(Arguments... arguments) const = 0;
};

/// Descriptions by name. Filled by explicit calls, so that an application decides what its configs may name.
template <typename Interface>
class Registry {
 public:
  /// `kind` is for messages: "activation".
  explicit Registry(std::string kind) : kind_(std::move(kind)) {}

  /// Adds a description with its default options under its `type`. Throws ConfigError if the name is taken.
  void add(Spec<Interface> spec) {
    const std::string name(spec.type());
    if (!specs_.emplace(name, std::move(spec)).second) {
      throw ConfigError(kind_ + " \"" + name + "\" is registered twice");
    }
  }

  /// A copy of the description registered under `name`. Throws ConfigError that names the nearest one.
  Spec<Interface> find(std::string_view name) const {
    const auto found = specs_.find(name);
    if (found != specs_.end()) return found->second;
    throw ConfigError("unknown " + kind_ + " \"" + printable(name) + "\"" + suggestion(name, names()));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, spec] : specs_) names.push_back(name);
    return names;
  }

 private:
  std::string kind_;
  std::map<std::string, Spec<Interface>, std::less<>> specs_;
};

}  // namespace hinge::inline HINGE_ABI
