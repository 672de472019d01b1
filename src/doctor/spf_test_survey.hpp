// For this room's tests: what the doctor finds about SPF in a zone literal, JSON with ' for ".
#pragma once

#include "dns/zone.hpp"
#include "doctor/dmarc.hpp"
#include "doctor/mx.hpp"
#include "doctor/spf.hpp"
#include "text/catalogue.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor::testing {

/// Throws when the literal is no zone: a mistake in the test.
inline std::shared_ptr<const dns::Zone> zone(std::string text) {
    std::ranges::replace(text, '\'', '"');
    auto parsed = dns::Zone::parse(text);
    if (!parsed) throw std::invalid_argument(parsed.error().text);
    return *std::move(parsed);
}

inline Subject subject(std::vector<std::string_view> addresses = {}) {
    Subject result;
    result.domain = "example.com";
    for (const std::string_view address : addresses) result.addresses.push_back(ip::Address::parse(address).value());
    result.now = 1'790'000'000;
    return result;
}

/// With the zone as all of DNS when `known` says that its names are known, as with --zone.
enum class Names : std::uint8_t { known, guessed };
inline Survey survey(const std::shared_ptr<const dns::Zone>& source, Subject subject, Names names = Names::known) {
    if (names == Names::known) subject.all_of_dns = KnownZone{source, source->names()};
    Survey all;
    all.subject = subject;
    all.spf = dns::run(survey_spf(subject), *source);
    all.mx = dns::run(survey_mx(subject), *source);
    for (const std::string& name : subdomains_to_ask(subject)) {
        SpfSubdomain one = dns::run(survey_subdomain(subject, name), *source);
        if (one.node) all.spf.subdomains.emplace(std::move(one.name), std::move(one.node));
    }
    return all;
}

inline std::vector<Finding> judged(const Survey& all) {
    std::vector<Finding> findings;
    judge_spf(all, findings);
    sort(findings);
    return findings;
}

/// "error spf.multiple, warning spf.ptr"
inline std::string summary(const std::vector<Finding>& findings) {
    std::string result;
    for (const Finding& finding : findings) {
        if (!result.empty()) result += ", ";
        result += std::string(to_text(finding.severity)) + " " + std::string(finding.id);
    }
    return result;
}

/// The record that the first finding of the id has to publish; "" when there is none.
inline std::string record_of(const std::vector<Finding>& findings, std::string_view id) {
    const auto found = std::ranges::find(findings, id, &Finding::id);
    return found == findings.end() || found->records.empty() ? "" : found->records.front().value;
}

inline std::string said(const text::Text& text) { return text::Catalogue::english().render(text); }

/// A zone of one record at example.com, which has an MX host, and what stands at other names.
inline std::string with_record(std::string_view record, std::string_view others = "") {
    return "{'example.com': {'TXT': ['" + std::string(record) +
           "'], 'MX': [[10, 'mail.example.com']], 'A': ['192.0.2.80']}, 'mail.example.com': {'A': ['192.0.2.10']}" +
           (others.empty() ? "" : ", ") + std::string(others) + "}";
}

} // namespace bonafide::doctor::testing
