#include "dns/public_suffix.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <unistd.h>

namespace bonafide::dns {
namespace {

/// A list of our own, so that the rules are known.
class OwnList : public testing::Test {
  protected:
    OwnList() {
        std::ofstream(path_)
            << "// ===BEGIN ICANN DOMAINS===\ncom\nuk\nco.uk\n*.ck\n!www.ck\njp\n*.kobe.jp\n!city.kobe.jp\n"
               "// ===END ICANN DOMAINS===\n// ===BEGIN PRIVATE DOMAINS===\nhosting.com\n// ===END PRIVATE "
               "DOMAINS===\n";
    }
    ~OwnList() override { std::filesystem::remove(path_); }
    [[nodiscard]] PublicSuffixList list() const { return PublicSuffixList::load(path_).value(); }

    std::string path_ = testing::TempDir() + "bonafide_psl_" + std::to_string(getpid()) + ".dat";
};

TEST_F(OwnList, Registrable) {
    constexpr std::pair<std::string_view, std::string_view> cases[] = {
        {"com", ""},
        {"example.com", "example.com"},
        {"a.b.example.com", "example.com"},
        {"A.B.Example.COM.", "example.com"},
        {"co.uk", ""},
        {"example.co.uk", "example.co.uk"},
        {"mail.example.co.uk", "example.co.uk"},
        {"example.uk", "example.uk"},
        {"hosting.com", ""},
        {"customer.hosting.com", "customer.hosting.com"},
        {"a.customer.hosting.com", "customer.hosting.com"},
        {"ck", ""},
        {"any.ck", ""}, // *.ck
        {"a.any.ck", "a.any.ck"},
        {"b.a.any.ck", "a.any.ck"},
        {"www.ck", "www.ck"}, // !www.ck
        {"a.www.ck", "www.ck"},
        {"kobe.jp", ""}, // libpsl counts the parent of a wildcard as a suffix, as browsers do
        {"c.kobe.jp", ""},
        {"b.c.kobe.jp", "b.c.kobe.jp"},
        {"city.kobe.jp", "city.kobe.jp"},
        {"a.city.kobe.jp", "city.kobe.jp"},
        {"nosuchtld", ""}, // the default rule "*"
        {"example.nosuchtld", "example.nosuchtld"},
        {"a.example.nosuchtld", "example.nosuchtld"},
        {"", ""},
        {".", ""},
        {".com", ""},
    };
    const PublicSuffixList psl = list();
    for (const auto& [name, registrable] : cases) EXPECT_EQ(psl.registrable(name), registrable) << name;
    EXPECT_EQ(psl.registrable(std::string_view("a\0.com", 6)), "");
}

TEST_F(OwnList, OrganizationalFallsBackToTheName) {
    const PublicSuffixList psl = list();
    EXPECT_EQ(psl.organizational("a.example.com"), "example.com");
    EXPECT_EQ(psl.organizational("Co.UK."), "co.uk");
    EXPECT_TRUE(psl.is_public_suffix("co.uk"));
    EXPECT_FALSE(psl.is_public_suffix("example.co.uk"));
    EXPECT_EQ(psl.version(), path_);
}

TEST(PublicSuffix, SystemList) {
    const PublicSuffixList psl = PublicSuffixList::system();
    EXPECT_EQ(psl.registrable("mail.example.co.uk"), "example.co.uk");
    EXPECT_EQ(psl.registrable("github.io"), "");
    EXPECT_EQ(psl.registrable("www.someone.github.io"), "someone.github.io");
    EXPECT_EQ(psl.registrable("a.b.xn--55qx5d.cn"), "b.xn--55qx5d.cn"); // a rule with U-labels
    EXPECT_EQ(psl.registrable("xn--55qx5d.cn"), "");
    EXPECT_FALSE(psl.version().empty());
}

TEST(PublicSuffix, LoadFails) {
    const auto list = PublicSuffixList::load("/nonexistent/list.dat");
    ASSERT_FALSE(list.has_value());
    EXPECT_EQ(list.error().text, "cannot read a public suffix list from /nonexistent/list.dat");
}

TEST(PublicSuffix, TheSameNamesAgainAndAgain) {
    const PublicSuffixList list = PublicSuffixList::system();
    const auto ask = [&] {
        for (int i = 0; i < 20000; ++i) {
            const std::string domain = "d" + std::to_string(i % 10000) + ".example";
            if (list.registrable("a." + domain) != domain || !list.registrable("com").empty()) ADD_FAILURE() << domain;
        }
    };
    std::thread other(ask);
    ask();
    other.join();
    EXPECT_EQ(list.registrable("A.Example.COM."), "example.com");
    EXPECT_EQ(list.registrable("a.example.com"), "example.com");
}

} // namespace
} // namespace bonafide::dns
