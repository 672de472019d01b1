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

TEST(BodyHashes, KeptAndStoodInFor) {
    const auto announce = [](BodyHashes& hashes) {
        hashes.want(Canonicalization::relaxed, 3);
        hashes.want(Canonicalization::relaxed);
        hashes.want(Canonicalization::relaxed, 99);
    };
    BodyHashes hashed;
    announce(hashed);
    hashed.update("a  b\r\n");
    hashed.finish();
    const std::vector<BodyDigest> kept = hashed.all();
    const std::vector<BodyDigest> expected{{Canonicalization::relaxed, 3, crypto::sha256("a b"), 5},
                                           {Canonicalization::relaxed, 99, {}, 5},
                                           {Canonicalization::relaxed, {}, crypto::sha256("a b\r\n"), 5}};
    EXPECT_EQ(kept, expected);
    EXPECT_TRUE(hashed.unknown().empty());

    BodyHashes known;
    known.know(kept);
    announce(known);
    known.update("never looked at");
    known.finish();
    EXPECT_EQ(known.all(), expected);
    EXPECT_EQ(known.size(Canonicalization::relaxed), 5U);
    EXPECT_EQ(known.size(Canonicalization::simple), 0U);
    known.want(Canonicalization::simple);
    const std::vector<BodyDigest> unknown{{Canonicalization::simple, {}, {}, 0}};
    EXPECT_EQ(known.unknown(), unknown);
    EXPECT_EQ(known.all(), expected);
}

} // namespace
} // namespace bonafide::dkim
