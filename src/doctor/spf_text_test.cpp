#include "doctor/spf_repair.hpp"
#include "doctor/spf_text.hpp"

#include <gtest/gtest.h>

namespace bonafide::doctor {
namespace {

TEST(DoctorSpfText, KnownSlipsArePutRight) {
    struct Row {
        std::string_view wrong, right; ///< terms; "" is not known
    };
    for (const auto& [wrong, right] : std::vector<Row>{
             {"ip4:192.0.2.1 -all", "ip4:192.0.2.1 -all"},
             {"ipv4:192.0.2.1 -all", "ip4:192.0.2.1 -all"},
             {"ip:192.0.2.0/24 -all", "ip4:192.0.2.0/24 -all"},
             {"ipv6:2001:db8::1 -all", "ip6:2001:db8::1 -all"},
             {"ip4:2001:db8::1 -all", "ip6:2001:db8::1 -all"},
             {"ip6:192.0.2.1 -all", "ip4:192.0.2.1 -all"},
             {"ip6:[2001:db8::1] -all", "ip6:2001:db8::1 -all"},
             {"2001:db8::1 -all", "ip6:2001:db8::1 -all"},
             {"192.0.2.1/24 -all", "ip4:192.0.2.1/24 -all"},
             {"-192.0.2.1 mx -all", "-ip4:192.0.2.1 mx -all"},
             {"ip4:192.0.2.1. -all", "ip4:192.0.2.1 -all"},
             {"ip4:192.0.2.1,ip4:192.0.2.2,192.0.2.3 -all", "ip4:192.0.2.1 ip4:192.0.2.2 ip4:192.0.2.3 -all"},
             {"ip4:192.0.2.1;-all;", "ip4:192.0.2.1 -all"},
             {"ip4:mail.example.com -all", "a:mail.example.com -all"},
             {"mx:192.0.2.1 -all", "ip4:192.0.2.1 -all"},
             {"include:192.0.2.1 -all", "ip4:192.0.2.1 -all"},
             {"include: _spf.example.net -all", "include:_spf.example.net -all"},
             {"include _spf.example.net -all", "include:_spf.example.net -all"},
             {"include:_spf.example.net/ -all", "include:_spf.example.net -all"},
             {"include=_spf.example.net -all", "include:_spf.example.net -all"},
             {"inlcude:_spf.example.net -all", "include:_spf.example.net -all"},
             {"include:https://spf.example.net/x -all", "include:spf.example.net -all"},
             {"redirect:_spf.example.net", "redirect=_spf.example.net"},
             {"redirect= _spf.example.net", "redirect=_spf.example.net"},
             {"mx --all", "mx -all"},
             {"mx - all", "mx -all"},
             {"mx -all.", "mx -all"},
             {"mx ~al", "mx ~all"},
             {"mx\t-all", "mx -all"},
             {"mx\xc2\xa0-all", "mx -all"},
             {"mx \xe2\x80\x93"
              "all",
              "mx -all"},
             {"\xe2\x80\x9cmx\xe2\x80\x9d -all", "mx -all"},
             {"v=spf1 mx -all", "mx -all"},
             {"ip4:192.0.2.300 -all", ""},
             {"include: -all", ""},
             {"foo -all", ""},
             {"redirect=a.example.net redirect=b.example.net", ""},
             {"mx include", ""},
         }) {
        SCOPED_TRACE(wrong);
        const auto result = repaired("v=spf1 " + std::string(wrong));
        EXPECT_EQ(result.value_or(""), right.empty() ? "" : "v=spf1 " + std::string(right));
    }
}

TEST(DoctorSpfText, AllMovesAndChanges) {
    EXPECT_EQ(with_all("v=spf1 mx ?all", "~all"), "v=spf1 mx ~all");
    EXPECT_EQ(with_all("v=spf1 mx redirect=a.example.net", "~all"), "v=spf1 mx ~all");
    EXPECT_EQ(with_all("v=spf1 mx exp=e.example.net", "-all"), "v=spf1 mx exp=e.example.net -all");
    EXPECT_EQ(with_all("v=spf1 mx +ALL exp=e.example.net", "-all"), "v=spf1 mx -all exp=e.example.net");
    EXPECT_EQ(with_all_last("v=spf1 -all mx ~all"), "v=spf1 mx -all"); // the first is in force
    EXPECT_EQ(with_all_last("v=spf1 -all redirect=a.example.net"), "v=spf1 include:a.example.net -all");
}

TEST(DoctorSpfText, SendersAreToldFromTheRest) {
    for (const std::string_view record :
         {"v=spf1 mx -all", "v=spf1 ip4:192.0.2.1", "v=spf1 redirect=a.example.net", "V=SPF1 +A"})
        EXPECT_TRUE(names_a_sender(record)) << record;
    for (const std::string_view record :
         {"v=spf1", "v=spf1 -all", "v=spf1 exp=e.example.net -all", "v=spf1 -mx ~all", "v=spf1 +all"})
        EXPECT_FALSE(names_a_sender(record)) << record;
}

TEST(DoctorSpfText, TermsThatReceiversSkip) {
    const auto misread = [](std::string_view text) { return misread_terms(text, spf::parse_record(text).value()); };
    EXPECT_EQ(misread("v=spf1 ip4=192.0.2.1 INCLUDE=a.example.net ipv6=2001:db8::1 -all").size(), 3U);
    EXPECT_EQ(misread("v=spf1 mx ra=postmaster rp=1 moo=1 exp=e.example.net -all").size(), 0U);
}

TEST(DoctorSpfText, ARecordCutInTwoIsPutTogether) {
    EXPECT_EQ(rejoined("v=spf1 mx", "a -all").value_or(""), "v=spf1 mx a -all");
    EXPECT_EQ(rejoined("v=spf1 ip4:192.0.", "2.1 -all").value_or(""), "v=spf1 ip4:192.0.2.1 -all");
    EXPECT_FALSE(rejoined("v=spf1 mx", "a")); // a word
    EXPECT_FALSE(rejoined("v=spf1 mx", ""));
    EXPECT_FALSE(rejoined("v=spf1 mx", "key=value -all")); // not SPF's
    EXPECT_FALSE(rejoined("v=spf1 mx -all", "include:a.example.net -all"));
    EXPECT_FALSE(rejoined("v=spf1 mx", "v=spf1 a -all")); // two records
}

} // namespace
} // namespace bonafide::doctor
