#include "base/base64.hpp"
#include "base/test_folder.hpp"
#include "io/key_folder.hpp"
#include "sign/test_keys.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace bonafide::io {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;

const PrivateKey& ed25519_key() {
    static const PrivateKey key = *PrivateKey::generate(KeyType::ed25519);
    return key;
}
const PrivateKey& rsa_key() {
    static const PrivateKey key = *PrivateKey::generate(KeyType::rsa, 1024);
    return key;
}

unsigned mode_of(const std::string& path) {
    struct stat about{};
    EXPECT_EQ(::stat(path.c_str(), &about), 0) << path;
    return about.st_mode & 07777U;
}

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class KeyFolderTest : public ::testing::Test {
  protected:
    KeyFolderTest() { EXPECT_TRUE(keys.create()); }
    std::string add(const std::string& selector, const PrivateKey& key = ed25519_key()) {
        const auto added = keys.add("example.org", key, {.selector = selector, .created = 1'795'400'000});
        return added ? *added : added.error().text;
    }
    std::string refusal(const std::string& selector = "s1") {
        const auto key = keys.private_key("example.org", selector);
        return key ? "none" : key.error().text.substr(key.error().text.find(": ") + 1);
    }
    TestFolder folder;
    KeyFolder keys{folder.at("keys")};
    std::string pem = folder.at("keys/example.org/s1.pem");
};

TEST_F(KeyFolderTest, AKeyIsKept) {
    EXPECT_EQ(add("s1"), "s1");
    EXPECT_EQ(add("", rsa_key()), "bf202611r");
    EXPECT_EQ(keys.domains(), std::vector<std::string>{"example.org"});
    const auto ring = keys.ring("Example.ORG.");
    ASSERT_TRUE(ring) << ring.error().text;
    ASSERT_EQ(ring->keys.size(), 2U);
    EXPECT_EQ(ring->keys[1].bits, 1024U);
    EXPECT_EQ(ring->keys[1].state, sign::State::generated);
    const auto key = keys.private_key("example.org", "bf202611r");
    ASSERT_TRUE(key) << key.error().text;
    EXPECT_EQ(key->public_bytes(), rsa_key().public_bytes());
    EXPECT_EQ(mode_of(folder.at("keys")), 0700U);
    EXPECT_EQ(mode_of(folder.at("keys/example.org")), 0700U);
    EXPECT_EQ(mode_of(folder.at("keys/example.org/keys.json")), 0600U);
    EXPECT_EQ(mode_of(pem), 0600U);
}

TEST_F(KeyFolderTest, TheSameSelectorTwiceIsRefused) {
    EXPECT_EQ(add("s1"), "s1");
    EXPECT_EQ(add("s1", rsa_key()), "example.org has a key with the selector s1 already");
    EXPECT_EQ(text_of(pem), ed25519_key().to_pem());
    EXPECT_EQ(add("../s1"), "\"../s1\" is no selector: labels of small letters, digits, hyphens and underscores");
}

TEST_F(KeyFolderTest, AFileWithoutARowStaysAndMeansNothing) {
    ::chmod(folder.write("keys/example.org/s1.pem", "left behind").c_str(), 0600);
    (void)folder.write("keys/example.org/bf202611e.pem", "left behind");
    ::chmod(folder.at("keys/example.org").c_str(), 0700);
    EXPECT_EQ(keys.domains(), std::vector<std::string>{});
    EXPECT_TRUE(add("s1").ends_with("it is not this key, and keys.json does not know it: move it away"));
    EXPECT_EQ(add(""), "bf202611e2");
    EXPECT_FALSE(keys.private_key("example.org", "s1"));
    EXPECT_EQ(text_of(pem), "left behind");
}

TEST_F(KeyFolderTest, AFileOfTheVeryKeyIsTakenOver) {
    EXPECT_EQ(add("s1"), "s1");
    std::filesystem::remove(folder.at("keys/example.org/keys.json"));
    EXPECT_TRUE(add("s1", rsa_key()).ends_with("move it away"));
    EXPECT_EQ(add("s1"), "s1");
    EXPECT_TRUE(keys.private_key("example.org", "s1"));
}

TEST_F(KeyFolderTest, AKeyMayNoLongerBeWanted) {
    const auto added = keys.add("example.org", ed25519_key(), {.selector = "s1", .created = 1},
                                [](const sign::Ring&) { return failure("no"); });
    EXPECT_EQ(added.error().text, "no");
    EXPECT_FALSE(std::filesystem::exists(pem));
}

TEST_F(KeyFolderTest, RootFollowsNobodysLink) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    constexpr uid_t somebody = 65534;
    const std::string victim = folder.at("victim"), link = folder.at("keys/example.org");
    std::filesystem::create_directory(victim);
    std::filesystem::create_directory_symlink(victim, link);
    ASSERT_EQ(::lchown(link.c_str(), somebody, somebody), 0);
    EXPECT_TRUE(add("s1").ends_with("is a symbolic link of another user (uid 65534)")) << add("s1");
    EXPECT_TRUE(std::filesystem::is_empty(victim));
    ASSERT_EQ(::lchown(link.c_str(), 0, 0), 0);
    EXPECT_EQ(add("s1"), "s1");
}

TEST_F(KeyFolderTest, AFolderThatRootHadNoTimeToGiveAwayIsGivenAway) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    constexpr uid_t somebody = 65534;
    ASSERT_EQ(::chown(folder.at("keys").c_str(), somebody, somebody), 0);
    std::filesystem::create_directory(folder.at("keys/example.org"));
    EXPECT_EQ(add("s1"), "s1");
    struct stat about{};
    ASSERT_EQ(::stat(folder.at("keys/example.org").c_str(), &about), 0);
    EXPECT_EQ(about.st_uid, somebody);
}

TEST_F(KeyFolderTest, WhatWeAreNotLetInToSeeIsSaid) {
    EXPECT_EQ(add("s1"), "s1");
    const pid_t child = ::fork();
    if (child == 0) { // as somebody else, whom the domain's folder keeps out
        ::chmod(folder.at("").c_str(), 0755);
        ::chmod(folder.at("keys").c_str(), 0755);
        if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
        ::chmod(folder.at("keys/example.org").c_str(), 0); // where we are its owner
        const auto ring = keys.ring("example.org");
        const auto domains = keys.domains();
        ::_exit(!ring && ring.error().text.contains("Permission denied") && domains && domains->size() == 1 ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ::chmod(folder.at("keys/example.org").c_str(), 0700);
    EXPECT_EQ(status, 0);
}

TEST_F(KeyFolderTest, AKeyThatOthersCanReadIsRefused) {
    EXPECT_EQ(add("s1"), "s1");
    for (const mode_t mode : {0604U, 0640U, 0610U, 0620U, 0606U}) {
        ::chmod(pem.c_str(), mode);
        EXPECT_TRUE(refusal().starts_with(" is not private: others have access (mode ")) << refusal();
    }
    ::chmod(pem.c_str(), 0400);
    EXPECT_EQ(refusal(), "none");
    ::chmod(folder.at("keys/example.org").c_str(), 0770);
    EXPECT_EQ(refusal(), " others can write into it (mode 0770); chmod 700");
}

TEST_F(KeyFolderTest, AKeyOfAnotherUserIsRefused) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    EXPECT_EQ(add("s1"), "s1");
    ASSERT_EQ(::chown(pem.c_str(), 12345, 12345), 0);
    EXPECT_EQ(refusal(), " belongs to another user (uid 12345)");
}

TEST_F(KeyFolderTest, WhatRootMakesBelongsToTheFoldersOwner) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    ASSERT_EQ(::chown(folder.at("keys").c_str(), 12345, 12346), 0);
    EXPECT_EQ(add("s1"), "s1");
    for (const char* name :
         {"keys/example.org", "keys/example.org/keys.json", "keys/example.org/s1.pem", "keys/example.org/.lock"}) {
        struct stat about{};
        ASSERT_EQ(::stat(folder.at(name).c_str(), &about), 0);
        EXPECT_EQ(about.st_uid, 12345U) << name;
        EXPECT_EQ(about.st_gid, 12346U) << name;
    }
    EXPECT_EQ(refusal(), "none");
}

TEST_F(KeyFolderTest, BadKeyFiles) {
    EXPECT_EQ(add("s1"), "s1");
    const auto holds = [&](const std::string& text) {
        std::ofstream(pem, std::ios::binary) << text;
        return refusal();
    };
    EXPECT_EQ(holds(""), " no private key in PEM form found");
    EXPECT_EQ(holds(ed25519_key().to_pem().substr(0, 60)), " no private key in PEM form found");
    EXPECT_EQ(holds(PrivateKey::generate(KeyType::ed25519)->to_pem()),
              " is not the key that keys.json tells of: the file was swapped");
    EXPECT_EQ(holds(rsa_key().to_pem()), " is not the key that keys.json tells of: the file was swapped");
    EXPECT_EQ(holds(PrivateKey::generate(KeyType::rsa, 1023)->to_pem()),
              " the RSA key has only 1023 bits, less than 1024");
    EXPECT_EQ(holds("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIH\n-----END ENCRYPTED PRIVATE KEY-----\n"),
              " no private key in PEM form found");
    EXPECT_EQ(holds(ed25519_key().to_pem() + std::string(KeyFolder::most_key_bytes, '\n')),
              " is longer than 65536 bytes");
    std::filesystem::remove(pem);
    EXPECT_EQ(refusal(), " No such file or directory");
    std::filesystem::create_symlink("/etc/hostname", pem);
    EXPECT_EQ(refusal(), " is a symbolic link");
    std::filesystem::remove(pem);
    ASSERT_EQ(::mkfifo(pem.c_str(), 0600), 0);
    EXPECT_EQ(refusal(), " is no regular file");
}

TEST(UsableKey, Bounds) { // RFC 8301 3.2
    EXPECT_TRUE(read_usable_key(PrivateKey::generate(KeyType::rsa, KeyFolder::least_bits)->to_pem()));
    EXPECT_TRUE(read_usable_key(PrivateKey::generate(KeyType::rsa, KeyFolder::most_bits)->to_pem()));
    const auto large = read_usable_key(PrivateKey::generate(KeyType::rsa, KeyFolder::most_bits + 8)->to_pem());
    EXPECT_EQ(large.error().text, "the RSA key has 4104 bits, more than the 4096 that verifiers must take");
}

TEST_F(KeyFolderTest, ABrokenListIsRefusedAndLeftAlone) {
    EXPECT_EQ(add("s1"), "s1");
    const std::string list = folder.at("keys/example.org/keys.json");
    std::ofstream(list) << "{";
    EXPECT_EQ(keys.ring("example.org").error().text, list + ": is no list of keys (JSON)");
    EXPECT_EQ(add("s2"), list + ": is no list of keys (JSON)");
    EXPECT_EQ(text_of(list), "{");
    std::ofstream(list) << sign::to_json({.domain = "example.net"});
    EXPECT_EQ(keys.ring("example.org").error().text, list + ": is of another domain, example.net");
}

TEST_F(KeyFolderTest, NamesThatAreNoDomains) {
    for (const char* name : {"", ".", "..", "../example.org", "a/b", "a b", "-a.example"}) {
        EXPECT_FALSE(keys.ring(name)) << name;
        EXPECT_FALSE(keys.stamp(name)) << name;
        EXPECT_FALSE(keys.change(name, [](sign::Ring&) -> Expected<void> { return {}; })) << name;
    }
    EXPECT_EQ(keys.ring("example.org").error().text, "there are no keys of example.org in " + folder.at("keys"));
    EXPECT_EQ(keys.domains(), std::vector<std::string>{});
    EXPECT_EQ(KeyFolder(folder.at("none")).domains(), std::vector<std::string>{});
    EXPECT_FALSE(KeyFolder(folder.at("no/where")).create());
}

TEST_F(KeyFolderTest, AChangeIsSeenByItsStamp) {
    EXPECT_EQ(*keys.stamp("example.org"), std::nullopt);
    EXPECT_EQ(add("s1"), "s1");
    const auto first = keys.stamp("example.org");
    ASSERT_TRUE(first && *first);
    EXPECT_EQ(keys.stamp("example.org"), first);
    EXPECT_TRUE(keys.change("example.org", [](sign::Ring&) -> Expected<void> { return {}; }));
    EXPECT_EQ(keys.stamp("example.org"), first); // nothing was changed
    EXPECT_FALSE(keys.change("example.org", [](sign::Ring& ring) -> Expected<void> {
        ring.keys.clear();
        return failure("no");
    }));
    EXPECT_EQ(keys.stamp("example.org"), first);
    EXPECT_TRUE(keys.change("example.org", [](sign::Ring& ring) -> Expected<void> {
        ring.keys[0].state = sign::State::published;
        return {};
    }));
    EXPECT_NE(keys.stamp("example.org"), first);
    EXPECT_EQ(keys.ring("example.org")->keys[0].state, sign::State::published);
}

TEST_F(KeyFolderTest, RemovingAKey) {
    EXPECT_EQ(add("s1"), "s1");
    EXPECT_EQ(keys.remove_private_key("example.org", "s1").error().text, "s1 is still a key");
    EXPECT_TRUE(keys.change("example.org", [](sign::Ring& ring) -> Expected<void> {
        ring.keys.clear();
        return {};
    }));
    EXPECT_TRUE(keys.remove_private_key("example.org", "s1"));
    EXPECT_FALSE(std::filesystem::exists(pem));
    EXPECT_TRUE(keys.remove_private_key("example.org", "s1"));
    EXPECT_FALSE(keys.remove_private_key("example.org", "../../s1"));
}

TEST_F(KeyFolderTest, ManyAtOnceLoseNothing) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, i] {
            for (int k = 0; k < 5; ++k) EXPECT_TRUE(add("t" + std::to_string(i) + std::to_string(k)).starts_with('t'));
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(keys.ring("example.org")->keys.size(), 20U);
}

/// Killed at any moment the list is whole, and every key in it has its file.
TEST_F(KeyFolderTest, KilledWhileWriting) {
    for (int round = 0; round < 30; ++round) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            for (int i = 0; i < 1000; ++i) {
                (void)keys.change("example.org", [](sign::Ring& ring) -> Expected<void> {
                    ring.keys.clear();
                    return {};
                });
                (void)keys.add("example.org", ed25519_key(), {.selector = {}, .created = 1'795'400'000});
            }
            ::_exit(0);
        }
        ::usleep(static_cast<useconds_t>(500 + round * 137));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        if (!*keys.stamp("example.org")) continue;
        const auto ring = keys.ring("example.org");
        ASSERT_TRUE(ring) << ring.error().text;
        for (const sign::Key& key : ring->keys) EXPECT_TRUE(keys.private_key("example.org", key.selector));
    }
}

} // namespace
} // namespace bonafide::io
