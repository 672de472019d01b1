// For tests of what the doctor says of a domain's records: DNS is a zone literal, and what is said is read as one line.
#pragma once

#include "dns/zone.hpp"
#include "doctor/bimi.hpp"
#include "doctor/dkim.hpp"
#include "doctor/dmarc.hpp"
#include "doctor/mx.hpp"
#include "doctor/parked.hpp"
#include "doctor/spf.hpp"
#include "doctor/tls_rpt.hpp"
#include "text/catalogue.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::doctor {

/// A domain with one server that sends and receives; rows add their records behind it.
inline constexpr std::string_view usual_domain =
    R"("example.com": {"TXT": ["v=spf1 ip4:192.0.2.10 -all"], "MX": [[10, "mail.example.com"]], "A": ["192.0.2.80"]},
       "mail.example.com": {"A": ["192.0.2.10"]})";

inline Survey survey_of(const std::string& zone_text, Subject subject) {
    const auto zone = dns::Zone::parse(zone_text);
    EXPECT_TRUE(zone) << (zone ? "" : zone.error().text) << " in " << zone_text;
    if (!zone) return {};
    static const auto suffixes = std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    subject.suffixes = suffixes;
    Survey all{.subject = subject};
    all.spf = dns::run(survey_spf(subject), **zone);
    all.dkim = dns::run(survey_dkim_surroundings(subject), **zone);
    all.mx = dns::run(survey_mx(subject), **zone);
    all.dmarc = dns::run(survey_dmarc(subject), **zone);
    all.tls_rpt = dns::run(survey_tls_rpt(subject), **zone);
    all.bimi = dns::run(survey_bimi(subject), **zone);
    return all;
}

using Judgement = void (*)(const Survey&, std::vector<Finding>&);

inline std::vector<Finding> findings_of(const std::string& zone_text, Subject subject,
                                        const std::vector<Judgement>& judges) {
    const Survey all = survey_of(zone_text, std::move(subject));
    std::vector<Finding> findings;
    for (const Judgement judge : judges) judge(all, findings);
    return findings;
}

inline std::string english(const text::Text& text) { return text::Catalogue::english().render(text); }

/// "dmarc.weak=warning dmarc.no_reports=notice", as they came.
inline std::string line_of(const std::vector<Finding>& findings) {
    std::string line;
    for (const Finding& one : findings)
        line += (line.empty() ? "" : " ") + std::string(one.id) + "=" + std::string(to_text(one.severity));
    return line;
}

/// What every finding owes to its reader, whatever it says.
inline void expect_complete(const std::vector<Finding>& findings) {
    for (const Finding& one : findings) {
        EXPECT_LT(rank(one.id), ids().size()) << one.id;
        EXPECT_FALSE(one.title.empty()) << one.id;
        EXPECT_FALSE(one.subject.empty()) << one.id;
        EXPECT_EQ(english(one.title).find('{'), std::string::npos) << english(one.title);
        if (one.severity == Severity::ok) continue;
        EXPECT_FALSE(one.why.empty()) << one.id;
        EXPECT_FALSE(one.fix.empty()) << one.id;
        for (const dns::Record& record : one.records) EXPECT_FALSE(record.name.empty()) << one.id;
    }
}

/// The first finding of an id; fails the test when there is none.
inline Finding finding_of(const std::vector<Finding>& findings, std::string_view id) {
    for (const Finding& one : findings)
        if (one.id == id) return one;
    ADD_FAILURE() << "no " << id << " in " << line_of(findings);
    return {};
}

} // namespace bonafide::doctor
