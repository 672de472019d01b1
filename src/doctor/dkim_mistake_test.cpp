#include "dkim/key_record.hpp"
#include "doctor/dkim_material.hpp"
#include "doctor/dkim_mend.hpp"
#include "doctor/dkim_mistake.hpp"
#include "doctor/test_dkim.hpp"

#include <gtest/gtest.h>

namespace bonafide::doctor {
namespace {

using namespace testing;

TEST(KeyMaterial, IsWhatItsOctetsSay) {
    const std::string pem = "-----BEGIN PUBLIC KEY-----\n" + rsa() + "\n-----END PUBLIC KEY-----\n";
    const std::string openssh("\0\0\0\7ssh-rsa\0\0\0\3\1\0\1", 18);
    const auto encoded = [](std::string_view text) { return base64::encode(Octets(text.begin(), text.end())); };
    const struct {
        const char* name;
        std::string data;
        KeyForm form;
    } rows[] = {
        {"nothing", "", KeyForm::nothing},
        {"white space", " \r\n ", KeyForm::nothing},
        {"RSA", rsa(), KeyForm::rsa},
        {"RSA, bare", base64::encode(bare_rsa(2048)), KeyForm::rsa},
        {"Ed25519", ed25519(), KeyForm::ed25519},
        {"Ed25519, wrapped", wrapped_ed25519(), KeyForm::wrapped_ed25519},
        {"PKCS #8", private_data(), KeyForm::private_key},
        {"PKCS #1", base64::encode(der(0x30, der(0x02, {0}) + der(0x02, Octets(128, 3)))), KeyForm::private_key},
        {"private key, cut off", private_data().substr(0, 100), KeyForm::private_key},
        {"private key, PEM encoded", encoded(private_pem()), KeyForm::private_key},
        {"private key of OpenSSH", encoded("openssh-key-v1 and more"), KeyForm::private_key},
        {"PEM encoded", encoded(pem), KeyForm::pem},
        {"OpenSSH", encoded(openssh), KeyForm::openssh},
        {"certificate", base64::encode(der(0x30, der(0x30, der(0xa0, der(0x02, {2}))))), KeyForm::certificate},
        {"elliptic curve", base64::encode(wrap(der(0x06, {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01}), Octets(65, 4))),
         KeyForm::other_algorithm},
        {"cut off", rsa().substr(0, 200), KeyForm::cut_off},
        {"cut off with a lone character", rsa().substr(0, 201), KeyForm::cut_off},
        {"more behind", base64::encode(bare_rsa(2048) + Octets{1, 2, 3}), KeyForm::trailing},
        {"other octets", "QUJD", KeyForm::unknown},
        {"a header alone", base64::encode(Octets{0x30, 0x82}), KeyForm::unknown},
        {"a length of four octets", base64::encode(Octets{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}), KeyForm::unknown},
        {"a word", "not*base64", KeyForm::no_base64},
    };
    for (const auto& row : rows) EXPECT_EQ(look_at_key(row.data).form, row.form) << row.name;
    EXPECT_EQ(look_at_key(rsa(1024)).rsa_bits, 1024U);
    EXPECT_EQ(look_at_key("abcd*").position, 4U);
    const KeyMaterial cut = look_at_key(rsa().substr(0, 200));
    EXPECT_EQ(cut.bytes.size(), 150U);
    EXPECT_EQ(cut.octets, base64::decode(rsa())->size());
}

TEST(Mended, KeepsFlagsWhereItCan) {
    EXPECT_EQ(mended(R"(v=DKIM1\; k=rsa\; t=s\; p=)" + rsa(), Limits{}), "v=DKIM1; k=rsa; t=s; p=" + rsa());
    EXPECT_EQ(mended("v=DKIM1 t=s p=" + rsa(), Limits{}), "v=DKIM1; t=s; p=" + rsa());
}

TEST(Mended, LooksNoFartherThanItsBound) {
    const auto padded = [](std::size_t size) {
        const std::string record = "v=DKIM1; k=rsa; p=" + rsa();
        return std::string(size - record.size(), '"') + record;
    };
    EXPECT_TRUE(mended(padded(most_mended_bytes), Limits{}).has_value());
    EXPECT_FALSE(mended(padded(most_mended_bytes + 1), Limits{}).has_value()) << "the key's last character is not seen";
}

TEST(Mended, InventsNothing) {
    for (const std::string_view text :
         {"", ";", "p=", "v=DKIM1", "v=spf1 -all", "\\", "\\1", "\\999", "-----BEGIN ", "\"\"\"", "p=p=p="})
        EXPECT_FALSE(mended(text, Limits{}).has_value()) << text;
}

TEST(Mistake, KeyRecordsAreToldFromOtherTexts) {
    for (const std::string& text : {std::string("v=DKIM1"), std::string("V=dkim1; x"), std::string("k=rsa"),
                                    "p=" + rsa(), rsa(), std::string("g=*; p=abc")})
        EXPECT_TRUE(looks_like_key_record(text)) << text;
    for (const std::string_view text : {"", "v=spf1 -all", "hello", "google-site-verification=x", "dkim=all", "MS=ms1"})
        EXPECT_FALSE(looks_like_key_record(text)) << text;
}

TEST(Mistake, ToyKeysAreMeasured) {
    EXPECT_EQ(bits_of_toy_key("v=DKIM1; p=" + rsa(128)), 128U);
    EXPECT_EQ(bits_of_toy_key("v=DKIM1; p=" + rsa(256)), 0U) << "is read as a key";
    EXPECT_EQ(bits_of_toy_key("v=DKIM1; p=AAAA"), 0U);
}

} // namespace
} // namespace bonafide::doctor
