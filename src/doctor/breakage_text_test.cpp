// What happens to the text of messages on their way, and that what is said of it is true: footers, banners, line ends, white space, wrapping.
#include "doctor/test_breakage.hpp"

namespace bonafide::doctor::testing {
namespace {

class BreakageText : public ::testing::TestWithParam<Signing> {};

const std::string flowed_message = usual_header +
                                   "Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
                                   "Content-Transfer-Encoding: 7bit\r\n"
                                   "\r\n"
                                   "This paragraph was written in one piece, and the program that sent it \r\n"
                                   "has broken it where the lines may flow together again.\r\n"
                                   "\r\n"
                                   "The second one is as long as the first one, and it was broken in the \r\n"
                                   "same way by the same program.\r\n"
                                   "\r\n"
                                   "-- \r\n"
                                   "Ann\r\n";

const std::string long_message = usual_header + "\r\n" + std::string(700, 'a') + " " + std::string(700, 'b') + " " +
                                 std::string(1500, 'c') + "\r\nthe end\r\n";

const std::string wide_message = usual_header +
                                 "\r\nHello,\r\n\r\n"
                                 "this is one long line, as editors write them that leave it to the reader "
                                 "where a line shall end, which gateways do not always like, so that they "
                                 "break it at seventy-two columns.\r\n\r\nAnn\r\n";

const std::string html_message = usual_header +
                                 "Content-Type: text/html; charset=us-ascii\r\n"
                                 "\r\n"
                                 "<html><body bgcolor=\"white\"><p>Hello all,</p>\r\n"
                                 "<p>see <a href=\"https://example.com/plan?a=1\">the plan</a></p></body></html>\r\n";

const std::string mailman_2 = "_______________________________________________\r\n"
                              "Plans mailing list\r\nPlans@lists.example\r\n"
                              "https://lists.example/mailman/listinfo/plans\r\n";
const std::string mailman_3 = "\r\n_______________________________________________\r\n"
                              "plans mailing list -- plans@lists.example\r\n"
                              "To unsubscribe send an email to plans-leave@lists.example\r\n";

Edit edit_lines(std::function<std::string(std::string)> edit) {
    return in_body([edit = std::move(edit)](const std::string& body) {
        std::string result;
        for (std::size_t at = 0; at < body.size();) {
            const std::size_t end = std::min(body.find("\r\n", at), body.size());
            result += edit(body.substr(at, end - at)) + "\r\n";
            at = end + 2;
        }
        return result;
    });
}
std::string without_trailing_space(std::string line) {
    while (line.ends_with(' ') || line.ends_with('\t')) line.pop_back();
    return line;
}

TEST_P(BreakageText, FootersAndBanners) {
    const auto at_end = restored({Change::footer_appended});
    run({{"Mailman 2", &plain_message, append(mailman_2), at_end, at_end},
         {"Mailman 3", &plain_message, append(mailman_3), at_end, at_end},
         {"Google Groups", &plain_message,
          append("\r\n-- \r\nYou received this message because you are subscribed to the Google Groups \"plans\" "
                 "group.\r\n"
                 "To unsubscribe from this group and stop receiving emails from it, send an email to "
                 "plans+unsubscribe@googlegroups.com.\r\n"),
          at_end, at_end},
         {"disclaimer of 60 lines", &plain_message, append(lines_of(60, "This message is confidential")), at_end,
          at_end},
         {"advertisement of 3000 lines", &plain_message, append(lines_of(3000, "Buy now")), at_end, at_end},
         {"banner in lines of its own", &plain_message,
          swap("Hello all,", "CAUTION: This email originated from outside of the organization.\r\n\r\nHello all,"),
          restored({Change::footer_appended}), restored({Change::footer_appended})},
         {"banner in the first line", &plain_message, swap("Hello all,", "[EXTERNAL] Hello all,"),
          restored({Change::footer_appended}), restored({Change::footer_appended})},
         {"banner and footer", &plain_message, all(swap("Hello all,", "EXTERNAL\r\n\r\nHello all,"), append(mailman_2)),
          restored({Change::footer_appended, Change::footer_appended}),
          restored({Change::footer_appended, Change::footer_appended})},
         {"quoted From and footer", &plain_message, all(swap("\r\nFrom here", "\r\n>From here"), append(mailman_2)),
          restored({Change::line_wrapping, Change::footer_appended}),
          restored({Change::line_wrapping, Change::footer_appended})}},
        GetParam(), Touched::body);
}

TEST_P(BreakageText, WhatWasAddedIsQuoted) {
    const std::string sent = sign(plain_message, GetParam());
    const Autopsy footer = look_at(sent + mailman_2, GetParam());
    ASSERT_EQ(footer.found.size(), 1U);
    EXPECT_TRUE(footer.found[0].now.starts_with("____"));
    EXPECT_TRUE(footer.found[0].now.contains("Plans mailing list"));
    const Autopsy banner = look_at(replaced(sent, "Hello all,", "[EXTERNAL] Hello all,"), GetParam());
    ASSERT_EQ(banner.found.size(), 1U);
    EXPECT_EQ(banner.found[0].now, "[EXTERNAL]");
    EXPECT_EQ(banner.found[0].says.pattern, "Text was put in front of the body: {text}");
}

TEST_P(BreakageText, Html) {
    const auto added = restored({Change::footer_appended});
    const std::string disclaimer = "<p style=\"font-size:9pt\">This e-mail is <b>confidential</b>.</p>\r\n";
    run({{"disclaimer before </body>", &html_message, swap("</body>", disclaimer + "</body>"), added, added},
         {"disclaimer in a line of its own", &html_message, swap("</body>", "\r\n" + disclaimer + "\r\n</body>"), added,
          added},
         {"disclaimer behind all", &html_message, append("<br>" + disclaimer), added, added},
         {"disclaimer between the closing tags", &html_message, swap("</html>", disclaimer + "</html>"), added, added},
         {"banner behind <body>", &html_message,
          swap("<body bgcolor=\"white\">",
               "<body bgcolor=\"white\"><div style=\"background:#ff0\">CAUTION: external</div>\r\n<br>"),
          added, added},
         {"banner before all", &html_message, swap("<html>", "<div>External</div><html>"), added, added},
         {"links rewritten by a gateway", &html_message,
          swap("https://example.com/plan?a=1", "https://eur01.safelinks.protection.outlook.com/"
                                               "?url=https%3A%2F%2Fexample.com%2Fplan%3Fa%3D1&amp;data=05%7C01"),
          restored({Change::html_changed}), restored({Change::html_changed})},
         {"links rewritten by another", &html_message,
          swap("https://example.com/plan?a=1", "https://urldefense.com/v3/__https://example.com/plan?a=1__;!!AbC!xyz$"),
          restored({Change::html_changed}), restored({Change::html_changed})}},
        GetParam(), Touched::body);
}

TEST_P(BreakageText, LineEnds) {
    const auto to_lf = [](const std::string& text) { return replaced_all(text, "\r\n", "\n"); };
    run({{"CRLF to LF", &plain_message, to_lf, intact(), intact()},
         {"LF to CRLF twice", &plain_message, [](const std::string& text) { return replaced_all(text, "\n", "\r\n"); },
          restored({Change::line_ends}), restored({Change::line_ends})},
         {"LF to CRLF twice in the body", &plain_message,
          in_body([](const std::string& text) { return replaced_all(text, "\n", "\r\n"); }),
          restored({Change::line_ends}), restored({Change::line_ends})},
         {"each line end doubled", &plain_message,
          in_body([](const std::string& text) { return replaced_all(text, "\r\n", "\r\n\r\n"); }),
          restored({Change::line_ends}), restored({Change::line_ends})},
         {"final line end added", &plain_message, append("\r\n"), intact(), intact()},
         {"final line end removed", &plain_message, [](std::string text) { return text.substr(0, text.size() - 2); },
          intact(), intact()},
         {"empty line in front", &plain_message, swap("\r\n\r\nHello", "\r\n\r\n\r\nHello"),
          restored({Change::line_ends}), restored({Change::line_ends})},
         {"empty line before a boundary", &alternative_message, swap("</html>\r\n--", "</html>\r\n\r\n--"),
          restored({Change::line_ends}), restored({Change::line_ends})},
         {"empty line before a boundary removed", &alternative_message, swap("plan.\r\n\r\n--", "plan.\r\n--"),
          restored({Change::line_ends}), restored({Change::line_ends})}},
        GetParam(), Touched::body);
}

TEST_P(BreakageText, WhiteSpace) {
    run({{"trailing white space stripped", &plain_message, edit_lines(without_trailing_space),
          restored({Change::trailing_space}), intact()},
         {"trailing white space stripped from flowed text", &flowed_message, edit_lines(without_trailing_space),
          restored({Change::trailing_space}), intact()},
         {"trailing white space added", &html_message, edit_lines([](const std::string& line) { return line + " "; }),
          restored({Change::trailing_space}), intact()},
         {"tab to spaces, as expand does", &plain_message, swap("\ta\tb", "        a       b"),
          restored({Change::inner_space}), intact()},
         {"tab to four spaces", &plain_message,
          in_body([](const std::string& text) { return replaced_all(text, "\t", "    "); }),
          restored({Change::inner_space}), intact()},
         {"two spaces to one", &plain_message, swap("plan,  in", "plan, in"), body_lost(), intact()}},
        GetParam(), Touched::body);
}

TEST_P(BreakageText, WrappingDotsAndFrom) {
    const auto wrapped_at = [](std::size_t columns, std::string end, std::string begin) {
        return edit_lines([=](std::string line) {
            std::string result;
            while (line.size() > columns) {
                result += line.substr(0, columns - end.size()) + end + "\r\n";
                line = begin + line.substr(columns - end.size());
            }
            return result + line;
        });
    };
    const auto broken = restored({Change::line_wrapping});
    run({{"cut at 998 as Postfix does", &long_message, wrapped_at(998, "", " "), broken, broken},
         {"cut at 990 as Sendmail does", &long_message, wrapped_at(990, "!", " "), broken, broken},
         {"cut at 998 without a mark", &long_message, wrapped_at(998, "", ""), broken, broken},
         {"wrapped at blanks", &wide_message, edit_lines([](std::string line) {
              std::string result;
              while (line.size() > 72) {
                  const std::size_t blank = line.rfind(' ', 72);
                  result += line.substr(0, blank) + "\r\n";
                  line = line.substr(blank + 1);
              }
              return result + line;
          }),
          broken, broken},
         {"dots doubled", &plain_message,
          edit_lines([](const std::string& line) { return (line.starts_with('.') ? "." : "") + line; }), broken,
          broken},
         {"dots taken away", &plain_message,
          edit_lines([](const std::string& line) { return line.substr(line.starts_with("..") ? 1 : 0); }),
          // One dot of ".." is gone, and none of "."; what stood there cannot be known.
          body_lost(), body_lost()},
         {"From quoted", &plain_message, swap("\r\nFrom here", "\r\n>From here"), broken, broken},
         {"word changed", &plain_message, swap("two columns", "three columns"), body_lost(), body_lost()}},
        GetParam(), Touched::body);
}

TEST_P(BreakageText, LossIsNotProved) {
    run({{"cut off", &plain_message, [](const std::string& text) { return text.substr(0, text.find("From here")); },
          body_lost(), body_lost()},
         {"cut off in the last part", &alternative_message,
          [](const std::string& text) { return text.substr(0, text.find("<p>here")); }, body_lost({Change::truncated}),
          body_lost({Change::truncated})}},
        GetParam(), Touched::body);
}

INSTANTIATE_TEST_SUITE_P(Signings, BreakageText, ::testing::ValuesIn(every_signing()),
                         [](const auto& info) { return info.param.name(); });

} // namespace
} // namespace bonafide::doctor::testing
