// Which keys sign a message that goes out, and whether its sender may have it signed (docs/signing.md). Made of the settings, the tables and the
// keys once per reload, then asked by any thread.
#pragma once

#include "engine/sealing.hpp"
#include "engine/settings.hpp"
#include "engine/signing_keys.hpp"
#include "mail/address.hpp"
#include "policy/reply.hpp"
#include "sign/table.hpp"
#include "verdict/facts.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

struct SigningPolicy {
    Settings::Signing settings;
    sign::Table table;
    sign::SenderTable senders;
    std::shared_ptr<const SigningKeys> keys = std::make_shared<SigningKeys>(); ///< never null
    policy::Reply wrong_sender_reply, mismatch_reply;
    SealingPolicy sealing;
    struct Backscatter {
        OnBackscatter action = OnBackscatter::off;
        std::vector<std::string> secrets; ///< the first one makes tags
        std::int64_t lifetime = 0;        ///< seconds
        policy::Reply reply;
        [[nodiscard]] bool is_on() const { return action != OnBackscatter::off && !secrets.empty(); }
    } backscatter;

    /// Mail of this direction is signed at all.
    [[nodiscard]] bool signs(verdict::Direction direction) const;
};

/// `settings` with what its own lists say; the files of tables and secrets are the caller's to add.
[[nodiscard]] SigningPolicy make_signing_policy(const Settings& settings, std::shared_ptr<const SigningKeys> keys);

/// Where a message that goes out was before.
enum class Origin : std::uint8_t {
    own,        ///< it begins here, as far as can be told
    second_hop, ///< perhaps it came from outside, with any From: only signing.table says who signs
    outside,    ///< it did: nothing signs it
};

/// Whoever hands a message in for sending.
struct Sender {
    verdict::Direction direction = verdict::Direction::submitted;
    std::string_view login{}; ///< {auth_authen}; empty: none
    Origin origin = Origin::own;
};

/// The place of one signature: the key that makes it, and those that may stand in where its record is not in DNS.
struct SigningSlot {
    SigningKeys::Keys candidates; ///< never empty
};

struct SigningPlan {
    std::vector<SigningSlot> slots; ///< the first one's field goes on top
    bool wrong_sender = false;
    std::string why; ///< why there are no slots, one phrase; escaped
};

/// At most one slot for each active key of each signer.
[[nodiscard]] SigningPlan plan_signatures(const SigningPolicy& policy, const Sender& sender,
                                          const mail::Author& author);

/// What signing.senders calls mail without a login.
inline constexpr std::string_view no_login = "-";

/// Whether `login` may write this From address, by signing.senders and signing.sender_domains. Without a login: no_login.
[[nodiscard]] bool may_send_as(const SigningPolicy& policy, std::string_view login, const mail::Mailbox& from);

} // namespace bonafide::engine
