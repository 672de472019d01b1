// What is examined, and what is known beforehand: the options of `check`, or what the mail server knows of itself.
#pragma once

#include "base/ip.hpp"
#include "base/limits.hpp"
#include "dns/public_suffix.hpp"
#include "dns/source.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bonafide::doctor {

/// A private key that signs for the domain, by its public half.
struct KeyInUse {
    std::string selector;
    std::string public_key; ///< p=: base64 without white space
    std::string type;       ///< k=: "rsa", "ed25519"
    unsigned bits = 0;
};

/// A service that sends for the domain.
struct SendingSource {
    std::string name;        ///< as a person calls it: "newsletter"
    std::string mail_from;   ///< domain of the reverse-path; normalized; may be empty
    std::string dkim_domain; ///< d= of its signatures; normalized; empty: it does not sign
};

/// Mail of the domain that the server could not deliver yet.
struct QueuedMail {
    std::string recipient;
    std::string reason; ///< of the last attempt
};

/// A zone as somebody has it in a file, or as the whole of DNS.
struct KnownZone {
    std::shared_ptr<const dns::Source> answers;
    std::vector<std::string> names; ///< all names that hold records, normalized
};

struct Subject {
    std::string domain; ///< normalized A-labels
    std::vector<std::string> selectors{};
    std::vector<KeyInUse> keys{};
    std::vector<ip::Address> addresses{}; ///< that send for the domain
    std::vector<SendingSource> sources{};
    std::vector<QueuedMail> queued{};
    std::optional<KnownZone> local_zone{};       ///< the zone as the server has it, to be compared with the public one
    std::optional<KnownZone> all_of_dns{};       ///< --zone: nothing else exists, no server can be asked by itself
    std::optional<std::string> mta_sts_policy{}; ///< the policy file's content, instead of fetching it
    std::shared_ptr<const dns::PublicSuffixList> suffixes;
    std::int64_t now = 0; ///< Unix time
    Limits limits{};
};

} // namespace bonafide::doctor
