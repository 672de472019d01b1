#include "cli/transcript.hpp"

#include "base/escape.hpp"
#include "cli/config.hpp"
#include "cli/suffixes.hpp"
#include "cli/verdict_output.hpp"
#include "dns/recorded.hpp"
#include "engine/judging.hpp"
#include "engine/redact.hpp"
#include "io/system.hpp"

#include <cerrno>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <system_error>

namespace bonafide::cli {
namespace {

/// The k-th question gets the k-th recorded answer, whatever names are in it.
class InOrder final : public dns::Source {
  public:
    explicit InOrder(const dns::Recorded& recorded) : recorded_(recorded) {}
    [[nodiscard]] dns::Answer answer(const dns::Question& question) const override {
        const dns::Recorded::Entry* entry = recorded_.entry(asked_++);
        if (entry != nullptr && entry->type == question.type) return entry->answer;
        strayed_ = true;
        return dns::make_answer(dns::Status::timeout);
    }
    [[nodiscard]] bool strayed() const { return strayed_; }

  private:
    const dns::Recorded& recorded_;
    mutable std::size_t asked_ = 0;
    mutable bool strayed_ = false;
};

} // namespace

engine::Record make_record(const engine::Context& context, const Witnessed& witnessed,
                           const engine::Finished& finished) {
    engine::Record record;
    record.version = version();
    record.now = finished.facts.now;
    record.host_name = context.host_name;
    record.direction = verdict::Direction::inbound; // as Verification has it
    record.envelope = witnessed.envelope;
    record.settings = engine::deciding_settings(*context.settings);
    record.settings_sha256 = crypto::to_hex(crypto::sha256(record.settings));
    record.suffixes = identify(*context.suffixes);
    record.suffixes.used = context.settings->dmarc.discovery == dmarc::Discovery::psl;
    record.fields = witnessed.fields;
    record.header_oversized = witnessed.header_oversized;
    record.body = witnessed.body;
    record.dns = dns::to_json(finished.facts.transcript);
    record.verdict = verdict_json(finished, context.authserv_id());
    return record;
}

Expected<engine::Record> read_record(const std::string& file) {
    const auto text = io::system::read_file(file, engine::Record::most_bytes);
    if (!text) return std::unexpected(text.error());
    auto record = engine::parse_record(*text);
    if (!record) return failure(fmt::format("{}: {}", escape::line(file), record.error().text));
    return record;
}

Expected<void> check_record_target(const std::string& file, std::span<const std::string> read) {
    if (file == "-") return failure("a record goes into a file, not to standard output, where the verdict is printed");
    std::error_code ignored;
    for (const std::string& source : read)
        if (std::filesystem::equivalent(file, source, ignored))
            return failure(fmt::format("{} is read here: the record would overwrite it", escape::line(source)));
    return {};
}

Expected<void> write_record(const std::string& file, const engine::Record& record) {
    const std::string text = engine::to_json(record) + '\n';
    if (text.size() > engine::Record::most_bytes)
        return failure(fmt::format("the record would be larger than {} MiB", engine::Record::most_bytes >> 20U));
    errno = 0;
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    if (!out) return failure("cannot be written: " + std::generic_category().message(errno));
    out << text;
    out.close();
    // What is left is cut off in the middle and no JSON: replay says so. A file that was there before may be a device: it stays.
    if (!out) return failure("cannot be written: " + std::generic_category().message(errno));
    return {};
}

Expected<std::shared_ptr<const engine::Settings>> settings_of(const engine::Record& record) {
    auto settings = config::parse(record.settings);
    if (!settings) return failure("settings: " + settings.error().front().text);
    return std::make_shared<const engine::Settings>(std::move(*settings));
}

engine::Context context_of(const engine::Record& record, std::shared_ptr<const engine::Settings> settings,
                           std::shared_ptr<const dns::PublicSuffixList> suffixes, const dns::Source& source) {
    engine::Context context{
        std::move(settings), std::move(suffixes), record.host_name, std::make_shared<dns::ImmediateSource>(source), {}};
    context.clock.unix_time = [now = record.now] { return now; };
    engine::complete(context);
    return context;
}

Expected<Remade> remake(const engine::Record& record, const engine::Context& context, dkim::HeaderHashes& hashes) {
    auto header = engine::header_of(record, context.settings->limits);
    if (!header) return std::unexpected(header.error());
    Remade remade;
    Verification verification(context, record.envelope, record.direction);
    verification.witness(remade.witnessed);
    verification.use(hashes);
    verification.give(std::move(*header), record.body);
    verification.finish([&](engine::Finished finished) { remade.finished = std::move(finished); });
    return remade;
}

Expected<engine::Record> redacted(const engine::Record& full, std::shared_ptr<const dns::PublicSuffixList> suffixes) {
    const auto settings = settings_of(full);
    if (!settings) return std::unexpected(settings.error());
    const auto answers = dns::Recorded::parse(full.dns);
    if (!answers) return std::unexpected(answers.error());

    dkim::HeaderHashes kept;
    const auto before = remake(full, context_of(full, *settings, suffixes, **answers), kept);
    if (!before) return std::unexpected(before.error());
    auto record = engine::redact(full, **settings, before->finished.facts, kept.all());
    if (!record) return record;

    const auto harmless = settings_of(*record);
    if (!harmless) return std::unexpected(harmless.error());
    const InOrder in_order(**answers);
    const engine::Context context = context_of(*record, *harmless, suffixes, in_order);
    dkim::HeaderHashes known(record->redacted->header_hashes);
    const auto after = remake(*record, context, known);
    if (!after) return std::unexpected(after.error());
    record->dns = dns::to_json(after->finished.facts.transcript);
    record->verdict = verdict_json(after->finished, context.authserv_id());
    if (in_order.strayed() || !known.unknown().empty() || !after->witnessed.no_body.empty())
        return failure("without what is personal in it other questions would be asked");
    const auto changed = engine::json_differences(engine::essence(full.verdict), engine::essence(record->verdict));
    if (!changed.empty()) return failure("without what is personal in it the verdict would be another: " + changed[0]);
    return record;
}

} // namespace bonafide::cli
