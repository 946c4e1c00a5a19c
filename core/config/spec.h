// Spec: a value that holds any description of one kind. Registry: finds descriptions by name.
#pragma once

#include <concepts>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/config/options.h>
#include <hinge/core/error.h>

namespace hinge {

class RegistryBase;

/// A variable that holds a description of one kind, and can be given another of that kind.
class HINGE_API SpecPlace {
 public:
  virtual ~SpecPlace() = default;

  /// `activation`
  virtual std::string_view kind() const = 0;
  virtual Description& held() = 0;
  /// Replaces the held description by a copy of the one registered under `name`, with default options; required options
  /// are still to be set. The registry must be of this kind. Throws ConfigError for an unknown name.
  virtual void replace(const RegistryBase& registry, std::string_view name) = 0;
};

/// A list of descriptions of one kind.
class HINGE_API SpecListPlace {
 public:
  virtual ~SpecListPlace() = default;

  virtual std::string_view kind() const = 0;
  virtual std::size_t size() const = 0;
  virtual SpecPlace& at(std::size_t index) = 0;
  virtual void clear() = 0;
  /// Appends the description that `SpecPlace::replace` would hold. Throws like it.
  virtual void append(const RegistryBase& registry, std::string_view name) = 0;
};

/// What readers of configs need to know of any registry.
class HINGE_API RegistryBase {
 public:
  virtual ~RegistryBase() = default;
  virtual std::string_view kind() const = 0;
  virtual std::vector<std::string> names() const = 0;
  /// A Spec of its own with the description of that name, as `SpecPlace::replace` would hold.
  virtual std::unique_ptr<SpecPlace> make(std::string_view name) const = 0;
  virtual std::unique_ptr<RegistryBase> clone() const = 0;

 protected:
  /// Throws ConfigError, and suggests the nearest name.
  [[noreturn]] void fail_unknown(std::string_view name) const;
  [[noreturn]] void fail_taken(std::string_view name) const;
};

template <typename Interface>
class Registry;

/// Holds one description of the kind `Interface`, by value: `Spec<ActivationInterface> a = Relu{};`.
///
/// `Interface` derives from Description, has `std::unique_ptr<Interface> clone() const`, and:
///   - `static constexpr std::string_view kind`, the word for configs and messages,
///   - `template <typename T> static constexpr bool accepts`, whether it can hold a T,
///   - `template <typename T> class Holder : public Interface`, which wraps a T.
/// The constructor checks the options, so a Spec is in range unless it is edited later. Copying copies the description.
/// A moved-from Spec can only be assigned to or destroyed.
template <typename Interface>
class Spec final : public SpecPlace {
 public:
  using InterfaceType = Interface;

  template <typename T>
    requires(Interface::template accepts<T>)
  Spec(T description) : Spec(hold(std::move(description))) { check_options(*held_); }
  Spec(const Spec& other) : SpecPlace(other), held_(other.held_->clone()) {}
  Spec(Spec&& other) noexcept : held_(std::move(other.held_)) {}
  Spec& operator=(Spec other) noexcept {
    held_ = std::move(other.held_);
    return *this;
  }
  ~Spec() override = default;

  const Interface* operator->() const { return held_.get(); }
  const Interface& operator*() const { return *held_; }

  std::string_view type() const { return held_->type(); }
  std::string summary() const {
    const auto copy = held_->clone();  // options() returns writable places, so it needs an object that is not const
    return hinge::summary(*copy);
  }

  // For config readers. These skip the checks of the constructor: the reader calls check_options or reports the
  // mistakes.
  std::string_view kind() const override { return Interface::kind; }
  Description& held() override { return *held_; }
  void replace(const RegistryBase& registry, std::string_view name) override {
    *this = std::move(static_cast<Spec&>(*registry.make(name)));
  }

 private:
  friend class Registry<Interface>;

  explicit Spec(std::unique_ptr<Interface> held) : held_(std::move(held)) {}

  template <typename T>
  static std::unique_ptr<Interface> hold(T description) {
    return std::make_unique<typename Interface::template Holder<T>>(std::move(description));
  }

  std::unique_ptr<Interface> held_;
};

/// A list of specs, for an option such as `layers`.
template <typename Interface>
class SpecList final : public SpecListPlace {
 public:
  SpecList() = default;
  SpecList(std::vector<Spec<Interface>> specs) : specs_(std::move(specs)) {}
  SpecList(std::initializer_list<Spec<Interface>> specs) : specs_(specs) {}

  const std::vector<Spec<Interface>>& specs() const { return specs_; }

  std::string_view kind() const override { return Interface::kind; }
  std::size_t size() const override { return specs_.size(); }
  SpecPlace& at(std::size_t index) override { return specs_.at(index); }
  void clear() override { specs_.clear(); }
  void append(const RegistryBase& registry, std::string_view name) override {
    specs_.push_back(std::move(static_cast<Spec<Interface>&>(*registry.make(name))));
  }

 private:
  std::vector<Spec<Interface>> specs_;
};

/// Wraps a T as an Interface: the code of a `Holder` that is the same for every kind.
template <typename T, typename Interface>
class DescriptionHolder : public Interface {
 public:
  explicit DescriptionHolder(T description) : description_(std::move(description)) {}

  std::string_view type() const override { return T::type; }
  std::vector<Option> options() override {
    if constexpr (requires { description_.options(); }) return description_.options();
    return {};
  }
  std::vector<OptionError> errors() const override {
    if constexpr (requires { description_.errors(); }) return description_.errors();
    return {};
  }

 protected:
  T description_;
};

/// A struct with a description: `static constexpr std::string_view type`. If it has options, also `std::vector<Option>
/// options()`, and if these can be in conflict, `std::vector<OptionError> errors() const`.
template <typename T>
concept Described = requires {
  { T::type } -> std::convertible_to<std::string_view>;
};

/// A kind of description that builds a `Product<float>` or a `Product<double>`: `Builder<Activation>`, `Builder<Layer,
/// std::size_t>`. It can hold a T if `Product<Scalar>::from(const T& description, arguments...)` exists, which returns
/// a std::unique_ptr<Product<Scalar>>. The virtual functions come in pairs, because a template cannot be virtual.
template <template <typename> typename Product, typename... Arguments>
class Builder : public Description {
 public:
  static constexpr std::string_view kind = Product<float>::kind;

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

/// Descriptions of one kind, by name. It is filled by explicit calls, so an application decides what its configs may
/// name.
template <typename Interface>
class Registry final : public RegistryBase {
 public:
  /// Adds descriptions with their default options, each under its `type`. Required options may be out of range here.
  /// Throws ConfigError if a name is taken.
  template <typename... T>
    requires(Interface::template accepts<T>&&...)
  void add(T... descriptions) { (emplace(std::string(T::type), Spec<Interface>::hold(std::move(descriptions))), ...); }

  /// A copy of the description registered under `name`. Throws ConfigError for an unknown name, and suggests the
  /// nearest.
  Spec<Interface> find(std::string_view name) const {
    const auto found = specs_.find(name);
    if (found != specs_.end()) return found->second;
    fail_unknown(name);
  }

  std::string_view kind() const override { return Interface::kind; }
  std::unique_ptr<SpecPlace> make(std::string_view name) const override {
    return std::make_unique<Spec<Interface>>(find(name));
  }
  std::unique_ptr<RegistryBase> clone() const override { return std::make_unique<Registry>(*this); }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [name, spec] : specs_) names.push_back(name);
    return names;
  }

 private:
  void emplace(const std::string& name, std::unique_ptr<Interface> description) {
    if (specs_.emplace(name, Spec<Interface>(std::move(description))).second) return;
    fail_taken(name);
  }

  std::map<std::string, Spec<Interface>, std::less<>> specs_;
};

/// One registry for each kind: everything that a config may name. Copying copies the registries.
class HINGE_API Registries {
 public:
  Registries() = default;
  Registries(const Registries& other);
  Registries(Registries&& other) noexcept = default;
  Registries& operator=(Registries other) noexcept {
    registries_ = std::move(other.registries_);
    return *this;
  }
  ~Registries() = default;

  /// Adds a registry. Throws ConfigError if there is already one of its kind.
  template <typename Interface>
  void add(Registry<Interface> registry) {
    insert(std::make_unique<Registry<Interface>>(std::move(registry)));
  }

  /// The registry for a Spec: `registries.of<ActivationSpec>().add(Quadratic{});`.
  template <typename SpecType>
  Registry<typename SpecType::InterfaceType>& of() {
    return static_cast<Registry<typename SpecType::InterfaceType>&>(find(SpecType::InterfaceType::kind));
  }

  /// The registry of a kind. Throws ConfigError if there is none.
  const RegistryBase& of_kind(std::string_view kind) const;

  /// The kind whose registry has a description of that name; empty if none has.
  std::string_view kind_of(std::string_view name) const;

 private:
  void insert(std::unique_ptr<RegistryBase> registry);
  RegistryBase& find(std::string_view kind) const;

  std::map<std::string, std::unique_ptr<RegistryBase>, std::less<>> registries_;
};

}  // namespace hinge
