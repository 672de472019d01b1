#include "base/base64.hpp"
#include "crypto/digest.hpp"

#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace bonafide::crypto {
namespace {

std::string text(const Sha256Digest& digest) { return base64::encode(digest); }

TEST(Sha256, EmptyInputIsTheHashRfc6376Prints) { // RFC 6376 3.4.4
    EXPECT_EQ(text(sha256("")), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    EXPECT_EQ(text(sha256("\r\n")), "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="); // 3.4.3
}

TEST(Sha256, PiecesGiveTheHashOfTheWhole) {
    const std::string whole(1000, 'q');
    Sha256 hash;
    for (std::size_t i = 0; i < whole.size(); i += 37) hash.update(std::string_view(whole).substr(i, 37));
    EXPECT_EQ(hash.finish(), sha256(whole));
}

TEST(Sha256, StartsAnewAfterFinish) {
    Sha256 hash;
    hash.update("first");
    (void)hash.finish();
    hash.update("second");
    EXPECT_EQ(hash.finish(), sha256("second"));
}

TEST(Sha256, SoFarDoesNotDisturb) {
    Sha256 hash;
    EXPECT_EQ(hash.so_far(), sha256(""));
    hash.update("abc");
    EXPECT_EQ(hash.so_far(), sha256("abc"));
    hash.update("def");
    EXPECT_EQ(hash.finish(), sha256("abcdef"));
}

TEST(Sha256, CopiesGoOnApart) {
    Sha256 hash;
    EXPECT_EQ(hash.copy().finish(), sha256(""));
    hash.update("ab");
    Sha256 other = hash.copy();
    hash.update("c");
    other.update("d");
    EXPECT_EQ(hash.finish(), sha256("abc"));
    EXPECT_EQ(other.finish(), sha256("abd"));
}

TEST(Sha256, MovesWithItsState) {
    Sha256 hash;
    hash.update("abc");
    Sha256 other(std::move(hash));
    Sha256 third;
    third = std::move(other);
    EXPECT_EQ(third.finish(), sha256("abc"));
}

TEST(Sha256, Hexadecimal) { // FIPS 180-4's example
    EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

} // namespace
} // namespace bonafide::crypto
