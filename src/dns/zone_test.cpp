#include "dns/zone.hpp"

#include <gtest/gtest.h>

namespace bonafide::dns {
namespace {

std::shared_ptr<const Zone> zone(std::string_view text) {
    auto parsed = Zone::parse(text);
    EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().text);
    return parsed ? *parsed : std::make_shared<const Zone>();
}

Answer ask_now(const Zone& source, std::string name, Type type) { return source.answer({std::move(name), type, "test", {}, true, true}); }

TEST(ZoneMaster, Rfc1035Example) {
    const auto z = zone(R"(@   IN  SOA     VENERA      Action\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA
        MX      10      VENERA
        MX      20      VAXA

A       A       26.3.0.103

VENERA  A       10.1.0.52
        A       128.9.0.32
)");
    EXPECT_EQ(ask_now(*z, "venera", Type::a)->addresses.size(), 2U);
}

} // namespace
} // namespace bonafide::dns
