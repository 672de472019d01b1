#include "engine/signing_keys.hpp"

#include <algorithm>

namespace bonafide::engine {

Expected<std::shared_ptr<const crypto::PrivateKey>> SigningKey::private_key() const {
    const std::scoped_lock lock(mutex_);
    if (private_key_ != nullptr) return private_key_;
    auto read = open_();
    if (!read) return std::unexpected(read.error());
    private_key_ = std::make_shared<const crypto::PrivateKey>(*std::move(read));
    return private_key_;
}

const SigningKeys::Keys& SigningKeys::of(std::string_view domain) const {
    static const Keys none;
    const auto found = domains_.find(domain);
    return found == domains_.end() ? none : found->second;
}

bool SigningKeys::has_active(std::string_view domain) const {
    return std::ranges::any_of(of(domain), [](const auto& key) { return key->is_active(); });
}

} // namespace bonafide::engine
