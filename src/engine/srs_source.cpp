#include "engine/srs_source.hpp"

#include "engine/signing_source.hpp"
#include "io/secret_file.hpp"

#include <utility>

namespace bonafide::engine {

bool has_srs_doors(const Settings::Srs& settings) {
    return !settings.socketmap.empty() || !settings.tcp_forward.empty() || !settings.tcp_reverse.empty();
}

Expected<srs::Rewriter> read_rewriter(const Settings& all) {
    const Settings::Srs& settings = all.srs;
    if (settings.domain.empty())
        return failure("srs.domain: is empty: rewritten addresses need a domain of this server");
    if (settings.secrets.empty())
        return failure("srs.secrets: is empty: without a file of secrets no address can be rewritten");
    auto secrets = io::read_secrets(settings.secrets, service_user(all));
    if (!secrets) return failure("srs.secrets: " + secrets.error().text);
    auto made = srs::Rewriter::make({.domain = settings.domain,
                                     .secrets = *std::move(secrets),
                                     .local_domains = settings.local_domains,
                                     .days = settings.days,
                                     .most_local_part = settings.local_part_octets});
    if (!made) return failure("srs.domain: " + made.error().text);
    return made;
}

} // namespace bonafide::engine
