// The keys that sign, of all domains, as they were last read: which there are is plain data, their private halves are read when they are
// first needed and kept. Any thread may ask; a reload makes new SigningKeys and takes over what has not changed.
#pragma once

#include "base/error.hpp"
#include "crypto/key.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bonafide::engine {

/// Thread-safe.
class SigningKey {
  public:
    using Open = std::function<Expected<crypto::PrivateKey>()>;

    SigningKey(std::string domain, std::string selector, crypto::PublicKey public_key, bool active, Open open)
        : domain_(std::move(domain)), selector_(std::move(selector)), public_key_(std::move(public_key)),
          active_(active), open_(std::move(open)) {}

    [[nodiscard]] const std::string& domain() const& { return domain_; }
    [[nodiscard]] const std::string& selector() const& { return selector_; }
    [[nodiscard]] const crypto::PublicKey& public_key() const& { return public_key_; }
    /// Signs by itself; otherwise its record is or was in DNS, and it may stand in for an active one.
    [[nodiscard]] bool is_active() const { return active_; }
    /// The private half; read at the first call that succeeds. Never null.
    [[nodiscard]] Expected<std::shared_ptr<const crypto::PrivateKey>> private_key() const;

  private:
    std::string domain_, selector_;
    crypto::PublicKey public_key_;
    bool active_;
    Open open_;
    mutable std::mutex mutex_;
    mutable std::shared_ptr<const crypto::PrivateKey> private_key_; // guarded by mutex_
};

class SigningKeys {
  public:
    using Keys = std::vector<std::shared_ptr<const SigningKey>>;

    /// Of one domain; a second call replaces them.
    void add(const std::string& domain, Keys keys) { domains_[domain] = std::move(keys); }
    /// Empty: none. In the order they were added.
    [[nodiscard]] const Keys& of(std::string_view domain) const;
    [[nodiscard]] bool has_active(std::string_view domain) const;
    [[nodiscard]] const auto& all() const& { return domains_; }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, Keys, Hash, std::equal_to<>> domains_;
};

} // namespace bonafide::engine
