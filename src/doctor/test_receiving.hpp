// For tests: a domain surveyed in a zone literal as far as receiving and sending hosts go, and what is said of it.
#pragma once

#include "dns/source.hpp"
#include "dns/zone.hpp"
#include "doctor/finding.hpp"
#include "doctor/mta_sts.hpp"
#include "doctor/mx.hpp"
#include "doctor/reverse.hpp"
#include "doctor/spf.hpp"
#include "doctor/survey.hpp"
#include "text/catalogue.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// "example.com", nothing known of it.
inline Subject example(std::string domain = "example.com") {
    static const auto suffixes = std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    return {.domain = std::move(domain), .suffixes = suffixes, .now = 1763913600};
}

inline Survey survey_of(std::string_view zone_text, Subject subject = example()) {
    const auto zone = dns::Zone::parse(zone_text);
    EXPECT_TRUE(zone.has_value()) << (zone ? "" : zone.error().text) << '\n' << zone_text;
    if (!zone) return {.subject = std::move(subject)};
    Survey all{.subject = std::move(subject)};
    if (all.subject.all_of_dns) all.subject.all_of_dns = KnownZone{*zone, (*zone)->names()};
    all.spf = dns::run(survey_spf(all.subject), **zone);
    all.mx = dns::run(survey_mx(all.subject), **zone);
    all.mta_sts = dns::run(survey_mta_sts(all.subject), **zone);
    for (const SendingAddress& sending : sending_addresses(all))
        all.reverse.addresses.push_back(dns::run(survey_reverse(sending), **zone));
    return all;
}

/// "error mx.none example.com; ...", as they came.
inline std::string brief(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& finding : findings) {
        if (!text.empty()) text += "; ";
        text += std::string(to_text(finding.severity)) + " " + std::string(finding.id) + " " + finding.subject;
    }
    return text;
}

inline std::string english(const text::Text& text) { return text::Catalogue::english().render(text); }

/// Everything said, for looking for a phrase: titles, whys, fixes, details, a line each; records as "+ name TYPE value", "- ..." to delete.
inline std::string in_full(const std::vector<Finding>& findings) {
    std::string all;
    const auto record = [&](std::string_view sign, const dns::Record& one) {
        all += std::string(sign) + " " + one.name + " " + std::string(dns::to_text(one.type)) + " ";
        if (one.type == dns::Type::mx) all += std::to_string(one.preference) + " ";
        all += one.value + "\n";
    };
    for (const Finding& finding : findings) {
        for (const text::Text* const text : {&finding.title, &finding.why, &finding.fix}) all += english(*text) + "\n";
        for (const text::Text& detail : finding.details) all += english(detail) + "\n";
        for (const dns::Record& one : finding.records) record("+", one);
        for (const dns::Record& one : finding.remove) record("-", one);
        if (finding.severity >= Severity::notice) {
            EXPECT_FALSE(finding.title.empty() || finding.why.empty() || finding.fix.empty()) << finding.id;
            EXPECT_NE(finding.actor, Actor::nobody) << finding.id;
        }
        EXPECT_LT(rank(finding.id), ids().size()) << finding.id;
    }
    return all;
}

} // namespace bonafide::doctor
