#include "dmarc/external_destination.hpp"

#include "base/ascii.hpp"
#include "dmarc/reading.hpp"
#include "dmarc/walk.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"

#include <algorithm>

namespace bonafide::dmarc {
namespace {

/// By list it is known, by walk DNS has to be asked.
dns::Flow<Aligned> share_organization(ReportTarget target) {
    if (target.discovery == Discovery::treewalk) {
        Visits visits{target.limits, {}};
        const Aligned same = co_await same_organization(&visits, target.policy_domain, target.host);
        co_return same;
    }
    if (!target.suffixes) co_return target.policy_domain == target.host ? Aligned::yes : Aligned::no;
    const bool same =
        target.suffixes->organizational(target.policy_domain) == target.suffixes->organizational(target.host);
    co_return same ? Aligned::yes : Aligned::no;
}

/// RFC 9990 4 steps 6 to 9: what the records at the name say.
ExternalDestination read_consent(const dns::AnswerData& answer, const ReportTarget& target) {
    ExternalDestination found;
    const std::size_t count = std::min<std::size_t>(answer.txt.size(), target.limits.dns_txt_records);
    for (std::size_t i = 0; i < count; ++i) {
        Expected<Reading> reading = read_record(answer.txt[i], target.limits);
        if (!reading) continue; // step 6: discarded
        found.consent = Consent::given;
        if (found.overrides.empty()) found.overrides = std::move(reading->record.rua);
    }
    const bool strays = std::any_of(found.overrides.begin(), found.overrides.end(),
                                    [&](const std::string& uri) { return destination_host(uri) != target.host; });
    if (strays) {
        found.consent = Consent::elsewhere;
        found.overrides.clear();
    }
    return found;
}

} // namespace

std::string_view to_text(Consent consent) {
    switch (consent) {
    case Consent::same_organization: return "same-organization";
    case Consent::given: return "given";
    case Consent::missing: return "missing";
    case Consent::elsewhere: return "elsewhere";
    case Consent::unknown: return "unknown";
    }
    return "unknown";
}

dns::Flow<ExternalDestination> check_destination(ReportTarget target) {
    const Aligned same = co_await share_organization(target);
    ExternalDestination found;
    if (same == Aligned::yes) {
        found.consent = Consent::same_organization;
        co_return found;
    }
    std::string name = target.policy_domain + "._report._dmarc." + target.host; // steps 2 and 3
    if (!dns::is_valid(name)) co_return found;                                  // step 4
    const dns::Answer answer = co_await dns::ask(name, dns::Type::txt, "consent to DMARC reports");
    if (!answer->temporary()) found = read_consent(*answer, target);
    // Step 5, or the organizations may be one after all.
    if (answer->temporary() || (found.consent == Consent::missing && same == Aligned::unknown))
        found.consent = Consent::unknown;
    found.asked = std::move(name);
    co_return found;
}

std::string destination_host(std::string_view uri) {
    constexpr std::string_view mailto = "mailto:";
    std::string_view host;
    if (uri.size() > mailto.size() && ascii::iequals(uri.substr(0, mailto.size()), mailto)) {
        host = uri.substr(mailto.size());
        host = host.substr(0, host.find_first_of("?#"));
        const auto at = host.rfind('@');
        if (at == std::string_view::npos) return {};
        host.remove_prefix(at + 1);
    } else {
        const auto slashes = uri.find("://");
        if (slashes == std::string_view::npos) return {};
        host = uri.substr(slashes + 3);
        host = host.substr(0, host.find_first_of("/?#"));
        if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
        // An address literal is no domain; kept with its bracket, so that it differs from every domain.
        host = host.substr(0, host.starts_with('[') ? host.find(']') : host.find(':'));
    }
    return dns::to_ascii(host).value_or(std::string());
}

} // namespace bonafide::dmarc
