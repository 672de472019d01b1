// `bonafide replay`: a recorded verdict made again, without a network, and compared with the record (docs/transcript.md).
#include "base/escape.hpp"
#include "cli/messages.hpp"
#include "cli/suffixes.hpp"
#include "cli/transcript.hpp"
#include "cli/verdict_output.hpp"
#include "dns/recorded.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t most_lines = 20; // of one kind of difference

void add(Lines& lines, const Lines& more, std::string_view format_with_one_gap) {
    for (std::size_t i = 0; i < more.size() && i < most_lines; ++i)
        lines.push_back(fmt::format(fmt::runtime(format_with_one_gap), more[i]));
    if (more.size() > most_lines) lines.push_back(fmt::format("and {} more like that", more.size() - most_lines));
}

/// The list the record's verdict rests on, or the nearest thing there is on this machine; nothing when it rests on none.
/// Where DMARC did not ask it and only judging did, another list is no difference of its own: what follows from it shows in the verdict.
std::shared_ptr<const dns::PublicSuffixList> open_list(const engine::Record& record, const engine::Settings& settings,
                                                       const Arguments& arguments, Lines& lines) {
    if (!record.suffixes.used && !settings.compauth.enabled) return nullptr;
    const auto given = arguments.text("psl");
    auto list = dns::PublicSuffixList::open(given.value_or(settings.dmarc.public_suffix_list));
    if (!list) {
        if (record.suffixes.used) lines.push_back(list.error().text + "; the system's is used");
        list = dns::PublicSuffixList::open("");
    }
    const engine::Record::SuffixList now = identify(**list);
    const bool same =
        record.suffixes.sha256.empty() ? record.suffixes.version == now.version : record.suffixes.sha256 == now.sha256;
    if (!same && record.suffixes.used)
        lines.push_back(fmt::format(
            "the public suffix list is another: recorded {} (sha256 {}), now {} (sha256 {}); give the recorded one "
            "with --psl",
            escape::line(record.suffixes.version), escape::line(record.suffixes.sha256), escape::line(now.version),
            now.sha256));
    return *list;
}

std::string name_of(std::string_view field) {
    return escape::line(escape::shortened(field.substr(0, field.find(':')), 64));
}

void compare_header(const engine::Record& record, const Witnessed& now, Lines& lines) {
    if (record.fields.size() != now.fields.size())
        lines.push_back(fmt::format("the header: recorded {} fields, now {}", record.fields.size(), now.fields.size()));
    Lines different;
    for (std::size_t i = 0; i < std::min(record.fields.size(), now.fields.size()); ++i)
        if (record.fields[i] != now.fields[i])
            different.push_back(fmt::format("{} ({})", i + 1, name_of(record.fields[i])));
    add(lines, different, "header field {} is not as recorded");
    if (record.header_oversized != now.header_oversized) lines.emplace_back("the header is larger or smaller");
}

std::string described(const dkim::BodyDigest& digest) {
    const std::string_view kind = digest.kind == dkim::Canonicalization::simple ? "simple" : "relaxed";
    return digest.length ? fmt::format("{}, first {} octets", kind, *digest.length) : std::string(kind);
}

void compare_body(const engine::Record& record, const Witnessed& now, Lines& lines) {
    Lines different;
    for (const dkim::BodyDigest& digest : now.body)
        if (std::ranges::find(record.body, digest) == record.body.end()) different.push_back(described(digest));
    add(lines, different, "the body hash ({}) is not as recorded");
    Lines unknown;
    for (const dkim::BodyDigest& digest : now.no_body) unknown.push_back(described(digest));
    add(lines, unknown, "the body hash ({}) is needed and not recorded");
}

void compare_dns(const dns::Recorded& answers, Lines& lines) {
    add(lines, answers.missing(), "DNS was asked for {}, which is not recorded");
    add(lines, answers.unasked(), "DNS was not asked for {}, which is recorded");
}

class Replay {
  public:
    Replay(engine::Record record, const Arguments& arguments) : record_(std::move(record)), arguments_(arguments) {}

    [[nodiscard]] Outcome run(Console& console) {
        auto settings = settings_of(record_);
        if (!settings) return refuse(settings.error());
        if (crypto::to_hex(crypto::sha256(record_.settings)) != record_.settings_sha256)
            lines_.emplace_back("the settings do not have the recorded sha256");
        const auto suffixes = open_list(record_, **settings, arguments_, lines_);
        const auto answers = dns::Recorded::parse(record_.dns);
        if (!answers) return refuse(answers.error());
        const engine::Context context = context_of(record_, *settings, suffixes, **answers);
        auto remade = make_again(context, console);
        if (!remade) return std::unexpected(remade.error());
        compare_body(record_, remade->witnessed, lines_);
        compare_dns(**answers, lines_);
        const std::string now = verdict_json(remade->finished, context.authserv_id());
        if (now != record_.verdict) add(lines_, engine::json_differences(record_.verdict, now), "the verdict: {}");
        print_verdict(remade->finished, context.authserv_id(), arguments_, console.out);
        return conclude(suffixes, console);
    }

  private:
    [[nodiscard]] std::unexpected<Failure> refuse(const Error& error) const {
        return cannot(fmt::format("{}: {}", escape::line(*arguments_.text("RECORD")), error.text));
    }

    [[nodiscard]] std::expected<Remade, Failure> make_again(const engine::Context& context, Console& console) {
        const auto file = arguments_.text("MESSAGE");
        if (!file) return make_from_record(context);
        Remade remade;
        Verification verification(context, record_.envelope, record_.direction);
        verification.witness(remade.witnessed);
        Messages messages({.paths = {*file}}, console.in);
        if (messages.are_several()) return cannot(escape::line(*file) + ": is not one message");
        const Message message = *messages.next();
        if (!message.content) return cannot(escape::line(*file) + ": " + message.content.error().text);
        if (const auto read = verification.feed(*message.content); !read)
            return cannot(escape::line(*file) + ": " + read.error().text);
        verification.finish([&](engine::Finished finished) { remade.finished = std::move(finished); });
        compare_header(record_, remade.witnessed, lines_);
        return remade;
    }

    [[nodiscard]] std::expected<Remade, Failure> make_from_record(const engine::Context& context) {
        dkim::HeaderHashes hashes =
            record_.redacted ? dkim::HeaderHashes(record_.redacted->header_hashes) : dkim::HeaderHashes();
        auto remade = remake(record_, context, hashes);
        if (!remade) return refuse(remade.error());
        Lines unknown;
        for (const std::size_t field : hashes.unknown())
            unknown.push_back(fmt::format("{} ({})", field + 1, name_of(record_.fields[field])));
        add(lines_, unknown, "the hash of what header field {} signs is not recorded");
        return std::move(*remade);
    }

    /// What a verdict made again rests on beside this program.
    [[nodiscard]] std::string_view taken() const {
        if (arguments_.has("MESSAGE")) return "the message was read again; DNS, time and settings are from the record";
        if (record_.redacted)
            return "the record is redacted: header, its signatures' hashes, body hashes, DNS, time and settings are "
                   "from the record";
        return "header, body hashes, DNS, time and settings are from the record";
    }

    [[nodiscard]] Outcome conclude(std::shared_ptr<const dns::PublicSuffixList> suffixes, Console& console) {
        if (record_.version != version())
            console.err << fmt::format("bonafide: the record was made by version {}, this is {}\n",
                                       escape::line(escape::shortened(record_.version, 64)), version());
        for (const std::string& line : lines_) console.err << "bonafide: " << line << '\n';
        if (!lines_.empty()) return cannot("not reproduced");
        if (const auto file = arguments_.text("redact")) {
            const auto harmless = redacted(record_, std::move(suffixes));
            if (!harmless) return refuse(harmless.error());
            if (const auto written = write_record(*file, *harmless); !written)
                return cannot(escape::line(*file) + ": " + written.error().text);
        }
        console.err << "bonafide: reproduced byte for byte; " << taken() << '\n';
        return exit_code::done;
    }

    engine::Record record_;
    const Arguments& arguments_;
    Lines lines_; // what is not as recorded
};

Outcome run_replay(const Arguments& arguments, Console& console) {
    const std::string file = *arguments.text("RECORD");
    const std::string message = arguments.text("MESSAGE").value_or("");
    if (file == "-" && message == "-") return wrong_usage("standard input cannot be both the record and the message");
    if (const auto target = arguments.text("redact"))
        if (auto sound = check_record_target(*target, std::array{file, message}); !sound)
            return wrong_usage("--redact: " + sound.error().text);
    auto record = read_record(file);
    if (!record) return cannot(record.error());
    if (record->redacted && arguments.has("MESSAGE"))
        return cannot(escape::line(file) + ": is redacted, so that no message fits it; replay it alone");
    return Replay(std::move(*record), arguments).run(console);
}

} // namespace

Command replay_command() {
    return {
        .name = "replay",
        .summary = "Make a recorded verdict again, without a network",
        .description =
            "Reads what verify --transcript wrote and makes the verdict anew: with the message everything is "
            "computed again, without it the header and the body's hashes are taken from the record. DNS answers, "
            "the time and the settings always are; nothing is asked. When the verdict is not the recorded one "
            "byte for byte, or something does not fit the record, each difference is a line on standard error "
            "and the exit code is 1.",
        .examples = {{"replay verdict.json --explain", "Say why the verdict was what it was"},
                     {"replay verdict.json mail.eml", "Compute everything again from the message"},
                     {"replay verdict.json --redact for-others.json",
                      "A record of the same verdict without names and Subject, to be sent to others"}},
        .positionals = {{.name = "RECORD", .help = "what verify --transcript wrote; - is standard input"},
                        {.name = "MESSAGE", .help = "the message; - is standard input", .times = Times::at_most_once}},
        .options =
            with_verdict_options({{.name = "redact",
                                   .value = "NEW.json",
                                   .help = "once it is reproduced, write the record without what is personal in it"},
                                  {.name = "psl",
                                   .value = "FILE",
                                   .help = "the public suffix list of that time, when the verdict rests on one",
                                   .fallback = "that of the recorded settings"}}),
        .run = run_replay};
}

} // namespace bonafide::cli
