#include "dkim/body_hashes.hpp"

#include <gtest/gtest.h>

namespace bonafide::dkim {
namespace {

TEST(BodyHashes, OneHashEachKindWhateverTheSignatures) {
    BodyHashes hashes;
    EXPECT_TRUE(hashes.empty());
    hashes.want(Canonicalization::simple);
    hashes.want(Canonicalization::relaxed);
    hashes.want(Canonicalization::relaxed, 3);
    hashes.want(Canonicalization::relaxed, 3);
    hashes.want(Canonicalization::relaxed, 99);
    EXPECT_FALSE(hashes.empty());
    hashes.update("a  b \r");
    hashes.update("\n\r\n");
    hashes.finish();
    EXPECT_EQ(hashes.digest(Canonicalization::simple), crypto::sha256("a  b \r\n"));
    EXPECT_EQ(hashes.digest(Canonicalization::relaxed), crypto::sha256("a b\r\n"));
    EXPECT_EQ(hashes.digest(Canonicalization::relaxed, 3), crypto::sha256("a b"));
    EXPECT_FALSE(hashes.digest(Canonicalization::relaxed, 99)); // longer than the body
    EXPECT_FALSE(hashes.digest(Canonicalization::relaxed, 2));  // nobody wanted it
    EXPECT_EQ(hashes.size(Canonicalization::simple), 7U);
    EXPECT_EQ(hashes.size(Canonicalization::relaxed), 5U);
}

TEST(BodyHashes, KindsNobodyWants) {
    BodyHashes hashes;
    hashes.want(Canonicalization::simple, 0);
    hashes.finish();
    EXPECT_EQ(hashes.digest(Canonicalization::simple, 0), crypto::sha256(""));
    EXPECT_FALSE(hashes.digest(Canonicalization::simple));
    EXPECT_FALSE(hashes.digest(Canonicalization::relaxed));
    EXPECT_EQ(hashes.size(Canonicalization::relaxed), 0U);
}

} // namespace
} // namespace bonafide::dkim
