// Conversions on texts of our own making: what comes out, that it loads, and what is told of the rest.
#include "cli/config.hpp"
#include "cli/moving.hpp"
#include "cli/moving_signing_table.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::cli::moving {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class MovingTest : public testing::Test {
  protected:
    Conversion conversion(std::string below = {}) {
        return {"a program",
                {.read = [this](const std::string& path) -> Expected<std::string> {
                     const auto found = files.find(path);
                     if (found == files.end()) return failure("No such file or directory");
                     return found->second;
                 },
                 .exists = [this](const std::string& path) { return files.contains(path); },
                 .root = std::move(below)}};
    }
    /// The settings that the printed configuration loads to.
    engine::Settings loaded(const Conversion& done) {
        toml = to_toml(done.result());
        const auto document = config::read(toml);
        EXPECT_TRUE(document) << config::to_text("toml", document.error()) << "\n" << toml;
        if (!document) return {};
        const config::Audit audit = config::audit(*document);
        EXPECT_TRUE(audit.errors.empty()) << config::to_text("toml", audit.errors) << "\n" << toml;
        return document->settings;
    }
    engine::Settings opendkim(std::string_view text) {
        Conversion done = conversion(root);
        convert_opendkim(done, text, "/etc/opendkim.conf");
        return keep(done);
    }
    engine::Settings opendmarc(std::string_view text) {
        Conversion done = conversion();
        convert_opendmarc(done, text, "/etc/opendmarc.conf");
        return keep(done);
    }
    engine::Settings policyd(std::string_view text) {
        Conversion done = conversion();
        convert_policyd_spf(done, text, "/etc/policyd-spf.conf");
        return keep(done);
    }
    engine::Settings postgrey(std::string_view text) {
        Conversion done = conversion();
        convert_postgrey(done, text, "/etc/default/postgrey", "/etc/postgrey");
        return keep(done);
    }
    engine::Settings keep(const Conversion& done) {
        const auto result = done.result();
        keys.clear();
        for (const Key& key : result.keys) keys.push_back(key.command());
        left.clear();
        for (const LeftOut& one : result.left_out) left.push_back(one.theirs.name + ": " + one.why);
        unread.clear();
        for (const Unread& one : result.unread) unread.push_back(one.file + ": " + one.why);
        return loaded(done);
    }

    std::map<std::string, std::string> files;
    std::string root, toml;
    std::vector<std::string> keys, left, unread;
};

std::vector<std::string> texts(const std::vector<ip::Prefix>& networks) {
    std::vector<std::string> out;
    for (const ip::Prefix& network : networks) out.push_back(network_text(network));
    return out;
}

TEST_F(MovingTest, OpenDkimWithTables) {
    files["/etc/opendkim/key.table"] = "# names\n"
                                       "one example.org:s1:/etc/dkimkeys/one.private\n"
                                       "two   Example.NET:s2:/etc/dkimkeys/two words.private\n"
                                       "spare example.com:s3:/etc/dkimkeys/spare.private\n";
    files["/etc/opendkim/signing.table"] = "*@example.org one\n*@*.example.org one # below\nann@example.com two\n";
    files["/etc/opendkim/trusted.hosts"] =
        "127.0.0.1\nlocalhost\n10.1.2.0/24\n[2001:db8::1]\nmail.example.org\n!10.1.2.9\n";
    const auto settings = opendkim("Canonicalization relaxed # c=\n"
                                   "keytable file:/etc/opendkim/key.table\n"
                                   "SigningTable refile:/etc/opendkim/signing.table\n"
                                   "InternalHosts refile:/etc/opendkim/trusted.hosts\n"
                                   "ExternalIgnoreList refile:/etc/opendkim/trusted.hosts\n"
                                   "AuthservID mx.example.org\nSignatureTTL 1209600\nOversignHeaders From, List-Id\n"
                                   "On-InternalError accept\nOn-DNSError tempfail\nOn-BadSignature reject\n"
                                   "MacroList daemon_name|SUBMIT|OUT,auth_type\nMTA OUTGOING\n"
                                   "MinimumKeyBits 2048\nSocket inet:8891@localhost\nLogWhay yes\n");
    EXPECT_EQ(settings.signing.form, engine::SignedForm::relaxed_simple);
    EXPECT_THAT(settings.signing.table, ElementsAre(".example.org example.org", "ann@example.com example.net"))
        << "own mail needs no line";
    EXPECT_THAT(keys, ElementsAre("bonafide keys import example.org s1 /etc/dkimkeys/one.private",
                                  "bonafide keys import example.net s2 '/etc/dkimkeys/two words.private'"));
    EXPECT_THAT(texts(settings.direction.internal_networks),
                ElementsAre("127.0.0.1", "::1", "10.1.2.0/24", "2001:db8::1"));
    EXPECT_EQ(settings.identity.authserv_id, "mx.example.org");
    EXPECT_EQ(settings.signing.expire, 1209600U);
    EXPECT_EQ(settings.signing.sender_domains, engine::SenderDomains::any);
    EXPECT_EQ(settings.limits.dkim_rsa_bits_least, 2048U);
    EXPECT_THAT(settings.direction.submission_daemons,
                ElementsAre("submission", "submissions", "smtps", "ORIGINATING", "SUBMIT", "OUT", "OUTGOING"));
    EXPECT_THAT(unread, IsEmpty());
    EXPECT_THAT(left, testing::Contains(HasSubstr("KeyTable spare: no row")));
    EXPECT_THAT(left, testing::Contains(HasSubstr("InternalHosts: \"mail.example.org\" is no address")));
    EXPECT_THAT(left, testing::Contains(HasSubstr("InternalHosts: \"!10.1.2.9\" is an exception")));
    EXPECT_THAT(left, testing::Contains(HasSubstr("On-BadSignature: a signature's result alone")));
    EXPECT_THAT(left, testing::Contains(HasSubstr("server.listen = [\"inet:127.0.0.1:8891\"]")));
    EXPECT_THAT(left, testing::Contains(HasSubstr("LogWhay: no setting of OpenDKIM")));
    EXPECT_THAT(left, testing::Contains(HasSubstr("OversignHeaders: which fields")));
    EXPECT_THAT(toml, HasSubstr("# Canonicalization (/etc/opendkim.conf:1)\nsigning.form = \"relaxed/simple\"\n"));
}

TEST_F(MovingTest, OpenDkimWithOneKey) {
    root = "/mnt/old";
    const auto settings = opendkim("Domain example.org, Example.COM\nSelector 2020\nKeyFile /etc/dkimkeys/k.private\n"
                                   "SubDomains yes\n");
    EXPECT_THAT(keys, ElementsAre("bonafide keys import example.org 2020 /mnt/old/etc/dkimkeys/k.private",
                                  "bonafide keys import example.com 2020 /mnt/old/etc/dkimkeys/k.private"));
    EXPECT_THAT(settings.signing.table, ElementsAre(".example.org example.org", ".example.com example.com"));
    EXPECT_THAT(texts(settings.direction.internal_networks), ElementsAre("127.0.0.1")) << "their default";
    EXPECT_THAT(toml, HasSubstr("# InternalHosts, by default"));
}

TEST_F(MovingTest, OpenDkimThatOnlyVerifiesSignsNothing) {
    const auto settings = opendkim("Mode v\nDomain example.org\nSelector s\nKeyFile /k\n");
    EXPECT_EQ(settings.signing.keys, "");
    EXPECT_THAT(keys, IsEmpty());
    EXPECT_THAT(texts(settings.direction.internal_networks), IsEmpty());
}

TEST_F(MovingTest, TablesOnTheLine) {
    const auto settings = opendkim("KeyTable csl:one=example.org:s1:/k1,two=example.org:s2:/k2\n"
                                   "SigningTable example.org=two,example.net=one\n");
    EXPECT_THAT(settings.signing.table, ElementsAre("example.org example.org/s2", "example.net example.org/s1"))
        << "two keys of one domain: the line says which";
    EXPECT_EQ(keys.size(), 2U);
}

TEST_F(MovingTest, FilesThatAreMissingBinaryOrOfAnotherKind) {
    files["/binary"] = std::string("a\0b", 3);
    opendkim("InternalHosts refile:/missing\nPeerList /binary\nKeyTable db:/etc/keys.db\nSigningTable ldap://x\n"
             "Include /nowhere\n");
    EXPECT_THAT(unread, testing::UnorderedElementsAre("/missing: No such file or directory", "/binary: is no text file",
                                                      "/nowhere: No such file or directory"));
    EXPECT_THAT(left, testing::Contains(HasSubstr("KeyTable: a db data set is not read")));
    EXPECT_THAT(toml, HasSubstr("# Could not be read:\n"));
}

TEST_F(MovingTest, FilesThatIncludeEachOtherEnd) {
    files["/a"] = "Include /b\nAuthservID a.example\n";
    files["/b"] = "Include /a\nInclude /etc/opendkim.conf\nSignatureTTL 60\n";
    const auto settings = opendkim("Include /a\n");
    EXPECT_EQ(settings.identity.authserv_id, "a.example");
    EXPECT_EQ(settings.signing.expire, 60U);
    EXPECT_THAT(left, ElementsAre("Include: that file is read already", "Include: that file is read already"));
}

TEST_F(MovingTest, IncludesAtTheirDepthAndOnePast) {
    for (std::size_t i = 1; i <= most_include_depth + 1; ++i)
        files[fmt::format("/{}", i)] = fmt::format("Include /{}\nSignatureTTL {}\n", i + 1, i);
    opendkim("Include /1\n");
    EXPECT_THAT(left, ElementsAre(HasSubstr("more than 8 deep")));
    EXPECT_THAT(unread, IsEmpty()) << "the ninth is not opened";
}

TEST_F(MovingTest, FilesAtTheirNumberAndOnePast) {
    std::string text;
    for (std::size_t i = 0; i <= most_files; ++i) {
        files[fmt::format("/{}", i)] = "# nothing\n";
        text += fmt::format("Include /{}\n", i);
        if (i + 1 == most_files) {
            opendkim(text);
            EXPECT_THAT(unread, IsEmpty());
        }
    }
    opendkim(text);
    EXPECT_THAT(unread, ElementsAre("/100: is the 101th file; no more are read"));
}

TEST_F(MovingTest, TenThousandRowsTakeNoTime) {
    std::string& key_table = files["/keys"];
    std::string& signing_table = files["/signing"];
    for (int i = 0; i < 10'000; ++i) {
        key_table += fmt::format("k{} d{}.example:s:/k/{}\n", i, i, i);
        signing_table += fmt::format("*@d{}.example k{}\n*@*.d{}.example k{}\n", i, i, i, i);
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto settings = opendkim("KeyTable file:/keys\nSigningTable refile:/signing\n");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
    EXPECT_EQ(keys.size(), 10'000U);
    EXPECT_EQ(settings.signing.table.size(), 10'000U);
}

TEST_F(MovingTest, RowsAtTheirNumberAndOnePast) {
    for (const std::size_t rows : {most_rows, most_rows + 1}) {
        std::string& file = files["/rows"];
        file.clear();
        for (std::size_t i = 0; i < rows; ++i) file += "a\n";
        Conversion done = conversion();
        EXPECT_EQ(done.read_rows("/rows")->size(), most_rows);
        EXPECT_EQ(done.result().unread.size(), rows - most_rows);
    }
}

TEST(SigningPatterns, OfBothKinds) {
    struct Case {
        std::string_view theirs, ours;
    };
    for (const Case& row : std::initializer_list<Case>{{"*@example.org", "example.org"},
                                                       {"*@*.example.org", ".example.org"},
                                                       {"*.example.org", ".example.org"},
                                                       {"Ann@Example.org", "ann@example.org"},
                                                       {"*", "*"},
                                                       {"*@*", "*"},
                                                       {"*example.org", ""},
                                                       {"ann*@example.org", ""},
                                                       {"*@mail*.example.org", ""}})
        EXPECT_EQ(pattern_of(row.theirs, TableKind::pattern), row.ours) << row.theirs;
    EXPECT_EQ(pattern_of(".example.org", TableKind::exact), ".example.org");
    EXPECT_EQ(pattern_of("example.org", TableKind::exact), "example.org");
}

TEST_F(MovingTest, TheFirstPatternThatFitsCountsInTheirsTheMostSpecificInOurs) {
    const std::string tables = "KeyTable one=a.example:s:/a,two=b.example:s:/b\nSigningTable refile:/table\n";
    files["/table"] = "*@b.example one\nann@b.example two\n* two\n";
    EXPECT_THAT(opendkim(tables).signing.table, ElementsAre("b.example a.example", "* b.example"));
    EXPECT_THAT(left, testing::Contains(HasSubstr("never reached: the row for b.example")));
    files["/table"] = "ann@b.example two\n*@b.example one\n* two\n";
    EXPECT_THAT(opendkim(tables).signing.table,
                ElementsAre("ann@b.example b.example", "b.example a.example", "* b.example"));
    EXPECT_THAT(opendkim(tables + "MultipleSignatures yes\n").signing.table,
                ElementsAre("ann@b.example b.example a.example", "b.example a.example b.example", "* b.example"))
        << "all that fit sign";
}

TEST_F(MovingTest, OneKeyForEveryDomain) {
    files["/table"] = "*@a.example each\n* each\n*@b.example none\n*@c.example bad extra\n";
    opendkim("KeyTable each=%:s:/keys/%/s.private,bad=c.example:s:MIIEpAIBAAKCAQEA\nSigningTable refile:/table\n");
    EXPECT_THAT(keys, ElementsAre("bonafide keys import a.example s /keys/a.example/s.private"));
    EXPECT_THAT(left, testing::Contains(HasSubstr("one key for every From domain")));
    EXPECT_THAT(left, testing::Contains("SigningTable *@b.example: KeyTable has no such key"));
    EXPECT_THAT(left, testing::Contains(HasSubstr("the key stands in the table itself")));
    EXPECT_THAT(toml, Not(HasSubstr("MIIEpA"))) << "a private key is not printed";
}

TEST_F(MovingTest, OpenDmarc) {
    files["/etc/opendmarc/ignore.hosts"] = "localhost\n192.0.2.0/24\n0.0.0.0/0\n";
    files["/etc/opendmarc/arc"] = "lists.example\n";
    const auto settings =
        opendmarc("AuthservID mx.example.org\nRejectFailures true\nRejectString no DMARC for %s\n"
                  "HoldQuarantinedMessages yes\nRejectMultiValueFrom true\n"
                  "IgnoreHosts /etc/opendmarc/ignore.hosts\nDomainWhitelist one.example, two.example\n"
                  "DomainWhitelistFile /etc/opendmarc/arc\nTrustedAuthservIDs HOSTNAME,gate.example\n"
                  "PublicSuffixList /srv/psl.dat\nSPFSelfValidate true\nIgnoreAuthenticatedClients true\n"
                  "FailureReports true\nNoSuch thing\nDNSTimeout never\n");
    EXPECT_EQ(settings.mode, engine::Mode::enforce);
    EXPECT_EQ(settings.dmarc.reject, policy::DmarcReject::always);
    EXPECT_EQ(settings.dmarc.reject_reply, "550 5.7.1 no DMARC for {from.domain}");
    EXPECT_EQ(settings.dmarc.quarantine_as, policy::QuarantineAs::hold);
    EXPECT_EQ(settings.dmarc.several_authors, policy::SeveralAuthors::refuse);
    EXPECT_THAT(settings.lists.networks, ElementsAre("127.0.0.1", "::1", "192.0.2.0/24"));
    EXPECT_THAT(settings.lists.sealers, ElementsAre("one.example", "two.example", "lists.example"));
    EXPECT_THAT(left,
                ElementsAre(HasSubstr("\"0.0.0.0/0\" is everybody"), HasSubstr("TrustedAuthservIDs: SPF and DKIM"),
                            HasSubstr("PublicSuffixList: put the file"), HasSubstr("FailureReports: "),
                            HasSubstr("NoSuch: no setting"), HasSubstr("DNSTimeout: is no number")));
}

TEST_F(MovingTest, PolicydSpfBecomesRulesOfTheirOwnMode) {
    const auto settings =
        policyd("HELO_reject = SPF_Not_Pass\nMail_From_reject=Softfail\nTestOnly = 1\n"
                "PermError_reject = True\nTempError_Defer = True\nHeader_Type = SPF\n"
                "skip_addresses = 127.0.0.0/8,::ffff:127.0.0.0/104,::1\nWhitelist = 192.0.2.0/24,oops\n"
                "Domain_Whitelist_PTR = example.net\nReject_Not_Pass_Domains = Bank.example,b.example\n"
                "Domain_Whitelist = forwarder.example\nLookup_Time = 20\nWhat = ever\n");
    EXPECT_EQ(settings.mode, engine::Mode::monitor) << "DMARC stays as it was";
    EXPECT_TRUE(settings.spf.received_spf);
    EXPECT_EQ(settings.dns.message_timeout, std::chrono::seconds(25));
    ASSERT_EQ(settings.rules.list.size(), 4U);
    EXPECT_EQ(
        settings.rules.list[0].when[0].text,
        "spf_helo.result in [fail, softfail, neutral, permerror] and not client in @policyd_spf_whitelist and not "
        "client.ptr in @policyd_spf_whitelist_names");
    EXPECT_EQ(settings.rules.list[1].name.text, "SPF of MAIL FROM");
    EXPECT_EQ(settings.rules.list[1].mode.text, "enforce");
    EXPECT_TRUE(settings.rules.list[3].then[0].text.starts_with("defer 451 4.7.24"));
    ASSERT_EQ(settings.rules.sets.size(), 3U);
    EXPECT_THAT(toml, HasSubstr("entries = [\"127.0.0.0/8\", \"::1\", \"192.0.2.0/24\"]"));
    EXPECT_THAT(left, ElementsAre(HasSubstr("\"oops\" is no address"), HasSubstr("Domain_Whitelist: a forwarder"),
                                  HasSubstr("What: no setting")));
}

TEST_F(MovingTest, PolicydSpfTestsOnlyRejectsNothingAndItsDefaults) {
    auto settings = policyd("defaultSeedOnly = 0\n");
    ASSERT_EQ(settings.rules.list.size(), 2U) << "HELO and MAIL FROM are refused by default";
    EXPECT_EQ(settings.rules.list[0].mode.text, "monitor");
    settings = policyd("HELO_reject = Null\nMail_From_reject = False\n");
    ASSERT_EQ(settings.rules.list.size(), 1U);
    EXPECT_EQ(settings.rules.list[0].when[0].text, "spf_helo.result is fail and mail_from is \"\"");
    EXPECT_TRUE(policyd("HELO_reject = No_Check\nMail_From_reject = No_Check\n").rules.list.empty());
}

TEST_F(MovingTest, Postgrey) {
    files["/etc/postgrey/whitelist_clients"] = "# "
                                               "comment\nexample.org\n192.0.2\n198.51.100.7\n2001:db8::/32\n/"
                                               "^mail\\d+\\.example\\.net$/\n/\\.example\\.com$/\n"
                                               "/^mx\\.example\\.info$/\n/(?=no)/\n";
    files["/etc/postgrey/whitelist_clients.local"] = "0\nlocal.example # ours\n";
    files["/etc/postgrey/whitelist_recipients"] = "postmaster@\nann@example.org\nopen.example\n/^x/\n";
    const auto settings =
        postgrey("# options\nPOSTGREY_OPTS=\"--inet=127.0.0.1:10023\n --delay=60 \\\n"
                 "  --max-age 30 --retry-window=12h --auto-whitelist-clients=3 --lookup-by-host --privacy\"\n"
                 "POSTGREY_TEXT=\"Come back in %s seconds\"\nOTHER=1\n");
    EXPECT_TRUE(settings.greylist.enabled);
    EXPECT_EQ(settings.greylist.delay, 60U);
    EXPECT_EQ(settings.greylist.verified_expiry, 30U * 86400);
    EXPECT_EQ(settings.greylist.unverified_expiry, 12U * 3600);
    EXPECT_EQ(settings.greylist.known_after, 3U);
    EXPECT_EQ(settings.greylist.ipv4_prefix, 32U);
    EXPECT_EQ(settings.greylist.reply, "451 4.7.1 Come back in {greylist.wait} seconds");
    EXPECT_EQ(settings.ledger.addresses, engine::KeptAddresses::hashed);
    EXPECT_THAT(texts(settings.greylist.exempt_networks),
                ElementsAre("192.0.2.0/24", "198.51.100.7", "2001:db8::/32", "0.0.0.0/8"));
    EXPECT_THAT(settings.greylist.exempt_clients, ElementsAre("example.org", ".example.org", ".example.com",
                                                              "mx.example.info", "local.example", ".local.example"));
    EXPECT_THAT(settings.greylist.exempt_recipients,
                ElementsAre("postmaster@", "ann@example.org", "open.example", ".open.example"));
    ASSERT_EQ(settings.rules.list.size(), 1U);
    EXPECT_EQ(settings.rules.list[0].when[0].text, "client.ptr matches '(?:^mail\\d+\\.example\\.net$)'");
    EXPECT_THAT(left, testing::Contains(HasSubstr("whitelist_clients: no pattern of a [[rule]]")));
    EXPECT_THAT(left, testing::Contains(HasSubstr("--inet: no policy server is asked")));
    EXPECT_THAT(left, testing::Contains(HasSubstr("OTHER: is no setting")));
}

TEST_F(MovingTest, PostgreyNamesItsOwnLists) {
    files["/srv/a"] = "a.example\n";
    files["/srv/b"] = "b.example\n";
    const auto settings = postgrey("POSTGREY_OPTS='--whitelist-clients=/srv/a --whitelist-clients=/srv/b "
                                   "--whitelist-recipients=/srv/none --delay=soon --what'\n");
    EXPECT_THAT(settings.greylist.exempt_clients, ElementsAre("a.example", ".a.example", "b.example", ".b.example"));
    EXPECT_THAT(unread, ElementsAre("/srv/none: No such file or directory"));
    EXPECT_THAT(left, ElementsAre("--delay: is no number", "--what: no option of postgrey 1.37 is called so"));
    EXPECT_THAT(settings.greylist.exempt_recipients, ElementsAre("postmaster@", "abuse@"));
}

TEST_F(MovingTest, SeveralImportsStandInOneFile) {
    std::string all;
    opendkim("Domain a.example\nSelector s\nKeyFile /k\n");
    all += toml;
    opendmarc("RejectFailures true\n");
    all += toml;
    files["/etc/postgrey/whitelist_clients"] = files["/etc/postgrey/whitelist_recipients"] = "example.org\n";
    postgrey("");
    all += toml;
    policyd("TestOnly = 1\n");
    all += toml;
    EXPECT_TRUE(config::read(all)) << all;
}

TEST_F(MovingTest, ValuesOutOfRangeAreLeftOutWithTheReason) {
    opendkim("SignatureTTL 99999999999\nMinimumKeyBits 12\nMaximumHeaders many\nNameservers nobody\nClockDrift -5\n");
    EXPECT_THAT(left, ElementsAre(HasSubstr("signing.expire does not take"), HasSubstr("limits.dkim_rsa_bits_least"),
                                  HasSubstr("is no number"), HasSubstr("dns.servers does not take"),
                                  HasSubstr("is no number of seconds")));
}

TEST_F(MovingTest, WhatASetWouldNotTakeIsLeftOut) { // the fuzzer's
    policyd("Domain_Whitelist_PTR = 10.0.0.0/ple,192.0.2.1,good.example\nReject_Not_Pass_Domains = a/b.example\n");
    EXPECT_THAT(left, ElementsAre(HasSubstr("\"10.0.0.0/ple\" is no domain"), HasSubstr("\"192.0.2.1\" is no domain"),
                                  HasSubstr("\"a/b.example\" is no domain")));
    files["/etc/postgrey/whitelist_clients"] = files["/etc/postgrey/whitelist_recipients"] = "";
    postgrey("POSTGREY_TEXT=\"later\x7f\"\n");
}

TEST_F(MovingTest, HostileTextStaysInItsComment) {
    opendkim("Evil\r value\x01\xff\nAuthservID a\"b\nX \"]\\n[server]\n");
    EXPECT_THAT(toml, Not(HasSubstr("\n[server]")));
    EXPECT_THAT(toml, Not(HasSubstr("\x01")));
}

TEST_F(MovingTest, Json) {
    Conversion done = conversion();
    convert_opendkim(done, "Domain a.example\nSelector s\nKeyFile /k\nSyslog yes\nPeerList /none\n", "/c");
    const auto value = boost::json::parse(to_json(done.result()));
    EXPECT_EQ(value.at("keys").at(0).at("command"), "bonafide keys import a.example s /k");
    EXPECT_EQ(value.at("without_counterpart").at(0).at("setting"), "Syslog");
    EXPECT_EQ(value.at("without_counterpart").at(0).at("line"), 4);
    EXPECT_EQ(value.at("unread").at(0).at("file"), "/none");
    EXPECT_EQ(value.at("settings").at(0).at("name"), "direction.internal_networks");
    EXPECT_EQ(std::string_view(value.at("toml").as_string()), to_toml(done.result()));
}

TEST(Sockets, AsOursNamesThem) {
    struct Case {
        std::string_view theirs, ours;
    };
    for (const Case& row : std::initializer_list<Case>{{"local:/run/x.sock", "unix:/run/x.sock"},
                                                       {"/run/x.sock", "unix:/run/x.sock"},
                                                       {"inet:8891@localhost", "inet:127.0.0.1:8891"},
                                                       {"inet:8891", "inet:127.0.0.1:8891"},
                                                       {"inet:8891@[192.0.2.1]", "inet:192.0.2.1:8891"},
                                                       {"inet6:8891@::1", "inet6:[::1]:8891"},
                                                       {"smoke:signal", ""}})
        EXPECT_EQ(listen_address(row.theirs), row.ours) << row.theirs;
}

} // namespace
} // namespace bonafide::cli::moving
