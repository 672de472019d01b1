// `bonafide dmarc`: the DMARC verdict for given SPF and DKIM results.
#include "dmarc/dmarc.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/dns.hpp"
#include "cli/suffixes.hpp"
#include "dkim/dkim.hpp"
#include "dns/idna.hpp"
#include "dns/transcript.hpp"
#include "spf/spf.hpp"
#include "verdict/report.hpp"

#include <fmt/format.h>
#include <memory>
#include <ostream>

namespace bonafide::cli {
namespace {

/// "example.com=pass" cut in two; the name normalized.
struct Claim {
    std::string domain;
    std::string_view result;
};

Expected<Claim> split_claim(std::string_view text) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string_view::npos)
        return failure(fmt::format("\"{}\" is not DOMAIN=RESULT, as in example.com=pass", escape::line(text)));
    const std::string_view domain = text.substr(0, equals);
    if (const auto sound = check_domain(domain); !sound) return std::unexpected(sound.error());
    return Claim{*dns::to_ascii(domain), text.substr(equals + 1)};
}

template<class Result> dmarc::Identifier make_identifier(Claim claim, Result result) {
    return {std::move(claim.domain), result == Result::pass, result == Result::temperror};
}

Expected<dmarc::Identifier> read_spf(std::string_view text) {
    auto claim = split_claim(text);
    if (!claim) return std::unexpected(claim.error());
    const auto result = spf::parse_result(claim->result);
    if (!result)
        return failure(
            fmt::format("\"{}\" is no SPF result; one of none, neutral, pass, fail, softfail, temperror, permerror is",
                        escape::line(claim->result)));
    return make_identifier(std::move(*claim), *result);
}

Expected<dmarc::Identifier> read_dkim(std::string_view text) {
    auto claim = split_claim(text);
    if (!claim) return std::unexpected(claim.error());
    const auto result = dkim::parse_result(claim->result);
    if (!result)
        return failure(
            fmt::format("\"{}\" is no DKIM result; one of none, pass, fail, policy, neutral, temperror, permerror is",
                        escape::line(claim->result)));
    return make_identifier(std::move(*claim), *result);
}

Expected<void> check_spf(std::string_view text) {
    const auto identifier = read_spf(text);
    return identifier ? Expected<void>{} : std::unexpected(identifier.error());
}
Expected<void> check_dkim(std::string_view text) {
    const auto identifier = read_dkim(text);
    return identifier ? Expected<void>{} : std::unexpected(identifier.error());
}

void print(const dmarc::Evaluation& evaluation, Console& console) {
    console.out << fmt::format("{}: {}\n", dmarc::to_text(evaluation.result), evaluation.reason);
    if (evaluation.policy)
        console.out << fmt::format("policy {} of {}, disposition {}\n", dmarc::to_text(*evaluation.policy),
                                   escape::line(evaluation.policy_domain),
                                   dmarc::to_text(evaluation.disposition.value_or(dmarc::Policy::none)));
    if (!evaluation.org_domain.empty())
        console.out << fmt::format("Organizational Domain {} (by {})\n", escape::line(evaluation.org_domain),
                                   dmarc::to_text(evaluation.discovery));
    for (const std::string& note : evaluation.notes) console.out << "note: " << note << '\n';
}

Outcome run_dmarc(const Arguments& arguments, Console& console) {
    const auto source = open_dns(arguments);
    if (!source) return std::unexpected(source.error());
    auto suffixes = open_suffixes(arguments);
    if (!suffixes) return std::unexpected(suffixes.error());

    dmarc::Input input;
    input.author_domain = *dns::to_ascii(*arguments.text("header-from"));
    if (const auto text = arguments.text("spf")) input.spf = *read_spf(*text);
    for (const std::string& text : arguments.all("dkim")) input.dkim.push_back(*read_dkim(text));
    input.discovery = suffixes->discovery;
    input.suffixes = std::move(suffixes->list);

    dns::Transcript transcript;
    const dmarc::Evaluation evaluation = dns::run(dmarc::check(std::move(input)), **source, &transcript);
    if (arguments.has("json")) {
        console.out << verdict::to_json(evaluation) << '\n';
        return exit_code::done;
    }
    print(evaluation, console);
    if (arguments.has("explain")) print_transcript(transcript, console);
    return exit_code::done;
}

} // namespace

Command dmarc_command() {
    return {
        .name = "dmarc",
        .summary = "The DMARC verdict for given SPF and DKIM results (RFC 9989)",
        .description =
            "Finds the policy of the From domain, judges identifier alignment of the results given and says what the "
            "domain owner asks for.",
        .examples = {{"dmarc --header-from news.example.com --spf bounce.example.net=pass --dkim example.com=pass",
                      "A newsletter sent through a provider"}},
        .options = with_dns_options({{.name = "header-from",
                                      .value = "DOMAIN",
                                      .help = "domain of the From field",
                                      .times = Times::once,
                                      .check = check_domain},
                                     {.name = "spf",
                                      .value = "DOMAIN=RESULT",
                                      .help = "domain that SPF checked and its result",
                                      .check = check_spf},
                                     {.name = "dkim",
                                      .value = "DOMAIN=RESULT",
                                      .help = "d= of a signature and its result",
                                      .times = Times::any,
                                      .check = check_dkim},
                                     discovery_option(),
                                     psl_option(),
                                     {.name = "explain", .help = "also show every DNS question and its answer"},
                                     {.name = "json", .help = "print one JSON object"}}),
        .run = run_dmarc};
}

} // namespace bonafide::cli
