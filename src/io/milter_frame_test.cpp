#include "io/milter_frame.hpp"
#include "io/milter_script.hpp"

#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

namespace bonafide::io::milter {
namespace {

using script::packet;
using script::strings;

/// What a reader makes of `bytes` fed in pieces that `size` chooses: one line a packet, body pieces joined.
template<class Size> std::string read_all(std::string_view bytes, Size size) {
    FrameReader reader;
    std::string result;
    while (!bytes.empty()) {
        const std::string piece{bytes.substr(0, size())}; // a copy of its own, gone afterwards
        bytes.remove_prefix(piece.size());
        reader.feed(piece);
        for (;;) {
            const auto frame = reader.next();
            if (!frame) return result + "error " + frame.error().text();
            if (!*frame) break;
            const bool body = (*frame)->command == Command::body || (*frame)->command == Command::end_of_message;
            if (!body) result += static_cast<char>((*frame)->command);
            result += (*frame)->arguments;
            if ((*frame)->complete) result += body ? std::string{static_cast<char>((*frame)->command)} + "\n" : "\n";
        }
    }
    return result + (reader.inside_packet() ? "inside" : "clean");
}
std::string read_whole(std::string_view bytes) {
    return read_all(bytes, [&] { return bytes.size(); });
}

TEST(MilterFrame, AnyChunkingIsTheSame) {
    const std::string bytes = script::offer() + script::macros('C', {"j", "mx"}) + script::envelope() +
                              script::header("Subject", " " + std::string(3000, 's')) + script::end_of_header() +
                              script::body(std::string(70000, 'b')) + script::body("") +
                              script::end_of_message("tail") + script::abort() + script::quit();
    const std::string whole = read_whole(bytes);
    EXPECT_TRUE(whole.ends_with("clean"));
    EXPECT_EQ(read_all(bytes, [] { return 1; }), whole);
    for (unsigned seed = 1; seed <= 50; ++seed) {
        std::mt19937 random(seed);
        EXPECT_EQ(read_all(bytes, [&] { return 1 + random() % (seed * 40); }), whole) << seed;
    }
}

TEST(MilterFrame, CutAnywhereIsInsideAPacket) {
    const std::string bytes = script::header("A", "b") + script::body("xyz");
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const bool between = size == 0 || size == script::header("A", "b").size();
        EXPECT_EQ(read_whole(std::string_view{bytes}.substr(0, size)).ends_with("inside"), !between) << size;
    }
}

TEST(MilterFrame, BodyIsNeverHeld) {
    FrameReader reader;
    const std::string head = packet('B', std::string(65534, 'x')).substr(0, 5);
    reader.feed(head);
    ASSERT_TRUE(reader.next().has_value());
    const std::string piece(1000, 'x');
    for (int i = 0; i < 65; ++i) {
        reader.feed(piece);
        const auto frame = reader.next();
        ASSERT_TRUE(frame && *frame);
        EXPECT_EQ((*frame)->arguments.size(), 1000U);
        EXPECT_FALSE((*frame)->complete);
        ASSERT_FALSE(*reader.next());
        EXPECT_EQ(reader.kept(), 0U);
    }
}

TEST(MilterFrame, KeptBytesGoOnLater) {
    FrameReader reader;
    std::string bytes = script::helo() + script::mail() + script::body("0123456789").substr(0, 9);
    reader.feed(bytes);
    ASSERT_TRUE(*reader.next()); // HELO, then the owner pauses
    reader.keep();
    bytes.assign(bytes.size(), '?');
    EXPECT_EQ((*reader.next())->command, Command::mail);
    EXPECT_EQ((*reader.next())->arguments, "0123");
    EXPECT_FALSE(*reader.next());
    reader.feed("456789");
    const auto rest = reader.next();
    EXPECT_EQ((*rest)->arguments, "456789");
    EXPECT_TRUE((*rest)->complete);
}

struct Violation {
    std::string bytes;
    std::string error;
};

TEST(MilterFrame, Violations) {
    const auto sized = [](char letter, std::uint32_t length) { return script::numbers({length}) + letter; };
    const std::vector<Violation> cases{
        {std::string(4, '\0'), "a packet of length zero"},
        {std::string(5, '\0'), "a packet of length zero"},
        {packet('Z'), "command 'Z': no such command"},
        {packet('\x01'), "command '?': no such command"},
        {sized('H', protocol_limits.command_bytes + 1), "inside"},
        {sized('H', protocol_limits.command_bytes + 2), "helo: the packet is too long"},
        {sized('D', protocol_limits.macro_bytes + 1), "inside"},
        {sized('D', protocol_limits.macro_bytes + 2), "macros: the packet is too long"},
        {sized('L', protocol_limits.header_bytes + 1), "inside"},
        {sized('L', protocol_limits.header_bytes + 2), "header: the packet is too long"},
        {sized('B', protocol_limits.body_bytes + 1), "inside"},
        {sized('B', protocol_limits.body_bytes + 2), "body: the packet is too long"},
        {sized('Q', 0xffffffff), "quit: the packet is too long"},
    };
    for (const Violation& one : cases) {
        EXPECT_TRUE(read_whole(one.bytes).ends_with(one.error)) << one.error << " / " << read_whole(one.bytes);
        EXPECT_TRUE(read_all(one.bytes, [] { return 1; }).ends_with(one.error)) << one.error;
    }
}

TEST(MilterFrame, EachLimitHasARow) {
    EXPECT_EQ(protocol_limit_rows().size() * sizeof(std::size_t), sizeof(ProtocolLimits));
}

TEST(MilterFrame, ClientFamilies) {
    const std::string port("\x00\x19", 2);
    const auto v4 = read_client(strings({"h"}) + '4' + port + strings({"192.0.2.7"}));
    ASSERT_TRUE(v4);
    EXPECT_EQ(v4->address->text(), "192.0.2.7");
    EXPECT_EQ(v4->port, 25);
    for (const auto* spelling : {"2001:db8::1", "IPv6:2001:db8::1", "ipv6:2001:DB8:0::1"}) {
        const auto v6 = read_client(strings({"h"}) + '6' + port + strings({spelling}));
        ASSERT_TRUE(v6) << spelling;
        EXPECT_EQ(v6->address->text(), "2001:db8::1");
    }
    const auto unix_peer = read_client(strings({"localhost"}) + 'L' + std::string(2, '\0') + strings({"/run/x"}));
    ASSERT_TRUE(unix_peer);
    EXPECT_FALSE(unix_peer->address);
    const auto unknown = read_client(strings({"localhost"}) + 'U');
    ASSERT_TRUE(unknown);
    EXPECT_FALSE(unknown->address);
    const auto odd = read_client(strings({"h"}) + '4' + port + strings({"not an address"}));
    ASSERT_TRUE(odd);
    EXPECT_FALSE(odd->address);
}

TEST(MilterFrame, ArgumentsCutAtEveryByte) {
    const std::string client = strings({"host"}) + '4' + std::string("\x00\x19", 2) + strings({"192.0.2.7"});
    for (std::size_t size = 0; size < client.size(); ++size) EXPECT_FALSE(read_client(client.substr(0, size))) << size;
    const std::string field = strings({"Subject", "hello"});
    for (std::size_t size = 0; size < field.size(); ++size) EXPECT_FALSE(read_field(field.substr(0, size))) << size;
    const std::string arguments = strings({"<a@b>", "SIZE=1"});
    for (std::size_t size = 0; size < arguments.size(); ++size)
        EXPECT_EQ(read_arguments(arguments.substr(0, size)).has_value(), size == 6) << size;
    const std::string offer = script::numbers({6, 1, 2});
    for (std::size_t size = 0; size < offer.size(); ++size) EXPECT_FALSE(read_offer(offer.substr(0, size))) << size;
    EXPECT_EQ(read_string("abc").error(), Fault::missing_nul);
    EXPECT_EQ(read_string(strings({"a", "b"})).error(), Fault::excess_arguments);
    EXPECT_EQ(read_field(strings({"a", "b", "c"})).error(), Fault::excess_arguments);
}

TEST(MilterFrame, ParametersAreBounded) {
    std::string packet = strings({"<a@b>"});
    for (std::size_t i = 0; i < protocol_limits.parameters; ++i) packet += strings({"X=1"});
    EXPECT_EQ(read_arguments(packet)->parameters().size(), protocol_limits.parameters);
    EXPECT_EQ(read_arguments(packet + strings({"X=1"})).error(), Fault::excess_arguments);
}

} // namespace
} // namespace bonafide::io::milter
