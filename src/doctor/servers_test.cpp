// Name servers asked one by one, each with a zone of its own.
#include "dns/zone.hpp"
#include "doctor/dnssec.hpp"
#include "doctor/servers.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <map>

namespace bonafide::doctor {
namespace {

using dns::Status;
using dns::Type;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// English as it will be printed, places filled in.
std::string in_english(const text::Text& text) {
    std::string line(text.pattern);
    for (const text::Place& place : text.places) {
        const std::string mark = "{" + std::string(place.name) + "}";
        const std::string value = place.inner ? in_english(*place.inner) : place.value;
        for (std::size_t at = line.find(mark); at != std::string_view::npos; at = line.find(mark, at + value.size()))
            line.replace(at, mark.size(), value);
    }
    return line;
}

/// Public DNS, and what single servers say beside it.
class World final : public dns::Source {
  public:
    explicit World(std::string_view in_public) : public_(*dns::Zone::parse(in_public)) {}

    struct Own {
        std::shared_ptr<const dns::Zone> zone;
        std::uint32_t serial = 0;
        std::string primary{};
        Status status = Status::ok; ///< of everything, when not ok
    };
    World& serve(const std::string& address, std::string_view zone, std::uint32_t serial,
                 std::string primary = "ns1.example.com") {
        own_[address] = {*dns::Zone::parse(zone), serial, std::move(primary)};
        return *this;
    }
    World& fail(const std::string& address, Status status) {
        own_[address] = {.zone = nullptr, .status = status};
        return *this;
    }

    dns::Answer answer(const dns::Question& question) const override {
        if (!question.server) return public_->answer(question);
        EXPECT_FALSE(question.recursion);
        EXPECT_FALSE(question.use_cache);
        const auto own = own_.find(question.server->text());
        if (own == own_.end()) return dns::make_answer(Status::timeout);
        if (own->second.status != Status::ok) return dns::make_answer(own->second.status);
        if (question.type != Type::soa) return own->second.zone->answer(question);
        auto soa = std::make_shared<dns::AnswerData>();
        soa->status = Status::ok;
        soa->serial = own->second.serial;
        soa->names = {own->second.primary};
        return soa;
    }

  private:
    std::shared_ptr<const dns::Zone> public_;
    std::map<std::string, Own> own_;
};

constexpr std::string_view delegation = R"({
    "example.com": {"NS": ["ns1.example.com", "ns2.example.net"], "TXT": ["v=spf1 -all"]},
    "ns1.example.com": {"A": ["192.0.2.53"]},
    "ns2.example.net": {"A": ["198.51.100.53"]}})";
constexpr std::string_view whole = R"({
    "example.com": {"TXT": ["v=spf1 mx -all", "token=1"], "MX": [[10, "mail.example.com"]]},
    "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]},
    "s1._domainkey.example.com": {"TXT": ["v=DKIM1; p=abc"]}})";
constexpr std::string_view without_key = R"({
    "example.com": {"TXT": ["token=1", "v=spf1 mx -all"], "MX": [[10, "mail.example.com"]]},
    "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})";

Survey survey(const World& world, std::string domain = "example.com") {
    Survey all{.subject = {.domain = domain}};
    all.spf.txt = world.answer({domain, Type::txt, "test", {}, true, true});
    all.dkim.keys.push_back({.selector = "s1"});
    all.servers = dns::run(survey_servers(all.subject), world);
    for (ZoneServer& server : all.servers.servers)
        server = dns::run(ask_server(server, all.servers.zone, names_for_servers(all)), world);
    return all;
}
std::vector<Finding> judged(const World& world) {
    std::vector<Finding> findings;
    judge_servers(survey(world), findings);
    return findings;
}
std::vector<std::string> ids_of(const std::vector<Finding>& findings) {
    std::vector<std::string> ids;
    for (const Finding& one : findings) ids.emplace_back(one.id);
    return ids;
}
std::vector<std::string> details_of(const Finding& finding) {
    std::vector<std::string> lines;
    for (const text::Text& line : finding.details) lines.push_back(in_english(line));
    return lines;
}

TEST(Servers, AgreementInAnyOrderIsWell) {
    World world(delegation);
    constexpr std::string_view turned = R"({
        "example.com": {"TXT": ["token=1", "v=spf1 mx -all"], "MX": [[10, "mail.example.com"]]},
        "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]},
        "s1._domainkey.example.com": {"TXT": ["v=DKIM1; p=abc"]}})";
    world.serve("192.0.2.53", whole, 7).serve("198.51.100.53", turned, 6); // a serial alone is no disagreement
    const auto findings = judged(world);
    ASSERT_THAT(ids_of(findings), ElementsAre("ns.ok"));
    EXPECT_THAT(details_of(findings[0]), ElementsAre("ns1.example.com (192.0.2.53): serial number 7",
                                                     "ns2.example.net (198.51.100.53): serial number 6"));
}

TEST(Servers, AStaleSecondaryIsNamed) {
    World world(delegation);
    world.serve("192.0.2.53", whole, 2026010102).serve("198.51.100.53", without_key, 2026010101);
    const auto findings = judged(world);
    ASSERT_THAT(ids_of(findings), ElementsAre("ns.disagree"));
    EXPECT_EQ(findings[0].severity, Severity::error);
    EXPECT_EQ(findings[0].subject, "s1._domainkey.example.com");
    EXPECT_EQ(in_english(findings[0].title),
              "Some name servers of example.com hold an old copy of it and answer differently for TXT "
              "s1._domainkey.example.com: ns2.example.net (198.51.100.53)");
    EXPECT_THAT(in_english(findings[0].why), HasSubstr("finds no DKIM key"));
    EXPECT_THAT(in_english(findings[0].fix), HasSubstr("ns2.example.net (198.51.100.53)"));
    EXPECT_THAT(details_of(findings[0]),
                Contains("TXT s1._domainkey.example.com: v=DKIM1; p=abc at ns1.example.com (192.0.2.53)"));
}

TEST(Servers, SerialNumbersGoRound) {
    World world(delegation);
    world.serve("192.0.2.53", whole, 3).serve("198.51.100.53", without_key, 4294967290);
    EXPECT_THAT(in_english(judged(world).at(0).title), HasSubstr("old copy")); // RFC 1982: 4294967290 is older than 3
}

TEST(Servers, EqualSerialNumbersHideADifference) {
    World world(delegation);
    world.serve("192.0.2.53", whole, 7).serve("198.51.100.53", without_key, 7);
    const auto findings = judged(world);
    ASSERT_THAT(ids_of(findings), ElementsAre("ns.disagree"));
    EXPECT_THAT(in_english(findings[0].title), HasSubstr("serial numbers hide it"));
    EXPECT_THAT(in_english(findings[0].fix), HasSubstr("Raise the serial number"));
}

TEST(Servers, TwoProvidersAreNotTakenForPrimaryAndSecondary) {
    World world(delegation);
    world.serve("192.0.2.53", whole, 2026010101).serve("198.51.100.53", without_key, 1, "dns.other.example");
    const auto findings = judged(world);
    ASSERT_THAT(ids_of(findings), ElementsAre("ns.disagree"));
    EXPECT_THAT(in_english(findings[0].title), HasSubstr("from different places"));
    EXPECT_THAT(in_english(findings[0].fix), HasSubstr("at both providers"));
}

TEST(Servers, OneCauseIsOneFinding) {
    World world(delegation);
    world.serve("192.0.2.53", whole, 8).serve("198.51.100.53", R"({"example.com": {"TXT": ["token=1"]}})", 7);
    const auto findings = judged(world);
    ASSERT_THAT(ids_of(findings), ElementsAre("ns.disagree"));
    EXPECT_EQ(findings[0].subject, "example.com");
    const auto details = details_of(findings[0]);
    EXPECT_THAT(details, Contains("TXT example.com: v=spf1 mx -all at ns1.example.com (192.0.2.53)"));
    EXPECT_THAT(details, Contains("TXT example.com: no more than what all have at ns2.example.net (198.51.100.53)"));
    EXPECT_THAT(details, Contains("MX example.com: nothing at ns2.example.net (198.51.100.53)"));
}

TEST(Servers, AnAliasCountsAsItself) {
    // One server knows the target too, the other does not.
    World world(delegation);
    world
        .serve(
            "192.0.2.53",
            R"({"s1._domainkey.example.com": {"CNAME": ["k.provider.example"]}, "k.provider.example": {"TXT": ["p=a"]}})",
            7)
        .serve("198.51.100.53", R"({"s1._domainkey.example.com": {"CNAME": ["k.provider.example"]}})", 7);
    EXPECT_THAT(ids_of(judged(world)), ElementsAre("ns.ok"));
    world.serve("198.51.100.53", R"({"s1._domainkey.example.com": {"CNAME": ["old.provider.example"]}})", 7);
    EXPECT_THAT(ids_of(judged(world)), ElementsAre("ns.disagree"));
}

TEST(Servers, LameOnesAreNamedByWhatTheyDo) {
    const struct {
        Status status;
        std::string_view title;
    } rows[] = {
        {Status::timeout, "The name server ns2.example.net (198.51.100.53) of example.com does not answer"},
        {Status::refused, "The domain is delegated to the name server ns2.example.net (198.51.100.53), which does not "
                          "serve example.com"},
        {Status::nx_domain,
         "The domain is delegated to the name server ns2.example.net (198.51.100.53), which does not "
         "serve example.com"},
        {Status::serv_fail, "The name server ns2.example.net (198.51.100.53) of example.com answers with an error"},
    };
    for (const auto& row : rows) {
        World world(delegation);
        world.serve("192.0.2.53", whole, 7).fail("198.51.100.53", row.status);
        const auto findings = judged(world);
        ASSERT_THAT(ids_of(findings), ElementsAre("ns.lame")) << dns::to_text(row.status);
        EXPECT_EQ(findings[0].severity, Severity::warning);
        EXPECT_EQ(in_english(findings[0].title), row.title);
    }
}

TEST(Servers, ANameWithoutAddressIsLame) {
    World world(R"({"example.com": {"NS": ["ns1.example.com", "gone.example.net"], "TXT": ["v=spf1 -all"]},
                    "ns1.example.com": {"A": ["192.0.2.53"]}})");
    world.serve("192.0.2.53", whole, 7);
    const auto findings = judged(world);
    ASSERT_THAT(ids_of(findings), ElementsAre("ns.lame", "ns.single"));
    EXPECT_EQ(in_english(findings[0].title), "The name server gone.example.net of example.com has no address");
}

TEST(Servers, AHostWithoutIpv6BlamesNobody) {
    World world(R"({"example.com": {"NS": ["ns1.example.com", "six.example.net"], "TXT": ["v=spf1 -all"]},
                    "ns1.example.com": {"A": ["192.0.2.53"], "AAAA": ["2001:db8::53"]},
                    "six.example.net": {"AAAA": ["2001:db8::54"]}})");
    world.serve("192.0.2.53", whole, 7);
    EXPECT_THAT(ids_of(judged(world)), ElementsAre("ns.ok"));
    world.serve("2001:db8::53", whole, 7); // now IPv6 works, and the other server is at fault
    const auto findings = judged(world);
    ASSERT_THAT(ids_of(findings), ElementsAre("ns.lame"));
    EXPECT_EQ(findings[0].subject, "six.example.net");
}

TEST(Servers, NobodyReachedSaysNothingOfTheServers) {
    World world(delegation); // port 53 is closed to the outside: all silent
    EXPECT_THAT(ids_of(judged(world)), ElementsAre("ns.unreachable"));
    world.fail("192.0.2.53", Status::refused).fail("198.51.100.53", Status::refused); // something else answers there
    const auto findings = judged(world);
    ASSERT_THAT(ids_of(findings), ElementsAre("ns.unreachable"));
    EXPECT_EQ(findings[0].severity, Severity::notice);

    Survey all = survey(world); // but when the resolver has no answers either, they are lame
    all.spf.txt = dns::make_answer(Status::serv_fail);
    std::vector<Finding> lame;
    judge_servers(all, lame);
    EXPECT_THAT(ids_of(lame), ElementsAre("ns.lame", "ns.lame"));
}

TEST(Servers, OneServerIsANoticeAndOneNetworkALine) {
    World one(R"({"example.com": {"NS": ["ns1.example.com"], "TXT": ["v=spf1 -all"]},
                  "ns1.example.com": {"A": ["192.0.2.53"]}})");
    one.serve("192.0.2.53", whole, 7);
    EXPECT_THAT(ids_of(judged(one)), ElementsAre("ns.ok", "ns.single"));
    World near(R"({"example.com": {"NS": ["ns1.example.com", "ns2.example.com"], "TXT": ["v=spf1 -all"]},
                   "ns1.example.com": {"A": ["192.0.2.53"]}, "ns2.example.com": {"A": ["192.0.2.54"]}})");
    near.serve("192.0.2.53", whole, 7).serve("192.0.2.54", whole, 7);
    const auto findings = judged(near);
    ASSERT_THAT(ids_of(findings), ElementsAre("ns.ok"));
    EXPECT_THAT(details_of(findings[0]).back(), HasSubstr("are in the network of 192.0.2.53"));
}

TEST(Servers, TheZoneCutMayLieAboveTheDomainButNotAboveARegistration) {
    const World world(delegation);
    Subject below{.domain = "mail.sub.example.com"};
    EXPECT_EQ(dns::run(survey_servers(below), world).zone, "example.com");
    const World suffix(R"({"co.uk": {"NS": ["ns1.nic.uk"]}, "com": {"NS": ["a.gtld-servers.net"]}})");
    Subject absent{.domain = "absent.co.uk"};
    absent.suffixes = std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    EXPECT_EQ(dns::run(survey_servers(absent), suffix).zone, "");
    EXPECT_EQ(dns::run(survey_servers({.domain = "absent.com"}), suffix).zone, "");
}

TEST(Servers, NamesAndAddressesAreBounded) {
    for (const std::size_t count : {most_zone_servers, most_zone_servers + 1}) {
        std::string names;
        for (std::size_t i = 0; i < count; ++i) names += fmt::format(R"({}"n{}.example.net")", i == 0 ? "" : ",", i);
        const World world(fmt::format(R"({{"example.com": {{"NS": [{}]}}}})", names));
        const ServersSurvey seen = dns::run(survey_servers({.domain = "example.com"}), world);
        EXPECT_EQ(seen.names.size(), count);
        EXPECT_EQ(seen.servers.size(), most_zone_servers);
    }
    const World world(R"({"example.com": {"NS": ["ns.example.net"]},
        "ns.example.net": {"A": ["192.0.2.1", "192.0.2.2"], "AAAA": ["2001:db8::1", "2001:db8::2"]}})");
    EXPECT_EQ(dns::run(survey_servers({.domain = "example.com"}), world).servers.size(), most_server_addresses);
}

TEST(Servers, ComparedNamesAreBounded) {
    Survey all{.subject = {.domain = "example.com"}};
    for (std::size_t i = 0; i < most_compared_names - 3; ++i) all.dkim.keys.push_back({.selector = std::to_string(i)});
    EXPECT_EQ(names_for_servers(all).size(), most_compared_names);
    all.dkim.keys.push_back({.selector = "more"});
    EXPECT_EQ(names_for_servers(all).size(), most_compared_names);
}

std::vector<Finding> dnssec(const Survey& all) {
    std::vector<Finding> findings;
    judge_dnssec(all, findings);
    return findings;
}

TEST(Dnssec, BogusNamesAreTold) {
    Survey all{.subject = {.domain = "example.com"}};
    all.spf.txt = all.mx.answer = all.dmarc.own = dns::make_answer(Status::bogus);
    EXPECT_TRUE(own_records_are_bogus(all));
    const auto findings = dnssec(all);
    ASSERT_THAT(ids_of(findings), ElementsAre("dnssec.bogus"));
    EXPECT_EQ(findings[0].subject, "example.com");
    EXPECT_THAT(details_of(findings[0]), ElementsAre("example.com", "_dmarc.example.com"));
}

TEST(Dnssec, ABogusKeyElsewhereIsNotTheWholeDomain) {
    Survey all{.subject = {.domain = "example.com"}};
    all.spf.txt = dns::make_answer(Status::no_data, 0, dns::Dnssec::secure);
    all.dkim.keys.push_back({.selector = "s1", .answer = dns::make_answer(Status::bogus)});
    EXPECT_FALSE(own_records_are_bogus(all));
    const auto findings = dnssec(all);
    ASSERT_THAT(ids_of(findings), ElementsAre("dnssec.bogus"));
    EXPECT_EQ(findings[0].subject, "s1._domainkey.example.com");
    EXPECT_THAT(in_english(findings[0].title), HasSubstr("s1._domainkey.example.com"));
}

TEST(Dnssec, SecureIsWellAndUnsignedIsNothing) {
    Survey all{.subject = {.domain = "example.com"}};
    EXPECT_THAT(dnssec(all), IsEmpty());
    all.spf.txt = dns::make_answer(Status::no_data, 0, dns::Dnssec::insecure);
    EXPECT_THAT(dnssec(all), IsEmpty());
    all.mx.answer = dns::make_answer(Status::no_data, 0, dns::Dnssec::secure);
    EXPECT_THAT(ids_of(dnssec(all)), ElementsAre("dnssec.ok"));
}

} // namespace
} // namespace bonafide::doctor
