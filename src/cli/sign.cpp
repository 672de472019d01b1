// `bonafide sign`: DKIM-Signature fields on a stored message (RFC 6376 5), the message on standard output.
#include "dkim/sign.hpp"

#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/command.hpp"
#include "cli/signing.hpp"
#include "cli/table.hpp"
#include "io/system.hpp"
#include "mail/splitter.hpp"

#include <charconv>
#include <ctime>
#include <fmt/format.h>
#include <ostream>
#include <utility>

namespace bonafide::cli {
namespace {

using dkim::Canonicalization;

constexpr std::size_t most_signatures = 20; // more are not looked at by anybody

struct Kinds {
    Canonicalization header = Canonicalization::relaxed, body = Canonicalization::relaxed;
};

std::optional<Canonicalization> parse_kind(std::string_view word) {
    if (word == "relaxed") return Canonicalization::relaxed;
    if (word == "simple") return Canonicalization::simple;
    return {};
}

/// "relaxed/simple"; "relaxed" alone leaves the body simple (RFC 6376 3.5 c=).
std::optional<Kinds> parse_kinds(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto header = parse_kind(text.substr(0, slash));
    const auto body = slash == std::string_view::npos ? Canonicalization::simple : parse_kind(text.substr(slash + 1));
    if (!header || !body) return {};
    return Kinds{*header, *body};
}

Expected<void> check_seconds(std::string_view text) {
    constexpr std::int64_t most = std::int64_t{10} * 366 * 86400;
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() || seconds < 1 || seconds > most)
        return failure("must be seconds, at most ten years");
    return {};
}

Expected<void> check_kinds(std::string_view text) {
    if (!parse_kinds(text)) return failure("must be relaxed or simple for the header, a slash, and one for the body");
    return {};
}

/// As --domain, --selector and --key stand one after another.
struct Signer {
    dkim::SignRequest request;
    crypto::PrivateKey key;
};

std::expected<std::vector<Signer>, Failure> signers_of(const Arguments& arguments, Console& console) {
    const auto domains = arguments.all("domain"), selectors = arguments.all("selector"), keys = arguments.all("key");
    if (domains.size() != selectors.size() || domains.size() != keys.size())
        return wrong_usage(
            fmt::format("{} times --domain, {} times --selector and {} times --key: each signature takes "
                        "one of each",
                        domains.size(), selectors.size(), keys.size()));
    if (domains.size() > most_signatures) return wrong_usage(fmt::format("more than {} signatures", most_signatures));
    dkim::SignRequest common;
    const Kinds kinds = parse_kinds(arguments.text("canonicalization").value_or("relaxed/relaxed")).value_or(Kinds{});
    common.header_kind = kinds.header;
    common.body_kind = kinds.body;
    if (const auto names = arguments.text("headers")) common.signed_headers = split_names(*names);
    common.time = read_time(arguments, std::time(nullptr), "time");
    if (arguments.has("expire")) common.expire_after = static_cast<std::int64_t>(read_number(arguments, "expire", 0));
    std::vector<Signer> signers;
    for (std::size_t i = 0; i < domains.size(); ++i) {
        auto key = read_private_key(keys[i], &console.err);
        if (!key) return cannot(key.error());
        Signer& signer = signers.emplace_back(common, *std::move(key));
        signer.request.domain = domains[i];
        signer.request.selector = selectors[i];
        if (const auto identity = arguments.text("identity"); identity && domains.size() == 1)
            signer.request.identity = *identity;
    }
    return signers;
}

Outcome run_sign(const Arguments& arguments, Console& console) {
    const auto signers = signers_of(arguments, console);
    if (!signers) return std::unexpected(signers.error());
    const std::string file = *arguments.text("FILE");
    const auto message = io::system::read_file(file, most_signed_bytes);
    if (!message) return cannot(message.error());
    if (message->empty()) return cannot(escape::line(file) + ": is empty: there is no message in it");

    mail::HeaderBlock header;
    dkim::BodyHashes bodies;
    for (const Signer& signer : *signers) bodies.want(signer.request.body_kind);
    mail::Splitter splitter([&](mail::HeaderBlock block) { header = std::move(block); },
                            [&](std::string_view chunk) { bodies.update(chunk); });
    splitter.feed(*message);
    splitter.finish();
    bodies.finish();
    std::vector<std::pair<std::string_view, std::string>> fields;
    for (const Signer& signer : *signers) {
        auto value = dkim::sign(header, bodies, signer.key, signer.request);
        if (!value) return cannot(fmt::format("{}: {}", escape::line(file), value.error().text));
        fields.emplace_back(dkim::signature_field, *std::move(value));
    }
    write_on_top(fields, *message, console.out);
    return exit_code::done;
}

} // namespace

Command sign_command() {
    return {
        .name = "sign",
        .summary = "Sign a message with DKIM (RFC 6376)",
        .description =
            "Adds one DKIM-Signature for each --domain, --selector and --key, taken in their order, and writes the "
            "message to standard output. RSA (2048 bits are usual) and Ed25519 keys in PEM. Without --headers all "
            "fields that people or programs act on are signed, and From, To, Cc, Subject, Date, Message-ID, "
            "Reply-To and the MIME fields once more than they are there, so that none can be added. The body is "
            "signed whole, as it will be sent: line ends of LF count as CRLF.",
        .examples = {{"sign mail.eml --domain example.org --selector s1 --key s1.pem", "One signature"},
                     {"sign - --domain example.org --selector r --key rsa.pem --domain example.org --selector e "
                      "--key ed.pem",
                      "Two, RSA and Ed25519, of a message on standard input"}},
        .positionals = {{.name = "FILE", .help = "the message; - is standard input"}},
        .options = {{.name = "domain", .value = "D", .help = "the signing domain (d=)", .times = Times::at_least_once},
                    {.name = "selector", .value = "S", .help = "its selector (s=)", .times = Times::at_least_once},
                    {.name = "key", .value = "PEM", .help = "file with the private key", .times = Times::at_least_once},
                    {.name = "identity",
                     .value = "I",
                     .help = "the user or agent signed for (i=), of the domain or below it; with one signature only"},
                    {.name = "canonicalization",
                     .value = "H/B",
                     .help = "of header and body, each relaxed or simple",
                     .fallback = "relaxed/relaxed",
                     .check = check_kinds},
                    {.name = "headers", .value = "A:B", .help = "exactly these fields (h=), From among them"},
                    {.name = "time", .value = "UNIX", .help = "sign as if at this Unix time", .check = check_unix_time},
                    {.name = "expire",
                     .value = "SECONDS",
                     .help = "the signature ends so long after its time (x=)",
                     .check = check_seconds}},
        .run = run_sign};
}

} // namespace bonafide::cli
