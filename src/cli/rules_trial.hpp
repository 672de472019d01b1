// One message through the engine as a door would send it, early answers asked for, and every rule reported: `bonafide rules test`.
//     RulesTrial trial(context, envelope);  trial.feed(bytes)*;  const TriedRules tried = trial.finish();
// After an early refusal, where the daemon would end, the message goes on, so that later rules are told of too. One thread; DNS answers at
// once; the context outlives it.
#pragma once

#include "cli/verification.hpp"
#include "engine/acting.hpp"
#include "policy/rule_report.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::cli {

/// Said to the client before the message was there.
struct EarlyRefusal {
    policy::Level level = policy::Level::mail;
    std::string recipient; ///< at rcpt
    std::string reply;
    std::string by; ///< a rule's name, or a setting
};

struct TriedRules {
    std::shared_ptr<const engine::Acting> acting; ///< what the reports refer to
    engine::Finished finished;
    std::vector<policy::RuleReport> reports;
    std::optional<EarlyRefusal> refused;
    std::vector<EarlyRefusal> refused_recipients;
    bool nobody_left = false; ///< all recipients were refused
    bool asked_early =
        false; ///< else all is decided at the end: the client is not known before, or a relay of ours hands the mail on
    policy::Mode mode = policy::Mode::monitor; ///< where a rule says nothing
    struct Greylist {
        bool asked = false;
        bool would_defer = false; ///< a first attempt; nothing is kept here
        std::string why;          ///< escaped
        std::string reply;        ///< where it would
    };
    Greylist greylist;
    bool without_header = false;
};

class RulesTrial {
  public:
    RulesTrial(const engine::Context& context, GivenEnvelope given, std::string listener);
    RulesTrial(const RulesTrial&) = delete;
    RulesTrial& operator=(const RulesTrial&) = delete;

    void feed(std::string_view bytes) { splitter_.feed(bytes); }
    [[nodiscard]] Expected<void> feed(const MessageContent& content);
    [[nodiscard]] TriedRules finish();

  private:
    void begin(mail::HeaderBlock header);
    void connect(const verdict::Envelope& envelope);
    void send_envelope(const verdict::Envelope& envelope);
    void ask_connection(policy::Level level);
    void ask_mail();
    void send_recipient(const std::string& recipient);
    void refuse(policy::Level level, const engine::Early& early);
    void report_rest();
    [[nodiscard]] TriedRules::Greylist greylist_of(const engine::Finished& finished) const;

    const engine::Context& context_;
    GivenEnvelope given_;
    std::string listener_;
    engine::Connection connection_;
    std::optional<engine::Transaction> message_;
    policy::RuleReporter reporter_;
    TriedRules tried_;
    mail::Splitter splitter_;
};

} // namespace bonafide::cli
