#include "engine/key_choice.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::engine {

void KeyChoice::start(Driver& driver, std::function<void()> progress) {
    driver_ = &driver;
    progress_ = std::move(progress);
    if (care_.check_dns)
        ask();
    else
        check_ = Check::good;
}

void KeyChoice::ask() {
    const SigningKey& key = *candidates_[at_];
    driver_->run(dkim::look_up_key({.name = fmt::format("{}._domainkey.{}", key.selector(), key.domain()),
                                    .type = key.public_key().type(),
                                    .limits = care_.limits}),
                 [this, progress = progress_](const dkim::FetchedKey& found) {
                     learn(found);
                     if (check_ == Check::waiting) return ask(); // whose answer tells then
                     progress(); // last, and not through a member: whoever is told may end this object
                 });
}

void KeyChoice::learn(const dkim::FetchedKey& found) {
    const SigningKey& key = *candidates_[at_];
    const auto is_ours = [&](const std::shared_ptr<const dkim::KeyRecord>& record) {
        return record != nullptr && record->key && *record->key == key.public_key();
    };
    if (found.code == dkim::Code::ok && (is_ours(found.record) || std::ranges::any_of(found.more, is_ours)))
        check_ = Check::good;
    else if (found.code == dkim::Code::key_unavailable && key.is_active())
        check_ = Check::unknown; // it was there when it became active
    else
        refuse(found.code == dkim::Code::ok ? "the public key in DNS is another one than ours" : found.reason);
}

void KeyChoice::refuse(std::string why) {
    const SigningKey& key = *candidates_[at_];
    troubles_.push_back({key.domain(), key.selector(), std::move(why)});
    if (care_.on_mismatch != OnMismatch::other || at_ + 1 == candidates_.size()) {
        check_ = Check::bad;
        return;
    }
    ++at_;
}

} // namespace bonafide::engine
