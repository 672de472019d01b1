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
    /// "keys" and the words, with --config; the exit code is checked.
    std::string keys(std::vector<std::string> words, int code = 0) {
        words.insert(words.begin(), "keys");
        words.insert(words.end(), {"--config", folder.at("bonafide.toml")});
        if (words[1] == "check" || words[1] == "activate" || words[1] == "tend" || words[1] == "revoke")
            words.insert(words.end(), {"--zone", folder.at("zone")});
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
    const std::string record = keys({"new", "example.org", "--selector", "s1", "--type", "ed25519", "--form", "bind"});
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
    EXPECT_TRUE(refusal({"rotate", "example.org"}).contains("is on its way already"));
    write_zone(record + next);
    EXPECT_TRUE(keys({"activate", "example.org"}).contains("s1 is retiring; its record must stay in DNS"));
    EXPECT_TRUE(states().starts_with("s1 retiring; bf"));
    const std::string revoked = keys({"revoke", "example.org", "s1", "--form", "bind"});
    EXPECT_EQ(revoked, "s1._domainkey.example.org. 3600 IN TXT \"v=DKIM1; k=ed25519; p=\"\n");
    EXPECT_TRUE(refusal({"activate", "example.org", "s1"}).contains("s1 is revoked; only a key that was never active"));
}

TEST_F(KeysCommandTest, RetiringAndWhatDoesNotFit) {
    const std::string record = keys({"new", "example.org", "--selector", "s1", "--type", "ed25519", "--form", "bind"});
    EXPECT_TRUE(refusal({"retire", "example.org", "s1"}).contains("s1 is generated; only an active key retires"));
    write_zone(record);
    (void)keys({"activate", "example.org", "s1"});
    EXPECT_TRUE(refusal({"activate", "example.org", "s1"}).contains("only a key that was never active"));
    EXPECT_TRUE(refusal({"activate", "example.org"}).contains("has no key that could become active"));
    EXPECT_TRUE(keys({"retire", "example.org", "s1"}).contains("signs no more"));
    EXPECT_TRUE(refusal({"rotate", "example.org"}).contains("has no active key to rotate"));
    EXPECT_TRUE(refusal({"retire", "example.org", "none"}).contains("has no key with the selector none"));
    EXPECT_TRUE(refusal({"retire", "example.net", "s1"}).contains("there are no keys of example.net"));
}

TEST_F(KeysCommandTest, WrongUsage) {
    EXPECT_TRUE(refusal({"new", "example.org", "--type", "both", "--selector", "s"}, 2).contains("names one key"));
    EXPECT_TRUE(refusal({"new", "example.org", "--bits", "1023"}, 2).contains("must be from 1024 to 4096"));
    EXPECT_TRUE(refusal({"new", "example.org", "--bits", "4097"}, 2).contains("must be from 1024 to 4096"));
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

TEST_F(KeysCommandTest, Check) {
    const std::string record = keys({"new", "example.org", "--selector", "s1", "--type", "ed25519", "--form", "bind"});
    write_zone(record);
    (void)keys({"activate", "example.org"});
    EXPECT_EQ(json::parse(keys({"check", "--json", "--exit-code"})).at(0).at("well"), json::value(true));
    write_zone("s1._domainkey.example.org. 60 TXT \"v=DKIM1; k=ed25519; p=\"\n");
    const json::value seen = json::parse(keys({"check", "example.org", "--json", "--exit-code"}, 3));
    EXPECT_EQ(seen.at(0).at("well"), json::value(false));
    EXPECT_TRUE(std::string_view(seen.at(0).at("why").as_string()).contains("says that the key was revoked"));
    EXPECT_TRUE(keys({"check"}).contains("NO"));
}

TEST_F(KeysCommandTest, DelegationByCname) {
    (void)keys({"new", "customer.example", "--selector", "s1", "--type", "ed25519"});
    EXPECT_EQ(keys({"record", "customer.example", "s1", "--cname-to", "host.example", "--form", "bind"}),
              "s1._domainkey.customer.example. 3600 IN CNAME s1._domainkey.host.example.\n");
}

} // namespace
} // namespace bonafide::cli
