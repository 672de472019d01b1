// For tests of rules in enforce mode: what is answered before the message is there.
#pragma once

#include "engine/test_rules.hpp"
#include "engine/test_transaction.hpp"

#include <fmt/format.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::engine::testing_engine {

class EarlyTest : public TransactionTest {
  protected:
    EarlyTest() { settings.mode = Mode::enforce; }

    void use(std::vector<policy::RuleSource> rules) {
        settings.rules.list = std::move(rules);
        context.settings = std::make_shared<Settings>(settings);
    }
    /// "550 5.7.1 text by rule", or "go on".
    static std::string text_of(const std::optional<Early>& early) {
        if (!early) return "waits";
        return early->refuses() ? fmt::format("{} by {}", early->smtp_reply, early->by) : "go on";
    }
    static std::string at_rcpt(Transaction& message, std::string_view path) {
        message.rcpt(path);
        std::optional<Early> early;
        message.decide_recipient([&](Early one) { early = std::move(one); });
        return text_of(early);
    }
    Settings settings;
};

} // namespace bonafide::engine::testing_engine
