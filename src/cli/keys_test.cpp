// The commands of `bonafide keys`, with a zone file for DNS.
#include "base/test_folder.hpp"
#include "cli/frame.hpp"
#include "crypto/key.hpp"

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace bonafide::cli {
namespace {

namespace json = boost::json;

class KeysCommandTest : public testing::Test {
  protected:
    KeysCommandTest() {
        (void)folder.write("bonafide.toml", "[signing]\nkeys = \"" + folder.at("keys") + "\"\nsettle = \"1h\"\n");
        write_zone("nothing.example. 60 A 192.0.2.1\n");
    }
    /// "keys" and the words, with --config and where it is needed --zone; the exit code is checked.
    std::string keys(std::vector<std::string> words, int code = 0) {
        if (words[0] == "check" || words[0] == "activate" || words[0] == "tend" || words[0] == "revoke")
            words.insert(words.end(), {"--zone", folder.at("zone")});
        return keys_without_zone(std::move(words), code);
    }
    std::string keys_without_zone(std::vector<std::string> words, int code = 0) {
        words.insert(words.begin(), "keys");
        words.insert(words.end(), {"--config", folder.at("bonafide.toml")});
        std::istringstream in;
        std::ostringstream out, err;
        Console console{in, out, err};
        EXPECT_EQ(run(words, console), code) << words[1] << ": " << err.str();
        said = err.str();
        return out.str();
    }
    std::string refusal(const std::vector<std::string>& words, int code = 1) {
        EXPECT_EQ(keys(words, code), "");
        return said;
    }
    void write_zone(const std::string& text) { (void)folder.write("zone", text); }
    std::string read(const std::string& name) {
        std::ostringstream text;
        text << std::ifstream(folder.at(name)).rdbuf();
        return text.str();
    }
    /// An Ed25519 key with this selector; its record for a zone file.
    std::string make(const std::string& selector, const std::string& now = "1000000",
                     const std::string& domain = "example.org") {
        return keys({"new", domain, "--selector", selector, "--type", "ed25519", "--now", now, "--form", "bind"});
    }
    /// A new key in a file that nobody else can read.
    std::string write_key(const std::string& name, crypto::KeyType type = crypto::KeyType::ed25519) {
        const std::string path = folder.write(name, crypto::PrivateKey::generate(type, 1024)->to_pem());
        std::filesystem::permissions(path, std::filesystem::perms(0600));
        return path;
    }
    json::array list() { return json::parse(keys({"list", "--json"})).as_array(); }
    std::string states() {
        std::string text;
        for (const json::value& row : list())
            text += std::string(row.at("selector").as_string()) + " " + std::string(row.at("state").as_string()) + "; ";
        return text;
    }

    TestFolder folder;
    std::string said;
};

TEST_F(KeysCommandTest, ALifeByHand) {
    const std::string record = make("s1", "999998");
    EXPECT_TRUE(said.contains("put this into DNS; then \"bonafide keys activate example.org\" lets it sign at once, or "
                              "the daemon (or \"bonafide keys tend\" from a timer) does once every server has shown it "
                              "for 3600 s (signing.settle)"))
        << said;
    EXPECT_TRUE(record.starts_with("s1._domainkey.example.org. 3600 IN TXT \"v=DKIM1; k=ed25519; p=")) << record;
    EXPECT_EQ(keys({"record", "example.org", "--form", "bind"}), record);
    EXPECT_EQ(keys({"export", "example.org", "s1", "--form", "bind"}), record);
    EXPECT_EQ(states(), "s1 generated; ");
    EXPECT_TRUE(refusal({"activate", "example.org"})
                    .contains("s1 does not sign yet: there is no record at "
                              "s1._domainkey.example.org (NXDOMAIN)"))
        << said;
    EXPECT_TRUE(keys({"tend", "--now", "999999"}).starts_with("key.wanted example.org s1: put its record into DNS"));

    write_zone(record);
    EXPECT_EQ(keys({"tend", "--now", "1000000"}), "key.published example.org s1: every server shows its record\n"
                                                  "key.shown example.org s1: every server shows its record\n");
    EXPECT_EQ(keys({"tend", "--now", "1003599"}), "");
    EXPECT_EQ(keys({"tend", "--now", "1003600"}),
              "key.activated example.org s1: every server has shown it for 3600 s\n");
    EXPECT_EQ(states(), "s1 active; ");

    const std::string next = keys({"rotate", "example.org", "--form", "bind"});
    EXPECT_EQ(keys({"rotate", "example.org"}), "");
    EXPECT_TRUE(said.contains("is on its way already (generated) and will follow s1")) << said;
    write_zone(record + next);
    EXPECT_TRUE(keys({"activate", "example.org"}).contains("s1 is retiring; its record must stay in DNS"));
    EXPECT_TRUE(states().starts_with("s1 retiring; bf"));
    const std::string revoked = keys({"revoke", "example.org", "s1", "--form", "bind"});
    EXPECT_EQ(revoked, "s1._domainkey.example.org. 3600 IN TXT \"v=DKIM1; k=ed25519; p=\"\n");
    EXPECT_TRUE(said.contains("s1 of example.org is revoked; a running daemon signs no more with it within 60 s "
                              "(signing.reload), after \"systemctl reload bonafide\" at once; put this in place of its "
                              "record"))
        << said;
    EXPECT_TRUE(refusal({"activate", "example.org", "s1"}).contains("s1 is revoked; only a key that was never active"));
}

TEST_F(KeysCommandTest, RetiringAndWhatDoesNotFit) {
    const std::string record = keys({"new", "example.org", "--selector", "s1", "--type", "ed25519", "--form", "bind"});
    EXPECT_TRUE(refusal({"retire", "example.org", "s1"}).contains("s1 is generated; only an active key retires"));
    write_zone(record);
    (void)keys({"activate", "example.org", "s1"});
    EXPECT_TRUE(refusal({"activate", "example.org", "s1"}).contains("only a key that was never active"));
    EXPECT_TRUE(refusal({"activate", "example.org"}).contains("has no key that could become active"));
    EXPECT_TRUE(keys({"retire", "example.org", "s1"}).contains("is retiring; its record must stay"));
    EXPECT_TRUE(refusal({"rotate", "example.org"}).contains("has no active key to rotate"));
    EXPECT_TRUE(refusal({"retire", "example.org", "none"}).contains("has no key with the selector none"));
    EXPECT_TRUE(refusal({"retire", "example.net", "s1"}).contains("there are no keys of example.net"));
}

TEST_F(KeysCommandTest, WrongUsage) {
    EXPECT_TRUE(refusal({"new", "example.org", "--type", "both", "--selector", "s"}, 2).contains("names one key"));
    EXPECT_TRUE(refusal({"new", "example.org", "--bits", "1023"}, 2).contains("must be from 1024 to 4096"));
    EXPECT_TRUE(refusal({"new", "example.org", "--bits", "4097"}, 2).contains("must be from 1024 to 4096"));
    EXPECT_TRUE(refusal({"new", "example.org", "--bits", "4096", "--type", "ed25519"}, 2).contains("is of RSA keys"));
    EXPECT_FALSE(refusal({"new", "../etc"}, 2).empty());
    EXPECT_TRUE(refusal({"list"}).contains("there is no folder"));
    EXPECT_TRUE(refusal({"new", "example.org", "--folder", folder.at("no/keys")}).contains("cannot be made"));
    EXPECT_TRUE(refusal({"new", "example.org", "--folder", ""}, 2).contains("is empty"));
    (void)keys({"new", "example.org", "--selector", "s1", "--type", "ed25519"});
    EXPECT_TRUE(refusal({"new", "example.org", "--selector", "S1"}).contains("with the selector s1 already"));
    EXPECT_TRUE(refusal({"new", "example.org", "--selector", "a/b"}).contains("is no selector"));
}

TEST_F(KeysCommandTest, ImportAndExport) {
    const auto key = crypto::PrivateKey::generate(crypto::KeyType::rsa, 1024);
    const std::string pem = folder.write("old.pem", key->to_pem());
    EXPECT_TRUE(refusal({"import", "example.org", "old", pem}).contains("everybody can read this key"));
    std::filesystem::permissions(pem, std::filesystem::perms(0600));
    EXPECT_TRUE(keys({"import", "example.org", "old", pem}).contains("Value: v=DKIM1; k=rsa; p=MIG"));
    EXPECT_TRUE(said.contains("this RSA key has 1024 bits"));
    EXPECT_EQ(keys({"export", "example.org", "old", "--private"}), key->to_pem());
    std::ofstream(pem) << crypto::PrivateKey::generate(crypto::KeyType::rsa, 768)->to_pem();
    EXPECT_TRUE(refusal({"import", "example.org", "small", pem}).contains("only 768 bits"));
    std::ofstream(pem) << "no key";
    EXPECT_TRUE(refusal({"import", "example.org", "none", pem}).contains("no private key in PEM form found"));
    const std::string kept = folder.at("keys/example.org/old.pem");
    std::filesystem::permissions(kept, std::filesystem::perms(0644));
    EXPECT_TRUE(refusal({"export", "example.org", "old", "--private"}).contains("others have access"));
    EXPECT_TRUE(std::string_view(list()[0].at("fault").as_string()).contains("others have access"));
}

TEST_F(KeysCommandTest, ACurrentKeyIsNotFollowedByAnImportedOne) {
    const std::string record = make("s1");
    write_zone(record);
    (void)keys({"activate", "example.org", "--now", "1000000"});
    const std::string pem = write_key("old.pem");
    const std::string imported = keys({"import", "example.org", "old", pem, "--now", "1000100", "--form", "bind"});
    EXPECT_TRUE(
        said.contains("s1 is active and stays so: \"bonafide keys activate example.org old\" lets this one sign"))
        << said;
    EXPECT_TRUE(said.contains("usually is in DNS")) << said;
    write_zone(record + imported);
    (void)keys({"tend", "--now", "1000200"});
    (void)keys({"tend", "--now", "2000200"});
    EXPECT_EQ(states(), "s1 active; old published; ");
    (void)keys({"activate", "example.org", "old", "--now", "2000200"});
    EXPECT_EQ(states(), "s1 retiring; old active; ");
    (void)keys({"import", "example.org", "rsa", write_key("rsa.pem", crypto::KeyType::rsa), "--now", "2000200"});
    EXPECT_TRUE(said.contains("activate example.org rsa\" lets it sign at once, or the daemon")) << said;
    EXPECT_FALSE(said.contains("is active")) << said;
}

TEST_F(KeysCommandTest, AFileThatKeysJsonDoesNotKnow) {
    (void)make("s1");
    const std::string pem = write_key("k.pem"), kept = folder.at("keys/example.org/s2.pem");
    std::filesystem::copy_file(pem, kept);
    (void)keys({"import", "example.org", "s2", pem});
    EXPECT_EQ(states(), "s1 generated; s2 generated; ");
    EXPECT_EQ(list()[1].at("fault"), json::value(""));
    std::filesystem::remove(folder.at("keys/example.org/keys.json")); // lost: made again from the files
    (void)keys({"import", "example.org", "s2", kept});
    EXPECT_EQ(states(), "s2 generated; ");
    EXPECT_EQ(keys({"export", "example.org", "s2", "--private"}), read("k.pem"));
    EXPECT_TRUE(refusal({"import", "example.org", "s1", pem}).contains("keys.json does not know it: move it away"))
        << said;
    EXPECT_TRUE(refusal({"new", "example.org", "--selector", "s1"}).contains("move it away")) << said;
    EXPECT_TRUE(refusal({"import", "example.org", "s2", pem}).contains("with the selector s2 already")) << said;
    std::filesystem::copy_file(pem, folder.at("keys/example.org/s3.pem"));
    std::filesystem::permissions(folder.at("keys/example.org/s3.pem"), std::filesystem::perms(0644));
    EXPECT_TRUE(refusal({"import", "example.org", "s3", pem}).contains("others have access")) << said;
    EXPECT_TRUE(refusal({"import", "example.org", "../../k", pem}).contains("is no selector")) << said;
}

TEST_F(KeysCommandTest, RevokingIsNoReasonToOverwriteARecordOfSomebodyElse) {
    const std::string other = make("s1", "1000000", "example.net");
    const auto foreign = [&] { return "s1._domainkey.example.org" + other.substr(other.find(". ")); };
    (void)make("s1");
    write_zone(foreign());
    EXPECT_TRUE(refusal({"revoke", "example.org", "s1"})
                    .contains("Its record was left as it is, for it is not that of this key alone: "
                              "s1._domainkey.example.org holds another key than ours"))
        << said;
    EXPECT_EQ(list()[1].at("state"), json::value("revoked"));
    // An empty p= that a person has put there already is ours, and so is nothing at all.
    for (const char* zone :
         {"s1._domainkey.example.com. 60 TXT \"v=DKIM1; p=\"\n", "nothing.example. 60 A 192.0.2.1\n"}) {
        (void)make("s1", "1000000", "example.com");
        write_zone(zone);
        EXPECT_TRUE(keys({"revoke", "example.com", "s1", "--form", "bind"}).contains("k=ed25519; p=\"\n"));
        std::filesystem::remove_all(folder.at("keys/example.com"));
    }
}

TEST_F(KeysCommandTest, RevokingWhileNoServerAnswersLeavesTheRecordToLater) {
    (void)make("s1");
    (void)folder.write("bonafide.toml",
                       "[signing]\nkeys = \"" + folder.at("keys") +
                           "\"\n[publish]\nserver = \"127.0.0.1:1\"\nauthoritative = [\"127.0.0.1@1\"]\n"
                           "[dns]\ntimeout = \"100ms\"\n");
    EXPECT_EQ(keys_without_zone({"revoke", "example.org", "s1"}, 1), "");
    EXPECT_TRUE(said.contains("DNS could not be asked what stands there: ")) << said;
    EXPECT_TRUE(said.contains("\"keys tend\" tries again")) << said;
    EXPECT_EQ(states(), "s1 revoked; ");
}

TEST_F(KeysCommandTest, ARevocationAtAProviderReplacesTheRecord) { // RFC 6376 3.6.2.2
    write_zone(make("s1"));
    (void)keys({"record", "example.org", "--form", "cloudflare"});
    EXPECT_EQ(said, "");
    (void)keys({"revoke", "example.org", "s1", "--form", "cpanel"});
    EXPECT_TRUE(said.contains("edit=")) << said;
    for (const char* command : {"record", "export"}) {
        (void)keys({command, "example.org", "s1", "--form", "cloudflare"});
        EXPECT_TRUE(said.contains("PUT this body to /zones/ZONE/dns_records/RECORD_ID")) << said;
        (void)keys({command, "example.org", "s1", "--form", "route53"});
        EXPECT_EQ(said, "");
    }
}

TEST_F(KeysCommandTest, AWrongClockIsNoticedByTheNextPass) {
    const std::string first = make("s1"), second = make("s2");
    write_zone(first + second);
    (void)keys({"activate", "example.org", "s1", "--now", "1000000"});
    (void)keys({"activate", "example.org", "s2", "--now", "395200"}); // seven days back
    EXPECT_TRUE(said.contains("the clock was set back: all waits begin anew")) << said;
    EXPECT_EQ(keys({"tend", "--now", "1000060"}),
              "key.trouble example.org: the clock was set back: all waits begin anew\n");
    EXPECT_EQ(states(), "s1 retiring; s2 active; ");
    EXPECT_EQ(keys({"tend", "--now", "1345659"}), "");
    EXPECT_TRUE(keys({"tend", "--now", "1345660"}).starts_with("key.revoked example.org s1"));
}

TEST_F(KeysCommandTest, EveryChangeIsAPass) {
    const std::string record = make("s1", "500");
    const auto last_pass = [&] { return json::parse(read("keys/example.org/keys.json")).at("last_pass"); };
    EXPECT_EQ(last_pass(), json::value(500));
    write_zone(record);
    const std::string pem = write_key("k.pem");
    const std::vector<std::vector<std::string>> commands{{"activate", "example.org", "s1"},
                                                         {"rotate", "example.org"},
                                                         {"retire", "example.org", "s1"},
                                                         {"revoke", "example.org", "s1"},
                                                         {"import", "example.org", "k", pem}};
    std::int64_t now = 600;
    for (std::vector<std::string> words : commands) {
        const std::string name = words.front();
        words.insert(words.end(), {"--now", std::to_string(++now)});
        (void)keys(words);
        EXPECT_EQ(last_pass(), json::value(now)) << name;
    }
}

TEST_F(KeysCommandTest, RotateMakesWhatCanBeMade) {
    const std::string rsa = keys({"new", "example.org", "--selector", "r", "--bits", "1024", "--form", "bind"});
    const std::string ed25519 = make("e");
    write_zone(rsa + ed25519);
    (void)keys({"activate", "example.org"});
    EXPECT_TRUE(keys({"rotate", "example.org", "--type", "ed25519"}).contains("k=ed25519"));
    const std::string made = keys({"rotate", "example.org", "--form", "route53"});
    EXPECT_TRUE(made.contains("k=rsa") && !made.contains("k=ed25519")) << made;
    EXPECT_TRUE(said.contains("is on its way already (generated) and will follow e\n")) << said;
    EXPECT_TRUE(said.contains("will follow r once every server")) << said;
    EXPECT_EQ(list().size(), 4U);
}

TEST_F(KeysCommandTest, RecordsOfOneCommandAreOneChangeBatch) {
    const std::string made = keys({"new", "example.org", "--type", "both", "--bits", "1024", "--form", "route53"});
    EXPECT_EQ(json::parse(made).at("Changes").as_array().size(), 2U);
    EXPECT_EQ(keys({"record", "example.org", "--form", "route53"}), made);
    for (const char* form : {"bind", "cloudflare", "cpanel"})
        EXPECT_FALSE(keys({"record", "example.org", "--form", form}).contains("\n\n")) << form;
    write_zone(keys({"record", "example.org", "--form", "bind"}));
    (void)keys({"activate", "example.org"});
    const std::string rotated = keys({"rotate", "example.org", "--form", "route53"});
    EXPECT_EQ(json::parse(rotated).at("Changes").as_array().size(), 2U);
}

TEST_F(KeysCommandTest, OneBrokenDomainDoesNotHoldUpTheOthers) {
    for (const char* domain : {"a.example", "b.example", "c.example"}) (void)make("s1", "1000000", domain);
    (void)folder.write("keys/b.example/keys.json", "{");
    for (const char* command : {"list", "check", "tend"}) {
        const json::array rows = json::parse(keys({command, "--json"}, 1)).as_array();
        ASSERT_EQ(rows.size(), 2U) << command;
        EXPECT_EQ(rows[1].at("domain"), json::value("c.example")) << command;
        EXPECT_TRUE(said.contains("keys/b.example/keys.json: ")) << said;
        EXPECT_TRUE(keys({command}, 1).contains("c.example")) << command;
    }
    EXPECT_EQ(keys({"list", "b.example"}, 1), "");
}

TEST_F(KeysCommandTest, AFolderThatCannotBeSeenIsNotAbsent) {
    std::filesystem::create_symlink(folder.at("loop"), folder.at("loop"));
    EXPECT_TRUE(refusal({"list", "--folder", folder.at("loop")}).contains("Too many levels of symbolic links")) << said;
}

TEST_F(KeysCommandTest, Check) {
    const std::string record = keys({"new", "example.org", "--selector", "s1", "--type", "ed25519", "--form", "bind"});
    write_zone(record);
    (void)keys({"activate", "example.org"});
    const auto judged = [&](int code = 0) {
        const json::value row = json::parse(keys({"check", "example.org", "--json", "--exit-code"}, code)).at(0);
        return std::string(row.at("well").as_string()) + ": " + std::string(row.at("why").as_string());
    };
    EXPECT_EQ(judged(), "yes: ");
    write_zone("s1._domainkey.example.org. 60 TXT \"v=DKIM1; k=ed25519; p=\"\n");
    EXPECT_TRUE(judged(3).starts_with("no: s1._domainkey.example.org says that the key was revoked"));
    EXPECT_TRUE(keys({"check"}).contains("NO"));
    (void)folder.write("zone", R"({"s1._domainkey.example.org": {"TIMEOUT": true}})");
    EXPECT_TRUE(judged(3).starts_with("unknown: s1._domainkey.example.org could not be asked for"));
    write_zone(std::string(record).replace(record.find("p="), 0, "t=y; "));
    EXPECT_TRUE(judged().starts_with("yes: its record has t=y, which this key has not"));
}

TEST_F(KeysCommandTest, CheckOfKeysThatDoNotSignYet) {
    const std::string record = make("s1");
    const auto judged = [&] {
        const json::value row = json::parse(keys({"check", "example.org", "--json", "--exit-code"})).at(0);
        return std::string(row.at("state").as_string()) + " " + std::string(row.at("well").as_string()) + ": " +
               std::string(row.at("why").as_string());
    };
    EXPECT_EQ(judged(), "generated not yet: there is no record at s1._domainkey.example.org (NXDOMAIN)");
    EXPECT_TRUE(keys({"check"}).contains("not yet"));
    write_zone(record);
    EXPECT_EQ(judged(), "generated yes: ");
    (void)keys({"tend", "--now", "1000000"});
    EXPECT_EQ(judged(), "published yes: ");
    write_zone("nothing.example. 60 A 192.0.2.1\n");
    EXPECT_TRUE(judged().starts_with("published not yet: there is no record"));
    (void)folder.write("zone", R"({"s1._domainkey.example.org": {"TIMEOUT": true}})");
    EXPECT_TRUE(judged().starts_with("published unknown: "));
    write_zone("s1._domainkey.example.org. 60 TXT \"v=spf1 -all\"\n");
    EXPECT_TRUE(judged().starts_with("published no: "));
    write_zone(record);
    (void)keys({"revoke", "example.org", "s1", "--now", "1000000"});
    EXPECT_TRUE(judged().starts_with("revoked no: "));
    write_zone("s1._domainkey.example.org. 60 TXT \"v=DKIM1; k=ed25519; p=\"\n");
    EXPECT_EQ(judged(), "revoked yes: ");
}

TEST_F(KeysCommandTest, DelegationByCname) {
    (void)make("s1", "1000000", "customer.example");
    const auto alias = [&](const std::string& host, int code = 0) {
        return keys({"record", "customer.example", "s1", "--cname-to", host, "--form", "bind"}, code);
    };
    EXPECT_EQ(alias("Host.example."), "s1._domainkey.customer.example. 3600 IN CNAME "
                                      "s1._domainkey.customer.example.host.example.\n");
    EXPECT_EQ(alias("Customer.example.", 1), "");
    EXPECT_TRUE(said.contains("--cname-to: customer.example is the domain itself")) << said;
    const std::string label(63, 'a');
    EXPECT_EQ(alias(label + "." + label + "." + label + "." + label.substr(0, 61), 1), "");
    EXPECT_TRUE(said.contains("a name has at most 253 (RFC 1035 2.3.4)")) << said;
}

} // namespace
} // namespace bonafide::cli
