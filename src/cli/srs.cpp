// `bonafide srs forward|reverse|secret`: what the SRS doors of the daemon would answer, and a secret to begin with.
#include "srs/srs.hpp"

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/command.hpp"
#include "cli/config.hpp"
#include "cli/table.hpp"
#include "engine/srs_source.hpp"
#include "verdict/json_text.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdint>
#include <ctime>
#include <fmt/format.h>
#include <ostream>
#include <random>

namespace bonafide::cli {
namespace {

namespace json = boost::json;
using Rewrite = std::expected<std::string, srs::Cause> (srs::Rewriter::*)(std::string_view, std::int64_t) const;

/// Of the configuration file, then what the command line says.
std::expected<srs::Rewriter, Failure> rewriter_of(const Arguments& arguments) {
    engine::Settings settings;
    engine::Settings::Srs& srs = settings.srs;
    const auto secrets = arguments.text("secrets"), domain = arguments.text("domain");
    if (!secrets || !domain || arguments.has("config"))
        if (const auto path = config::find_file(arguments.text("config"))) {
            auto loaded = config::load(*path);
            if (!loaded) return cannot(config::to_text(*path, loaded.error()));
            settings = std::move(loaded->settings);
        }
    if (secrets) srs.secrets = *secrets;
    if (domain) srs.domain = *domain;
    if (srs.domain.empty()) return wrong_usage("name the domain of rewritten addresses: --domain, or srs.domain");
    if (srs.secrets.empty()) return wrong_usage("name the file of the secrets: --secrets, or srs.secrets");
    auto made = engine::read_rewriter(settings);
    if (!made) return cannot(made.error());
    return *std::move(made);
}

json::object json_of(const std::string& address, const std::expected<std::string, srs::Cause>& answer) {
    json::object object{{"address", verdict::utf8(address)}};
    object["result"] = answer ? std::string_view("rewritten") : srs::to_text(answer.error());
    object["rewritten"] = answer ? json::value(verdict::utf8(*answer)) : json::value(nullptr);
    object["reason"] = answer ? std::string_view() : srs::explain(answer.error());
    return object;
}

/// What is left alone is printed as it is: the mail would go on with it. Neither holds a control character: the rewriter has read it.
void print(const std::string& address, const std::expected<std::string, srs::Cause>& answer, Console& console) {
    if (answer) {
        console.out << *answer << '\n';
        return;
    }
    const bool is_left = srs::is_left_alone(answer.error());
    if (is_left) console.out << (address.empty() ? std::string("<>") : address) << '\n';
    console.err << fmt::format("{}: {}{}\n", address.empty() ? "<>" : escape::line(address),
                               is_left ? "left as it is: " : "", srs::explain(answer.error()));
}

Outcome run_rewrite(const Arguments& arguments, Console& console, Rewrite rewrite) {
    const auto rewriter = rewriter_of(arguments);
    if (!rewriter) return std::unexpected(rewriter.error());
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    json::array array;
    bool all = true;
    for (const std::string& address : arguments.all("ADDRESS")) {
        const auto answer = ((*rewriter).*rewrite)(address, now);
        if (arguments.has("json"))
            array.push_back(json_of(address, answer));
        else
            print(address, answer, console);
        all = all && (answer || srs::is_left_alone(answer.error()));
    }
    if (arguments.has("json")) console.out << json::serialize(array) << '\n';
    return all ? exit_code::done : exit_code::failed;
}
Outcome run_forward(const Arguments& arguments, Console& console) {
    return run_rewrite(arguments, console, &srs::Rewriter::forward);
}
Outcome run_reverse(const Arguments& arguments, Console& console) {
    return run_rewrite(arguments, console, &srs::Rewriter::reverse);
}

Outcome run_secret(const Arguments&, Console& console) {
    constexpr std::size_t octets = 24; // without padding: 32 characters
    std::random_device random;
    std::array<std::uint8_t, octets> bytes{};
    std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random()); });
    console.out << base64::encode(bytes) << '\n';
    return exit_code::done;
}

std::vector<Option> options() {
    return {{.name = "secrets", .value = "FILE", .help = "file of the secrets", .fallback = "srs.secrets"},
            {.name = "domain",
             .value = "DOMAIN",
             .help = "domain of rewritten addresses",
             .fallback = "srs.domain",
             .check = check_domain},
            {.name = "config", .value = "FILE", .help = "configuration file", .fallback = config::default_file},
            {.name = "now", .value = "UNIX", .help = "as of this time", .fallback = "now", .check = check_unix_time},
            json_option()};
}

Positional addresses() {
    return {.name = "ADDRESS", .help = "an envelope address, with or without brackets", .times = Times::at_least_once};
}

constexpr std::string_view ends =
    "What is left alone, the null sender for instance, is printed as it is, with the reason on standard error. Exit 1 "
    "when there is no address to print.";

} // namespace

Command srs_forward_command() {
    static const std::string description =
        fmt::format("The sender as it is written when its mail is forwarded (Sender Rewriting Scheme), so that SPF "
                    "passes for this server. {}",
                    ends);
    return {.name = "srs forward",
            .summary = "The rewritten sender of forwarded mail (SRS)",
            .description = description,
            .examples = {{"srs forward ann@example.org --secrets /etc/bonafide/srs --domain forwarder.example",
                          "As the daemon would answer Postfix"}},
            .positionals = {addresses()},
            .options = options(),
            .run = run_forward};
}

Command srs_reverse_command() {
    static const std::string description =
        fmt::format("Whom mail to a rewritten address is for, when its hash is ours and it is not too old. {}", ends);
    return {.name = "srs reverse",
            .summary = "The address behind a rewritten one (SRS)",
            .description = description,
            .examples = {{"srs reverse SRS0=vQdH=TT=example.org=ann@forwarder.example",
                          "With domain and secrets of the configuration file"}},
            .positionals = {addresses()},
            .options = options(),
            .run = run_reverse};
}

Command srs_secret_command() {
    return {
        .name = "srs secret",
        .summary = "A fresh random secret",
        .description =
            "192 random bits, for a line of srs.secrets or backscatter.secrets. To replace a secret write the new "
            "one above the old one, reload, and remove the old one when the days of srs.days are over.",
        .examples = {{"srs secret > /etc/bonafide/srs", "A first one; umask 077 before keeps others from reading it"}},
        .run = run_secret};
}

} // namespace bonafide::cli
