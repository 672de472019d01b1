#include "sign/key_ring.hpp"
#include "sign/test_keys.hpp"

#include <gtest/gtest.h>

namespace bonafide::sign {
namespace {

using crypto::KeyType;
using testing::make_key;

constexpr std::int64_t november = 1'795'400'000; // 2026-11-22

Ring ring_of(std::initializer_list<Key> keys) {
    Ring ring{.domain = "example.org"};
    for (const Key& key : keys) EXPECT_TRUE(add(ring, key));
    return ring;
}

std::string refusal(const Expected<Ring>& ring) { return ring ? "none" : ring.error().text; }

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), with);
}

TEST(KeyRing, WhatIsWrittenIsReadAgain) {
    Ring ring = ring_of({make_key("a", State::active, KeyType::rsa), make_key("b", State::active),
                         make_key("c.d", State::published), make_key("e", State::revoked)});
    ring.keys[2].shown_since = 1234;
    ring.keys[2].old_ttl = 900;
    ring.keys[3].testing = true;
    ring.last_pass = 5;
    ring.latest_pass = 7;
    const auto read = parse_ring(to_json(ring));
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(*read, ring);
    EXPECT_EQ(to_json(*read), to_json(ring));
    EXPECT_EQ(ring.active(KeyType::rsa)->selector, "a");
    EXPECT_EQ(ring.active(KeyType::ed25519)->selector, "b");
}

TEST(KeyRing, BrokenTextIsRefused) {
    const std::string good = to_json(ring_of({make_key("a"), make_key("b")}));
    EXPECT_EQ(refusal(parse_ring(good)), "none");
    EXPECT_EQ(refusal(parse_ring("")), "is no list of keys (JSON)");
    EXPECT_EQ(refusal(parse_ring(good.substr(0, good.size() / 2))), "is no list of keys (JSON)");
    EXPECT_EQ(refusal(parse_ring(replaced(good, "generated", "sleeping"))), "is no list of keys (JSON)");
    EXPECT_EQ(refusal(parse_ring(replaced(good, "ed25519", "dsa"))), "is no list of keys (JSON)");
    EXPECT_EQ(refusal(parse_ring(replaced(good, "\"version\":1", "\"version\":2"))),
              "is of version 2, this program reads 1");
    EXPECT_EQ(refusal(parse_ring(replaced(good, "example.org", "../etc"))), "names no domain");
    EXPECT_EQ(refusal(parse_ring(replaced(good, "\"selector\":\"b\"", "\"selector\":\"a\""))),
              "example.org has a key with the selector a already");
    EXPECT_EQ(refusal(parse_ring(replaced(good, "\"selector\":\"b\"", "\"selector\":\"../b\""))),
              "\"../b\" is no selector: labels of small letters, digits, hyphens and underscores");
    EXPECT_EQ(refusal(parse_ring(replaced(good, testing::public_key(KeyType::ed25519), "AAAA"))),
              "the public key of a is no ed25519 key");
    const std::string active = to_json(ring_of({make_key("a", State::active), make_key("b")}));
    EXPECT_EQ(refusal(parse_ring(replaced(active, "generated", "active"))), "example.org has two active ed25519 keys");
    EXPECT_EQ(refusal(parse_ring(replaced(good, "\"created\":1000", "\"created\":1000,\"old_ttl\":-1"))),
              "is no list of keys (JSON)");
}

TEST(KeyRing, Bounds) {
    Ring ring{.domain = "example.org"};
    for (std::size_t i = 0; i < Ring::most_keys; ++i) ASSERT_TRUE(add(ring, make_key("k" + std::to_string(i))));
    EXPECT_EQ(add(ring, make_key("last")).error().text, "example.org has 64 keys, which is the most");
    EXPECT_TRUE(parse_ring(to_json(ring)));
    ring.keys.push_back(make_key("last"));
    EXPECT_FALSE(parse_ring(to_json(ring)));
    ring.keys.pop_back();
    std::string text = to_json(ring);
    text.resize(Ring::most_bytes, ' ');
    EXPECT_TRUE(parse_ring(text));
    EXPECT_EQ(refusal(parse_ring(text + ' ')), "is longer than the 262144 bytes that are read");
}

TEST(KeyRing, Selectors) { // RFC 6376 3.1
    for (const char* good : {"s1", "2026-11", "a.b.c", "_x"}) EXPECT_TRUE(check_selector(good, "example.org")) << good;
    for (const char* bad : {"", "a b", "A", "a/b", "..", ".", "a.", ".a", "-a", "\xc3\xa4", "a\n"})
        EXPECT_FALSE(check_selector(bad, "example.org")) << bad;
    const std::string label(63, 'a');
    EXPECT_TRUE(check_selector(label, "example.org"));
    EXPECT_FALSE(check_selector(label + "a", "example.org"));
    // 253 bytes in all (RFC 1035 2.3.4), "._domainkey." and the domain among them.
    const std::string long_name = label + "." + label + "." + label;
    EXPECT_TRUE(check_selector(long_name + "." + std::string(253 - 191 - 1 - 23, 'b'), "example.org"));
    EXPECT_FALSE(check_selector(long_name + "." + std::string(253 - 191 - 1 - 22, 'b'), "example.org"));
}

TEST(KeyRing, SelectorsByItself) {
    Ring ring{.domain = "example.org"};
    EXPECT_EQ(default_selector(ring, KeyType::rsa, november), "bf202611r");
    EXPECT_EQ(default_selector(ring, KeyType::ed25519, november), "bf202611e");
    ASSERT_TRUE(add(ring, make_key("bf202611e")));
    EXPECT_EQ(default_selector(ring, KeyType::ed25519, november), "bf202611e2");
    ASSERT_TRUE(add(ring, make_key("bf202611e2")));
    EXPECT_EQ(default_selector(ring, KeyType::ed25519, november), "bf202611e3");
}

} // namespace
} // namespace bonafide::sign
