// `bonafide sign` as a user meets it; what it makes is verified by others in tests/differential.
#include "base/test_folder.hpp"
#include "cli/frame.hpp"
#include "crypto/key.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <sstream>

namespace bonafide::cli {
namespace {

struct Ran {
    int exit = 0;
    std::string out;
    std::string err;
};

class SignCommand : public testing::Test {
  protected:
    SignCommand() {
        key = folder.write("s1.pem", crypto::PrivateKey::generate(crypto::KeyType::ed25519)->to_pem());
        std::filesystem::permissions(key, std::filesystem::perms(0600));
        message = folder.write("mail.eml", "From: ann@example.org\nSubject: hello\n\nHello.\n");
    }
    [[nodiscard]] Ran sign(std::vector<std::string> more = {}, const std::string& file = "") const {
        std::vector<std::string> words{"sign", file.empty() ? message : file};
        for (const std::string& word :
             {std::string("--domain"), std::string("example.org"), std::string("--selector"), std::string("s1")})
            words.push_back(word);
        words.insert(words.end(), {"--key", key});
        words.insert(words.end(), more.begin(), more.end());
        std::istringstream in;
        std::ostringstream out, err;
        Console console{in, out, err};
        const int exit = run(words, console);
        return {exit, out.str(), err.str()};
    }
    TestFolder folder;
    std::string key, message;
};

TEST_F(SignCommand, PutsAFieldAboveTheMessage) {
    const Ran signed_one = sign();
    EXPECT_EQ(signed_one.exit, exit_code::done);
    EXPECT_EQ(signed_one.err, "");
    EXPECT_TRUE(signed_one.out.starts_with("DKIM-Signature: v=1; a=ed25519-sha256;")) << signed_one.out;
    EXPECT_TRUE(signed_one.out.ends_with("\nFrom: ann@example.org\nSubject: hello\n\nHello.\n"));
    EXPECT_FALSE(signed_one.out.contains('\r'));
}

TEST_F(SignCommand, WarnsOfAKeyThatEverybodyCanRead) {
    std::filesystem::permissions(key, std::filesystem::perms(0644));
    const Ran warned = sign();
    EXPECT_EQ(warned.exit, exit_code::done);
    EXPECT_EQ(warned.err, "warning: " + key + ": everybody can read this key (mode 0644); chmod 600\n");
    EXPECT_TRUE(warned.out.starts_with("DKIM-Signature: "));
}

TEST_F(SignCommand, WhatCannotBeSigned) {
    EXPECT_EQ(sign({}, folder.at("absent.eml")).exit, exit_code::failed);
    const Ran empty = sign({}, folder.write("empty.eml", ""));
    EXPECT_EQ(empty.exit, exit_code::failed);
    EXPECT_TRUE(empty.err.contains("is empty: there is no message in it")) << empty.err;
    EXPECT_EQ(sign({"--selector", "s2"}).exit, exit_code::usage);
    (void)folder.write("s1.pem", "no key");
    const Ran broken = sign();
    EXPECT_EQ(broken.exit, exit_code::failed);
    EXPECT_TRUE(broken.err.contains("s1.pem: ")) << broken.err;
    EXPECT_EQ(broken.out, "");
}

} // namespace
} // namespace bonafide::cli
