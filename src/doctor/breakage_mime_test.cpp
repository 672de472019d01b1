// What happens to the parts of messages on their way: parts added, wrapped and taken away, transfer encodings and character sets changed,
// disclaimers in all alternatives.
#include "doctor/test_breakage.hpp"

namespace bonafide::doctor::testing {
namespace {

class BreakageMime : public ::testing::TestWithParam<Signing> {};

const std::string german =
    "Gr\xc3\xbc\xc3\x9f\x65 aus K\xc3\xb6ln,\r\n\r\n100 % \xc3\xb6kologisch = gut.\r\n\r\nAnn\r\n";
const std::string german_latin1 = "Gr\xfc\xdf\x65 aus K\xf6ln,\r\n\r\n100 % \xf6kologisch = gut.\r\n\r\nAnn\r\n";
const std::string german_qp = "Gr=C3=BC=C3=9Fe aus K=C3=B6ln,\r\n\r\n100 % =C3=B6kologisch =3D gut.\r\n\r\nAnn\r\n";

std::string with_type(const std::string& type, const std::string& encoding, const std::string& body) {
    return usual_header + "Content-Type: " + type + "\r\n" +
           (encoding.empty() ? "" : "Content-Transfer-Encoding: " + encoding + "\r\n") + "\r\n" + body;
}

const std::string eight_bit = with_type("text/plain; charset=utf-8", "8bit", german);
const std::string latin1 = with_type("text/plain; charset=iso-8859-1", "8bit", german_latin1);
const std::string latin1_upper = with_type("text/plain; charset=\"ISO-8859-1\"", "8bit", german_latin1);
const std::string cp1252 =
    with_type("text/plain; charset=windows-1252", "8bit", "Das kostet 5 \x80 \x96 \x84so\x93.\r\n");
const std::string quoted = with_type("text/plain; charset=utf-8", "quoted-printable", german_qp);
const std::string based = with_type("text/plain; charset=utf-8", "base64", base64_lines(german));
const std::string based_html = with_type("text/html; charset=utf-8", "base64",
                                         base64_lines("<html><body><p>" + german + "</p></body></html>\r\n"));

std::string two_parts(const std::string& encoding, const std::string& text, const std::string& html,
                      const std::string& charset = "utf-8") {
    return with_type("multipart/alternative; boundary=\"=_b2\"", "",
                     "--=_b2\r\nContent-Type: text/plain; charset=" + charset + "\r\nContent-Transfer-Encoding: " +
                         encoding + "\r\n\r\n" + text + "--=_b2\r\nContent-Type: text/html; charset=" + charset +
                         "\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" + html + "--=_b2--\r\n");
}
const std::string page = "<html><body><p>Gr\xc3\xbc\xc3\x9f\x65</p>\r\n<p>der Plan</p></body></html>\r\n";
const std::string page_qp = "<html><body><p>Gr=C3=BC=C3=9Fe</p>\r\n<p>der Plan</p></body></html>\r\n";
const std::string eight_bit_parts = two_parts("8bit", german, page);
const std::string quoted_parts = two_parts("quoted-printable", german_qp, page_qp);
const std::string based_parts = two_parts("base64", base64_lines(german), base64_lines(page));
const std::string latin1_parts =
    two_parts("8bit", german_latin1, "<html><body><p>Gr\xfc\xdf\x65</p></body></html>\r\n", "iso-8859-1");

const std::string with_attachment =
    with_type("multipart/mixed;\r\n\tboundary=\"=_b3\"", "",
              "--=_b3\r\nContent-Type: text/plain\r\n\r\nsee the plan\r\n\r\n--=_b3\r\n"
              "Content-Type: application/pdf; name=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                  base64_lines(std::string(3000, '%')) + "--=_b3--\r\n");

const std::string footer =
    "_______________________________________________\r\nPlans mailing list\r\nPlans@lists.example\r\n";

/// As Mailman does it where it cannot append to the text.
std::string wrapped(const std::string& text, const std::string& footer_part = footer) {
    const std::size_t gap = text.find("\r\n\r\n") + 2;
    std::string header = text.substr(0, gap), inner;
    const std::string body = text.substr(gap + 2);
    for (const std::string_view name : {"Content-Type:", "Content-Transfer-Encoding:"}) {
        const std::size_t at = header.find(name);
        if (at == std::string::npos) continue;
        std::size_t end = header.find("\r\n", at);
        while (ascii::is_wsp(header[end + 2])) end = header.find("\r\n", end + 2);
        inner += header.substr(at, end + 2 - at);
        header.erase(at, end + 2 - at);
    }
    const std::string line = "--===============0123456789==";
    return header + "Content-Type: multipart/mixed; boundary=\"===============0123456789==\"\r\n\r\n" + line + "\r\n" +
           inner + "\r\n" + body + "\r\n" + line +
           "\r\nContent-Type: text/plain; charset=\"us-ascii\"\r\nMIME-Version: 1.0\r\n"
           "Content-Transfer-Encoding: 7bit\r\nContent-Disposition: inline\r\n\r\n" +
           footer_part + "\r\n" + line + "--\r\n";
}

Edit body_is(std::string body) {
    return in_body([body = std::move(body)](const std::string&) { return body; });
}
Edit recoded(std::string encoding, std::string body) {
    return all(field("Content-Transfer-Encoding", std::move(encoding)), body_is(std::move(body)));
}

TEST_P(BreakageMime, PartsAddedAndWrapped) {
    const auto both = restored({Change::part_added, Change::header_changed});
    const auto with_encoding = restored({Change::part_added, Change::header_removed, Change::header_changed});
    run({{"Mailman wraps alternatives", &alternative_message, [](const std::string& text) { return wrapped(text); },
          both, both},
         {"Mailman wraps HTML in base64", &based_html, [](const std::string& text) { return wrapped(text); },
          with_encoding, with_encoding},
         {"Mailman wraps what is folded", &with_attachment, [](const std::string& text) { return wrapped(text); }, both,
          both}},
        GetParam(), Touched::header);
    const auto added = restored({Change::part_added});
    const std::string part = "--=_b3\r\nContent-Type: text/plain; charset=\"us-ascii\"\r\nMIME-Version: 1.0\r\n"
                             "Content-Transfer-Encoding: 7bit\r\nContent-Disposition: inline\r\n\r\n" +
                             footer + "\r\n";
    run({{"footer as the last part", &with_attachment, swap("--=_b3--", part + "--=_b3--"), added, added},
         {"banner as the first part", &with_attachment, swap("--=_b3\r\n", part + "--=_b3\r\n"), added, added},
         {"both", &with_attachment, all(swap("--=_b3--", part + "--=_b3--"), swap("--=_b3\r\n", part + "--=_b3\r\n")),
          added, added}},
        GetParam(), Touched::body);
}

TEST_P(BreakageMime, Recoded) {
    const auto both = restored({Change::transfer_encoding, Change::header_changed});
    run({{"8bit to quoted-printable", &eight_bit, recoded("quoted-printable", german_qp), both, both},
         {"8bit to base64", &eight_bit, recoded("base64", base64_lines(german)), both, both},
         {"quoted-printable to 8bit", &quoted, recoded("8bit", german), both, both},
         {"quoted-printable to base64", &quoted, recoded("base64", base64_lines(german)), both, both},
         {"base64 to 8bit", &based, recoded("8bit", german), both, both},
         {"base64 to quoted-printable", &based, recoded("quoted-printable", german_qp), both, both}},
        GetParam(), Touched::header);
    const auto body = restored({Change::transfer_encoding});
    const std::string longer =
        with_type("text/plain; charset=utf-8", "base64", base64_lines(german + german + german, 60));
    run({{"base64 in longer lines", &longer, body_is(base64_lines(german + german + german)), body, body}}, GetParam(),
        Touched::body);
}

TEST_P(BreakageMime, PartsRecoded) {
    const auto body = restored({Change::transfer_encoding});
    const auto parts = [](const std::string& message) { return body_is(message.substr(message.find("\r\n\r\n") + 4)); };
    run({{"both parts, 8bit to quoted-printable", &eight_bit_parts, parts(quoted_parts), body, body},
         {"both parts, 8bit to base64", &eight_bit_parts, parts(based_parts), body, body},
         {"both parts, quoted-printable to 8bit", &quoted_parts, parts(eight_bit_parts), body, body},
         {"both parts, base64 to quoted-printable", &based_parts, parts(quoted_parts), body, body},
         {"both parts, quoted-printable to base64", &quoted_parts, parts(based_parts), body, body},
         {"one part, 8bit to base64", &eight_bit_parts,
          all(swap("8bit\r\n\r\n<html>", "base64\r\n\r\n<html>"), swap(page, base64_lines(page))), body, body}},
        GetParam(), Touched::body);
}

TEST_P(BreakageMime, CharacterSets) {
    const auto set = restored({Change::charset, Change::header_changed});
    const auto set_and_encoding =
        restored({Change::transfer_encoding, Change::charset, Change::header_changed, Change::header_changed});
    const std::string euro = "Das kostet 5 \xe2\x82\xac \xe2\x80\x93 \xe2\x80\x9eso\xe2\x80\x9c.\r\n";
    run({{"ISO 8859-1 to UTF-8", &latin1, all(field("Content-Type", "text/plain; charset=utf-8"), body_is(german)), set,
          set},
         {"ISO 8859-1 in capitals and quotes", &latin1_upper,
          all(field("Content-Type", "text/plain; charset=utf-8"), body_is(german)), set, set},
         {"Windows 1252 to UTF-8", &cp1252, all(field("Content-Type", "text/plain; charset=utf-8"), body_is(euro)), set,
          set},
         {"UTF-8 to ISO 8859-1", &eight_bit,
          all(field("Content-Type", "text/plain; charset=iso-8859-1"), body_is(german_latin1)), set, set},
         {"ISO 8859-1 to UTF-8 in base64", &latin1,
          all(field("Content-Type", "text/plain; charset=utf-8"), recoded("base64", base64_lines(german))),
          set_and_encoding, set_and_encoding}},
        GetParam(), Touched::header);
    const auto body = restored({Change::charset});
    run({{"parts, ISO 8859-1 to UTF-8", &latin1_parts, in_body([](const std::string& text) {
              return replaced_all(
                  replaced_all(replaced_all(text, "iso-8859-1", "utf-8"), "\xfc\xdf", "\xc3\xbc\xc3\x9f"), "\xf6",
                  "\xc3\xb6");
          }),
          body, body}},
        GetParam(), Touched::body);
}

TEST_P(BreakageMime, FootersInEncodedText) {
    const auto body = restored({Change::footer_appended});
    const std::string unix_text = replaced_all(german, "\r\n", "\n"), unix_footer = replaced_all(footer, "\r\n", "\n");
    const std::string unix_based = with_type("text/plain; charset=utf-8", "base64", base64_lines(unix_text));
    run({{"in base64", &based, body_is(base64_lines(german + footer)), body, body},
         {"in base64 with bare line feeds", &unix_based, body_is(base64_lines(unix_text + unix_footer)), body, body},
         {"in quoted-printable", &quoted, body_is(german_qp + footer), body, body},
         {"behind base64, as it is", &based, append(footer), body, body},
         {"in HTML in base64", &based_html,
          body_is(base64_lines("<html><body><p>" + german + "</p><p>Confidential</p></body></html>\r\n")), body, body}},
        GetParam(), Touched::body);
    // Mailman 2 writes UTF-8 in base64, with its footer in it and the line ends of Unix.
    const auto all_three = restored({Change::transfer_encoding, Change::footer_appended, Change::header_changed});
    run({{"8bit to base64 with a footer", &eight_bit, recoded("base64", base64_lines(unix_text + unix_footer)),
          all_three, all_three},
         {"quoted-printable to base64 with a footer", &quoted, recoded("base64", base64_lines(unix_text + unix_footer)),
          all_three, all_three},
         {"base64 to quoted-printable with a footer", &based, recoded("quoted-printable", german_qp + footer),
          all_three, all_three}},
        GetParam(), Touched::header);
}

TEST_P(BreakageMime, DisclaimersInAllAlternatives) {
    const auto twice = restored({Change::footer_appended, Change::footer_appended});
    const std::string text = "\r\n*****\r\nThis e-mail is confidential.\r\n",
                      html = "<br><p class=d>This e-mail is <i>confidential</i>.</p>\r\n";
    const std::string group = "\r\n-- \r\nYou received this message because you are subscribed to the Google Groups "
                              "\"plans\" group.\r\n",
                      group_html =
                          "\r\n<p></p>\r\n\r\n-- <br />\r\nYou received this message because you are subscribed "
                          "to the Google Groups &quot;plans&quot; group.<br />\r\n";
    const auto at_ends = [&](const std::string& one, const std::string& two, const std::string& end) {
        return all(swap("\r\n--=_b2\r\nContent-Type: text/html", one + "\r\n--=_b2\r\nContent-Type: text/html"),
                   swap(end, two + end));
    };
    run({{"before </body>", &eight_bit_parts, at_ends(text, html, "</body>"), twice, twice},
         {"before </body> in quoted-printable", &quoted_parts, at_ends(text, replaced_all(html, "=", "=3D"), "</body>"),
          twice, twice},
         {"Google Groups", &eight_bit_parts, at_ends(group, group_html, "--=_b2--"), twice, twice},
         {"Google Groups in quoted-printable", &quoted_parts,
          at_ends(group, replaced(group_html, "subscribed", "subs=\r\ncribed"), "--=_b2--"), twice, twice},
         {"in base64", &based_parts,
          body_is(replaced(replaced(based_parts.substr(based_parts.find("\r\n\r\n") + 4), base64_lines(german),
                                    base64_lines(german + text)),
                           base64_lines(page), base64_lines(replaced(page, "</body>", html + "</body>")))),
          twice, twice},
         {"banners", &eight_bit_parts,
          all(swap("\r\n\r\nGr", "\r\n\r\nCAUTION: external\r\n\r\nGr"),
              swap("<html><body>", "<html><body><table><tr><td>CAUTION: external</td></tr></table>")),
          twice, twice},
         {"in the text alone", &eight_bit_parts, swap("Ann\r\n", "Ann\r\n" + text), restored({Change::footer_appended}),
          restored({Change::footer_appended})}},
        GetParam(), Touched::body);
}

TEST_P(BreakageMime, LossIsNotProved) {
    const std::size_t begin = with_attachment.find("--=_b3\r\nContent-Type: application"),
                      end = with_attachment.find("--=_b3--");
    const std::string attachment = with_attachment.substr(begin, end - begin);
    run({{"attachment taken away", &with_attachment, swap(attachment, ""), body_lost(), body_lost()},
         {"attachment replaced by a note", &with_attachment,
          swap(attachment, "--=_b3\r\nContent-Type: text/plain\r\n\r\nplan.pdf: this attachment was removed by "
                           "the virus scanner.\r\n"),
          body_lost({Change::part_removed}), body_lost({Change::part_removed})},
         {"HTML taken away", &alternative_message,
          swap(alternative_message.substr(alternative_message.find("--=_b1\r\nContent-Type: text/html"),
                                          alternative_message.find("--=_b1--") -
                                              alternative_message.find("--=_b1\r\nContent-Type: text/html")),
               ""),
          body_lost(), body_lost()}},
        GetParam(), Touched::body);
    run({{"boundary changed", &alternative_message,
          [](const std::string& text) { return replaced_all(text, "=_b1", "=_x9"); }, lost(), lost()}},
        GetParam(), Touched::body);
}

TEST_P(BreakageMime, TheOriginalProvesLoss) {
    const Signing signing = GetParam();
    const std::string sent = sign(with_attachment, signing);
    const std::size_t begin = sent.find("--=_b3\r\nContent-Type: application"), end = sent.find("--=_b3--");
    const Autopsy removed = look_at(sent.substr(0, begin) + sent.substr(end), signing, sent);
    expect(removed, restored({Change::part_removed}));
    EXPECT_EQ(removed.found[0].was, "application/pdf");
    expect(look_at(replaced(sent, "see the plan", "see no plan"), signing, sent), restored({Change::body_changed}));
    expect(look_at(sent.substr(0, begin), signing, sent), restored({Change::part_removed}));
    const std::string plain = sign(plain_message, signing);
    const Autopsy cut = look_at(plain.substr(0, plain.find("From here")), signing, plain);
    expect(cut, restored({Change::truncated}));
    EXPECT_TRUE(cut.found[0].was.starts_with("From here it goes on."));
    // Another message is no original.
    expect(look_at(plain.substr(0, plain.find("From here")), signing, sent), body_lost());
}

INSTANTIATE_TEST_SUITE_P(Signings, BreakageMime, ::testing::ValuesIn(every_signing()),
                         [](const auto& info) { return info.param.name(); });

} // namespace
} // namespace bonafide::doctor::testing
