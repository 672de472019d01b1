// ARC sealing (RFC 8617) of mail that is sent on, in the two places where a milter can do it (docs/signing.md): on the way in, for recipients
// whose mail is forwarded, or on a second hop, after a list or a filter has changed it.
//
// Order: constructor at the end of the header; start() once; seal() at the end, when every other change to the header is known.
#pragma once

#include "arc/chain.hpp"
#include "dkim/body_hashes.hpp"
#include "engine/key_choice.hpp"
#include "mail/header.hpp"
#include "policy/decision.hpp"
#include "policy/value_set.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

struct SealReport {
    enum class Result : std::uint8_t { not_asked, sealed, unsealed, failed };
    Result result = Result::not_asked;
    unsigned instance = 0; ///< i= of the set that was added
    arc::Status cv = arc::Status::none;
    std::string domain{}, selector{}; ///< of the key
    std::vector<KeyTrouble> troubles{};
    std::string why{}; ///< why no set was added; escaped
};
inline constexpr std::size_t seal_results = 4;
[[nodiscard]] std::string_view to_text(SealReport::Result result);

/// What sealing goes by, made of the settings once per reload.
struct SealingPolicy {
    std::string domain;     ///< empty: nothing is sealed
    SigningKeys::Keys keys; ///< RSA keys of the domain, active ones first
    KeyChoice::Care care;
    std::shared_ptr<const policy::ValueSet> recipients{}; ///< null: none
    std::vector<std::string> listeners;

    [[nodiscard]] bool is_second_hop(std::string_view listener) const;
    [[nodiscard]] bool has_recipient(const std::vector<std::string>& of_message) const;
};

class Sealer {
  public:
    Sealer(const SealingPolicy& policy, mail::HeaderBlock header, dkim::BodyHashes& bodies);

    void start(Driver& driver, std::function<void()> progress);

    /// What the new set tells of the message, and what became of the chain it came with.
    struct Basis {
        arc::Outcome chain{};
        std::vector<std::string> results{};
        std::string authserv_id;
        std::optional<ip::Address> client{};
        std::int64_t now = 0;
    };
    /// Adds the set to `decision`, above everything else; a message that is not let through gets none.
    [[nodiscard]] SealReport seal(policy::Decision& decision, const dkim::BodyHashes& bodies, const Basis& basis,
                                  const Limits& limits);
    [[nodiscard]] const mail::HeaderBlock& header() const& { return header_; }

  private:
    std::optional<KeyChoice> choice_; // none: there is no key
    std::string domain_;
    mail::HeaderBlock header_;
};

} // namespace bonafide::engine
