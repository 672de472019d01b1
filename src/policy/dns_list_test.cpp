#include "dns/zone.hpp"
#include "policy/dns_list.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::policy {
namespace {

DnsListSource source(std::vector<std::string> codes = {}) {
    DnsListSource made;
    made.name = {"spam", {}};
    made.zone = {"bl.example", {}};
    for (std::string& code : codes) made.codes.push_back({std::move(code), {}});
    return made;
}

Listed ask(std::string_view zone, const std::vector<std::string>& codes = {}) {
    const DnsListSource one = source(codes);
    const auto lists = std::make_shared<const DnsLists>(read_dns_lists({&one, 1}));
    EXPECT_TRUE(lists->errors.empty());
    const auto parsed = dns::Zone::parse(zone);
    EXPECT_TRUE(parsed.has_value());
    return dns::run(ask_dns_list(question_name(lists->lists[0], *ip::Address::parse("192.0.2.99")), lists, 0),
                    **parsed);
}

TEST(DnsList, Names) { // RFC 5782 2.1, 2.2, 2.4
    const DnsList list{"x", "bl.example", {}, {}};
    EXPECT_EQ(question_name(list, *ip::Address::parse("192.0.2.99")), "99.2.0.192.bl.example");
    EXPECT_EQ(question_name(list, *ip::Address::parse("2001:db8:1:2:3:4:567:89ab")),
              "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bl.example");
    EXPECT_EQ(question_name(list, "Contoso.com"), "contoso.com.bl.example");
    EXPECT_EQ(question_name(list, "localhost"), "");
    EXPECT_EQ(question_name(list, "[192.0.2.1]"), "");
    EXPECT_EQ(question_name(list, std::string(240, 'a') + ".example"), "");
}

TEST(DnsList, Answers) {
    constexpr std::string_view listed = "99.2.0.192.bl.example. A 127.0.0.2\n99.2.0.192.bl.example. A 127.0.0.10\n";
    EXPECT_EQ(ask("bl.example. A 192.0.2.1\n"), Listed::no);
    EXPECT_EQ(ask(listed), Listed::yes);
    EXPECT_EQ(ask(listed, {"127.0.0.2"}), Listed::yes);
    EXPECT_EQ(ask(listed, {"127.0.0.3-127.0.0.9"}), Listed::no);
    EXPECT_EQ(ask(listed, {"127.0.0.3-127.0.0.9", "127.0.0.8/29"}), Listed::yes);
    EXPECT_EQ(ask("99.2.0.192.bl.example. A 127.255.255.254\n"), Listed::unknown) << "the list refuses to answer";
    EXPECT_EQ(ask("99.2.0.192.bl.example. A 203.0.113.7\n"), Listed::unknown) << "the list's domain was sold";
}

TEST(DnsList, Errors) {
    const auto error = [](DnsListSource made) {
        const DnsLists read = read_dns_lists({&made, 1});
        EXPECT_TRUE(read.lists.empty());
        return read.errors.empty() ? std::string() : read.errors.front().text;
    };
    for (const char* codes : {"10.0.0.1", "127.0.0.4-127.0.0.2", "x", "::1", "127.0.0.2-", "0.0.0.0/0"})
        EXPECT_EQ(error(source({codes})),
                  fmt::format("codes: \"{}\" is no address of 127.0.0.0/8, no range and no network of them", codes));
    DnsListSource made = source();
    made.zone.text = "not a zone";
    EXPECT_EQ(error(made), "zone: \"not a zone\" is no domain name");
    made = source();
    made.of = {{"sender", {}}};
    EXPECT_EQ(error(made), "of: is one of client, ptr, helo, mail_from, from");
    made = source();
    made.name.text = "";
    EXPECT_EQ(error(made), "a [[dns_list]] needs a name without blanks");
    std::vector<DnsListSource> many;
    for (std::size_t i = 0; i <= DnsList::most_lists; ++i) {
        many.push_back(source());
        many.back().name.text = fmt::format("list{}", i);
    }
    EXPECT_EQ(read_dns_lists(many).errors.front().text, "more than 50 DNS lists");
    many.pop_back();
    EXPECT_TRUE(read_dns_lists(many).errors.empty());
}

} // namespace
} // namespace bonafide::policy
