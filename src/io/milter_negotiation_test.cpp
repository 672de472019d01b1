#include "io/milter_macros.hpp"
#include "io/milter_negotiation.hpp"
#include "io/milter_script.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::io::milter {
namespace {

constexpr std::uint32_t all_silent = step::silent_header | step::silent_connect | step::silent_helo |
                                     step::silent_mail | step::silent_rcpt | step::silent_data | step::silent_unknown |
                                     step::silent_end_of_header | step::silent_body;

struct Row {
    const char* who;
    Offer offer;
    Offer answer;
};

TEST(MilterNegotiation, Versions) {
    const std::uint32_t headers = action::add_headers | action::change_headers;
    const std::vector<Row> rows{
        {"version 2 that offers nothing by number", {2, 0, 0}, {2, action::add_headers, 0}},
        {"Sendmail 8.11, version 2", {2, 0x1f, 0x7f}, {2, headers, 0}},
        {"Postfix 2.3, milter_protocol = 2", {2, 0x3d, 0x7f}, {2, headers | action::quarantine, 0}},
        {"Postfix 2.3, milter_protocol = 3", {3, 0x3d, 0x17f}, {3, headers | action::quarantine, step::no_unknown}},
        {"Postfix 2.3, milter_protocol = 4 no_header_reply",
         {4, 0x3d, 0x3ff},
         {4, headers | action::quarantine, step::no_unknown | step::silent_header}},
        {"version 5", {5, 0x3f, 0x37f}, {5, headers | action::quarantine, step::no_unknown}},
        {"Postfix 3 and Sendmail 8.14, version 6",
         {6, 0x1ff, 0x1fffff},
         {6, headers | action::quarantine | action::macro_lists,
          all_silent | step::no_unknown | step::skip | step::leading_space}},
        {"a newer MTA",
         {8, 0xffffffff, 0xffffffff},
         {6, headers | action::quarantine | action::macro_lists,
          all_silent | step::no_unknown | step::skip | step::leading_space}},
        {"version 6 that can nothing", {6, 0x02, 0x40}, {6, 0, 0}},
    };
    for (const Row& row : rows) {
        const auto agreement = negotiate(row.offer, Needs{});
        ASSERT_TRUE(agreement) << row.who;
        EXPECT_EQ(agreement->answer, row.answer) << row.who;
        EXPECT_EQ(agreement->answer.steps & ~row.offer.steps, 0U) << row.who;
        EXPECT_EQ(agreement->terms.events.has(Stage::data), row.offer.version >= 4) << row.who;
    }
    EXPECT_EQ(negotiate({1, 0x1f, 0x7f}, Needs{}).error(), Fault::old_version);
    EXPECT_EQ(negotiate({0, 0, 0}, Needs{}).error(), Fault::old_version);
}

TEST(MilterNegotiation, Needs) {
    struct Needs needs;
    needs.events = StageSet::of(Stage::connect, Stage::mail, Stage::rcpt);
    needs.replies = StageSet::of(Stage::mail, Stage::rcpt);
    needs.quarantine = false;
    needs.rejected_recipients = true;
    needs.leading_space = false;
    needs.macros = {};
    const auto agreement = negotiate({6, script::all_actions, script::all_steps}, needs);
    ASSERT_TRUE(agreement);
    EXPECT_EQ(agreement->answer.actions, action::add_headers | action::change_headers);
    EXPECT_EQ(agreement->answer.steps, (all_silent & ~(step::silent_mail | step::silent_rcpt)) | step::no_helo |
                                           step::no_body | step::no_header | step::no_end_of_header | step::no_unknown |
                                           step::no_data | step::skip | step::rejected_recipients);
    EXPECT_FALSE(agreement->terms.silent.has(Stage::mail));
    EXPECT_TRUE(agreement->terms.silent.has(Stage::connect));
    EXPECT_FALSE(agreement->terms.leading_space);
    EXPECT_EQ(agreement->packet.size(), 17U);
}

TEST(MilterNegotiation, MacroLists) {
    struct Needs needs;
    needs.macros = {};
    needs.macros[static_cast<std::size_t>(Stage::mail)] = "i {auth_type}";
    needs.macros[static_cast<std::size_t>(Stage::end_of_header)] = "i";
    const auto agreement = negotiate({6, script::all_actions, script::all_steps}, needs);
    EXPECT_EQ(agreement->packet.substr(17), script::numbers({2}) + script::strings({"i {auth_type}"}) +
                                                script::numbers({6}) + script::strings({"i"}));
    EXPECT_TRUE(agreement->terms.macro_lists);
    const auto without = negotiate({6, script::all_actions & ~action::macro_lists, script::all_steps}, needs);
    EXPECT_EQ(without->packet.size(), 17U);
    EXPECT_FALSE(without->terms.macro_lists);
}

TEST(MilterMacros, LatestStageFirst) {
    Macros macros;
    ASSERT_TRUE(macros.take("C" + script::strings({"j", "mx", "{daemon_name}", "smtpd", "i", "from connect"})));
    EXPECT_EQ(macros.find("j"), "mx");
    EXPECT_EQ(macros.find("{j}"), "mx");
    EXPECT_EQ(macros.find("{daemon_name}"), "smtpd");
    EXPECT_EQ(macros.find("daemon_name"), "");
    EXPECT_EQ(macros.find("none"), "");
    ASSERT_TRUE(macros.take("M" + script::strings({"{i}", "from mail"})));
    EXPECT_EQ(macros.find("i"), "from mail");
    ASSERT_TRUE(macros.take("E" + script::strings({"i", "from end"})));
    ASSERT_TRUE(macros.take("N" + script::strings({"i", "from end of header"})));
    EXPECT_EQ(macros.find("i"), "from end");
}

TEST(MilterMacros, Lifetime) {
    Macros macros;
    for (const char letter : {'C', 'H', 'M', 'R', 'T', 'N', 'E'})
        ASSERT_TRUE(macros.take(letter + script::strings({std::string{"{"} + letter + letter + "}", "x"})));
    const auto present = [&] {
        std::string result;
        for (const char letter : {'C', 'H', 'M', 'R', 'T', 'N', 'E'})
            if (!macros.find(std::string{"{"} + letter + letter + "}").empty()) result += letter;
        return result;
    };
    EXPECT_EQ(present(), "CHMRTNE");
    macros.forget_after(Stage::end_of_message);
    EXPECT_EQ(present(), "CHMRTNE");
    macros.forget_after(Stage::data);
    EXPECT_EQ(present(), "CHMRT");
    macros.forget_after(Stage::rcpt);
    EXPECT_EQ(present(), "CHMR");
    macros.forget_message();
    EXPECT_EQ(present(), "CH");
    ASSERT_TRUE(macros.take("H")); // a stage's macros are replaced, not added to
    EXPECT_EQ(present(), "C");
    macros.forget_all();
    EXPECT_EQ(present(), "");
}

TEST(MilterMacros, Malformed) {
    Macros macros;
    EXPECT_EQ(macros.take("").error(), Fault::truncated_arguments);
    EXPECT_EQ(macros.take("Cj").error(), Fault::missing_nul);
    EXPECT_EQ(macros.take("C" + script::strings({"j"})).error(), Fault::truncated_arguments);
    EXPECT_EQ(macros.take("C" + script::strings({"j"}) + "mx").error(), Fault::missing_nul);
    EXPECT_TRUE(macros.take("L" + script::strings({"i", "A1"}))); // Postfix sends some before header and body
    EXPECT_EQ(macros.find("i"), "");
}

} // namespace
} // namespace bonafide::io::milter
