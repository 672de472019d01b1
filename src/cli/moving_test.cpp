// Conversions on texts of our own making: what comes out, that it loads, and what is told of the rest.
#include "base/ascii.hpp"
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
                ElementsAre("127.0.0.1", "::1", "10.1.2.0/29", "10.1.2.8", "10.1.2.10/31", "10.1.2.12/30",
                            "10.1.2.16/28", "10.1.2.32/27", "10.1.2.64/26", "10.1.2.128/25", "2001:db8::1"))
        << "without the exception";
    EXPECT_EQ(settings.identity.authserv_id, "mx.example.org");
    EXPECT_EQ(settings.signing.expire, 1209600U);
    EXPECT_EQ(settings.signing.sender_domains, engine::SenderDomains::any);
    EXPECT_EQ(settings.limits.dkim_rsa_bits_least, 2048U);
    EXPECT_THAT(settings.direction.submission_daemons,
                ElementsAre("submission", "submissions", "smtps", "ORIGINATING", "SUBMIT", "OUT", "OUTGOING"));
    EXPECT_THAT(unread, IsEmpty());
    EXPECT_THAT(left, testing::Contains(HasSubstr("KeyTable spare: no row")));
    EXPECT_THAT(left, testing::Contains(HasSubstr("InternalHosts: \"mail.example.org\" is no address")));
    EXPECT_THAT(left, testing::Contains(HasSubstr("On-BadSignature: a signature's result alone")));
    EXPECT_THAT(left, testing::Contains(HasSubstr("server.listen = [\"inet:127.0.0.1:8891\"]")));
    EXPECT_THAT(left, testing::Contains(HasSubstr("LogWhay: no setting of OpenDKIM")));
    EXPECT_THAT(left, testing::Contains(HasSubstr("OversignHeaders: which fields")));
    EXPECT_THAT(toml, HasSubstr("# Canonicalization (/etc/opendkim.conf:1)\nform = \"relaxed/simple\"\n"));
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
    std::size_t printed = 0, activated = 0;
    for (const std::string_view line : ascii::split(toml, '\n')) {
        printed += line.starts_with("#   bonafide keys import d") ? 1 : 0;
        activated += line.starts_with("#   bonafide keys activate d") ? 1 : 0;
    }
    EXPECT_EQ(printed, 10'000U) << "not one is cut away";
    EXPECT_EQ(activated, 10'000U);
}

TEST_F(MovingTest, EachKeyIsImportedThenActivated) {
    opendkim("Domain a.example\nSelector s\nKeyFile /k';reboot\n");
    EXPECT_THAT(toml, HasSubstr("#   bonafide keys import a.example s '/k'\\'';reboot'\n"
                                "#   bonafide keys activate a.example s\n"))
        << "as a shell reads it";
    opendkim("Domain a.example\nSelector s\nKeyFile /k\x01\xff\n");
    EXPECT_THAT(toml, HasSubstr("# - not to be run as it stands: bonafide keys import a.example s"));
}

TEST_F(MovingTest, OfTwoSelectorsOfADomainOneIsActivated) {
    opendkim("KeyTable one=a.example:s1:/1,two=a.example:s2:/2\nSigningTable ann@a.example=one,a.example=two\n");
    EXPECT_THAT(toml, HasSubstr("#   bonafide keys import a.example s1 /1\n#   bonafide keys activate a.example s1\n"
                                "#   bonafide keys import a.example s2 /2\n\n"))
        << "the second would end the first";
    EXPECT_THAT(left, ElementsAre(HasSubstr("where this one is of another type, run \"bonafide keys activate a.example "
                                            "s2\"")));
}

TEST_F(MovingTest, NoTextOfTheirsIsTakenForACommand) { // docs/moving-in.md runs what begins with "# bonafide keys"
    policyd("HELO_reject = Fail\nbonafide keys import;reboot = x\n");
    EXPECT_THAT(toml, HasSubstr("\n# - bonafide keys import;reboot"));
    opendkim("InternalHosts refile:bonafide keys;reboot\n");
    EXPECT_THAT(toml, HasSubstr("\n# - bonafide keys;reboot"));
}

TEST_F(MovingTest, EachSectionOnce) {
    opendkim("AuthservID a.example\nSignatureTTL 60\nNameservers 192.0.2.1\nInternalHosts 192.0.2.2\n"
             "Canonicalization relaxed\nDNSTimeout 7\n");
    for (const std::string_view section : {"[identity]", "[signing]", "[dns]", "[direction]"}) {
        const std::size_t at = toml.find(fmt::format("\n{}\n", section));
        EXPECT_NE(at, std::string::npos) << section << toml;
        EXPECT_EQ(toml.find(fmt::format("\n{}\n", section), at + 1), std::string::npos) << section;
    }
    opendmarc("AuthservID a.example\nRejectFailures true\n");
    EXPECT_LT(toml.find("\nmode = \"enforce\"\n"), toml.find("\n[")) << "keys of no section come first";
}

TEST_F(MovingTest, FilesOfAnotherKindAreRefused) {
    opendkim("smtpd_banner = x\n");
    EXPECT_THAT(unread, ElementsAre(HasSubstr("/etc/opendkim.conf: is no OpenDKIM configuration")));
    opendkim("");
    EXPECT_THAT(unread, ElementsAre(HasSubstr("is no OpenDKIM configuration")));
    opendmarc("# nothing\n");
    EXPECT_THAT(unread, ElementsAre(HasSubstr("is no OpenDMARC configuration")));
    policyd("smtpd_banner = x\n");
    EXPECT_THAT(unread, ElementsAre(HasSubstr("is no policyd-spf configuration")));
    policyd("");
    EXPECT_THAT(unread, IsEmpty()) << "its defaults hold";
    files["/etc/postgrey/whitelist_clients"] = files["/etc/postgrey/whitelist_recipients"] = "";
    postgrey("PATH=/bin\n");
    EXPECT_THAT(unread, ElementsAre(HasSubstr("is no file of postgrey's options")));
}

TEST_F(MovingTest, QuotesAreAPartOfTheValueInTheirsToo) {
    files["/keys"] = "k a.example:s:/k\n";
    const auto settings = opendkim("KeyTable \"refile:/keys\"\nSigningTable 'refile:/keys'\n"
                                   "Domain a.example\nSelector s\nKeyFile /k\n");
    EXPECT_THAT(keys, IsEmpty());
    EXPECT_THAT(left, ElementsAre(HasSubstr("KeyTable: quotes are a part"), HasSubstr("SigningTable: quotes are")));
    EXPECT_EQ(opendmarc("RejectString \"no\"\n").dmarc.reject_reply, "550 5.7.1 \"no\"");
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

TEST_F(MovingTest, ADomainAloneFitsNothingInARefile) {
    files["/table"] = "a.example one\n.a.example one\n*@b.example one\n";
    EXPECT_THAT(opendkim("KeyTable one=a.example:s:/a\nSigningTable refile:/table\n").signing.table,
                ElementsAre("b.example a.example"));
    EXPECT_THAT(left, ElementsAre(HasSubstr("SigningTable a.example: never fits"),
                                  HasSubstr("SigningTable .a.example: never fits")));
    EXPECT_THAT(opendkim("KeyTable one=a.example:s:/a\nSigningTable file:/table\n").signing.table,
                ElementsAre(".a.example a.example"));
}

TEST_F(MovingTest, EntriesOfAValueArePartedByColons) {
    files["/table"] = "*@b.example two words:@b.example\n*@c.example one,more\n*@d.example :x\n";
    files["/keys"] = "two b.example:s:/b\none,more c.example:s:/c\n";
    EXPECT_THAT(opendkim("KeyTable /keys\nSigningTable refile:/table\n").signing.table, IsEmpty());
    EXPECT_THAT(keys, ElementsAre("bonafide keys import c.example s /c"));
    EXPECT_THAT(left, ElementsAre(HasSubstr("b.example: the row is carried over without"), HasSubstr("no such key"),
                                  HasSubstr("d.example: names no key"), HasSubstr("KeyTable two: no row")));
}

TEST_F(MovingTest, ThePercentSignIsTheDomainOfFrom) {
    files["/keys"] = "a.example a.example:s:/a\nb.example c.example:s:/c\nd.b.example %:s:/%/d\nname a.example:s:/a\n";
    files["/table"] = "*@* %\nann@a.example name\n";
    EXPECT_THAT(opendkim("KeyTable /keys\nSigningTable refile:/table\n").signing.table,
                ElementsAre("b.example c.example"))
        << "the others sign their own";
    EXPECT_THAT(keys, ElementsAre("bonafide keys import a.example s /a", "bonafide keys import c.example s /c",
                                  "bonafide keys import d.b.example s /d.b.example/d"));
    EXPECT_THAT(left, ElementsAre(HasSubstr("ann@a.example: is never reached: the row for a.example before it")));
    files["/table"] = ".b.example %\nann@b.example %\n.z.example %\n";
    EXPECT_THAT(opendkim("KeyTable /keys\nSigningTable /table\n").signing.table,
                ElementsAre("ann@b.example c.example"));
    EXPECT_THAT(left, testing::Contains(HasSubstr(".z.example: no row of KeyTable is called by a domain")));
    files["/table"] = "* %\n.b.example name\n"; // exact: the nearest counts wherever it stands
    EXPECT_THAT(opendkim("KeyTable /keys\nSigningTable /table\n").signing.table,
                ElementsAre(".b.example a.example", "b.example c.example"));
    files["/table"] = "*@a.example name\n*@a.example.org %\n*@* %\n";
    opendkim("KeyTable /keys\nSigningTable refile:/table\nMultipleSignatures yes\n");
    EXPECT_THAT(left, ElementsAre(HasSubstr("a.example.org: KeyTable has no such key")));
}

TEST_F(MovingTest, TenThousandPercentSignsTakeNoTime) {
    std::string& key_table = files["/keys"];
    std::string& signing_table = files["/table"];
    for (int i = 0; i < 10'000; ++i) {
        key_table += fmt::format("a.d{}.example a.d{}.example:s:/k/{}\n", i, i, i);
        signing_table += fmt::format("*@*.d{}.example %\n", i);
    }
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(opendkim("KeyTable file:/keys\nSigningTable refile:/table\n").signing.table, IsEmpty());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
    EXPECT_EQ(keys.size(), 10'000U);
}

TEST_F(MovingTest, NetworksWithoutTheirExceptions) {
    const auto networks = [&](const std::string& list) {
        return texts(opendkim("Mode v\nInternalHosts " + list + "\n").direction.internal_networks);
    };
    EXPECT_THAT(networks("192.0.2.0/30, !192.0.2.1"), ElementsAre("192.0.2.0", "192.0.2.2/31"));
    EXPECT_THAT(networks("!192.0.2.0/24, 192.0.2.1, 192.0.2.0/24"), ElementsAre("192.0.2.1")) << "the nearest counts";
    EXPECT_THAT(networks("2001:db8::/126, ![2001:db8::3], 192.0.2.9"),
                ElementsAre("2001:db8::/127", "2001:db8::2", "192.0.2.9"));
    EXPECT_EQ(networks("10.255.3.7/8, !10.1.2.3").size(), 24U);
    EXPECT_THAT(networks("10.0.0.0/8, !gate.example"), ElementsAre("10.0.0.0/8"));
    EXPECT_THAT(left, ElementsAre(HasSubstr("\"!gate.example\" is an exception by name")));
    std::string many = "10.0.0.0/8";
    for (int i = 0; i < 40; ++i) many += fmt::format(",!10.{}.1.1", i);
    EXPECT_THAT(networks(many), IsEmpty()) << "rather none than one too many";
    EXPECT_THAT(left, ElementsAre(HasSubstr("\"10.0.0.0/8\" has too many exceptions")));
}

TEST_F(MovingTest, OneKeyForEveryDomain) {
    files["/table"] = "*@a.example each\n* each\n*@b.example none\n*@c.example bad:extra\n";
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

TEST_F(MovingTest, OpenDmarcIgnoresItsOwnHostByDefault) {
    EXPECT_THAT(opendmarc("AuthservID mx.example.org\n").lists.networks, ElementsAre("127.0.0.1"));
    EXPECT_THAT(toml, HasSubstr("# IgnoreHosts, by default"));
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
    ASSERT_EQ(settings.rules.list.size(), 6U);
    const auto when = [&](std::size_t i) { return std::string_view(settings.rules.list[i].when[0].text); };
    EXPECT_EQ(
        when(0),
        "spf_helo.result in [fail, softfail, neutral, permerror] and not client in @policyd_spf_whitelist and not "
        "client.ptr in @policyd_spf_whitelist_names");
    EXPECT_THAT(when(1), testing::StartsWith("spf.result in [fail, softfail, permerror] and not bounce and"));
    EXPECT_THAT(when(2), testing::StartsWith("helo in @policyd_spf_reject_not_pass and spf_helo.result in [fail, "
                                             "softfail, neutral, permerror] and not client"));
    EXPECT_THAT(when(3),
                testing::StartsWith("mail_from.domain in @policyd_spf_reject_not_pass and spf.result in [fail, "
                                    "softfail, neutral, permerror] and not bounce"));
    EXPECT_THAT(when(4), testing::StartsWith("spf_helo.result is temperror and not client"));
    EXPECT_THAT(when(5), testing::StartsWith("spf.result is temperror and not bounce and"));
    EXPECT_EQ(settings.rules.list[1].name.text, "SPF of MAIL FROM");
    EXPECT_EQ(settings.rules.list[1].mode.text, "enforce");
    EXPECT_TRUE(settings.rules.list[5].then[0].text.starts_with("defer 451 4.7.24"));
    ASSERT_EQ(settings.rules.sets.size(), 3U);
    EXPECT_THAT(toml, HasSubstr("entries = [\"127.0.0.0/8\", \"::1\", \"192.0.2.0/24\"]"));
    EXPECT_THAT(left, ElementsAre(HasSubstr("\"oops\" is no address"), HasSubstr("Domain_Whitelist: a forwarder"),
                                  HasSubstr("What: no setting")));
}

TEST_F(MovingTest, PolicydSpfTestsOnlyRejectsNothingAndItsDefaults) {
    auto settings = policyd("defaultSeedOnly = 0\n");
    ASSERT_EQ(settings.rules.list.size(), 2U) << "HELO and MAIL FROM are refused by default";
    EXPECT_EQ(settings.rules.list[0].mode.text, "monitor");
    EXPECT_TRUE(settings.spf.received_spf);
    EXPECT_THAT(toml, HasSubstr("# skip_addresses, by default (/etc/policyd-spf.conf)\n[[set]]\n"
                                "name = \"policyd_spf_whitelist\"\nentries = [\"127.0.0.0/8\", \"::1\"]"));
    settings = policyd("skip_addresses = 192.0.2.1\nHeader_Type = AR\n");
    EXPECT_FALSE(settings.spf.received_spf);
    EXPECT_THAT(toml, HasSubstr("entries = [\"192.0.2.1\"]"));
    settings = policyd("HELO_reject = Null\nMail_From_reject = False\n");
    ASSERT_EQ(settings.rules.list.size(), 1U);
    EXPECT_TRUE(settings.rules.list[0].when[0].text.starts_with("spf_helo.result is fail and mail_from is \"\""));
    EXPECT_TRUE(policyd("HELO_reject = No_Check\nMail_From_reject = No_Check\nTempError_Defer = True\n"
                        "Reject_Not_Pass_Domains = a.example\n")
                    .rules.list.empty());
}

TEST_F(MovingTest, PolicydSpfScopesThatAreOffDeferNothing) {
    EXPECT_TRUE(policyd("HELO_reject = SPF_Not_Pass\n")
                    .rules.list[0]
                    .when[0]
                    .text.starts_with("spf_helo.result in [fail, softfail, neutral] and"))
        << "permerror is another setting's";
    auto settings = policyd("HELO_reject = False\nMail_From_reject = Fail\nTempError_Defer = True\n");
    ASSERT_EQ(settings.rules.list.size(), 2U);
    EXPECT_TRUE(settings.rules.list[1].when[0].text.starts_with("spf.result is temperror and not bounce"));
    settings = policyd("HELO_reject = No_Check\nMail_From_reject = False\nTempError_Defer = True\n"
                       "Reject_Not_Pass_Domains = a.example\n");
    ASSERT_EQ(settings.rules.list.size(), 2U);
    EXPECT_TRUE(settings.rules.list[1].when[0].text.starts_with("mail_from.domain in @policyd_spf_reject_not_pass and "
                                                                "spf.result is temperror"));
}

TEST_F(MovingTest, PolicydSpfThatRefusesNoMailDomainsAloneOnlyWatches) {
    const auto settings = policyd("No_Mail = True\nTempError_Defer = True\nMock = True\nQueueID = False\n");
    ASSERT_EQ(settings.rules.list.size(), 4U);
    EXPECT_EQ(settings.rules.list[0].mode.text, "monitor");
    EXPECT_EQ(settings.rules.list[1].mode.text, "monitor");
    EXPECT_EQ(settings.rules.list[2].mode.text, "enforce") << "it defers as before";
    EXPECT_THAT(left, ElementsAre(HasSubstr("No_Mail: it refuses only where"), HasSubstr("Mock: only showed"),
                                  HasSubstr("QueueID: each line")));
}

TEST_F(MovingTest, Postgrey) {
    files["/etc/postgrey/whitelist_clients"] = "# "
                                               "comment\nexample.org\n192.0.2\n198.51.100.7\n2001:db8::/32\n/"
                                               "^mail\\d+\\.example\\.net$/\n/\\.example\\.com$/\n"
                                               "/^mx\\.example\\.info$/\n/(?=no)/\n";
    files["/etc/postgrey/whitelist_clients.local"] = "192.0\nlocal.example # ours\n";
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
                ElementsAre("192.0.2.0/24", "198.51.100.7", "2001:db8::/32", "192.0.0.0/16"));
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

TEST_F(MovingTest, PostgreysDefaultsAreCarriedOver) {
    files["/etc/postgrey/whitelist_clients"] = files["/etc/postgrey/whitelist_recipients"] = "";
    auto settings = postgrey("POSTGREY_OPTS=\"--facility=mail\"\n");
    EXPECT_EQ(settings.greylist.unverified_expiry, 2U * 86400);
    EXPECT_EQ(settings.greylist.verified_expiry, 35U * 86400);
    EXPECT_THAT(left, ElementsAre("--facility: log.target"));
    EXPECT_THAT(toml, HasSubstr("# --retry-window, by default"));
    settings = postgrey("POSTGREY_OPTS=\"--retry-window=2H\"\n");
    EXPECT_EQ(settings.greylist.unverified_expiry, 7200U);
}

TEST_F(MovingTest, PostgreyEntriesOneByOne) {
    files["/etc/postgrey/whitelist_recipients"] = "*@a.example\n";
    files["/etc/postgrey/whitelist_clients"] = "/good\\d+/ # of a partner\n/bad(/\n/more\\d+/\n192\n*.a.example\nb%c\n"
                                               "a:b\n/^unknown$/\nunknown\ntwo words\n";
    const auto settings = postgrey("");
    ASSERT_EQ(settings.rules.list.size(), 2U);
    EXPECT_EQ(settings.rules.list[0].when[0].text, "client.ptr matches '(?:good\\d+)|(?:more\\d+)'")
        << "what is no pattern takes no other with it, and a comment is no part of one";
    EXPECT_EQ(settings.rules.list[1].when[0].text, "client.ptr is \"\"");
    EXPECT_THAT(settings.greylist.exempt_networks, IsEmpty());
    EXPECT_THAT(settings.greylist.exempt_clients, IsEmpty());
    EXPECT_THAT(toml, HasSubstr("whitelist_clients (/etc/postgrey/whitelist_clients:2) /bad(/: the pattern cannot"));
    EXPECT_THAT(left, ElementsAre(HasSubstr("the pattern cannot be read"), HasSubstr("two or three numbers"),
                                  HasSubstr("letter by letter"), HasSubstr("letter by letter"),
                                  HasSubstr("letter by letter"), HasSubstr("one word"), HasSubstr("letter by letter")));
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
