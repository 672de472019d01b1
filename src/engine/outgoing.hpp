// One message that goes out, from the end of its header to its signatures: which keys sign is planned, their records are looked up while
// the body comes in, and at the end, when every other change to the header is known, the fields are made.
//
// Order: constructor at the end of the header; start() once; finish() when the driver has nothing pending and the body hashes are finished.
#pragma once

#include "dkim/body_hashes.hpp"
#include "engine/key_choice.hpp"
#include "engine/signing_policy.hpp"
#include "mail/header.hpp"
#include "policy/decision.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

/// What became of a message that was to be signed.
struct SigningReport {
    enum class Result : std::uint8_t {
        not_asked,    ///< inbound mail, or signing.directions leaves it out
        signed_,      ///< perhaps not by every key that was meant to: see `troubles`
        unsigned_,    ///< `why`
        wrong_sender, ///< the login may not use the From address
        mismatch,     ///< no key whose record is in DNS
        failed,       ///< a fault of ours
    };
    struct Made {
        std::string domain, selector;
        crypto::KeyType type = crypto::KeyType::rsa;
        bool operator==(const Made&) const = default;
    };
    Result result = Result::not_asked;
    std::vector<Made> made; ///< top to bottom
    std::vector<KeyTrouble> troubles;
    std::string why{}; ///< why it is not signed; escaped
    /// What mail servers on the way change, and so break the signatures: "8bit", "long-lines" (RFC 6376 5.3).
    std::vector<std::string_view> fragile;
};
inline constexpr std::size_t signing_results = 6;
[[nodiscard]] std::string_view to_text(SigningReport::Result result);

/// What of a body is rewritten on the way: bytes above 127, where a next server does not take 8BITMIME (RFC 6152), and lines that are
/// longer than SMTP allows (RFC 5321 4.5.3.1.6).
class BodyShape {
  public:
    void update(std::string_view chunk);
    [[nodiscard]] bool has_eight_bit() const { return eight_bit_; }
    [[nodiscard]] bool has_long_lines() const { return long_lines_; }

  private:
    bool eight_bit_ = false, long_lines_ = false;
    std::size_t line_ = 0;
};

class Outgoing {
  public:
    /// `header` is what the message came with. Announces to `bodies` what will be needed of the body.
    Outgoing(std::shared_ptr<const SigningPolicy> policy, const Sender& sender, const mail::Author& author,
             mail::HeaderBlock header, const Limits& limits, dkim::BodyHashes& bodies);

    /// Looks the records up that are to be checked; `progress` is called behind each answer.
    void start(Driver& driver, const std::function<void()>& progress);
    void body(std::string_view chunk) { shape_.update(chunk); }
    /// Adds the signatures to `decision`, or what is done in their place. A message that is not let through is not signed.
    [[nodiscard]] SigningReport finish(policy::Decision& decision, const dkim::BodyHashes& bodies,
                                       const policy::Subject& subject, std::int64_t now);

  private:
    void sign(policy::Decision& decision, const dkim::BodyHashes& bodies, std::int64_t now);
    void answer_mismatch(policy::Decision& decision, const policy::Subject& subject);

    std::shared_ptr<const SigningPolicy> policy_;
    SigningPlan plan_;
    std::deque<KeyChoice> choices_; // stay where they are: flows come back to them
    mail::HeaderBlock header_;
    Limits limits_;
    BodyShape shape_;
    SigningReport report_;
};

} // namespace bonafide::engine
